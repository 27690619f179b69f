#!/usr/bin/python3
"""Batches through a real RabbitMQ."""

import json
import unittest

from broker_house import BrokerHouse


class Working(BrokerHouse):
    def test_a_batch_goes_through_the_broker(self):
        self.batchd()
        self.rows(25)
        self.ctl("submit", "rows.csv", "--", "echo", "{word}")
        self.ctl("wait", "@last")
        self.assertEqual(self.counts()["done"], 25)
        self.settled(self.client())

    def test_a_large_batch_rings_for_each_chunk(self):
        self.batchd()
        self.rows(10_000)
        self.ctl("submit", "rows.csv", "--step", "echo")
        self.ctl("wait", "@last")
        self.assertEqual(self.counts()["done"], 10_000)
        self.settled(self.client())

    def test_what_is_submitted_before_batchd_is_declared_and_confirmed(self):
        self.rows(3)
        self.ctl("submit", "rows.csv", "--", "echo", "{word}")
        self.assertEqual(self.batch()["status"], "queued")
        message = self.client().take(self.queue)[0]
        self.assertEqual(json.loads(message.body), {"batchId": self.batch()["id"]})
        self.assertEqual(message.properties.headers["x-bell"], 1)
        self.assertEqual(message.properties.headers["x-state"], self.state_id())
        self.assertEqual(message.properties.delivery_mode, 2)
        self.assertEqual(message.properties.content_type, "application/json")
        self.assertEqual(message.properties.app_id, "batchctl")
        # Nobody has the doorbell any more, and the batch is done all the same.
        self.batchd()
        self.ctl("wait", "@last")


if __name__ == "__main__":
    unittest.main()
