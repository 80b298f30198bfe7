"""asyncio_server.py PORT [uvloop]: the pages on a bare asyncio protocol, without a framework; for CPython and PyPy.

Knows GET and HEAD, keeps connections, answers pipelined requests in order and in one write. A request with a body is
refused, and its connection closed.
"""

import asyncio
import signal
import sys

LONGEST_HEAD = 16384


def response(status, body, connection="keep-alive"):
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        f"Connection: {connection}\r\n\r\n"
    )
    return head.encode() + body


PAGES = {b"/": response("200 OK", b"Hello world!"), b"/ugly": response("200 OK", b"UGLY")}
NOT_FOUND = response("404 Not Found", b"Not found")
REFUSED = response("400 Bad Request", b"Bad request", "close")


class Conversation(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.unread = b""

    def data_received(self, data):
        *heads, self.unread = (self.unread + data).split(b"\r\n\r\n")
        answers = []
        for head in heads:
            line, *fields = head.split(b"\r\n")
            words = line.split(b" ")
            named = {}
            for field in fields:
                name, colon, value = field.partition(b":")
                if not colon or name.strip() != name:
                    return self.close(answers + [REFUSED])
                named[name.lower()] = value.strip().lower()
            has_body = named.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in named
            if len(words) != 3 or words[0] not in (b"GET", b"HEAD") or b"host" not in named or has_body:
                return self.close(answers + [REFUSED])
            answer = PAGES.get(words[1].partition(b"?")[0], NOT_FOUND)
            if words[0] == b"HEAD":
                answer = answer[: answer.index(b"\r\n\r\n") + 4]
            if named.get(b"connection") == b"close" or words[2] == b"HTTP/1.0":
                return self.close(answers + [answer.replace(b"keep-alive", b"close", 1)])
            answers.append(answer)
        if len(self.unread) > LONGEST_HEAD:
            return self.close(answers + [REFUSED])
        if answers:
            self.transport.write(b"".join(answers))

    def close(self, answers):
        self.transport.write(b"".join(answers))
        self.transport.close()


async def main(port):
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    server = await loop.create_server(Conversation, "127.0.0.1", port, backlog=1024)
    await over.wait()
    server.close()


if sys.argv[2:] == ["uvloop"]:
    import uvloop

    uvloop.install()
asyncio.run(main(int(sys.argv[1])))
