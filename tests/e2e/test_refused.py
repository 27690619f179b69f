#!/usr/bin/python3
"""What the system refuses: a process, a piece of memory.  It is said or waited for, and nothing is lost."""

import os
import signal
import subprocess
import unittest

from house import BUILD
from invariants import Invariants

REFUSALS = os.path.abspath(os.path.join(BUILD, "tests/refusals.so"))
STEPS = 14


class Refused(Invariants):
    def call(self, program, *words, **variables):
        return subprocess.run(
            [os.path.join(BUILD, program), *words], cwd=self.root, env={**self.env, "LD_PRELOAD": REFUSALS, **variables},
            stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip


class Processes(Refused):
    def setUp(self):
        super().setUp()
        self.refused = self.path("refused")
        self.env |= {"LD_PRELOAD": REFUSALS, "SPAWN_REFUSED": self.refused}

    def check_that_it_waits_until_it_can(self, batch, total):
        self.wait_until(lambda: "batch_held" in self.log(), 60)
        self.assertIn("Resource temporarily unavailable", self.log())
        self.assertEqual(self.ledger(), [])
        told = self.batch(batch)
        self.assertEqual((told["verdict"], told["counts"]["failed"], told["paused"]), (None, 0, False))
        os.unlink(self.refused)
        self.wait_until(lambda: self.batch(batch)["verdict"] is not None, 60)
        self.assertEqual(sorted(self.ledger()), list(range(total)))
        items = self.ctl("items", batch, "--json").lines()
        self.assertEqual([(item["status"], item["attempts"]) for item in items], [("done", 1)] * total)

    def test_a_plugin_that_cannot_be_started_holds_its_batch_until_it_can(self):
        total = 5
        batch = self.submit_noted(total, "--retries", "0")
        self.write("refused", "")
        daemon = self.start()
        self.check_that_it_waits_until_it_can(batch, total)
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(timeout=60), 0)
        self.check_all(batch, total)

    def test_so_does_a_worker_of_a_plugin_that_is_known(self):
        self.start()
        self.ctl("run", "-q", "--args", "a", "--env", "OTHER=1", "--", "true")
        batch = self.submit_noted(5, "--retries", "0", "--hold")
        self.write("refused", "")
        self.ctl("resume", batch)
        self.check_that_it_waits_until_it_can(batch, 5)
        self.assertIn(": cannot run ", self.log())  # and not: plugin exec: cannot run


class Room(Refused):
    """A batchd and all it starts in a group that may have little memory."""

    LIMIT = 100 << 20

    def setUp(self):
        super().setUp()
        self.group = ""
        for folder, limit, swap, most in (
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes", self.LIMIT),
            ("/sys/fs/cgroup", "memory.max", "memory.swap.max", 0),
        ):
            group = os.path.join(folder, os.path.basename(self.root))
            try:
                os.mkdir(group)
                self.group = group
                with open(os.path.join(group, limit), "w", encoding="ascii") as file:
                    file.write(str(self.LIMIT))
                if os.path.exists(os.path.join(group, swap)):
                    with open(os.path.join(group, swap), "w", encoding="ascii") as file:
                        file.write(str(most))
                return
            except OSError as error:
                self.remove_group()
                why = error
        self.skipTest(f"no group of processes can be limited here: {why}")

    def tearDown(self):
        super().tearDown()
        self.remove_group()

    def remove_group(self):
        def removed():
            try:
                os.rmdir(self.group)
            except FileNotFoundError:
                return True
            except OSError:
                return False  # the last of it are just ending
            return True

        if self.group:
            self.wait_until(removed)
        self.group = ""

    def test_a_command_that_takes_too_much_is_killed_and_nothing_else(self):
        self.write("rows.csv", "take\n0\n0\n1000000000\n0\n")
        hog = "import sys; sys.stdout.write(str(len(bytearray(b'x') * int(sys.argv[1]))))"
        batch = self.ctl("submit", "-q", "rows.csv", "-j", "2", "--", "/usr/bin/python3", "-c", hog, "{take}").id
        with open(self.path("batchd.log"), "ab") as log:
            daemon = subprocess.Popen(
                ["/bin/sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$1"', self.group, os.path.join(BUILD, "batchd")],
                cwd=self.root, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.daemons.append(daemon)
        self.wait_until(lambda: self.batch(batch)["verdict"] is not None, 60)
        items = self.ctl("items", batch, "--json").lines()
        self.assertEqual([item["status"] for item in items], ["done", "done", "failed", "done"])
        self.assertIn("KILL", items[2]["error"]["message"])
        self.assertIsNone(daemon.poll())
        daemon.terminate()
        self.assertEqual(daemon.wait(timeout=60), 0)


class Memory(Refused):
    """One piece of memory is refused, at a place that moves from the start to the end of a run."""

    TABLE = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10, -signal.SIGABRT}

    def setUp(self):
        super().setUp()
        self.rows(5)
        self.env["MALLOC_COUNT"] = self.path("count")

    def pieces_of(self, program, *words):
        self.assertEqual(self.call(program, *words).returncode, 0)
        with open(self.path("count"), encoding="ascii") as file:
            return int(file.read())

    def moments(self, pieces):
        """More of them where a run is short of its end: there the file is open."""
        return [1 + pieces * n // STEPS for n in range(STEPS)] + [pieces - n for n in (2, 20, 60)]

    def check_code(self, done, moment):
        self.assertIn(done.returncode, self.TABLE, f"piece {moment}\n{done.stderr}")
        if done.returncode > 0:
            self.assertIn("error: ", done.stderr, f"piece {moment}")
            self.assertNotIn("bad_alloc", done.stderr, f"piece {moment}")

    def test_submit(self):
        words = "submit", "rows.csv", "--", "true"
        stored = 1
        for moment in self.moments(self.pieces_of("batchctl", *words)):
            done = self.call("batchctl", *words, MALLOC_REFUSED=f"batchctl:{moment}")
            self.check_code(done, moment)
            batches = self.ctl("status", "--json", "--all").lines()
            if done.returncode == 0:
                self.assertEqual(len(batches), stored + 1)
            self.assertIn(len(batches), {stored, stored + 1})
            self.assertTrue(all(batch["counts"]["pending"] == 5 for batch in batches))
            stored = len(batches)
        self.work_off()
        for batch in self.ctl("status", "--json", "--all").lines():
            self.assertEqual(batch["counts"]["done"], 5)
        self.check_file(batch["id"], 5)

    def test_batchd(self):
        self.submit_noted(5)
        pieces = self.pieces_of("batchd", "--drain")
        for moment in self.moments(pieces):
            batch = self.submit_noted(5)
            done = self.call("batchd", "--drain", MALLOC_REFUSED=f"batchd:{moment}")
            self.check_code(done, moment)
            self.assertEqual(self.counts(batch)["failed"], 0, f"piece {moment}")
        self.work_off()
        for told in self.ctl("status", "--json", "--all").lines():
            self.assertEqual(told["counts"]["done"], 5)
        self.check_file(batch, 5)
        self.check_nothing_runs()


if __name__ == "__main__":
    unittest.main()
