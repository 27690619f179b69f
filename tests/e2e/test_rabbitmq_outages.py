#!/usr/bin/python3
"""A broker that comes late, restarts, is killed or is frozen while batchd works."""

import unittest

from broker_faults import BrokerFaults

from amqp_frames import PUBLISH
from fault_link import TO_SERVER, hold
from fault_proxy import FaultProxy


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
        batch = self.submit_by_token(12)
        self.let_end(batch, 3)
        self.broker.stop()
        # Nobody rings any more, and the work goes on.
        self.let_end(batch, 3)
        self.broker.start()
        self.consumed()
        self.let_end(batch, 3)
        self.assertIsNone(self.batch(batch)["verdict"])
        self.open_gate()
        self.check_after(batch, 12)

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
        self.consumed()
        losses = self.losses()
        self.broker.freeze()
        self.addCleanup(self.broker.thaw)
        self.check_ran_once(batch, 60)
        self.loses_the_queue(losses)
        self.assertIn("heartbeat timeout", self.log())
        self.broker.thaw()
        self.check_after(batch, 60)

    def test_a_doorbell_that_arrives_when_all_is_done(self):
        self.batchd()
        proxy = FaultProxy(self.broker.port)
        self.addCleanup(proxy.end)
        self.env["BATCH_QUEUE_URL"] = proxy.url(self.url)
        held = proxy.at(TO_SERVER, PUBLISH, hold(TO_SERVER))
        batch = self.submit_noted(5)
        held.wait()
        self.check_ran_once(batch, 5)
        published, delivered, _ = self.traffic()
        proxy.pass_again()
        self.wait_until(lambda: self.traffic()[:2] == (published + 1, delivered + 1))
        self.check_after(batch, 5)

    def test_an_alarm_under_which_nothing_can_be_rung(self):
        self.batchd()
        batch = self.submit_by_token(200)
        self.let_end(batch, 3)
        self.broker.alarm_on()
        self.addCleanup(self.broker.alarm_off)
        published, bell = self.traffic()[0], self.bell(batch)
        # It rings, nobody hears it, and the work goes on.
        while self.bell(batch) == bell:
            self.let_end(batch, 5)
        self.let_end(batch, 5)
        self.assertLessEqual(self.traffic()[0], published + 1)
        self.open_gate()
        self.check_ran_once(batch, 200)
        self.check_quiet()
        self.broker.alarm_off()
        self.check_after(batch, 200)


if __name__ == "__main__":
    unittest.main()
