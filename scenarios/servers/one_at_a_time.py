#!/usr/bin/env python3
"""A server as small WSGI workers are: one connection at a time, 5 ms for each request, and a short queue of those who wait.

usage: one_at_a_time.py SOCKET|PORT [MILLISECONDS [QUEUE]]

On a unix socket a full queue refuses at once (EAGAIN), which a proxy in front answers with 502. Listens on a unix socket, or on
127.0.0.1. Ends on SIGTERM.
"""
import os
import signal
import socket
import sys
import time

where = sys.argv[1]
busy_s = float(sys.argv[2]) / 1000 if len(sys.argv) > 2 else 0.005
queue = int(sys.argv[3]) if len(sys.argv) > 3 else 8
BODY = b"UGLY"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n%s" % (len(BODY), BODY)

signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
if where.isdigit():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(where)))
else:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(where)
listener.listen(queue)
while True:
    client, _ = listener.accept()
    client.settimeout(1)
    try:
        request = b""
        while b"\r\n\r\n" not in request:
            more = client.recv(65536)
            if not more:
                break
            request += more
        else:
            time.sleep(busy_s)
            client.sendall(ANSWER)
    except OSError:
        pass
    finally:
        client.close()
