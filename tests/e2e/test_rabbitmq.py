#!/usr/bin/python3
"""Batches through a real RabbitMQ."""

import json
import os
import subprocess
import unittest

from broker_house import BrokerHouse
from house import SOURCE
from test_manual import examples
from test_readme import sections


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


class Written(BrokerHouse):
    """What the README and the manual say, typed as it stands there."""

    def sh(self, script):
        done = subprocess.run(
            ["/bin/sh", "-ec", script], cwd=self.root, env=self.env, stdin=subprocess.DEVNULL, timeout=60,
            capture_output=True, encoding="utf-8", check=False,
        )
        self.assertEqual(done.returncode, 0, f"{script}\n{done.stdout}{done.stderr}")
        return done

    def test_readme(self):
        block = sections(os.path.join(SOURCE, "README.md"))["With RabbitMQ"][0]
        install, *commands = block.splitlines()
        self.assertIn("apt-get install rabbitmq-server", install)
        self.env.pop("BATCH_QUEUE_URL")
        self.write("words.txt", "alpha\nbeta\n")
        done = self.sh("\n".join(commands).replace("amqp://localhost", self.url))
        self.assertIn("quorum, 0 ready", done.stdout)
        self.assertIn("2 of 2 items done", done.stderr)

    def test_manual_of_the_queue(self):
        self.ctl("queue", "declare")
        for command in examples(os.path.join(SOURCE, "man/batchctl-queue.1.adoc"))[0].splitlines():
            self.sh(command)


if __name__ == "__main__":
    unittest.main()
