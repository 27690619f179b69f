#!/usr/bin/python3
"""Many programs on one state file that is checkpointed all the time."""

import json
import os
import subprocess
import threading
import unittest

from house import BUILD
from invariants import Invariants

SUBMITTERS, BATCHES, ITEMS = 2, 15, 150


class Checkpoints(Invariants):
    """Each batchd --drain and each submit moves the log into the file when it leaves; meanwhile others write and read."""

    def setUp(self):
        super().setUp()
        self.faults = []
        self.moved = 0
        self.name = self.rows(ITEMS)
        self.ctl("submit", "-q", "rows.csv", "--step", "echo")

    def call(self, *words):
        done = subprocess.run(
            [os.path.join(BUILD, words[0]), *words[1:]], cwd=self.root, env=self.env, stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            self.faults.append(f"{words} ended with {done.returncode}\n{done.stderr}")
        return done.stdout

    def submit_some(self):
        for _ in range(BATCHES):
            self.call("batchctl", "submit", "-q", "rows.csv", "--step", "echo")

    def read_until(self, over):
        while not over.is_set():
            for line in self.call("batchctl", "status", "--json", "--all").splitlines():
                counts = json.loads(line)["counts"]
                if counts["total"] != ITEMS or sum(counts.values()) != 2 * ITEMS:
                    self.faults.append(f"a sum is wrong: {counts}")
            self.call("batchctl", "items", "@last", "--json")

    def drain_until(self, over):
        while not over.is_set():
            self.call("batchd", "--drain")
            self.moved += os.path.getsize(self.state + "-wal") == 0

    def test_lose_nothing(self):
        over = threading.Event()
        writers = [threading.Thread(target=self.submit_some) for _ in range(SUBMITTERS)]
        others = [threading.Thread(target=each, args=(over,)) for each in (self.read_until, self.drain_until)]
        for thread in writers + others:
            thread.start()
        for thread in writers:
            thread.join()
        over.set()
        for thread in others:
            thread.join()
        self.assertEqual(self.faults, [])
        self.assertGreater(self.moved, 0)
        self.work_off()
        batches = self.ctl("status", "--json", "--all").lines()
        self.assertEqual(len(batches), 1 + SUBMITTERS * BATCHES)
        for batch in batches:
            self.assertEqual((batch["status"], batch["counts"]["done"]), ("done", ITEMS))
        self.check_file(batches[0]["id"], ITEMS)


if __name__ == "__main__":
    unittest.main()
