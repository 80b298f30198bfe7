"""japronto_server.py PORT: the pages in Japronto, one worker; both are plain functions, so answers are gathered."""

import sys

from japronto import Application


def hello(request):
    return request.Response(text="Hello world!")


def ugly(request):
    return request.Response(text="UGLY")


app = Application()
app.router.add_route("/", hello)
app.router.add_route("/ugly", ugly)
app.run("127.0.0.1", int(sys.argv[1]), worker_num=1)
