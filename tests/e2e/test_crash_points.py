"""kill -9 at every named moment, then recovery, then the invariants.

The moments are named in the source with crash_point(); only a build for tests has them."""

import os
import re
import signal
import sqlite3
import unittest

from house import SOURCE
from invariants import Invariants

ITEMS = 24

# What batchd does while it works: killed the first and a later time that it gets there.
AT_WORK = [
    "worker.started", "step.dir_made", "step.sent", "step.answered", "artifact.flushed", "artifact.named",
    "artifact.kept", "work.written", "work.committed", "work.taken_up",
]
AT_THE_END = ["checkpoint.begun", "checkpoint.done"]
WHILE_LEAVING = ["drain.begun", "leave.committed", "leave.workers_gone"]
TAKING_OVER = ["take_over.killed", "take_over.cleaned", "rescue.lease", "take_over.done"]
SUBMITTING = ["draft.slice_written", "draft.slice_stored", "submit.written", "submit.stored"]
MIGRATING = ["migration.copied", "migration.written", "migration.done"]
REMOVING = ["remove.hidden", "remove.slice", "remove.rows_gone"]
STEERING = ["cancel.flagged", "cancel.slice", "retry.slice"]
LOGINS = ["refresh.noted", "refresh.answered"]  # test_auth_refresh.py
DOORBELLS = ["doorbell.heard", "doorbell.claimed", "doorbell.settled"]  # test_rabbitmq_crashes.py
ALL = AT_WORK + AT_THE_END + WHILE_LEAVING + TAKING_OVER + SUBMITTING + MIGRATING + REMOVING + STEERING + DOORBELLS + LOGINS


def named_in_source():
    names = set()
    for top in ("core", "daemon", "cli"):
        for folder, _, files in os.walk(os.path.join(SOURCE, top)):
            for name in files:
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    names |= set(re.findall(r'crash_point\("([^"]+)"\)', file.read()))
    return names


class EveryPoint(unittest.TestCase):
    def test_has_a_test(self):
        self.assertEqual(named_in_source(), set(ALL))


class Daemon(Invariants):
    def recover(self, batch):
        before, runs = self.done(batch), len(self.ledger())
        self.work_off()
        self.assertEqual(self.batch(batch)["status"], "done")
        self.check_all(batch, ITEMS, before, runs)

    def at_work(self, point):
        batch = self.submit_noted(ITEMS)
        self.crash(point)
        self.recover(batch)

    def while_leaving(self, point):
        batch = self.submit_noted(ITEMS)
        daemon = self.start(point)
        self.wait_until(lambda: self.counts(batch)["done"] >= 3)
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(timeout=60), -9, self.log())
        self.recover(batch)

    def taking_over(self, point):
        batch = self.submit_noted(ITEMS)
        first = self.start()
        self.wait_until(lambda: self.counts(batch)["done"] >= 3)
        first.kill()
        first.wait()
        self.crash(point)
        self.recover(batch)


def add_daemon_tests():
    for points, scenario, times in ((AT_WORK, "at_work", ("", ":5")), (AT_THE_END, "at_work", ("",)),
                                    (WHILE_LEAVING, "while_leaving", ("",)), (TAKING_OVER, "taking_over", ("",))):
        for point in points:
            for time in times:
                # Twice as many workers are never started.
                if point == "worker.started" and time:
                    time = ":2"
                name = "test_" + (point + time).replace(".", "_").replace(":", "_")
                setattr(Daemon, name, lambda self, s=scenario, p=point + time: getattr(self, s)(p))


add_daemon_tests()


class Answer(Invariants):
    def test_an_item_whose_answer_ends_batchd_each_time_has_failed(self):
        batch = self.submit_noted(1)
        for _ in range(6):
            self.crash("step.answered")
        self.work_off()
        item = self.ctl("items", batch, "--json").lines()[0]
        self.assertEqual((item["status"], item["error"]["code"]), ("failed", "lost"))


class Submit(Invariants):
    def submit_and_die(self, point, count):
        self.rows(count)
        died = self.ctl("submit", "rows.csv", "--step", "echo", env={"CRASH_POINT": point}, code=None)
        self.assertEqual(died.code, -9, point)

    def test_nothing_is_stored_before_the_last_moment(self):
        for point, count in (("submit.written", 10), ("draft.slice_written", 11000), ("draft.slice_written:2", 11000),
                             ("draft.slice_stored", 11000), ("draft.slice_stored:2", 11000), ("submit.written", 11000)):
            with self.subTest(point=point, count=count):
                self.submit_and_die(point, count)
                self.assertEqual(self.ctl("status", "--json").out, "")
                self.work_off()
                state = sqlite3.connect(self.state)
                self.assertEqual(state.execute("SELECT count(*) FROM item").fetchone(), (0,))
                self.assertEqual(state.execute("SELECT count(*) FROM batch").fetchone(), (0,))
                state.close()
                self.ctl("doctor", code=None)

    def test_what_is_stored_runs(self):
        for count in (10, 11000):
            with self.subTest(count=count):
                self.submit_and_die("submit.stored", count)
                self.work_off()
                self.assertEqual(self.counts()["done"], count)


class Steering(Invariants):
    def finished(self, count, do="ok"):
        """A finished batch of so many items."""
        path = self.write("rows.csv", "do,class\n" + f"{do},permanent\n" * count)
        batch = self.ctl("submit", path, "--step", "chaos8").id
        self.work_off()
        return batch

    def die(self, point, *words):
        self.assertEqual(self.ctl(*words, env={"CRASH_POINT": point}, code=None).code, -9, point)

    def check_state(self):
        findings = [each for each in self.ctl("doctor", "--json", code=None).lines() if each["check"] == "state"]
        self.assertEqual([each["result"] for each in findings], ["ok"], findings)

    def test_rm(self):
        for point in REMOVING:
            with self.subTest(point=point):
                batch = self.finished(6000)
                self.die(point, "rm", batch, "--yes")
                self.ctl("status", batch, code=3)
                self.work_off()
                self.check_state()
                state = sqlite3.connect(self.state)
                self.assertEqual(state.execute("SELECT count(*) FROM item").fetchone(), (0,))
                state.close()

    def test_cancel_of_a_batch(self):
        batch = self.ctl("submit", self.write("rows.csv", "do\n" + "fail\n" * 20), "--step", "chaos", "--backoff", "1h..2h").id
        daemon = self.batchd()
        self.wait_until(lambda: self.batch(batch)["counts"]["running"] == 0)
        daemon.kill()
        daemon.wait()
        self.die("cancel.flagged", "cancel", batch)
        self.assertEqual(self.batch(batch)["status"], "aborted")
        self.work_off()
        self.check_file(batch, 20)

    def test_cancel_of_many_items(self):
        self.rows(11000)
        batch = self.ctl("submit", "rows.csv", "--step", "echo").id
        self.die("cancel.slice", "cancel", f"{batch}:0-9999")
        self.assertEqual(self.counts(batch)["cancelled"], 5000)
        self.check_state()
        self.ctl("cancel", f"{batch}:0-9999")
        self.work_off()
        counts = self.counts(batch)
        self.assertEqual((counts["cancelled"], counts["done"]), (10000, 1000))
        self.check_state()

    def test_retry(self):
        batch = self.finished(6000, "fail")
        self.assertEqual(self.counts(batch)["failed"], 6000)
        self.die("retry.slice", "retry", batch)
        self.work_off()
        self.check_file(batch, 6000)
        self.assertEqual(self.batch(batch)["status"], "failed")


class Migration(Invariants):
    """With TEST_MIGRATION a build for tests knows one version more."""

    def version(self):
        state = sqlite3.connect(self.state)
        version = state.execute("PRAGMA user_version").fetchone()[0]
        tables = state.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'tried'").fetchone()[0]
        state.close()
        return version, tables

    def test_is_done_or_not_begun(self):
        batch = self.submit_noted(ITEMS)
        old, _ = self.version()
        for point in MIGRATING:
            died = self.ctl("status", env={"CRASH_POINT": point, "TEST_MIGRATION": "1"}, code=None)
            self.assertEqual(died.code, -9, point)
            done = point == "migration.done"
            self.assertEqual(self.version(), (old + 1, 1) if done else (old, 0))
            if not done:
                self.assertEqual(self.counts(batch)["total"], ITEMS)
        self.assertIn("knows up to", self.ctl("status", code=7).err)
        copies = [name for name in os.listdir(os.path.dirname(self.state)) if name.startswith(f"state.db.v{old}-")]
        self.assertTrue(copies)
        self.env["TEST_MIGRATION"] = "1"
        self.work_off()
        self.assertEqual(self.batch(batch)["status"], "done")
        self.check_all(batch, ITEMS)


if __name__ == "__main__":
    unittest.main()
