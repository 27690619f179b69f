"""Batches that are paused, cancelled, tried again and removed while a batchd works on them."""

import glob
import os
import random
import subprocess
import time
import unittest

from house import BUILD, House
from transcript import Transcript


class Blocked(House):
    """Items that work until the file `go` is there."""

    COMMAND = ("--", "sh", "-c", "while [ ! -e go ]; do sleep 0.02; done; echo $1", "sh", "{id}")

    def submit_blocked(self, count, *words):
        self.rows(count)
        batch = self.ctl("submit", "rows.csv", *words, *self.COMMAND).id
        self.wait_until(lambda: self.counts(batch)["running"] > 0)
        return batch

    def go(self):
        self.write("go", "")

    def start(self, *words):
        """batchctl WORDS in the background."""
        return subprocess.Popen(
            [os.path.join(BUILD, "batchctl"), *words],
            cwd=self.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )


class PauseAndCancel(Transcript, Blocked):
    def test_pause_cancel_a_part_go_on_after_a_reboot(self):
        self.rows(50, "urls.csv")
        self.env["BATCH_WORKERS_DRAIN_TIMEOUT"] = "0"
        daemon = self.batchd()
        self.transcript("""
            [0]$ batchctl submit urls.csv -j 1 -- sh -c 'test $1 -lt 2 || { echo $1 >>begun; exec sleep 60; }' sh {id}
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
        """)
        self.wait_until(lambda: self.counts()["done"] == 2 and self.counts()["running"] > 0)
        self.transcript(
            """
            [0]$ batchctl pause 0e4c2a11
            2| paused 0e4c2a11: 16 items at work finish, 3,741 wait
            [0]$ batchctl pause 0e4c2a11
            2| note: 0e4c2a11 is paused already
            [0]$ batchctl cancel 0e4c2a11:40-49
            2| cancelled 10 items of 0e4c2a11; the other 40 stay
            """,
            free=["16 items at work finish, 3,741 wait"],
        )
        daemon.kill()
        daemon.wait()
        os.remove(self.path("begun"))
        self.transcript("""
            [0]$ batchctl resume 0e4c2a11                                                 # after a reboot, batchd not started
            2| resumed 0e4c2a11: 38 items to go
            2| batchctl: warning: no batchd is running
            2| hint: start it: batchd
        """)
        self.batchd()
        # Not by the count: until this batchd takes over, it tells what the killed one had.
        self.wait_until(lambda: os.path.exists(self.path("begun")))
        self.transcript(
            """
            [0]$ batchctl cancel 0e4c2a11; batchctl cancel 0e4c2a11
            2| cancelled 0e4c2a11: 16 items at work were stopped, 2 done ones stay
            2| note: 0e4c2a11 is aborted already: nothing to cancel
            [9]$ batchctl retry 0e4c2a11:0
            2| batchctl: error: item 0 of 0e4c2a11 is done, and done items never run again
            2| hint: to do its work once more, submit its row as a new batch
            """,
            free=["16 items at work were stopped"],
        )

    def test_what_runs_is_stopped_with_all_that_it_started(self):
        self.batchd()
        self.rows(1)
        self.ctl("submit", "rows.csv", "--", "sh", "-c", "echo $$ >pid; sleep 60 & wait")
        self.wait_until(lambda: os.path.exists(self.path("pid")))
        self.ctl("cancel", "@last")
        with open(self.path("pid"), encoding="utf-8") as file:
            group = int(file.read())
        self.wait_until(lambda: not self.is_group_alive(group))

    def test_what_runs_is_not_run_a_second_time_beside_it(self):
        self.batchd()
        self.rows(1)
        self.ctl("submit", "rows.csv", "--", "sh", "-c", "echo $$ >>pids; sleep 60")
        self.wait_until(lambda: os.path.exists(self.path("pids")))
        self.assertIn("is running", self.ctl("retry", "@last", code=9).err)
        self.ctl("cancel", "@last")
        self.ctl("retry", "@last", "--status", "cancelled")
        self.wait_until(lambda: len(self.pids()) == 2)
        first, second = self.pids()
        self.assertFalse(self.is_group_alive(first) and os.getpgid(first) != os.getpgid(second))

    def pids(self):
        with open(self.path("pids"), encoding="utf-8") as file:
            return [int(line) for line in file]

    @staticmethod
    def is_group_alive(group):
        try:
            os.killpg(group, 0)
            return True
        except ProcessLookupError:
            return False


class Races(Blocked):
    def test_cancelling_a_batch_at_any_moment(self):
        """What was recorded as done stays, the rest is cancelled, and nothing runs afterwards."""
        self.batchd()
        self.rows(40)
        chance = random.Random(91)
        for _ in range(25):
            batch = self.ctl("submit", "rows.csv", "-j", "4", "--", "sh", "-c", "echo $BATCH_ID:$1 >>ran", "sh", "{id}").id
            time.sleep(chance.uniform(0, 0.08))  # the moment is what is tried out
            before = self.counts(batch)["done"]
            self.ctl("cancel", batch)
            counts = self.counts(batch)
            self.assertEqual(counts["running"] + counts["pending"] + counts["failed"], 0, counts)
            self.assertEqual(counts["done"] + counts["cancelled"], 40, counts)
            self.assertGreaterEqual(counts["done"], before)
            again = self.ctl("cancel", batch)
            self.assertIn("already: nothing to cancel", again.err)
            self.assertEqual(self.counts(batch), counts)
            # What was asked for stands, even where every item had been done just before.
            self.assertIn(self.batch(batch)["status"], ("done", "aborted") if counts["done"] == 40 else ("aborted",))

    def test_cancelling_some_items_at_any_moment(self):
        self.batchd()
        self.rows(40)
        chance = random.Random(92)
        for _ in range(15):
            batch = self.ctl("submit", "rows.csv", "-j", "4", "--", "sleep", "0.01").id
            time.sleep(chance.uniform(0, 0.08))
            self.ctl("cancel", batch + ":10-29")
            self.ctl("wait", "-q", batch)
            items = self.ctl("items", batch, "--json").lines()
            for item in items:
                wanted = ("done", "cancelled") if 10 <= item["index"] < 30 else ("done",)
                self.assertIn(item["status"], wanted, item)
            self.assertEqual(self.batch(batch)["status"], "done")

    def test_of_many_retries_at_once_one_is_meant(self):
        self.batchd()
        self.rows(6)
        self.ctl("run", "rows.csv", "--", "sh", "-c", "echo $1 >>ran; exit $1", "sh", "{id}", code=1)
        for round_ in range(2, 5):
            retries = [self.start("retry", "@last") for _ in range(20)]
            said = [retry.communicate(timeout=60) for retry in retries]
            won = [retry for retry in retries if retry.returncode == 0]
            self.assertEqual({retry.returncode for retry in retries}, {0, 9}, said)
            self.assertGreaterEqual(len(won), 1)
            self.ctl("wait", "-q", "@last", code=1)
            items = self.ctl("items", "@last", "--status", "failed", "--json").lines()
            with open(self.path("ran"), encoding="utf-8") as file:
                ran = [int(line) for line in file]
            # One retry may end so soon that another is right to come after it: each counts once.
            for item in items:
                self.assertEqual(item["attempts"], ran.count(item["index"]))
            self.assertEqual(ran.count(0), 1, "a done item ran again")
            self.assertGreaterEqual(items[0]["attempts"], round_)

    def test_one_of_many_retries_wins_while_nobody_works(self):
        self.rows(3)
        self.ctl("run", "rows.csv", "--", "false", code=1)
        retries = [self.start("retry", "@last") for _ in range(20)]
        said = [retry.communicate(timeout=60) for retry in retries]
        self.assertEqual(sorted(retry.returncode for retry in retries), [0] + [9] * 19, said)
        self.assertEqual(sum(bool(out) for out, _ in said), 1)
        self.assertEqual(self.counts()["pending"], 3)


class Removing(Blocked):
    def left(self):
        return glob.glob(self.path(".local/state/batch/outputs/*"))

    def test_a_running_batch_is_removed_by_force_only(self):
        self.batchd()
        batch = self.submit_blocked(4, "-j", "2")
        self.assertEqual(
            self.ctl("rm", "--yes", batch, code=9).err,
            f"batchctl: error: {batch[-8:]} (rows.csv) is running\n"
            f"hint: cancel it and remove it: batchctl rm --force {batch[-8:]}\n",
        )
        self.assertEqual(self.ctl("rm", "--yes", "--force", batch).err, f"removed {batch[-8:]} (rows.csv)\n")
        self.ctl("status", batch, code=3)
        self.assertEqual(self.left(), [])
        self.ctl("run", "-q", "--args", "x", "--", "true")  # and batchd goes on

    def test_removing_at_any_moment_leaves_no_file(self):
        self.batchd()
        self.rows(20)
        chance = random.Random(93)
        for _ in range(12):
            batch = self.ctl("submit", "rows.csv", "-j", "4", "--", "sh", "-c", "echo x >$1/a.txt", "sh", "{@out}").id
            time.sleep(chance.uniform(0, 0.08))
            self.ctl("rm", "--yes", "--force", "-q", batch)
            self.ctl("status", batch, code=3)
        self.assertEqual(self.left(), [])
        self.assertNotIn("error", self.log())


class Pruning(Transcript):
    def test_prune_as_the_manual_shows_it(self):
        self.rows(3, "nightly")
        self.transcript("""
            [0]$ batchctl run -q nightly --rows-format csv -- true
            1| 01a20461-0c1a-7b44-a1d8-19e4c2f0d9e4
            [2]$ batchctl prune
            2| batchctl: error: prune must be told what: --older-than, --status, --label or --keep
            2| hint: see what a month would take away: batchctl prune --older-than 30d --dry-run
            [0]$ batchctl prune --older-than 30d --dry-run
            1| id	name	status	counts.total	finished_at	size
            2| note: no finished batch fits: nothing would go
            [2]$ batchctl prune --older-than 0 </dev/null
            2| batchctl: error: this removes 1 batch, and there is no terminal to ask
            2| hint: if it is meant: batchctl prune --older-than 0 --yes
        """)
        self.transcript(
            """
            [0]$ batchctl prune --older-than 0 --dry-run
            1| BATCH     NAME     STATUS  ITEMS  FINISHED    SIZE
            1| c2f0d9e4  nightly  done        3  2026-10-20  0 bytes
            2| note: 1 batch, 0 bytes, would go; delivered files stay where they are
            """,
            on="terminal",
        )


if __name__ == "__main__":
    unittest.main()
