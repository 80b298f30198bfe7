"""aiohttp_server.py PORT [uvloop]: the pages in aiohttp, on asyncio's own loop or on uvloop's."""

import sys

from aiohttp import web


async def hello(_):
    return web.Response(text="Hello world!")


async def ugly(_):
    return web.Response(text="UGLY")


if sys.argv[2:] == ["uvloop"]:
    import uvloop

    uvloop.install()
app = web.Application()
app.add_routes([web.get("/", hello), web.get("/ugly", ugly)])
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, backlog=1024, print=None)
