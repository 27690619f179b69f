#!/usr/bin/python3
"""Kills batchd, its plugins and batchctl at random moments, round after round, and then looks whether anything is lost.

kill_loop.py [ROUNDS [SEED]]: 500 rounds without, with a seed of its own; that of a run that failed brings much of it
back.  As a test it is played with the same seed each time."""

import os
import random
import signal
import subprocess
import sys
import time
import unittest

from house import BUILD
from invariants import Invariants

# What a killed batchd may do again, per kill: what was at work, and what had just been answered.
RUN_AGAIN_PER_KILL = 12


class Deck:
    """Its cards come in any order, and each has come before one comes again."""

    def __init__(self, cards, chance):
        self.cards, self.chance, self.left = cards, chance, []

    def deal(self):
        if not self.left:
            self.left = self.chance.sample(self.cards, len(self.cards))
        return self.left.pop()


class KillLoop(Invariants):
    rounds = 20
    seed = 20

    def setUp(self):
        super().setUp()
        self.seed = self.seed or random.randrange(10**6)
        self.random = random.Random(self.seed)
        self.killing = Deck([self.kill_daemon, self.kill_daemon, self.kill_plugin, lambda: None], self.random)
        self.killing_commands = Deck([True, False, False, False], self.random)
        print(f"kill loop: {self.rounds} rounds, seed {self.seed}", file=sys.stderr)
        self.daemon = None
        self.stored = {}  # id -> number of items, for those whose submit said so
        self.kills = {"batchd": 0, "plugin": 0, "batchctl": 0}

    def test_nothing_is_lost(self):
        try:
            for _ in range(self.rounds):
                self.play()
            self.end()
        except Exception:
            print(f"kill loop: failed with seed {self.seed}; killed {self.kills}", file=sys.stderr)
            raise

    def play(self):
        if self.daemon is None or self.daemon.poll() is not None:
            self.daemon = self.start()
        chance = self.random.random()
        if chance < 0.5 or not self.stored:
            self.submit()
        elif chance < 0.6:
            self.command("cancel", self.some_batch() + ":" + self.random.choice(["3", "5-9", "0-30"]))
        elif chance < 0.65:
            self.command("cancel", self.some_batch())
        elif chance < 0.75:
            self.command("retry", self.some_batch(), "--status", self.random.choice(["failed", "cancelled"]))
        time.sleep(self.random.uniform(0, 0.4))
        self.killing.deal()()

    def some_batch(self):
        return self.random.choice(list(self.stored))

    def submit(self):
        count = self.random.choice([1, 15, 40])
        name = f"rows{len(self.stored)}.csv"
        self.rows(count, name)
        script = ('echo "$BATCH_ID $1" >>ledger; sleep 0.01; [ $(($1 % 13)) != 12 ] || exit 65; '
                  'echo "$1" >"$BATCH_OUTPUT_DIR/made.txt"; echo "$1"')
        out = self.command("submit", name, "-j", "2", "--backoff", "10ms..50ms", "--", "sh", "-c", script, "sh", "{id}")
        if out is not None:
            self.stored[out.split()[0]] = count

    def command(self, *words):
        """batchctl, in one of four cases killed on its way.  What it printed; nothing if it was killed or refused."""
        process = subprocess.Popen([os.path.join(BUILD, "batchctl"), *words], cwd=self.root, env=self.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if self.killing_commands.deal():
            time.sleep(self.random.uniform(0, 0.05))
            process.kill()
            self.kills["batchctl"] += 1
        out, err = process.communicate(timeout=60)
        self.assertIn(process.returncode, (0, 3, 8, 9, -9), f"{words}\n{out}{err}")
        return out.decode() if process.returncode == 0 else None

    def kill_daemon(self):
        self.daemon.kill()
        self.daemon.wait()
        self.kills["batchd"] += 1
        unfinished = [batch for batch in self.stored if self.batch(batch)["verdict"] is None]
        done = {batch: self.done(batch) for batch in unfinished}
        known = len(self.runs())
        self.daemon = self.start()
        self.wait_until(lambda: self.holder() == self.daemon.pid)
        for batch, index in self.runs()[known:]:
            self.assertNotIn(index, done.get(batch, set()), f"item {index} of {batch} was done, and ran again")

    def kill_plugin(self):
        """If none is at work, one of the next batch."""
        killed = self.kills["plugin"]
        for _ in range(5):
            until = time.monotonic() + 1
            while self.kills["plugin"] == killed and time.monotonic() < until:
                self.kill_worker()
            if self.kills["plugin"] > killed:
                return
            self.submit()

    def kill_worker(self):
        try:
            with open(f"/proc/{self.daemon.pid}/task/{self.daemon.pid}/children", encoding="utf-8") as file:
                workers = file.read().split()
            if workers:
                os.kill(int(self.random.choice(workers)), signal.SIGKILL)
                self.kills["plugin"] += 1
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has just left by itself

    def runs(self):
        try:
            with open(self.path("ledger"), encoding="utf-8") as file:
                return [(batch, int(index)) for batch, index in (line.split() for line in file)]
        except FileNotFoundError:
            return []

    def end(self):
        self.daemon.send_signal(signal.SIGTERM)
        self.daemon.wait(timeout=60)
        self.work_off()
        runs = self.runs()
        for batch, count in self.stored.items():
            items = self.check_file(batch, count)
            self.check_outputs(batch, f"outputs/{batch}")
            for item in items:
                self.check_item(item, runs, batch)
        self.check_nothing_runs()
        self.check_secret()
        self.check_recovery_is_idle()
        if self.rounds >= 10:
            self.assertTrue(all(self.kills.values()), f"not everything has happened: {self.kills}")
        again = len(runs) - len(set(runs))
        # An item that was taken back by `retry` may run again; those commands are few.
        self.assertLessEqual(again, RUN_AGAIN_PER_KILL * (self.kills["batchd"] + self.kills["plugin"]) + 10 * self.rounds)
        print(f"kill loop: {len(self.stored)} batches, {len(set(runs))} items, {again} run again, killed {self.kills}",
              file=sys.stderr)

    def check_item(self, item, runs, batch):
        self.assertIn(item["status"], ("done", "failed", "cancelled"), self.batch(batch))
        if item["status"] == "done":
            self.assertIn((batch, item["index"]), runs)
        if item["status"] == "failed" and item["error"]["code"] != "exit_65":
            self.assertIn(item["error"]["code"], ("poison", "lost"))
            self.assertTrue(self.kills["plugin"] + self.kills["batchd"])


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word.isdigit()]
    KillLoop.rounds = int(words[0]) if words else 500
    KillLoop.seed = int(words[1]) if len(words) > 1 else None
    unittest.main(argv=sys.argv[:1])
