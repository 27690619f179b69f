"""batchd itself: how it is called, what it logs, how it takes over and what it does on signals."""

import fcntl
import json
import os
import re
import resource
import signal
import subprocess
import unittest

from house import BUILD, House
from terminal import on_terminal

BATCHD = os.path.abspath(os.path.join(BUILD, "batchd"))


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return file.read().rsplit(")", 1)[1].split()[0]


class Daemon(House):
    """Helpers for a batchd whose standard error is looked at."""

    def call(self, *words, env=None):
        done = subprocess.run(
            [BATCHD, *words],
            cwd=self.root,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def events(self):
        return [json.loads(line) for line in self.log().splitlines()]

    def await_event(self, name, count=1):
        self.wait_until(lambda: [event["event"] for event in self.events()].count(name) >= count)
        return [event for event in self.events() if event["event"] == name][-1]

    def stop(self, daemon, code=0):
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(30), code)


class Calling(Daemon):
    def test_wrong_words_get_the_right_one(self):
        for words, message, hint in (
            (["--drian"], 'batchd has no option "--drian"', "did you mean: --drain"),
            (["--zzz"], 'batchd has no option "--zzz"', "see: batchd --help"),
            (["now"], '"now" is one word too many', "see: batchd --help"),
            (["--state"], "--state needs a value", "see: batchd --help"),
        ):
            self.assertEqual(self.call(*words), (2, "", f"batchd: error: {message}\nhint: {hint}\n"))

    def test_a_wrong_log_format_is_named(self):
        code, _, err = self.call("--log-format", "pretty")
        self.assertEqual(code, 2)
        self.assertIn('error: --log-format must be one of auto, human, json, journal, not "pretty"', err)

    def test_help_is_one_screen_and_the_version_one_line(self):
        code, out, _ = self.call("--help")
        self.assertEqual(code, 0)
        self.assertLessEqual(len(out.splitlines()), 40)
        self.assertLessEqual(max(map(len, out.splitlines())), 80)
        self.assertEqual(self.call("--version")[:2], (0, self.ctl("version").out.replace("batchctl", "batchd")))

    def test_check_tells_what_would_be_used_and_makes_nothing(self):
        config = self.write(".config/batch/config.toml", "workers.count = 2\n")
        self.assertEqual(
            self.call("--check"),
            (0, "", "ok    ~/.config/batch/config.toml\nok    ~/.local/state/batch/state.db: not there yet\n"),
        )
        self.assertFalse(os.path.exists(self.path(".local")))
        self.write(".config/batch/config.toml", "[items]\nretires = 2\n")
        self.assertEqual(
            self.call("--check"),
            (2, "", f'{config}:2:1: error: "retires" is no key of [items]; did you mean "retries"?\n'),
        )

    def test_check_looks_at_the_state_beside_a_batchd_that_works(self):
        self.batchd()
        self.assertEqual(self.call("--check")[0], 0)
        self.wait_until(lambda: "not there yet" not in self.call("--check")[2])
        # It holds the file before it has made it.
        self.wait_until(lambda: "version 0" not in self.call("--check")[2])
        self.assertRegex(self.call("--check")[2], r"ok    ~/\.local/state/batch/state\.db: version \d+\n")

    def test_check_warns_of_a_variable_that_means_nothing(self):
        code, _, err = self.call("--check", env={"BATCH_STAT_PATH": "/x"})
        self.assertEqual(code, 0)
        self.assertIn(
            "batchd: warning: the variable BATCH_STAT_PATH means nothing; did you mean BATCH_STATE_PATH?\n", err
        )


class OnlyOne(Daemon):
    def test_a_second_one_says_who_works_on_the_file(self):
        first = self.batchd()
        self.assertEqual(
            self.call(),
            (9, "", f"batchd: error: batchd pid {first.pid} already works on ~/.local/state/batch/state.db\n"),
        )

    def test_a_stopped_holder_is_named_as_stopped(self):
        first = self.batchd()
        first.send_signal(signal.SIGSTOP)
        self.wait_until(lambda: state_of(first.pid) == "T")
        code, _, err = self.call()
        first.send_signal(signal.SIGCONT)
        self.assertEqual(code, 9)
        self.assertIn(f"batchd pid {first.pid} is stopped and still works on ~/.local/state/batch/state.db", err)

    def test_it_waits_for_one_that_is_leaving(self):
        drainer = self.batchd("--drain")  # leaves at once: there is nothing to do
        code = self.call("--drain")[0]
        self.assertEqual((drainer.wait(30), code), (0, 0))

    def test_it_takes_over_what_a_killed_one_had(self):
        self.ctl("submit", "--args", "a", "--", "sleep", "60")
        first = self.batchd()
        self.wait_until(lambda: self.counts()["running"] == 1)
        first.kill()
        first.wait()
        self.batchd()
        event = self.await_event("items_handed_back")
        self.assertEqual(event["level"], "warn")
        self.assertEqual(event["count"], 1)
        self.assertEqual(event["msg"], f"1 item of the batchd before (pid {first.pid}) handed back")
        self.ctl("cancel", "@last")

    def test_a_lock_file_that_nobody_holds_is_in_nobodys_way(self):
        self.batchd("--drain").wait(30)
        with open(self.state + ".lock", "w", encoding="utf-8") as lock:
            lock.write('{"for":"batchd","version":"9","pid":1,"start_time":1,"boot_id":"x"}\n')
        self.assertEqual(self.call("--drain")[0], 0)


class Retention(Daemon):
    def test_finished_batches_go_when_their_time_is_over(self):
        old = self.ctl("run", "-q", "--args", "1", "--", "sh", "-c", 'echo x >"$BATCH_OUTPUT_DIR/x"').id
        folder = os.path.join(os.path.dirname(self.state), "outputs", old)
        self.assertTrue(os.path.exists(folder))
        held = self.ctl("submit", "-q", "--hold", "--args", "1", "--", "true").id
        self.env["BATCH_STATE_RETENTION"] = "1h"
        first = self.batchd()
        self.wait_until(lambda: '"started"' in self.log())
        first.terminate()
        self.assertEqual(first.wait(timeout=20), 0)
        self.ctl("status", old)
        self.env["BATCH_STATE_RETENTION"] = "10ms"
        self.batchd()
        self.wait_until(lambda: "batch_removed" in self.log())
        self.ctl("status", old, code=3)
        self.assertFalse(os.path.exists(folder))
        self.ctl("status", held)
        self.assertIn("is removed: finished", self.log())


class Logging(Daemon):
    def test_elsewhere_than_on_a_terminal_a_line_is_an_object(self):
        self.stop(self.batchd())
        started, stopping, stopped = self.events()
        self.assertEqual(list(started), ["v", "ts", "level", "event", "msg"])
        self.assertRegex(
            started["msg"],
            r"^batchd [\d.]+ pid \d+: state\.db version \d+, queue local, \d+ workers?, \d+ plugins$",
        )
        self.assertRegex(started["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(
            (stopping["event"], stopping["msg"]),
            ("stopping", "stopping: 0 items at work, up to 60s; a second TERM stops at once"),
        )
        self.assertEqual((stopped["event"], stopped["msg"]), ("stopped", "stopped: 0 finished, 0 handed back"))

    def test_on_a_terminal_a_line_is_for_people(self):
        code, _, err = on_terminal([BATCHD, "--drain"], cwd=self.root, env=self.env)
        self.assertEqual(code, 0)
        self.assertRegex(err.text(), r"\d\d:\d\d:\d\d info   batchd [\d.]+ pid \d+: state\.db version")

    def test_the_journal_gets_priorities(self):
        self.assertRegex(self.call("--drain", "--log-format", "journal")[2], r"^<6>batchd [\d.]+ pid \d+: ")

    def test_standard_error_may_be_closed(self):
        self.ctl("submit", "--args", "a", "--", "true")
        done = subprocess.run(
            ["/bin/sh", "-c", 'exec "$0" --drain 2>&- <&- >&-', BATCHD], cwd=self.root, env=self.env, timeout=60, check=False
        )
        self.assertEqual(done.returncode, 0)
        self.assertEqual(self.batch()["status"], "done")
        # No file of batchd's has taken the place of standard error, and with it the log.
        with open(self.state + ".lock", encoding="utf-8") as lock:
            self.assertEqual(lock.read(), "")

    def test_nobody_reads_and_the_work_is_done_all_the_same(self):
        read, write = os.pipe()
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
        fcntl.fcntl(write, fcntl.F_SETFL, os.O_NONBLOCK)
        os.write(write, b"x" * 4096)  # no room for a single line
        fcntl.fcntl(write, fcntl.F_SETFL, 0)
        self.ctl("submit", "--args", "a", "--", "true")
        daemon = self.spawn(write)
        self.wait_until(lambda: self.batch()["status"] == "done")
        daemon.send_signal(signal.SIGHUP)
        os.read(read, 4096)  # now there is room again: what was lost is told
        self.wait_until(lambda: self.hup_and_read(daemon, read))
        self.stop(daemon)
        os.close(read)

    def hup_and_read(self, daemon, read):
        """Whether the log says how many of its lines were lost."""
        os.set_blocking(read, False)
        daemon.send_signal(signal.SIGHUP)
        try:
            text = os.read(read, 65536).decode()
        except BlockingIOError:
            return False
        for line in text.splitlines():
            json.loads(line)  # never half a line
        return re.search(r'"event":"log_dropped","msg":"\d+ log lines were taken by nobody","count":\d+}', text)

    def test_the_reader_may_go_away(self):
        read, write = os.pipe()
        self.ctl("submit", "--hold", "--args", "a", "--", "true")
        daemon = self.spawn(write)
        os.close(read)
        daemon.send_signal(signal.SIGHUP)
        self.ctl("resume", "@last")
        self.wait_until(lambda: self.batch()["status"] == "done")
        self.stop(daemon)

    def spawn(self, err):
        daemon = subprocess.Popen([BATCHD], cwd=self.root, env=self.env, stdin=subprocess.DEVNULL, stderr=err)
        os.close(err)
        self.daemons.append(daemon)
        self.wait_until(lambda: self.holder() == daemon.pid)
        return daemon


class Reloading(Daemon):
    def hup(self, daemon, text):
        self.write(".config/batch/config.toml", text)
        daemon.send_signal(signal.SIGHUP)

    def test_a_wrong_file_changes_nothing_and_is_named_with_its_line(self):
        self.write(".config/batch/config.toml", 'log.level = "info"\n')
        daemon = self.batchd()
        self.hup(daemon, 'log.level = "debug"\n[items]\nretires = 3\n')
        event = self.await_event("config")
        self.assertEqual(event["level"], "error")
        self.assertEqual(
            event["msg"],
            'config.toml:3: "retires" is no key of [items]; did you mean "retries"? The old configuration stays',
        )
        self.assertEqual((event["file"], event["line"]), (self.path(".config/batch/config.toml"), 3))
        self.assertIsNone(daemon.poll())

    def test_every_problem_is_told(self):
        daemon = self.batchd()
        self.hup(daemon, "items.retires = 3\nitems.timeout = 3\n")
        self.await_event("config", 2)
        self.assertEqual(
            [event["msg"] for event in self.events() if event["event"] == "config"],
            [
                'config.toml:1: "retires" is no key of [items]; did you mean "retries"? The old configuration stays',
                'config.toml:2: items.timeout must be a duration such as "30s" or "1h30m", not a number. '
                "The old configuration stays",
            ],
        )

    def test_a_named_file_that_cannot_be_read_keeps_the_old_one(self):
        config = self.write("my.toml", "workers.count = 2\n")
        daemon = self.batchd("--config", config)
        os.unlink(config)
        daemon.send_signal(signal.SIGHUP)
        self.assertEqual(
            self.await_event("config")["msg"],
            f"cannot read {config}: no such file or directory. The old configuration stays",
        )

    def test_no_toml_keeps_the_old_one(self):
        daemon = self.batchd()
        self.hup(daemon, "workers = = 3\n")
        self.assertRegex(self.await_event("config")["msg"], r"^config\.toml:1: .*\. The old configuration stays$")

    def test_a_good_file_is_taken_over(self):
        self.write(".config/batch/config.toml", 'log.level = "info"\n')
        daemon = self.batchd()
        self.hup(daemon, 'log.level = "error"\n')
        self.wait_until(lambda: "reloaded" in self.log() or self.holder() == 0)
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(30)
        self.assertNotIn("stopping", self.log())  # that is told at info

    def test_workers_change_for_batches_that_run(self):
        self.write(".config/batch/config.toml", "workers.count = 1\n")
        daemon = self.batchd()
        self.ctl("submit", "--args", *map(str, range(9)), "--", "sleep", "30")
        self.wait_until(lambda: self.at_work() == 1)
        self.hup(daemon, "workers.count = 3\n")
        self.wait_until(lambda: self.at_work() == 3)
        self.ctl("cancel", "@last")

    def at_work(self):
        """Commands that run: what is claimed ahead waits in its worker."""
        return sum(1 for pid in descendants(self.daemons[-1].pid) if command_of(pid) == ["sleep", "30"])

    def test_what_needs_a_restart_is_named(self):
        daemon = self.batchd()
        self.hup(daemon, 'state.path = "/nowhere/state.db"\n')
        event = self.await_event("needs_restart")
        self.assertEqual((event["level"], event["msg"]), ("warn", "changed, but needs a restart: state.path"))
        self.ctl("submit", "--state", self.state, "--args", "a", "--", "true")
        self.wait_until(lambda: self.ctl("status", "@last", "--state", self.state, "--json").lines()[0]["status"] == "done")


def descendants(pid):
    found, ahead = [], [pid]
    while ahead:
        at = ahead.pop()
        try:
            with open(f"/proc/{at}/task/{at}/children", encoding="ascii") as file:
                children = [int(child) for child in file.read().split()]
        except FileNotFoundError:
            continue
        found += children
        ahead += children
    return found


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().decode().split("\0")[:-1]
    except FileNotFoundError:
        return []


class FewDescriptors(Daemon):
    def test_it_does_what_it_can_with_few_descriptors(self):
        self.write(".config/batch/config.toml", "workers.count = 30\n")
        self.ctl("submit", "--args", *map(str, range(40)), "--", "sh", "-c", "exec sleep 0.1")
        with open(self.path("batchd.log"), "ab") as log:
            daemon = subprocess.Popen(
                [BATCHD, "--drain"],
                cwd=self.root,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stderr=log,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)),
            )
        self.daemons.append(daemon)
        self.assertEqual(daemon.wait(60), 0, self.log())
        self.assertEqual(self.counts()["done"], 40)


if __name__ == "__main__":
    unittest.main()
