"""The broker of the tests: what they may expect of it."""

import glob
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

from amqp_client import Client, pika
from rabbitmq import Broker
from waiting import wait_until


def processes_of(folder):
    """Pids that have the folder in their environment."""
    found = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as file:
                if folder.encode() in file.read():
                    found.append(int(path.split("/")[2]))
        except OSError:
            pass  # ended meanwhile, or somebody else's
    return [pid for pid in found if pid != os.getpid()]


class ABroker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker(settings={"channel_tick_interval": 200}).start()
        cls.addClassCleanup(cls.nothing_stays)

    @classmethod
    def nothing_stays(cls):
        cls.broker.end()
        wait_until(lambda: not processes_of(cls.broker.folder), what="the end of its processes")
        assert not os.path.exists(cls.broker.folder)

    def setUp(self):
        self.url = self.broker.new_vhost()

    def client(self, url=None, **options):
        client = Client(url or self.url, **options)
        self.addCleanup(client.close)
        return client

    def test_a_message_goes_through(self):
        client = self.client()
        client.declare("work", x_delivery_limit=3)
        client.publish("work", '{"batchId":"x"}', message_id="7", headers={"tries": 2})
        wait_until(lambda: client.depth("work") == 1)
        (message,) = client.take("work")
        self.assertEqual(message.body, b'{"batchId":"x"}')
        self.assertEqual((message.properties.message_id, message.properties.headers["tries"]), ("7", 2))
        self.assertFalse(message.redelivered)
        self.assertEqual(client.take("work"), [])

    def test_what_a_queue_holds_is_known_at_once(self):
        client = self.client()
        for kind in ("quorum", "classic"):
            client.declare(kind, x_queue_type=kind)
            for _ in range(3):
                client.publish(kind, "x")
            wait_until(lambda name=kind: self.broker.look(self.url, name) == (3, 0, 0))
            client.channel.basic_qos(prefetch_count=2)
            client.channel.basic_consume(kind, lambda *_: None)
            wait_until(lambda name=kind: self.broker.look(self.url, name) == (3, 2, 1))
        self.assertEqual(self.broker.look(self.url, "nowhere"), (-1, -1, -1))

    def test_a_message_for_no_queue_is_refused(self):
        with self.assertRaises(pika.exceptions.UnroutableError):
            self.client().publish("nowhere", "x")

    def test_queues_are_told_apart(self):
        client = self.client()
        client.declare("work")
        other = self.client(self.broker.new_vhost())
        self.assertTrue(client.exists("work"))
        self.assertFalse(other.exists("work"))
        client.delete("work")
        self.assertFalse(client.exists("work"))

    def test_a_delivery_in_hand_is_counted(self):
        client = self.client()
        client.declare("work", x_queue_type="classic")
        client.publish("work", "x")
        client.channel.basic_get("work")
        self.assertEqual(self.broker.queue(self.url, "work", "messages_unacknowledged"), "1")
        self.assertEqual((client.depth("work"), client.consumers("work")), (0, 0))

    def test_messages_of_a_quorum_queue_are_counted_as_they_are_now(self):
        client = self.client()
        client.declare("work")
        for _ in range(3):
            client.publish("work", "x")
        client.channel.basic_get("work")
        wait_until(lambda: (self.broker.look(self.url, "work").messages, client.depth("work")) == (3, 2))
        client.purge("work")
        wait_until(lambda: self.broker.look(self.url, "work").messages == 1)

    def test_a_user_may_only_what_he_may(self):
        self.client().declare("work")
        user = self.client(self.broker.new_user(self.url, configure="", write=""))
        self.assertEqual(user.take("work"), [])
        with self.assertRaisesRegex(pika.exceptions.ChannelClosedByBroker, "403"):
            user.declare("other")

    def test_an_alarm_blocks_who_publishes(self):
        client = self.client(blocked_connection_timeout=0.2)
        client.declare("work")
        self.broker.alarm_on()
        self.addCleanup(self.broker.alarm_off)
        with self.assertRaises(pika.exceptions.ConnectionBlockedTimeout):
            client.publish("work", "x")

    def test_a_frozen_broker_is_silent_until_it_is_thawed(self):
        self.broker.freeze()
        self.addCleanup(self.broker.thaw)
        with socket.create_connection(("127.0.0.1", self.broker.port), timeout=0.3) as client:
            client.sendall(b"AMQP\x00\x00\x09\x01")
            self.assertRaises(TimeoutError, client.recv, 1)
            self.broker.thaw()
            client.settimeout(30)
            self.assertEqual(client.recv(1), b"\x01")

    def test_a_delivery_that_is_held_too_long_closes_the_channel(self):
        self.broker.set("consumer_timeout", 300)
        self.addCleanup(self.broker.set, "consumer_timeout", 1800000)
        client = self.client()
        client.declare("work")
        client.publish("work", "x")
        client.channel.basic_consume("work", lambda *_: None)
        with self.assertRaisesRegex(pika.exceptions.ChannelClosedByBroker, "406"):
            client.channel.start_consuming()

    def test_connections_are_closed_by_the_administrator(self):
        client = self.client()
        self.assertEqual(self.broker.connections(), 1)
        self.broker.close_connections()
        with self.assertRaisesRegex(pika.exceptions.ConnectionClosedByBroker, "320"):
            client.declare("work")

    def test_a_durable_message_survives_kill_9(self):
        with Client(self.url) as client:
            client.declare("work")
            client.publish("work", "kept")
        self.broker.kill9()
        self.assertRaises(ConnectionRefusedError, socket.create_connection, ("127.0.0.1", self.broker.port))
        self.broker.start()
        client = self.client()
        wait_until(lambda: client.depth("work") == 1)
        self.assertEqual([message.body for message in client.take("work")], [b"kept"])

    def test_starts_no_epmd_when_it_looks_for_it(self):
        """Which it does each minute."""
        self.broker.eval("rabbit_nodes_common:ensure_epmd()")
        names = []
        for pid in processes_of(self.broker.folder):
            with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                names.append(file.read().strip())
        self.assertIn("beam.smp", names)
        self.assertNotIn("epmd", names)

    def test_rabbitmqctl_has_its_say(self):
        self.assertIn(self.url.rsplit("/", 1)[1], self.broker.ctl("list_vhosts").split())
        self.assertEqual(self.broker.eval("application:get_env(rabbit, channel_tick_interval)"), "{ok, 200}")


class ATestThatDies(unittest.TestCase):
    def test_leaves_no_process(self):
        """Of any user, who need not be able to read this folder."""
        readable = tempfile.mkdtemp(prefix="batch-support-")
        self.addCleanup(shutil.rmtree, readable)
        os.chmod(readable, 0o755)
        for source in glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "*.py")):
            os.chmod(shutil.copy(source, readable), 0o644)
        nobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        script = "from rabbitmq import Broker; broker = Broker().start(); print(broker.folder, flush=True); input()"
        with subprocess.Popen(
            [*nobody, sys.executable, "-B", "-c", script],
            cwd=readable,
            env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ) as test:
            folder = test.stdout.readline().strip()
            self.addCleanup(subprocess.run, ["rm", "-rf", folder], check=True)
            self.assertTrue(folder)
            self.assertNotEqual(processes_of(folder), [])
            test.kill()
        wait_until(lambda: not processes_of(folder), what="the end of the broker")


if __name__ == "__main__":
    unittest.main()
