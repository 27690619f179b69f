"""Ports for servers of tests, on 127.0.0.1.

They are taken below those that the kernel gives to clients: a client that keeps trying a port of its own range, while
no server is there, would one day connect to itself.

A port is its test's as long as the test's process lives, also while nobody listens there: for another process that
serves in a moment, for a server that is away and comes back.  Tests that run beside it take others."""

import random
import socket

FIRST = 20000


def last():
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        lowest = int(file.read().split()[0])
    return lowest if lowest > FIRST + 1000 else 65536


def take():
    """A port that is no other test's."""
    for _ in range(1000):
        port = random.randrange(FIRST, last())
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0port-of-a-test-{port}")  # one for each network, as ports are
            name.detach()  # it stays open
            return port
        except OSError:
            name.close()
    raise AssertionError("there is no free port")


def listen(host="127.0.0.1", port=0):
    """A listening socket at the port, or at a free one."""
    for _ in range(1000):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port or take()))
            listener.listen(128)
            return listener
        except OSError:
            listener.close()
            if port:
                raise
    raise AssertionError("there is no free port")


def free_port():
    with listen() as listener:
        return listener.getsockname()[1]
