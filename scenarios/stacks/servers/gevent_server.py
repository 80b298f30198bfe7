"""gevent_server.py PORT: the WSGI application under gevent's own server."""

import signal
import socket
import sys

import gevent
from gevent import monkey

monkey.patch_all()

from gevent.pywsgi import WSGIServer  # noqa: E402
from wsgi_app import app  # noqa: E402

# It writes head and body apart. Without TCP_NODELAY, which accepted sockets inherit, each body would wait 40 ms for the
# client's acknowledgement of the head.
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
server = WSGIServer(listener, app, log=None)
gevent.signal_handler(signal.SIGTERM, server.stop, 1)
server.serve_forever()
