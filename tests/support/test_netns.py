"""A cable that is pulled: nobody is told, and what was sent arrives once it is back."""

import socket
import subprocess
import unittest

from fault_proxy import FaultProxy
from netns import Link


class ALink(unittest.TestCase):
    def setUp(self):
        self.link = Link()
        self.addCleanup(self.link.end)
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        proxy = FaultProxy(server.getsockname()[1], listener=self.link.listen())
        self.addCleanup(proxy.end)
        self.assertEqual(proxy.host, self.link.there)
        self.client = socket.create_connection((proxy.host, proxy.port), timeout=30)
        self.addCleanup(self.client.close)
        self.server = server.accept()[0]
        self.addCleanup(self.server.close)

    def test_passes(self):
        self.client.sendall(b"question")
        self.assertEqual(self.server.recv(100), b"question")

    def test_loses_silently_what_is_sent_while_it_is_down(self):
        self.link.down()
        self.client.sendall(b"question")
        self.server.close()
        self.client.settimeout(0.3)
        self.assertRaises(TimeoutError, self.client.recv, 1)

    def test_brings_it_when_it_is_up_again(self):
        self.link.down()
        self.client.sendall(b"question")
        self.server.settimeout(0.3)
        self.assertRaises(TimeoutError, self.server.recv, 1)
        self.link.up()
        self.server.settimeout(30)
        self.assertEqual(self.server.recv(100), b"question")

    def test_leaves_nothing(self):
        link = Link()
        self.assertIn(link.name, links())
        link.end()
        self.assertNotIn(link.name, links())


def links():
    return subprocess.run(["ip", "-brief", "link"], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout


if __name__ == "__main__":
    unittest.main()
