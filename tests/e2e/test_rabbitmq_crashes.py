#!/usr/bin/python3
"""batchd is killed at each moment of a doorbell's way, once and again and again."""

import json
import unittest

from broker_faults import BrokerFaults
from test_crash_points import DOORBELLS


class Crashes(BrokerFaults):
    # ---- a message that kills who hears it -------------------------------------------------------

    def held(self, name="rows.csv"):
        """A batch that nobody works on before it is resumed."""
        return self.ctl("submit", self.rows(2, name), "--hold", "--", "sh", "-c", "echo $0 >>ledger", "{id}").id

    def crash_until(self, happened, most):
        """Starts batchd, which is killed by each delivery, until it happened; how often it was killed."""
        for crashes in range(most):
            daemon = self.start("doorbell.heard")
            self.wait_until(lambda: daemon.poll() is not None or happened())
            if daemon.poll() is None:
                self.leave()
                return crashes
            self.assertEqual(daemon.returncode, -9, self.log())
        return most

    def dead_letters(self):
        """Why they are dead, once there are some: the broker moves them in its own time."""
        self.wait_until(lambda: self.look(queue=self.queue + ".dead").messages > 0)
        return [letter["reason"] for letter in self.ctl("queue", "dead", "list", "--json").lines()]

    def resume_all(self, batches):
        self.batchd()
        self.ctl("resume", *batches)
        for batch in batches:
            self.wait_for(batch)
            self.assertEqual(self.counts(batch)["done"], 2)
        self.assertEqual(sorted(self.ledger()), sorted([0, 1] * len(batches)))
        self.emptied()
        self.check_quiet()
        self.leave()

    def test_the_delivery_limit_puts_it_aside(self):
        batch = self.held()
        client = self.client()
        self.ctl("queue", "declare")
        client.purge(self.queue)
        client.publish(self.queue, json.dumps({"batchId": batch}))
        crashes = self.crash_until(lambda: self.look().messages == 0 and self.look().consumers == 1, 25)
        self.assertEqual(crashes, 21)  # delivered once, and 20 times again
        self.assertEqual(self.dead_letters(), ["delivery_limit"])
        self.resume_all([batch])

    def test_its_neighbours_lose_nothing_but_their_doorbells(self):
        client = self.client()
        self.ctl("status", "--json")
        dead = self.queue + ".dead"
        client.channel.exchange_declare(dead, "fanout", durable=True)
        client.declare(dead)
        client.channel.queue_bind(dead, dead)
        client.declare(self.queue, x_delivery_limit=2, x_dead_letter_exchange=dead)
        self.env["BATCH_QUEUE_DECLARE"] = "false"
        batches = [self.held(f"rows{number}.csv") for number in range(6)]
        client.purge(self.queue)
        for batch in batches:
            client.publish(self.queue, json.dumps({"batchId": batch}))
        self.crash_until(lambda: self.look().messages == 0 and self.look().consumers == 1, 25)
        self.assertEqual(set(self.dead_letters()), {"delivery_limit"})
        self.resume_all(batches)

    def test_a_classic_queue_has_no_limit_and_the_batch_is_done_once_all_the_same(self):
        client = self.client()
        self.ctl("status", "--json")
        client.declare(self.queue, x_queue_type="classic")
        self.env["BATCH_QUEUE_DECLARE"] = "false"
        batch = self.held()
        client.purge(self.queue)
        client.publish(self.queue, json.dumps({"batchId": batch}))
        self.assertEqual(self.crash_until(lambda: False, 5), 5)
        self.resume_all([batch])

    # ---- each moment of a doorbell's way ---------------------------------------------------------

    def crash_at(self, point):
        daemon = self.start(point)
        self.consumed()
        batch = self.submit_noted(24)
        self.assertEqual(daemon.wait(timeout=60), -9, f"{point} was not reached\n{self.log()}")
        before, runs = self.done(batch), len(self.ledger())
        self.batchd()
        self.wait_for(batch)
        self.emptied()
        self.check_quiet()
        self.leave()
        self.assertEqual(self.counts(batch)["done"], 24)
        self.check_all(batch, 24, before, runs)


for each in DOORBELLS:
    for time in ("", ":2"):
        name = "test_" + (each + time).replace(".", "_").replace(":", "_")
        setattr(Crashes, name, lambda self, point=each + time: self.crash_at(point))


if __name__ == "__main__":
    unittest.main()
