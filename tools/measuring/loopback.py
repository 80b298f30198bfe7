"""A loopback to measure on whose connections leave when they can: bbr holds large bodies back by timers, there too."""

import ctypes
import fcntl
import os
import socket
import struct

SETTING = "/proc/sys/net/ipv4/tcp_congestion_control"  # of the network namespace of who reads it
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1


def leave_pacing():
    """Where the host paces, this process and all that it starts go on in a network namespace of their own, with reno."""
    try:
        with open(SETTING) as setting:
            host = setting.read().strip()
    except FileNotFoundError:
        return
    if not host.startswith("bbr"):
        return
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        print(f"connections are paced here ({host}): bodies over 64 KiB wait for timers, whoever loads;"
              f" not measured apart: {os.strerror(ctypes.get_errno())}")
        return
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    with open(SETTING, "w") as setting:
        setting.write("reno")
    print(f"connections are paced on this host ({host}): measured in a network namespace of its own, with reno and the"
          " kernel's other defaults")
