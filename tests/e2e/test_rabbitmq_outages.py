#!/usr/bin/python3
"""A broker that comes late, restarts, is killed or is frozen while batchd works."""

import unittest

from broker_faults import BrokerFaults


class Outages(BrokerFaults):
    def test_a_broker_that_is_started_later_is_found(self):
        self.broker.stop()
        self.addCleanup(lambda: self.broker.process.poll() is None or self.broker.start())
        self.start()
        first = self.submit_noted(10)
        self.wait_for(first)
        self.assertIn('"queue_lost"', self.log())
        # Told once, though it was tried more often.
        self.assertEqual(self.log().count("cannot be reached: connection refused"), 1)
        self.broker.start()
        self.consumed()
        second = self.ctl("submit", "rows.csv", "--step", "echo", "--require-queue").id
        self.wait_for(second)
        self.check_after(first, 10)

    def test_a_restart_in_mid_batch(self):
        self.batchd()
        batch = self.at_work()
        self.broker.stop()
        done = self.counts(batch)["done"]
        # Nobody rings any more, and the work goes on.
        self.wait_until(lambda: self.counts(batch)["done"] >= min(60, done + 20))
        self.broker.start()
        self.check_after(batch, 60)

    def test_a_kill_in_mid_batch(self):
        self.batchd()
        batch = self.gated_at_work()
        self.broker.kill9()
        self.broker.start()
        self.consumed()
        self.open_gate()
        self.check_after(batch, 6)

    def test_a_broker_that_is_frozen_holds_nothing_up(self):
        self.env["BATCH_QUEUE_URL"] += "?heartbeat=1"
        self.batchd()
        batch = self.at_work()
        self.broker.freeze()
        self.addCleanup(self.broker.thaw)
        self.check_ran_once(batch, 60)
        self.wait_until(lambda: '"queue_lost"' in self.log(), 12)
        self.assertIn("heartbeat timeout", self.log())
        self.broker.thaw()
        self.check_after(batch, 60)

    def test_what_is_submitted_to_a_frozen_broker_is_done_and_arrives_late(self):
        self.env["BATCH_QUEUE_URL"] += "?heartbeat=1"
        self.batchd()
        self.broker.freeze()
        self.addCleanup(self.broker.thaw)
        batch = self.submit_noted(5)
        self.check_ran_once(batch, 5)
        self.broker.thaw()
        self.check_after(batch, 5)


if __name__ == "__main__":
    unittest.main()
