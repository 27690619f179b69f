"""A house whose batches go through a RabbitMQ of the test's own: one broker a file, one vhost a test."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))

from amqp_client import Client
from house import House
from rabbitmq import Broker
from waiting import wait_until


class BrokerHouse(House):
    SETTINGS = {}  # of the application rabbit, such as consumer_timeout

    @classmethod
    def setUpClass(cls):
        cls.broker = Broker(settings=cls.SETTINGS).start()
        cls.addClassCleanup(cls.broker.end)

    def setUp(self):
        super().setUp()
        self.url = self.broker.new_vhost()
        self.env["BATCH_QUEUE_URL"] = self.url

    def client(self):
        """A client of the broker that ends with the test."""
        client = Client(self.url)
        self.addCleanup(client.close)
        return client

    def state_id(self):
        import sqlite3

        with sqlite3.connect(f"file:{self.state}?mode=ro", uri=True) as database:
            return database.execute("SELECT id FROM state").fetchone()[0]

    @property
    def queue(self):
        return "batch." + self.state_id()

    def connected(self, times=1):
        """Waits until batchd consumes; returns it."""
        daemon = self.daemons[-1]
        self.wait_until(lambda: self.log().count('"queue_connected"') >= times or daemon.poll() is not None)
        return daemon

    def batchd(self, *words):
        before = self.log().count('"queue_connected"') if os.path.exists(self.path("batchd.log")) else 0
        daemon = super().batchd(*words)
        self.wait_until(lambda: self.log().count('"queue_connected"') > before or daemon.poll() is not None)
        return daemon

    def messages(self):
        """In the queue, ready or not, once the broker can say."""
        return wait_until(lambda: (depth := self.broker.look(self.url, self.queue)).messages >= 0 and depth, 30).messages

    def settled(self, client):
        """Waits until no message is left in the queue, ready or not."""
        self.wait_until(lambda: self.messages() == 0)
