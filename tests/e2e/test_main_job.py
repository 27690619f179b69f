"""Rows in, documents or command results out: the main job with the real programs."""

import datetime
import os
import signal
import subprocess
import time
import unittest

from house import SOURCE, House


class Documents(House):
    def test_a_table_and_a_page_become_named_pdfs(self):
        people = os.path.join(SOURCE, "man/examples/people.csv")
        page = os.path.join(SOURCE, "man/examples/certificate.html")
        done = self.ctl("run", people, "-t", page, "--to", "pdf", "-d", "cards", "-o", "{name}")
        self.assertRegex(done.err, r"done: people.csv \(\w{8}\): 12 of 12 items done in .*, 12 files in cards")
        files = os.listdir(self.path("cards"))
        self.assertEqual(len(files), 12)
        self.assertIn("नेहा शर्मा.pdf", files)
        text = subprocess.run(
            ["pdftotext", self.path("cards/Ada Lovelace.pdf"), "-"], capture_output=True, encoding="utf-8", check=True
        ).stdout
        self.assertIn("Ada Lovelace", text)

    def test_without_a_target_outputs_are_kept_and_saved_later(self):
        self.write("people.csv", "name\nAda\nGrace\n")
        self.write("card.html", "<p>{{ name }}</p>")
        self.ctl("run", "people.csv", "-t", "card.html", "--to", "pdf")
        self.ctl("results", "@last", "--save", "out")
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["0.pdf", "1.pdf"])

    def test_a_template_alone_gives_texts(self):
        self.write("people.csv", "name\nAda & Co\n")
        self.write("card.html", "<p>{{ name }}</p>")
        self.ctl("run", "people.csv", "-t", "card.html")
        self.assertEqual(self.ctl("results", "@last", "--format", "text").out, "<p>Ada &amp; Co</p>\n")


class Commands(House):
    def test_each_row_is_on_the_commands_stdin_and_in_its_words(self):
        self.rows(3)
        self.ctl("run", "rows.csv", "--", "sh", "-c", 'cat; echo "$1"', "sh", "{word}")
        self.assertEqual(
            self.ctl("results", "@last", "--format", "text").out,
            '{"id":"0","word":"w0"}\nw0\n{"id":"1","word":"w1"}\nw1\n{"id":"2","word":"w2"}\nw2\n',
        )

    def test_operands_are_items_with_args(self):
        self.ctl("run", "--args", "a b", "c", "--", "echo", "{}")
        self.assertEqual(self.ctl("results", "@last", "--format", "text").out, "a b\nc\n")

    def test_a_failed_item_makes_the_verdict_1_and_names_the_cause(self):
        self.rows(4)
        done = self.ctl("run", "rows.csv", "--", "sh", "-c", '[ "$1" != 2 ] || { echo no luck >&2; exit 3; }', "sh", "{id}", code=1)
        self.assertIn("1  exit_3  no luck", done.err)
        failed = self.ctl("items", "@last", "--status", "failed", "--json").lines()
        self.assertEqual([item["index"] for item in failed], [2])
        self.assertIn("no luck", self.ctl("logs", "@last:2").out)

    def test_an_empty_environment_as_in_cron_is_enough(self):
        self.rows(2)
        home = self.root
        self.env = {"HOME": home, "PATH": "/usr/bin:/bin"}
        self.ctl("run", "-q", "rows.csv", "--", "true")
        self.assertEqual(self.counts()["done"], 2)


class Daemon(House):
    def test_a_stored_batch_waits_for_a_batchd(self):
        self.rows(2)
        done = self.ctl("submit", "rows.csv", "--", "true")
        self.assertIn("no batchd is running", done.err)
        self.batchd()
        self.ctl("wait", "@last")
        self.assertEqual(self.batch()["status"], "done")

    def test_a_second_batchd_says_who_holds_the_file(self):
        first = self.batchd()
        second = subprocess.run(
            ["batchd"], env=self.env, cwd=self.root, capture_output=True, encoding="utf-8", check=False
        )
        self.assertEqual(second.returncode, 9)
        self.assertIn(f"batchd pid {first.pid} already works on ~/.local/state/batch/state.db", second.stderr)

    def test_term_hands_back_what_is_not_finished(self):
        self.rows(200)
        daemon = self.batchd()
        self.ctl("submit", "rows.csv", "-j", "2", "--", "sleep", "0.05")
        self.wait_until(lambda: self.counts()["done"] >= 4)
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(timeout=10), 0)
        counts = self.counts()
        self.assertEqual(counts["running"], 0)
        self.assertEqual(counts["done"] + counts["pending"], 200)
        self.batchd()
        self.ctl("wait", "@last")
        self.assertTrue(all(item["attempts"] == 1 for item in self.ctl("items", "@last", "--json").lines()))

    def test_term_lets_the_work_in_hand_end(self):
        self.rows(20)
        daemon = self.batchd()
        self.ctl("submit", "rows.csv", "-j", "1", "--", "sh", "-c", "echo >>begun; sleep 1; echo >>ended")
        self.wait_until(lambda: os.path.exists(self.path("begun")))
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(timeout=10), 0)
        counts = self.counts()
        self.assertIn(counts["done"], (1, 2))  # a worker may have been given its next item already
        self.assertEqual(counts["pending"], 20 - counts["done"])
        for name in "begun", "ended":
            with open(self.path(name), encoding="utf-8") as file:
                self.assertEqual(len(file.readlines()), counts["done"], name)

    def test_a_batch_whose_doorbell_is_lost_is_found(self):
        self.batchd()
        self.rows(3)
        self.wait_until(lambda: os.path.exists(self.state + ".bell"))
        os.unlink(self.state + ".bell")
        self.ctl("wait", self.ctl("submit", "rows.csv", "--", "true").id, "--timeout", "10s")

    def test_each_retry_comes_when_its_own_time_is_up(self):
        self.batchd()
        self.rows(3)
        script = "[ $BATCH_ITEM_ATTEMPT -gt 1 ] || { sleep 0.3; exit 1; }"
        self.ctl("submit", "rows.csv", "-j", "1", "--retries", "1", "--backoff", "1s..1s", "--", "sh", "-c", script)
        # Nobody looks at the file meanwhile who might write: a change would make batchd look again.
        self.ctl("wait", "-q", "--timeout", "60s", "@last", timeout=90)
        self.assertEqual(self.batch()["status"], "done")

    def test_workers_go_before_batchd_where_memory_runs_out(self):
        daemon = self.batchd()
        self.rows(1)
        self.ctl("run", "rows.csv", "--", "sh", "-c", "cat /proc/self/oom_score_adj >score")
        with open(self.path("score"), encoding="ascii") as of_command, \
                open(f"/proc/{daemon.pid}/oom_score_adj", encoding="ascii") as of_batchd:
            self.assertGreater(int(of_command.read()), int(of_batchd.read()))

    def test_term_hands_back_what_takes_longer_than_the_drain_time(self):
        self.rows(3)
        self.env["BATCH_WORKERS_DRAIN_TIMEOUT"] = "500ms"
        daemon = self.batchd()
        self.ctl("submit", "rows.csv", "-j", "1", "--", "sh", "-c", "echo >>begun; sleep 60")
        self.wait_until(lambda: os.path.exists(self.path("begun")))
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(timeout=10), 0)
        items = self.ctl("items", "@last", "--json").lines()
        self.assertEqual([(item["status"], item["attempts"]) for item in items], [("pending", 0)] * 3)

    def test_a_small_batch_does_not_wait_for_a_big_one_that_has_all_slots(self):
        self.env["BATCH_WORKERS_COUNT"] = "2"
        self.batchd()
        self.rows(1000, "big.csv")
        big = self.ctl("submit", "big.csv", "--", "sleep", "0.02").id
        self.wait_until(lambda: self.counts(big)["done"] > 4)
        before = self.counts(big)["done"]
        self.rows(4, "small.csv")
        self.ctl("wait", self.ctl("submit", "small.csv", "--", "sh", "-c", "sleep 0.02").id)
        self.assertLess(self.counts(big)["done"] - before, 600)

    def test_a_batch_ends_after_kill_9_of_batchd_and_done_items_stay_done(self):
        self.rows(300)
        self.ctl("submit", "rows.csv", "-j", "4", "--", "sh", "-c", "echo $1 >>ran; sleep 0.01", "sh", "{id}")
        for _ in range(3):
            daemon = self.batchd()
            done = self.counts()["done"]
            self.wait_until(lambda: self.counts()["done"] >= min(done + 20, 300))
            daemon.kill()
            daemon.wait()
        recorded = {item["index"] for item in self.ctl("items", "@last", "--status", "done", "--json").lines()}
        before = self.ran()
        self.batchd()
        self.ctl("wait", "@last")
        self.assertEqual(self.counts()["done"], 300)
        again = [index for index in self.ran()[len(before):] if index in recorded]
        self.assertEqual(again, [], "items recorded as done ran again")
        self.assertEqual(set(self.ran()), set(range(300)))

    def ran(self):
        with open(self.path("ran"), encoding="utf-8") as file:
            return [int(line) for line in file]

    def test_wait_returns_within_100_ms_of_the_end(self):
        """On a machine that has time for it: one of several."""
        self.batchd()
        took = []
        while len(took) < 8 and min(took, default=1) >= 0.15:
            self.ctl("submit", "--args", "x", "--", "sleep", "0.5")
            self.ctl("wait", "@last")
            returned = time.time()
            finished = self.ctl("status", "@last", "--json").lines()[0]["finished_at"]
            took.append(returned - datetime.datetime.fromisoformat(finished.replace("Z", "+00:00")).timestamp())
        self.assertLess(min(took), 0.15)


if __name__ == "__main__":
    unittest.main()
