"""sanic_server.py PORT: the pages in Sanic, one process."""

import sys

from sanic import Sanic
from sanic.response import text

app = Sanic("hello")
app.config.ACCESS_LOG = False


@app.get("/")
async def hello(_):
    return text("Hello world!")


@app.get("/ugly")
async def ugly(_):
    return text("UGLY")


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(sys.argv[1]), access_log=False, debug=False, backlog=1024, single_process=True)
