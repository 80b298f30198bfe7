"""tornado_server.py PORT: the pages in Tornado, one process."""

import asyncio
import sys

import tornado.web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets


class Page(tornado.web.RequestHandler):
    def initialize(self, body):
        self.body = body

    def get(self):
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(self.body)


async def main(port):
    pages = [("/", Page, {"body": "Hello world!"}), ("/ugly", Page, {"body": "UGLY"})]
    app = tornado.web.Application(pages, log_function=lambda _: None)
    HTTPServer(app).add_sockets(bind_sockets(port, "127.0.0.1", backlog=1024))
    await asyncio.Event().wait()


asyncio.run(main(int(sys.argv[1])))
