"""The proxy of the tests, between a bare client and server, and between pika and RabbitMQ."""

import socket
import struct
import threading
import time
import unittest

from amqp_client import Client, other_greeting, pika
from amqp_frames import ACK, PUBLISH, START, Frames
from fault_link import TO_CLIENT, TO_SERVER, cut, hold, reset, swallow
from fault_proxy import FaultProxy
from ports import listen
from rabbitmq import Broker
from waiting import wait_until


class BareConnections(unittest.TestCase):
    def setUp(self):
        self.server = listen()
        self.server.settimeout(30)
        self.addCleanup(self.server.close)
        self.proxy = FaultProxy(self.server.getsockname()[1])
        self.addCleanup(self.proxy.end)

    def connect(self):
        """A client's end and the server's."""
        client = socket.create_connection((self.proxy.host, self.proxy.port), timeout=30)
        self.addCleanup(client.close)
        server = self.server.accept()[0]
        self.addCleanup(server.close)
        server.settimeout(30)
        return client, server

    def assertSilent(self, side):
        side.settimeout(0.2)
        self.assertRaises(TimeoutError, side.recv, 1)
        side.settimeout(30)

    def test_passes_and_counts(self):
        client, server = self.connect()
        client.sendall(b"question")
        self.assertEqual(server.recv(100), b"question")
        server.sendall(b"answer")
        self.assertEqual(client.recv(100), b"answer")
        client.shutdown(socket.SHUT_WR)
        self.assertEqual(server.recv(100), b"")
        server.sendall(b"late")
        server.close()
        self.assertEqual(client.recv(100) + client.recv(100), b"late")
        wait_until(lambda: self.proxy.open() == 0)
        self.assertEqual((self.proxy.passed, self.proxy.connections), ({TO_SERVER: 8, TO_CLIENT: 10}, 1))

    def test_passes_much(self):
        client, server = self.connect()
        sent = bytes(range(256)) * 40000
        threading.Thread(target=client.sendall, args=[b"x" + sent], daemon=True).start()
        got = bytearray()
        while len(got) < len(sent) + 1:
            got += server.recv(1 << 20)
        self.assertEqual(got[1:], sent)

    def test_cuts(self):
        client, server = self.connect()
        self.proxy.cut()
        self.assertEqual((client.recv(1), server.recv(1)), (b"", b""))

    def test_resets(self):
        client, server = self.connect()
        self.proxy.cut(with_reset=True)
        self.assertRaises(ConnectionResetError, client.recv, 1)
        self.assertEqual(server.recv(1), b"")

    def test_cuts_at_a_byte(self):
        client, server = self.connect()
        self.proxy.cut_after(TO_SERVER, 3)
        client.sendall(b"question")
        self.assertEqual(server.recv(100), b"que")
        self.assertEqual((server.recv(100), client.recv(1)), (b"", b""))
        client, server = self.connect()
        client.sendall(b"question")
        self.assertEqual(server.recv(100), b"question")

    def test_swallows_one_direction(self):
        client, server = self.connect()
        self.proxy.swallow(TO_CLIENT)
        client.sendall(b"question")
        self.assertEqual(server.recv(100), b"question")
        server.sendall(b"answer")
        server.close()
        self.assertSilent(client)

    def test_holds_until_it_passes_again(self):
        client, server = self.connect()
        self.proxy.hold(TO_SERVER)
        client.settimeout(0.2)
        with self.assertRaises(TimeoutError):
            client.sendall(b"x" * (1 << 26))  # more than all buffers take
        self.assertSilent(server)
        self.proxy.pass_again()
        self.assertEqual(server.recv(1), b"x")

    def test_delays(self):
        client, server = self.connect()
        self.proxy.delay(TO_SERVER, 0.3)
        begin = time.monotonic()
        client.sendall(b"a")
        self.assertEqual(server.recv(1), b"a")
        self.assertGreaterEqual(time.monotonic() - begin, 0.3)

    def test_no_longer_accepts(self):
        self.proxy.stop_accepting()
        with socket.create_connection((self.proxy.host, self.proxy.port), timeout=30) as client:
            client.sendall(b"x")
            self.assertSilent(client)
            self.proxy.pass_again()
            server = self.server.accept()[0]
            self.assertEqual(server.recv(1), b"x")
            server.close()

    def test_refuses(self):
        client, server = self.connect()
        self.proxy.refuse()
        self.assertRaises(ConnectionRefusedError, self.connect)
        client.sendall(b"x")
        self.assertEqual(server.recv(1), b"x")
        self.proxy.pass_again()
        self.connect()

    def test_waits_for_nothing_without_work(self):
        client, _ = self.connect()
        self.proxy.hold(TO_SERVER)
        client.sendall(b"held")
        begin = time.process_time()
        self.assertSilent(client)
        self.assertLess(time.process_time() - begin, 0.1)

    def test_acts_at_bytes(self):
        client, server = self.connect()
        rule = self.proxy.at(TO_SERVER, b"secret", reset)
        client.sendall(b"open")
        self.assertEqual(server.recv(100), b"open")
        server.sendall(b"the other direction's secret")
        self.assertIn(b"secret", client.recv(100))
        self.assertFalse(rule.happened())
        client.sendall(b"a secret")
        rule.wait()
        self.assertEqual(server.recv(100), b"")
        self.assertRaises(ConnectionResetError, client.recv, 1)


class AFrame(unittest.TestCase):
    def test_is_cut_out_wherever_the_stream_is_split(self):
        method = struct.pack(">BHIHH", 1, 1, 4, *PUBLISH) + b"\xce"
        header = struct.pack(">BHIHHQ", 2, 1, 12, 60, 0, 5) + b"\xce"
        bodies = [struct.pack(">BHI", 3, 1, len(part)) + part + b"\xce" for part in (b"abc", b"de")]
        stream = b"AMQP\x00\x00\x09\x01" + method + header + b"".join(bodies)
        for at in range(1, len(stream)):
            frames = Frames()
            found = frames.feed(stream[:at]) + frames.feed(stream[at:])
            self.assertEqual(b"".join(frame.data for frame in found), stream)
            self.assertEqual([frame.method for frame in found], [None] + [PUBLISH] * 4)
            self.assertEqual([frame.last for frame in found], [True, False, False, False, True])


class ABroker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker().start()
        cls.addClassCleanup(cls.broker.end)

    def setUp(self):
        self.proxy = FaultProxy(self.broker.port)
        self.addCleanup(self.proxy.end)
        self.url = self.broker.new_vhost()
        self.direct = Client(self.url)
        self.addCleanup(self.direct.close)
        self.direct.declare("work")
        self.client = Client(self.proxy.url(self.url))
        self.addCleanup(self.client.close)
        self.client.publish("work", "first")
        wait_until(lambda: self.direct.depth("work") == 1)

    def test_a_message_is_taken_whose_confirm_is_lost(self):
        rule = self.proxy.at(TO_CLIENT, ACK, cut)
        self.assertRaises(pika.exceptions.AMQPConnectionError, self.client.publish, "work", "second")
        rule.wait()
        wait_until(lambda: self.direct.depth("work") == 2)

    def test_a_greeting_with_other_properties(self):
        self.proxy.forge(TO_CLIENT, START, other_greeting(lambda own: {**own, "version": "1.2"}))
        with Client(self.proxy.url(self.url)) as client:
            said = client.connection._impl.server_properties
            self.assertEqual((said["product"], said["version"]), ("RabbitMQ", "1.2"))
            client.publish("work", "second")

    def test_a_message_is_lost_whose_publish_is_cut(self):
        self.proxy.at(TO_SERVER, PUBLISH, reset)
        self.assertRaises(pika.exceptions.AMQPConnectionError, self.client.publish, "work", "second")
        wait_until(lambda: self.broker.connections() == 1)
        self.assertEqual(self.direct.depth("work"), 1)

    def test_a_confirm_that_is_swallowed_is_waited_for(self):
        rule = self.proxy.at(TO_CLIENT, ACK, swallow(TO_CLIENT))
        thread = threading.Thread(target=self.publish_in_vain)
        thread.start()
        rule.wait()
        wait_until(lambda: self.direct.depth("work") == 2)
        self.assertTrue(thread.is_alive())
        self.proxy.cut()
        thread.join(30)
        self.assertFalse(thread.is_alive())

    def test_a_confirm_that_is_held_comes_later(self):
        rule = self.proxy.at(TO_SERVER, PUBLISH, hold(TO_CLIENT), after=True)
        thread = threading.Thread(target=self.client.publish, args=["work", "second"])
        thread.start()
        rule.wait()
        wait_until(lambda: self.direct.depth("work") == 2)
        self.assertTrue(thread.is_alive())
        self.proxy.pass_again()
        thread.join(30)
        self.assertFalse(thread.is_alive())

    def test_an_ack_that_is_swallowed_brings_the_message_again(self):
        rule = self.proxy.at(TO_SERVER, ACK, swallow(TO_SERVER))
        method, _, _ = self.client.channel.basic_get("work")
        self.client.channel.basic_ack(method.delivery_tag)
        rule.wait()
        self.proxy.cut()
        wait_until(lambda: self.direct.depth("work") == 1)
        self.assertTrue(self.direct.take("work")[0].redelivered)

    def publish_in_vain(self):
        try:
            self.client.publish("work", "second")
        except pika.exceptions.AMQPConnectionError:
            pass


if __name__ == "__main__":
    unittest.main()
