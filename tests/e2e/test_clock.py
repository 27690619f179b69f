"""A wall clock that jumps: durations and timeouts do not look at it, and nothing is lost or done twice."""

import datetime
import os
import subprocess
import time
import unittest

from house import BUILD, House
from moved_clock import WALL, move_clocks

HOUR = 3600
YEAR = 365 * 24 * HOUR


class Clock(House):
    def setUp(self):
        super().setUp()
        self.jump = move_clocks(self, WALL)

    def year_of(self, text):
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).year

    def test_the_programs_live_by_the_clock_that_is_moved(self):
        self.jump(10 * YEAR)
        self.ctl("submit", "--args", "x", "--", "true")
        self.assertGreaterEqual(self.year_of(self.batch()["submitted_at"]), time.gmtime().tm_year + 9)

    def flaky(self, *words):
        """Each item fails once; its second try is due some time later."""
        self.rows(2)
        return self.ctl(
            "submit", "rows.csv", *words, "--retries", "2",
            "--", "sh", "-c", "echo $1 >>ran; [ $BATCH_ITEM_ATTEMPT -gt 1 ]", "sh", "{id}",
        )  # fmt: skip

    def retries_wait(self):
        return [item["retry_at"] for item in self.ctl("items", "@last", "--json").lines() if item["retry_at"]]

    def assert_tried_twice(self):
        self.assertEqual(self.batch()["status"], "done")
        self.assertEqual([item["attempts"] for item in self.ctl("items", "@last", "--json").lines()], [2, 2])
        with open(self.path("ran"), encoding="utf-8") as ran:
            self.assertEqual(sorted(ran.read().split()), ["0", "0", "1", "1"])

    def test_an_hour_back_delays_no_retry_of_a_living_batchd(self):
        self.batchd()
        self.flaky("--backoff", "1s..1s")
        self.wait_until(self.retries_wait)
        self.jump(-HOUR)
        self.ctl("wait", "--timeout", "20s", "@last", timeout=60)
        self.assert_tried_twice()
        self.assertGreaterEqual(self.batch()["elapsed_ms"], 0)

    def test_an_hour_back_delays_a_stored_retry_by_one_backoff_at_most(self):
        first = self.batchd()
        self.flaky("--backoff", "5s..5s")
        self.wait_until(lambda: len(self.retries_wait()) == 2)
        first.kill()
        first.wait()
        self.jump(-HOUR)
        self.batchd()
        self.ctl("wait", "@last", timeout=60)
        self.assert_tried_twice()

    def test_ten_years_on_no_time_of_an_item_is_up_and_no_claim_is_lost(self):
        self.batchd()
        self.rows(3)
        script = "echo $1 >>ran; until [ -e go ]; do sleep 0.02; done"
        self.ctl("submit", "rows.csv", "--item-timeout", "1h", "--", "sh", "-c", script, "sh", "{id}")
        waiting = subprocess.Popen(
            [os.path.join(BUILD, "batchctl"), "wait", "-q", "--timeout", "1h", "@last"], cwd=self.root, env=self.env
        )
        self.wait_until(lambda: os.path.exists(self.path("ran")))
        self.jump(10 * YEAR)
        second = subprocess.run(
            [os.path.join(BUILD, "batchd"), "--drain"],
            cwd=self.root, env=self.env, capture_output=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
        self.assertEqual(second.returncode, 9, second.stderr)
        self.assertEqual(self.batch()["counts"]["failed"], 0)
        self.write("go", "")
        self.assertEqual(waiting.wait(timeout=60), 0)
        with open(self.path("ran"), encoding="utf-8") as ran:
            self.assertEqual(sorted(ran.read().split()), ["0", "1", "2"])

    def test_ids_stay_apart_and_in_order_whatever_the_clock_says(self):
        ids = []
        for offset in 0, -HOUR, 10 * YEAR, -int(time.time()) + 5, 0:
            self.jump(offset)
            ids.append(self.ctl("submit", "--args", "x", "--name", f"at {offset}", "--", "true").id)
            self.assertEqual(self.batch("@last")["id"], ids[-1])
        self.assertEqual(len(set(ids)), len(ids))
        listed = [batch["id"] for batch in self.ctl("status", "--json", "--all").lines()]
        self.assertEqual(listed, ids[::-1])
        for batch in ids:
            self.assertEqual(self.batch(batch[-8:])["id"], batch)

    def test_in_1970_a_batch_runs_as_ever(self):
        self.jump(-int(time.time()) + 5)
        self.rows(3)
        self.ctl("run", "-q", "rows.csv", "--", "true")
        batch = self.batch()
        self.assertEqual(batch["status"], "done")
        self.assertEqual(self.year_of(batch["finished_at"]), 1970)
        self.assertIn("rows.csv: done in ", self.ctl("status", "@last").out)


if __name__ == "__main__":
    unittest.main()
