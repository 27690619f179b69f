"""Ports of the tests: each is one test's only, as long as that runs."""

import socket
import subprocess
import sys
import unittest

import ports


class Ports(unittest.TestCase):
    def test_a_free_one_stays_ours(self):
        """Also while nobody listens there, and also against other processes."""
        port = ports.free_port()
        script = "import ports\nchosen = iter([%d, %d] + list(range(%d, 65536)))\n" % (port, port, port + 1)
        script += "ports.random.randrange = lambda *_: next(chosen)\nprint(ports.free_port())"
        found = subprocess.run([sys.executable, "-B", "-c", script], stdout=subprocess.PIPE, check=True).stdout
        self.assertGreater(int(found), port)
        with ports.listen(port=port) as listener:
            self.assertEqual(listener.getsockname(), ("127.0.0.1", port))

    def test_a_deaf_one_refuses_and_is_nobody_elses(self):
        with ports.deaf() as place:
            port = place.getsockname()[1]
            self.assertRaises(ConnectionRefusedError, socket.create_connection, ("127.0.0.1", port))
            self.assertRaises(OSError, ports.listen, port=port)


if __name__ == "__main__":
    unittest.main()
