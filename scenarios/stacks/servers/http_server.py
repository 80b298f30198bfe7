"""http_server.py PORT: the pages in Python's own http.server, a thread for each connection, which is kept."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGES = {"/": b"Hello world!", "/ugly": b"UGLY"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one write; in two, the second waits for the client's delayed acknowledgement

    def do_GET(self):
        body = PAGES.get(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 1024  # its own, 5, would measure how connections are turned away
    daemon_threads = True


Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
