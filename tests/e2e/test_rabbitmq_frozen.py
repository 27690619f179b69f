#!/usr/bin/python3
"""A broker that is frozen for half a minute, in the middle of a large batch."""

import time
import unittest

from broker_faults import BrokerFaults
from submitting import SLACK, Submitting

FROZEN = 30  # seconds


class Frozen(BrokerFaults, Submitting):
    def test_submit_returns_in_its_time_and_the_work_goes_on(self):
        self.batchd()
        large = self.submit_by_token(30)
        self.let_end(large, 3)
        self.rows(2, "small.csv")
        self.broker.freeze()
        self.addCleanup(self.broker.thaw)
        end = time.monotonic() + FROZEN
        submits = 0
        # The first command may take its time with the last one at work.
        while time.monotonic() < end:
            small = self.in_time(5 + SLACK, "submit", "small.csv", "--step", "echo")
            self.assertRegex(small.err, "warning: RabbitMQ at .* is stored, and batchd finds it without the queue")
            self.let_end(large, 3)
            self.wait_for(small.id)
            submits += 1
        self.assertGreaterEqual(submits, 2)
        self.broker.thaw()
        self.consumed()
        self.open_gate()
        self.check_after(large, 30)


if __name__ == "__main__":
    unittest.main()
