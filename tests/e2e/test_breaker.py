#!/usr/bin/python3
"""A plugin that keeps dying is held back: its batches say why, others go on, and after a minute it is tried again."""

import json
import os
import unittest

from house import House
from moved_clock import BOOT, WALL, move_clocks

HELD_FOR = 60  # seconds


class Breaker(House):
    def setUp(self):
        super().setUp()
        self.jump = move_clocks(self, WALL, BOOT)

    def submit_dying(self, count=8):
        """The worker of each item dies once; afterwards the item is as good as any."""
        rows = ({"do": "exit", "code": 3, "once": self.path(f"died-{i}")} for i in range(count))
        name = self.write("rows.ndjson", "".join(json.dumps(row) + "\n" for row in rows))
        return self.ctl("submit", name, "--step", "chaos", "-j", "1").id

    def died(self):
        return sum(name.startswith("died-") for name in os.listdir(self.root))

    def test_its_batch_says_why_others_go_on_and_it_is_tried_again_by_itself(self):
        daemon = self.batchd()
        batch = self.submit_dying()
        self.wait_until(lambda: self.batch(batch)["paused"], 60)
        self.check_what_is_said(batch)
        self.assertEqual(self.died(), 5)
        self.ctl("run", "-q", "--args", "a", "b", "--", "true")
        self.jump(HELD_FOR // 2)
        self.ctl("run", "-q", "--args", "c", "--", "true")
        self.assertTrue(self.batch(batch)["paused"])
        self.assertEqual(self.died(), 5)
        self.jump(HELD_FOR + 1)
        self.wait_until(lambda: self.batch(batch)["verdict"] is not None, 60)
        self.assertEqual(self.batch(batch)["status"], "done")
        self.assertFalse(self.batch(batch)["paused"])
        self.assertEqual([item["attempts"] for item in self.ctl("items", batch, "--json").lines()], [1] * 8)
        self.assertIsNone(daemon.poll())

    def check_what_is_said(self, batch):
        told = self.batch(batch)
        self.assertEqual((told["status"], told["verdict"]), ("running", None))
        self.assertEqual(told["reason"]["code"], "breaker")
        said = r"chaos died 5 times in 60s: held back until \d\d:\d\d; last words: I have had enough"
        self.assertRegex(told["reason"]["message"], f"^{said}$")
        self.assertEqual(told["reason"]["hint"], "see what is wrong with it: batchctl plugin test chaos")
        self.assertRegex(self.ctl("status", batch).out, rf"\n  reason +{said}\n")
        events = [json.loads(line) for line in self.log().splitlines()]
        (held,) = [each["msg"] for each in events if each["event"] == "plugin_held"]
        self.assertRegex(held, rf"^{said.replace(';', f', {batch[-8:]} waits;')}$")


if __name__ == "__main__":
    unittest.main()
