"""Waiting for batches and reading what came out of them, while they run and from any place."""

import os
import re
import signal
import subprocess
import threading
import time
import unittest

from house import BUILD, House
from terminal import on_terminal
from transcript import Transcript


class Looking(House):
    def start(self, *words, **popen):
        """batchctl WORDS in the background."""
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **popen}
        return subprocess.Popen(
            [os.path.join(BUILD, "batchctl"), *words], cwd=self.root, env=self.env, encoding="utf-8", **streams
        )

    def submit_blocked(self, count=1, *words):
        """Item N works until the file goN is there."""
        self.rows(count)
        script = 'until [ -e "go$1" ] || [ -e goall ]; do sleep 0.02; done; echo "page $1"'
        return self.ctl("submit", "rows.csv", *words, "--", "sh", "-c", script, "sh", "{id}").id

    def go(self, item="all"):
        self.write(f"go{item}", "")

    def ends(self, process, code):
        out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, code, out + err)
        return out, err


class Waiting(Looking):
    def test_a_batch_that_ended_before_is_no_wait(self):
        self.rows(2)
        self.ctl("run", "-q", "rows.csv", "--", "true")
        self.assertRegex(self.ctl("wait", "@last").err, r"^done: rows.csv \(\w{8}\): 2 of 2 items done in ")

    def test_it_goes_on_when_batchd_dies_and_another_takes_over(self):
        first = self.batchd()
        self.submit_blocked(2)
        waiting = self.start("wait", "@last")
        self.wait_until(lambda: self.counts()["running"] > 0)
        first.kill()
        first.wait()
        self.go()
        self.batchd()
        self.assertIn("done: rows.csv", self.ends(waiting, 0)[1])

    def test_a_batch_that_is_removed_meanwhile_is_told(self):
        batch = self.submit_blocked()
        waiting = self.start("wait", batch)
        self.assertIn("no batchd is running", waiting.stderr.readline())
        self.ctl("rm", "--yes", "--force", batch)
        # It may have been seen aborted in between: both are true.
        waiting.communicate(timeout=30)
        self.assertIn(waiting.returncode, (3, 10))

    def test_any_and_fail_fast_return_before_the_others(self):
        self.env["BATCH_WORKERS_COUNT"] = "2"  # on any machine
        self.batchd()
        slow = self.submit_blocked(1, "--name", "slow")
        bad = self.ctl("submit", "--args", "x", "--", "false").id
        out, err = self.ends(self.start("wait", "--any", slow, bad), 1)
        self.assertIn("failed: false", err)
        self.assertNotIn("slow", err)
        self.ends(self.start("wait", "--fail-fast", slow, bad), 1)
        good = self.ctl("submit", "--args", "x", "--", "true").id
        waiting = self.start("wait", "--fail-fast", slow, good)
        self.assertIn("done: true", waiting.stderr.readline())
        self.go()
        self.ends(waiting, 0)

    def test_a_timeout_leaves_the_batch_alone(self):
        self.batchd()
        batch = self.submit_blocked(3)
        out, err = self.ends(self.start("wait", "--timeout", "200ms", batch), 8)
        self.assertEqual(
            err,
            f"batchctl: error: rows.csv ({batch[-8:]}) is not finished after 200ms: 0 of 3 items done; it is kept\n"
            f"hint: go on: batchctl wait --start {batch[-8:]}\n",
        )
        self.go()
        self.ctl("wait", batch)

    def test_signals_keep_the_batch(self):
        self.batchd()
        batch = self.submit_blocked(3)
        for number, code in (signal.SIGINT, 130), (signal.SIGTERM, 143):
            waiting = self.start("wait", batch)
            self.wait_until(lambda: self.catches(waiting.pid, number))
            waiting.send_signal(number)
            self.assertEqual(
                self.ends(waiting, code)[1],
                f"interrupted: 0 of 3 items done; {batch[-8:]} is kept\n"
                f"hint: go on: batchctl wait --start {batch[-8:]}\n",
            )
        self.go()
        self.ctl("wait", batch)

    @staticmethod
    def catches(pid, number):
        """Whether the process blocks the signal, to read it itself."""
        with open(f"/proc/{pid}/status", encoding="utf-8") as status:
            mask = int(re.search(r"SigBlk:\s*(\w+)", status.read()).group(1), 16)
        return mask >> (number - 1) & 1


class Watching(Looking):
    def test_the_panel_is_redrawn_until_the_verdict(self):
        self.batchd()
        batch = self.submit_blocked(2, "-j", "1")
        watching = {}

        def watch():
            watching["said"] = on_terminal(
                [os.path.join(BUILD, "batchctl"), "watch", batch],
                cwd=self.root,
                env={**self.env, "TERM": "xterm", "NO_COLOR": "1"},
                columns=60,
            )

        thread = threading.Thread(target=watch)
        thread.start()
        self.go(0)
        self.wait_until(lambda: self.counts()["done"] == 1)
        time.sleep(0.6)  # it redraws four times a second
        self.go()
        thread.join(timeout=30)
        code, out, err = watching["said"]
        self.assertEqual(code, 0)
        self.assertEqual(out.text(), "")  # nothing stays on the terminal
        self.assertRegex(err.text(), r"^done: rows.csv \(\w{8}\): 2 of 2 items done in ")
        drawn = "\n".join(out.drawn)
        self.assertIn(f"{batch[-8:]} rows.csv: running, 50 % done", drawn)
        self.assertIn("  items      1 of 2 done, 0 failed, 1 running", drawn)

    def test_elsewhere_it_is_plain_lines(self):
        self.rows(2)
        self.ctl("submit", "rows.csv", "--", "sh", "-c", "sleep 2; false")
        self.batchd()
        done = self.ctl("watch", code=1)
        self.assertEqual(done.out, "")
        self.assertIn("failed: rows.csv", done.err)


class Following(Looking):
    def test_results_come_in_input_order_while_it_runs(self):
        self.batchd()
        self.submit_blocked(4, "-j", "4")
        following = self.start("results", "@last", "--follow", "--format", "text")
        self.go(2)
        self.wait_until(lambda: self.counts()["done"] == 1)
        self.go(0)
        self.assertEqual(following.stdout.readline(), "page 0\n")
        self.go(1)
        self.assertEqual(following.stdout.readline(), "page 1\n")
        self.assertEqual(following.stdout.readline(), "page 2\n")
        self.go()
        self.assertEqual(self.ends(following, 0)[0], "page 3\n")

    def test_a_reader_that_left_ends_it_though_nothing_more_came(self):
        self.batchd()
        self.submit_blocked(2, "-j", "1")
        for words in ("results", "@last", "--follow"), ("logs", "@last", "--follow"):
            following = self.start(*words)
            following.stdout.close()
            following.wait(timeout=20)
            self.assertEqual(following.returncode, 0)
            self.assertEqual(following.stderr.read(), "")
            following.stderr.close()

    def test_logs_are_followed_in_the_order_of_writing(self):
        self.batchd()
        self.rows(3)
        script = 'until [ -e "go$1" ]; do sleep 0.02; done; echo "log $1" >&2'
        self.ctl("submit", "rows.csv", "-j", "3", "--", "sh", "-c", script, "sh", "{id}")
        following = self.start("logs", "@last", "-f")
        for item in 2, 0, 1:
            self.go(item)
            self.assertRegex(following.stdout.readline(), rf"^\w{{8}}:{item} attempt 1  [0-9:]+  err\| log {item}$")
        self.assertEqual(self.ends(following, 0), ("", ""))

    def test_following_a_batch_that_is_removed_ends(self):
        batch = self.submit_blocked(2)
        following = self.start("results", batch, "--follow")
        self.assertIn("no batchd is running", following.stderr.readline())
        self.ctl("rm", "--yes", "--force", batch)
        following.communicate(timeout=30)
        self.assertIn(following.returncode, (0, 3))

    def test_memory_stays_flat(self):
        # A small process starts it: what is counted begins with what its parent needed.
        script = "import os, resource, sys; os.spawnvp(os.P_WAIT, sys.argv[1], sys.argv[1:]); "
        script += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)"

        def peak(count):
            with open(self.path("rows.ndjson"), "w", encoding="utf-8") as rows:
                rows.writelines('{"text":"%s"}\n' % ("x" * 8000) for _ in range(count))
            self.ctl("run", "-q", "rows.ndjson", "--step", "echo", timeout=120)
            words = ["batchctl", "results", "@last", "--follow", "--json", "--fields", "index,row"]
            done = subprocess.run(
                ["/usr/bin/python3", "-S", "-c", script, *words],
                cwd=self.root, env=self.env, capture_output=True, encoding="utf-8", timeout=120, check=True,
            )  # fmt: skip
            self.assertEqual(done.stdout.count("\n"), count)
            return int(done.stderr)

        few, many = peak(500), peak(2500)
        self.assertLess(many, few * 1.3, "KiB at most, for 500 and for 2,500 items")


class Pipes(Looking):
    def setUp(self):
        super().setUp()
        self.rows(3000)
        self.ctl("run", "-q", "rows.csv", "--step", "echo", timeout=120)

    def shell(self, line):
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.root, env=self.env, capture_output=True, encoding="utf-8", timeout=60, check=False
        )
        return done.stdout, done.stderr

    def test_a_closed_pipe_is_no_error(self):
        for words in "items @last", "results @last --json", "results @last --format text", "status --json":
            out, err = self.shell(f"batchctl {words} | head -1 >/dev/null; echo ${{PIPESTATUS[0]}}")
            self.assertEqual((out, err), ("0\n", ""), words)

    def test_a_full_disk_behind_standard_output_is_an_error(self):
        for words in "status", "items @last", "results @last --json", "status @last", "help", "completion bash":
            out, err = self.shell(f"batchctl {words} >/dev/full; echo $?")
            self.assertEqual(out, "1\n", words)
            self.assertIn("standard output: cannot write: no space left on device", err, words)

    def test_streams_may_be_closed(self):
        """No file of ours takes the place of a stream that is closed."""
        self.assertEqual(self.shell("batchctl items @last >&- ; echo $?"), ("0\n", ""))
        self.assertEqual(self.shell("batchctl status nope 2>&- ; echo $?"), ("3\n", ""))
        self.assertEqual(self.shell("batchctl status nope 2>/dev/full ; echo $?"), ("3\n", ""))
        self.assertEqual(self.shell("batchctl run -q rows.csv --step echo <&- >&- 2>&- ; echo $?"), ("0\n", ""))
        self.assertIn("counters agree", self.ctl("doctor", code=None).out)

    def test_a_slow_reader_gets_all(self):
        """The pipe is full for a while, and does not block: O_NONBLOCK is the reader's choice."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        process = self.start("items", "@last", "--json", stdout=writing)
        os.close(writing)
        time.sleep(0.2)  # it fills the pipe
        with os.fdopen(reading, encoding="utf-8") as pipe:
            self.assertEqual(sum(1 for _ in pipe), 3000)
        process.wait(timeout=20)
        process.stderr.close()
        self.assertEqual(process.returncode, 0)


class Scripts(Transcript):
    """Story 12."""

    def test_ids_verdicts_and_results_in_scripts(self):
        self.write("rows.csv", "name\nAda Lovelace\nGrace Hopper\n")
        self.write("card.html", "<p>{{ name }}</p>")
        self.batchd()
        self.transcript("""
            [0]$ id=$(batchctl submit rows.csv -t card.html --to pdf); batchctl wait -q --timeout 10m "$id" || case $? in 1) ;; 8) exit 0 ;; *) exit 1 ;; esac; echo "$id"
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            [0]$ batchctl results @last --json | jq -r '[.index, .location] | @tsv' | head -1
            1| 0	/home/ada/.local/state/batch/outputs/01a20493-be63-7d3a-9b60-3f1f0e4c2a11/0/00.pdf
            [0]$ batchctl run -q rows.csv -t card.html --to pdf -d cards -o '{name}' >/dev/null
            [0]$ batchctl results @last --format csv --fields row.name,location | head -2
            1| row.name,location
            1| Ada Lovelace,/home/ada/cards/Ada Lovelace.pdf
            [3]$ batchctl status key=nope --json
            2| {"v":1,"error":{"code":"not_found","message":"no batch has the key \\"nope\\"","hint":"the latest ones: batchctl status","where":null,"retryable":false,"details":[]},"exit_code":3}
            [2]$ batchctl status --fields id,staus
            2| batchctl: error: "staus" is no field of status (v, id, short, name, key, labels, status, paused, verdict, ...)
            2| hint: did you mean: --fields id,status
        """)

    def test_causes_are_counted_with_other_tools(self):
        self.rows(5)
        self.transcript("""
            [1]$ batchctl run -q rows.csv --item-timeout 100ms -- sleep {id} >id 2>/dev/null
            [0]$ batchctl items @last --status failed --json | jq -r .error.code | sort | uniq -c
            1|       4 timeout
        """)


class Make(Looking):
    """Story 6: two rules of make -j2 share one child batchd."""

    MAKEFILE = """export BATCH_STATE_PATH = $(CURDIR)/.batch/state.db
export BATCH_WORKERS_DRAIN_TIMEOUT = 1s
all: a/.done b/.done
%/.done: %.csv
\tbatchctl run -q $< -j 1 -- ./work {@key} $* {id} >/dev/null
\ttouch $@
"""
    WORK = """#!/bin/sh
mkdir -p $2
echo $3 >>$2/ran
until [ "$2" = a ] || [ -e b/go ] || [ $3 = 0 ]; do sleep 0.02; done
"""

    def test_two_rules_share_one_batchd_and_the_second_takes_over(self):
        self.env["BATCH_WORKERS_COUNT"] = "2"  # on any machine
        self.write("Makefile", self.MAKEFILE)
        os.chmod(self.write("work", self.WORK), 0o755)
        self.rows(3, "a.csv")
        self.rows(6, "b.csv")
        make = subprocess.Popen(
            ["make", "-j2"], cwd=self.root, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
        )
        self.wait_until(lambda: os.path.exists(self.path("a/.done")))
        self.write("b/go", "")  # the batchd of the first may be gone by now
        out, _ = make.communicate(timeout=60)
        self.assertEqual(make.returncode, 0, out)
        for name, count in ("a", 3), ("b", 6):
            with open(self.path(f"{name}/ran"), encoding="utf-8") as ran:
                self.assertEqual({int(line) for line in ran}, set(range(count)))
        # Whoever lost the race for the state file ended at once, and said who holds it.
        with open(self.path(".batch/state.db.log"), encoding="utf-8") as log:
            for line in log:
                self.assertTrue('"event":' in line or "already works on" in line, line)

    def test_a_failure_is_our_summary_and_make_s(self):
        self.write("Makefile", "x/.done: rows.csv\n\tbatchctl run -q $< -- false >/dev/null\n")
        self.rows(2)
        make = subprocess.run(
            ["make"], cwd=self.root, env=self.env, capture_output=True, encoding="utf-8", timeout=60, check=False
        )
        self.assertEqual(make.returncode, 2)
        self.assertRegex(
            make.stderr,
            r"\Afailed: rows.csv \(\w{8}\): 0 of 2 items done in [0-9.]+m?s, 2 failed\n"
            r"  2  exit_1  .*     items 0, 1\n"
            r"hint: try them again: batchctl retry \w{8} --wait --start\n"
            r"make: \*\*\* \[Makefile:2: x/.done\] Error 1\n\Z",
        )


if __name__ == "__main__":
    unittest.main()
