"""meinheld_server.py PORT: the WSGI application under Meinheld, keeping connections as its articles did."""

import sys

from meinheld import server
from wsgi_app import app

server.set_access_logger(None)
server.set_keepalive(60)
server.set_backlog(1024)
server.listen(("127.0.0.1", int(sys.argv[1])))
server.run(app)
