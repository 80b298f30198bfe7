"""gevent_server.py PORT: the WSGI application under gevent's own server."""

import signal
import sys

import gevent
from gevent import monkey

monkey.patch_all()

from gevent.pywsgi import WSGIServer  # noqa: E402
from wsgi_app import app  # noqa: E402

server = WSGIServer(("127.0.0.1", int(sys.argv[1])), app, backlog=1024, log=None)
gevent.signal_handler(signal.SIGTERM, server.stop, 1)
server.serve_forever()
