// node_server.js PORT: the pages on Node's own http module, one process.
'use strict';
const http = require('http');

const pages = new Map([['/', 'Hello world!'], ['/ugly', 'UGLY']]);

const server = http.createServer((request, response) => {
  const page = pages.get(request.url);
  const body = page === undefined ? 'Not found' : page;
  response.writeHead(page === undefined ? 404 : 200,
                     {'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length});
  response.end(body);
});
server.keepAliveTimeout = 60000;
server.listen({port: Number(process.argv[2]), host: '127.0.0.1', backlog: 1024});
