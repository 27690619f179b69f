"""A state file that takes nothing for a while: a full disk, a lock, a disk that fails."""

import os
import shutil
import signal
import sqlite3
import subprocess
import unittest

from house import BUILD
from invariants import Invariants

MIB = 1 << 20


class SmallDisk(Invariants):
    """The state file is on a disk of its own, of 24 MiB."""

    def setUp(self):
        super().setUp()
        self.disk = os.path.dirname(self.state)
        os.makedirs(self.disk, mode=0o700)
        self.mounted = False
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs", self.disk],
                              capture_output=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"no disk can be mounted here: {done.stderr.decode().strip()}")
        self.mounted = True

    def tearDown(self):
        for daemon in self.daemons:
            if daemon.poll() is None:
                daemon.kill()
                daemon.wait()
        if self.mounted:
            subprocess.run(["umount", "-l", self.disk], check=True)
        super().tearDown()

    def fill(self, leave=0):
        """Takes all room but `leave` bytes."""
        about = os.statvfs(self.disk)
        room = about.f_bavail * about.f_frsize - leave
        with open(os.path.join(self.disk, "ballast"), "ab") as file:
            os.posix_fallocate(file.fileno(), 0, file.tell() + room)

    def make_room(self):
        os.unlink(os.path.join(self.disk, "ballast"))

    def fill_again_until_told(self):
        def told():
            about = os.statvfs(self.disk)
            if about.f_bavail and "disk full at" not in self.log():
                try:
                    self.fill()
                except OSError:
                    pass  # somebody was faster
            return "disk full at" in self.log()

        self.wait_until(told, 60)

    def check_that_it_goes_on_without_loss(self, batch, total):
        self.assertIn("nothing new is started until 1.5 MiB are free", self.log())
        daemon = self.daemons[-1]
        ran = len(self.ledger())
        # Commands are readable; nothing more is begun than what was at work.
        self.assertEqual(self.batch(batch)["verdict"], None)
        self.make_room()
        self.wait_until(lambda: self.batch(batch)["verdict"] is not None, 90)
        self.assertEqual(self.counts(batch)["done"], total)
        self.assertGreater(len(self.ledger()), ran)
        self.assertIn("can be written again", self.log())
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(timeout=60), 0)
        self.check_all(batch, total)

    def test_a_full_disk_pauses_the_work_and_it_goes_on_when_there_is_room(self):
        total = 600
        self.rows(total)
        script = 'echo "$1" >>ledger; head -c 3000 /dev/urandom | base64 -w0'
        batch = self.ctl("submit", "rows.csv", "-j", "2", "--", "sh", "-c", script, "sh", "{id}").id
        self.start()
        self.wait_until(lambda: self.counts(batch)["done"] >= 20)
        self.fill_again_until_told()
        self.check_that_it_goes_on_without_loss(batch, total)
        # What was at work when the disk was full is kept in memory: nothing ran twice.
        self.assertEqual(sorted(self.ledger()), list(range(total)))

    def test_outputs_that_find_no_room_fail_no_item(self):
        total = 300
        self.rows(total)
        script = ('echo "$1" >>ledger; head -c 30000 /dev/zero >"$BATCH_OUTPUT_DIR/made.bin" 2>/dev/null; '
                  'head -c 3000 /dev/urandom | base64 -w0')
        batch = self.ctl("submit", "rows.csv", "-j", "2", "--retries", "2", "--", "sh", "-c", script, "sh", "{id}").id
        self.fill(leave=4 * MIB)
        self.start()
        self.wait_until(lambda: self.ledger())
        self.fill_again_until_told()
        self.make_room()
        self.wait_until(lambda: self.batch(batch)["verdict"] is not None, 90)
        self.assertEqual(self.counts(batch)["done"], total)

    def test_a_kill_on_a_full_disk_loses_nothing(self):
        total = 300
        batch = self.submit_noted(total)
        daemon = self.start()
        self.wait_until(lambda: self.counts(batch)["done"] >= 20)
        self.fill_again_until_told()
        daemon.kill()
        daemon.wait()
        self.make_room()
        before, runs = self.done(batch), len(self.ledger())
        self.work_off()
        self.check_all(batch, total, before, runs)


class Locked(Invariants):
    def test_a_lock_that_is_held_for_long_stops_nothing_for_good(self):
        total = 60
        batch = self.submit_noted(total)
        daemon = self.start()
        self.wait_until(lambda: self.counts(batch)["done"] >= 3)
        other = sqlite3.connect(self.state, timeout=30, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        self.wait_until(lambda: "locked by another program" in self.log(), 60)
        ran = len(self.ledger())
        self.assertLess(ran, total)
        other.execute("ROLLBACK")
        other.close()
        self.wait_until(lambda: self.batch(batch)["verdict"] is not None, 90)
        self.assertEqual(sorted(self.ledger()), list(range(total)))
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(timeout=60), 0)
        self.check_all(batch, total)


class FailingDisk(Invariants):
    def setUp(self):
        super().setUp()
        if not shutil.which("strace") or subprocess.run(["strace", "-o", "/dev/null", "true"], check=False).returncode != 0:
            self.skipTest("strace cannot watch a process here")

    def test_after_a_flush_that_failed_batchd_stops_and_the_next_one_goes_on(self):
        total = 40
        batch = self.submit_noted(total)
        log = open(self.path("batchd.log"), "ab")
        # The tenth commit finds a disk that cannot flush.
        daemon = subprocess.Popen(
            ["strace", "-f", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=10",
             os.path.join(BUILD, "batchd")],
            cwd=self.root, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        self.daemons.append(daemon)
        self.assertEqual(daemon.wait(timeout=60), 7, self.log())
        self.assertIn("could not be put on the disk", self.log())
        before, runs = self.done(batch), len(self.ledger())
        self.work_off()
        self.check_all(batch, total, before, runs)


if __name__ == "__main__":
    unittest.main()
