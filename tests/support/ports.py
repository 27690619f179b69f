"""Ports for servers of tests, on 127.0.0.1.

They are taken below those that the kernel gives to clients: a client that keeps trying a port of its own range, while
no server is there, would one day connect to itself.  A port that was found here is not given to another test, not even
of another process, before this process ends: a server may come back to it."""

import random
import socket

FIRST = 20000


def last():
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        lowest = int(file.read().split()[0])
    return lowest if lowest > FIRST + 1000 else 65536


def _keep(port):
    """Whether it was nobody's; then it is ours, by a socket with its name, which the kernel closes."""
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0port {port} of tests")
    except OSError:
        name.close()
        return False
    name.detach()
    return True


def _at_some_port(attempt):
    for _ in range(1000):
        port = random.randrange(FIRST, last())
        if _keep(port):
            try:
                return attempt(port)
            except OSError:
                pass  # some other program's
    raise AssertionError("there is no free port")


def listen(host="127.0.0.1", port=0):
    """A listening socket at the port, or at a free one."""
    if not port:
        return _at_some_port(lambda port: listen(host, port))
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
        return listener
    except OSError:
        listener.close()
        raise


def deaf(host="127.0.0.1"):
    """A socket at a port that refuses connections as long as it is there."""
    def bound(port):
        keeper = socket.socket()
        try:
            keeper.bind((host, port))
            return keeper
        except OSError:
            keeper.close()
            raise

    return _at_some_port(bound)


def free_port():
    with listen() as listener:
        return listener.getsockname()[1]
