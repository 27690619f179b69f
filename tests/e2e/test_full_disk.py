"""Disks that are full, small or read-only, mounted for real."""

import json
import os
import signal
import subprocess

from house import BUILD, House
from mounts import fill, mount, remount, run_with_mounts, umount

BATCHD = os.path.abspath(os.path.join(BUILD, "batchd"))
MiB = 1 << 20


class SmallDisk(House):
    def setUp(self):
        super().setUp()
        self.disk = os.path.dirname(self.state)

    def mount(self, size):
        mount(self.disk, "mode=0700", size=size)
        self.addCleanup(umount, self.disk)

    def make_room(self):
        os.unlink(os.path.join(self.disk, "filler"))


class Submitting(SmallDisk):
    def test_a_batch_that_does_not_fit_is_not_stored(self):
        self.mount("8m")
        self.ctl("submit", "--args", "a", "--", "true")
        self.write("big.csv", "id,text\n" + "".join(f"{i},{'x' * 1000}\n" for i in range(20000)))
        done = self.ctl("submit", "big.csv", "--", "true", code=7)
        self.assertRegex(
            done.err,
            r"^batchctl: error: no space left for ~/\.local/state/batch/state\.db "
            r"\(needs about \d+ MiB, [\d.]+ MiB free\); nothing was stored\n"
            r"hint: make room: batchctl prune --older-than 30d\n$",
        )
        self.assertEqual(len(self.ctl("status", "--json").lines()), 1)
        self.assertIn("counters agree", self.ctl("doctor", code=None).out)

    def test_rows_from_a_pipe_that_do_not_fit_neither(self):
        self.mount("8m")
        self.ctl("submit", "--args", "a", "--", "true")
        text = "id,text\n" + "".join(f"{i},{'x' * 1000}\n" for i in range(20000))
        done = self.ctl("submit", "-", "--rows-format", "csv", "--", "true", stdin=text, code=7)
        self.assertRegex(done.err, r"^batchctl: error: no space left for ~/.*; nothing was stored\nhint: make room: ")
        self.assertEqual(len(self.ctl("status", "--json").lines()), 1)

    def test_a_disk_without_any_room_can_still_be_asked(self):
        self.mount("100m")
        first = self.ctl("submit", "--args", "a", "--", "true").id
        fill(self.disk)
        self.assertEqual(self.batch(first)["id"], first)
        self.assertRegex(self.ctl("doctor", code=1).out, r"FAIL  disk     0 bytes free")
        done = self.ctl("submit", "--args", "a", "--", "true", code=7)
        self.assertRegex(
            done.err, r"^batchctl: error: no space left for ~/\.local/state/batch/state\.db \(.*\); nothing was stored\n"
        )
        self.make_room()
        self.ctl("run", "--args", "b", "--", "true")
        self.assertEqual(self.batch(first)["status"], "done")

    def test_a_new_state_on_a_full_disk(self):
        self.mount("1m")
        fill(self.disk)
        done = self.ctl("submit", "--args", "a", "--", "true", code=7)
        self.assertRegex(done.err, r"^batchctl: error: no space left for ~/\.local/state/batch/state\.db \(.*\)")


class Working(SmallDisk):
    def test_a_disk_without_any_room_is_no_start(self):
        self.mount("8m")
        self.ctl("submit", "--args", "a", "--", "true")
        fill(self.disk)
        done = subprocess.run([BATCHD], cwd=self.root, env=self.env, capture_output=True, encoding="utf-8", timeout=60, check=False)
        self.assertEqual(done.returncode, 7)
        self.assertRegex(done.stderr, r"batchd: error: no space left for ~/\.local/state/batch")

    def test_a_log_on_a_full_disk_holds_nothing_up(self):
        logs = self.path("logs")
        mount(logs, size="64k")
        self.addCleanup(umount, logs)
        fill(logs)
        self.ctl("submit", "--args", "a", "b", "--", "true")
        with open(os.path.join(logs, "log"), "ab") as log:
            daemon = subprocess.Popen([BATCHD], cwd=self.root, env=self.env, stdin=subprocess.DEVNULL, stderr=log)
        self.daemons.append(daemon)
        self.wait_until(lambda: self.batch()["status"] == "done")
        os.unlink(os.path.join(logs, "filler"))
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(30), 0)
        with open(os.path.join(logs, "log"), encoding="utf-8") as log:
            lines = [json.loads(line) for line in log.read().splitlines() if line]
        self.assertEqual(lines[0]["event"], "log_dropped")
        self.assertEqual(lines[-1]["event"], "stopped")


class ReadOnly(SmallDisk):
    def test_a_read_only_disk_can_be_read(self):
        self.mount("100m")
        self.ctl("run", "--args", "a", "b", "--", "true")
        remount(self.disk, "ro")
        self.addCleanup(remount, self.disk, "rw")
        done = self.ctl("status", "--json")
        self.assertEqual(done.lines()[0]["counts"]["done"], 2)
        done = self.ctl("submit", "--args", "a", "--", "true", code=7)
        self.assertRegex(done.err, r"~/\.local/state/batch/state\.db cannot be written; nothing was stored\nhint: see whose it is: ls -l ")
        done = subprocess.run([BATCHD], cwd=self.root, env=self.env, capture_output=True, encoding="utf-8", timeout=60, check=False)
        self.assertEqual(done.returncode, 7)
        self.assertIn("read-only file system", done.stderr)


if __name__ == "__main__":
    run_with_mounts()
