"""What a batchd that was lost leaves behind: processes, items at work, and what it was writing."""

import os
import signal
import time
import unittest

from house import House


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


class Lost(House):
    def kill(self, daemon):
        daemon.kill()
        daemon.wait()

    def read_pid(self, name):
        self.wait_until(lambda: os.path.exists(self.path(name)) and os.path.getsize(self.path(name)) > 0)
        with open(self.path(name), encoding="utf-8") as file:
            return int(file.read())

    def chaos(self, *rows):
        """One item for each, in the plugin that does what the row says."""
        columns = ["do", "pid", "once", "ledger"]
        lines = [",".join(columns)] + [",".join(row.get(column, "") for column in columns) for row in rows]
        return self.ctl("submit", self.write("chaos.csv", "\n".join(lines) + "\n"), "--step", "chaos").id

    def test_what_a_killed_batchd_has_started_ends_before_its_items_run_again(self):
        self.chaos({"do": "spawn", "pid": self.path("pid"), "once": self.path("once"), "ledger": self.path("ledger")})
        first = self.batchd()
        escaped = self.read_pid("pid")
        self.kill(first)
        self.assertTrue(is_running(escaped))
        self.batchd()
        self.ctl("wait", "@last")
        self.assertFalse(is_running(escaped))
        self.assertRegex(self.log(), rf"batchd before \(pid {first.pid}\) were still running: killed")
        with open(self.path("ledger"), encoding="utf-8") as ledger:
            workers = [int(line.split()[2]) for line in ledger]
        self.assertEqual(len(workers), 2)
        self.assertFalse(is_running(workers[0]))

    def test_a_worker_that_hears_neither_the_end_nor_term_does_not_survive(self):
        self.chaos({"do": "deaf", "once": self.path("once"), "ledger": self.path("ledger")})
        first = self.batchd()
        self.wait_until(lambda: os.path.exists(self.path("ledger")))
        self.kill(first)
        with open(self.path("ledger"), encoding="utf-8") as ledger:
            worker = int(ledger.read().split()[2])
        self.assertTrue(is_running(worker))
        self.batchd()
        self.ctl("wait", "@last")
        self.assertFalse(is_running(worker))

    def test_cancel_without_a_batchd_ends_what_the_lost_one_had_started(self):
        self.chaos({"do": "spawn", "pid": self.path("pid"), "ledger": self.path("ledger")})
        first = self.batchd()
        escaped = self.read_pid("pid")
        self.kill(first)
        self.ctl("cancel", "@last")
        self.assertFalse(is_running(escaped))
        self.assertEqual(self.counts()["cancelled"], 1)

    def test_only_an_item_that_takes_batchd_with_it_six_times_has_failed(self):
        self.rows(40)
        pid = "sed -n 's/.*\"pid\":\\([0-9]*\\).*/\\1/p' \"$HOME/.local/state/batch/state.db.lock\""
        self.ctl("submit", "rows.csv", "-j", "2", "--", "sh", "-c", f'[ "$1" != 17 ] || kill -9 $({pid})', "sh", "{id}")
        daemons = 0
        while self.batch()["verdict"] is None:
            daemon = self.batchd()
            daemons += 1
            self.assertLess(daemons, 12)
            self.wait_until(lambda: daemon.poll() is not None or self.batch()["verdict"] is not None, 60)
        self.assertEqual(daemons, 7)
        self.assertEqual(self.counts(), {"total": 40, "pending": 0, "running": 0, "done": 39, "failed": 1, "cancelled": 0})
        failed = self.ctl("items", "@last", "--status", "failed", "--json").lines()
        self.assertEqual([(item["index"], item["error"]["code"]) for item in failed], [(17, "lost")])
        self.assertEqual({item["attempts"] for item in self.ctl("items", "@last", "--status", "done", "--json").lines()}, {1})

    def test_status_tells_that_batchd_was_killed_and_the_next_one_what_it_takes_over(self):
        self.rows(40)
        script = '[ "$1" = 3 ] && { echo "HTTP 404" >&2; exit 22; }; [ "$1" -lt 10 ] || sleep 1000'
        batch = self.ctl("submit", "rows.csv", "-j", "2", "--", "sh", "-c", script, "sh", "{id}").id
        first = self.batchd()
        self.wait_until(lambda: self.counts()["done"] + self.counts()["failed"] == 10)
        self.kill(first)
        self.assertRegex(self.ctl("status", batch).out, rf"""^{batch[-8:]} rows.csv: running, 25 % done
  items      9 of 40 done, 1 failed, \d+ running(?:, \d+ pending)?
  reason     no batchd is running: pid {first.pid} was last seen \S+ ago and is gone
  failures   1  exit_22  HTTP 404 +item 3 \(rows.csv:5\)
  next       batchd
$""")
        at_work = self.counts()["running"]
        self.batchd()
        self.wait_until(lambda: "handed back" in self.log())
        self.assertIn(f"{at_work} items of the batchd before (pid {first.pid}) handed back", self.log())
        self.ctl("cancel", batch)


class Stale(House):
    def test_a_batchd_that_was_stopped_and_replaced_changes_nothing_when_it_wakes(self):
        self.rows(40)
        self.ctl("submit", "rows.csv", "-j", "2", "--", "sh", "-c", 'echo $1 >>ran; sleep 0.05; echo "$1" >"$BATCH_OUTPUT_DIR/x"', "sh", "{id}")
        stale = self.batchd()
        self.wait_until(lambda: self.counts()["done"] >= 6)
        stale.send_signal(signal.SIGSTOP)
        recorded = {item["index"] for item in self.ctl("items", "@last", "--status", "done", "--json").lines()}
        # Only so can two be at one file: the lock that the first holds is no longer the one that is asked for.
        os.unlink(self.state + ".lock")
        before = self.ran()
        fresh = self.batchd()
        self.wait_until(lambda: self.counts()["done"] >= 20)
        stale.send_signal(signal.SIGCONT)
        self.assertEqual(stale.wait(timeout=30), 9)
        self.assertIn("has taken over", self.log())
        self.ctl("wait", "@last")
        self.assertEqual(self.counts()["done"], 40)
        self.assertEqual([index for index in self.ran()[len(before):] if index in recorded], [])
        self.assertEqual(self.ctl("doctor", "--json", code=None).lines()[0]["check"], "state")
        self.assertEqual(self.holder(), fresh.pid)
        # The doorbell is the new one's still.
        self.ctl("run", "--args", "x", "--", "true", timeout=20)

    def ran(self):
        with open(self.path("ran"), encoding="utf-8") as file:
            return [int(line) for line in file]


if __name__ == "__main__":
    unittest.main()
