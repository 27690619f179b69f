#!/usr/bin/python3
"""A batchd that has nothing to do costs nothing, whatever waits in its state file."""

import os
import signal
import subprocess
import time
import unittest

from house import House

LOOKED_AT = 4  # seconds
MOST_WAKE_UPS = 2  # a second
LARGEST = 20 * 1024  # KiB


class Idle(House):
    def status_of(self, daemon):
        with open(f"/proc/{daemon.pid}/status", encoding="ascii") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file)

    def wake_ups(self, daemon):
        return int(self.status_of(daemon)["voluntary_ctxt_switches"])

    def check_idle(self, daemon):
        time.sleep(2)  # the checkpoint after a start
        before = self.wake_ups(daemon)
        time.sleep(LOOKED_AT)
        self.assertLess((self.wake_ups(daemon) - before) / LOOKED_AT, MOST_WAKE_UPS)
        self.assertLess(int(self.status_of(daemon)["VmHWM"].split()[0]), LARGEST)

    def test_without_a_batch(self):
        self.check_idle(self.batchd())

    def test_with_a_batch_that_is_done(self):
        daemon = self.batchd()
        self.rows(50)
        self.ctl("run", "rows.csv", "--", "true")
        self.wait_until(lambda: self.is_alone(daemon))  # workers leave when nothing has come for a while
        self.check_idle(daemon)

    def is_alone(self, daemon):
        with open(f"/proc/{daemon.pid}/task/{daemon.pid}/children", encoding="ascii") as file:
            return not file.read().split()

    def test_while_batches_are_paused_or_wait_for_their_next_try(self):
        """The loops without an end that a model found: what cannot be claimed must wake nobody."""
        self.rows(50)
        self.ctl("submit", "rows.csv", "--hold", "--", "true")
        self.ctl("submit", "rows.csv", "--retries", "1", "--backoff", "1h..2h", "--", "sh", "-c", "exit 75")
        daemon = self.batchd()
        self.wait_until(lambda: all(item["attempts"] for item in self.ctl("items", "@last", "--json").lines()))
        self.wait_until(lambda: self.is_alone(daemon))
        self.check_idle(daemon)


class Interrupted(House):
    def check_that_the_second_leaves_at_once(self, number):
        self.rows(2)
        daemon = self.batchd()
        self.ctl("submit", "rows.csv", "-j", "1", "--", "sh", "-c", "trap '' TERM INT; echo >>begun; sleep 600")
        self.wait_until(lambda: self.counts()["running"] > 0 and self.begun())
        daemon.send_signal(number)
        with self.assertRaises(subprocess.TimeoutExpired):
            daemon.wait(timeout=0.5)
        daemon.send_signal(number)
        self.assertEqual(daemon.wait(timeout=30), 0)  # and not after the drain time of 60 s
        counts = self.counts()
        self.assertEqual((counts["pending"], counts["running"]), (2, 0))
        items = self.ctl("items", "@last", "--json").lines()
        self.assertEqual([(item["status"], item["attempts"]) for item in items], [("pending", 0)] * 2)

    def test_ctrl_c_is_as_good_as_term_and_the_second_one_leaves_at_once(self):
        self.check_that_the_second_leaves_at_once(signal.SIGINT)

    def test_the_second_term_leaves_at_once(self):
        self.check_that_the_second_leaves_at_once(signal.SIGTERM)

    def begun(self):
        return os.path.exists(self.path("begun"))


if __name__ == "__main__":
    unittest.main()
