"""A cable that can be pulled: a network of its own in which a server listens, and one link to it.  Root only.

    link = Link()
    proxy = FaultProxy(broker.port, listener=link.listen())     # at an address beyond the link
    link.down()     # packets are lost, and neither side is told

Nothing of it outlives the process: network and link end with the last descriptor of the network."""

import ctypes
import os
import random
import subprocess
import threading
import unittest

from ports import listen

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


class Link:
    def __init__(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest("only root may make networks")
        self._network = in_thread(self._make_network)
        self.name = f"batch{os.getpid() % 1000000:06d}{random.randrange(1000):03d}"  # 15 letters at most
        third, last = os.getpid() % 256, random.randrange(62) * 4
        self.here, self.there = (f"198.18.{third}.{last + offset}" for offset in (1, 2))  # for tests: RFC 2544
        peer = ["peer", "name", "eth0", "netns", f"/proc/self/fd/{self._network}"]
        try:
            self._ip("link", "add", self.name, "type", "veth", *peer)
        except AssertionError as error:
            os.close(self._network)
            raise unittest.SkipTest(str(error)) from error
        self._ip("addr", "add", f"{self.here}/30", "dev", self.name)
        self._ip("addr", "add", f"{self.there}/30", "dev", "eth0", inside=True)
        self._ip("link", "set", self.name, "up")
        self.up()

    def end(self):
        self._ip("link", "del", self.name)
        os.close(self._network)

    def listen(self):
        """A socket that listens beyond the link."""

        def make():
            check(LIBC.setns(self._network, CLONE_NEWNET), "setns")
            return listen(self.there)

        return in_thread(make)

    def up(self):
        self._ip("link", "set", "eth0", "up", inside=True)

    def down(self):
        """At the far end: without the near one, packets would be sent to the default route."""
        self._ip("link", "set", "eth0", "down", inside=True)

    @staticmethod
    def _make_network():
        check(LIBC.unshare(CLONE_NEWNET), "unshare")
        return os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)

    def _ip(self, *words, inside=False):
        enter = ["nsenter", f"--net=/proc/self/fd/{self._network}"] if inside else []
        done = subprocess.run(
            [*enter, "ip", *words], pass_fds=[self._network], capture_output=True, encoding="utf-8", check=False
        )
        if done.returncode != 0:
            raise AssertionError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def check(result, action):
    if result != 0:
        raise unittest.SkipTest(f"cannot {action}: {os.strerror(ctypes.get_errno())}")


def in_thread(work):
    """What the work gives: which network is entered concerns only its thread."""
    results = []

    def run():
        try:
            results.append((work(), None))
        except BaseException as error:  # for the caller
            results.append((None, error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    value, error = results[0]
    if error:
        raise error
    return value
