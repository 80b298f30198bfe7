"""wsgiref_server.py PORT: the WSGI application under Python's own server: one request at a time, a connection for each."""

import sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from wsgi_app import app


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


class Server(WSGIServer):
    request_queue_size = 1024  # its own, 5, would measure how connections are turned away


server = Server(("127.0.0.1", int(sys.argv[1])), Quiet)
server.set_app(app)
server.serve_forever()
