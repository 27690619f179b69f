"""Submissions that are interrupted, killed, doubled, locked out or find the disk full: all rows or none."""

import os
import signal
import sqlite3
import subprocess
import unittest

from house import BUILD
from transcript import Transcript

BATCHCTL = os.path.join(BUILD, "batchctl")


class Stopped(Transcript):
    ROWS = 60_000

    def setUp(self):
        super().setUp()
        self.rows(self.ROWS)
        self.ctl("status")  # makes the state file

    def start(self, *words):
        return subprocess.Popen(
            [BATCHCTL, "submit", "rows.csv", *words, "--", "true"],
            cwd=self.root,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def stored(self):
        """Rows that anybody sees, and rows in the file."""
        seen = [batch["counts"]["total"] for batch in self.ctl("status", "--json").lines()]
        with sqlite3.connect(self.state) as state:
            return seen, state.execute("SELECT count(*) FROM item").fetchone()[0]

    def test_ctrl_c_at_any_moment_stores_all_rows_or_none(self):
        kinds = set()
        whole = 0
        for rows in (0, 1, 20_000, 40_000, self.ROWS - 1, self.ROWS):
            before = self.stored()[1]
            process = self.start()
            self.wait_until(lambda: self.stored()[1] >= before + rows or process.poll() is not None)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
            if process.returncode == 0:
                whole += 1
                self.assertEqual(len(out), 37)
            elif process.returncode == 130:
                self.assertEqual((out, err), ("", "interrupted: nothing was stored\n"))
            else:
                self.assertEqual(process.returncode, -signal.SIGINT, err)  # before it listened
            kinds.add(process.returncode)
            self.assertEqual(self.stored(), ([self.ROWS] * whole, self.ROWS * whole))
        self.assertIn(130, kinds)

    def test_what_a_killed_submit_left_is_seen_by_nobody_and_removed_by_the_next_batchd(self):
        process = self.start()
        self.wait_until(lambda: self.stored()[1] >= 5000 or process.poll() is not None)
        process.kill()
        self.assertEqual(process.wait(timeout=60), -signal.SIGKILL)
        process.stdout.close()
        process.stderr.close()
        seen, rows = self.stored()
        self.assertEqual(seen, [])
        self.assertGreater(rows, 0)
        self.ctl("run", "--args", "x", "--", "true")
        self.wait_until(lambda: self.stored()[1] == 1)

    def test_many_at_once_under_one_key_make_one_batch(self):
        runs = [self.start("--key", "nightly") for _ in range(4)]
        said = [run.communicate(timeout=120) for run in runs]
        self.assertEqual([run.returncode for run in runs], [0] * 4, said)
        self.assertEqual(len({out for out, _ in said}), 1)
        self.assertEqual(sum("nightly exists already" in err for _, err in said), 3)
        self.assertEqual(self.stored(), ([self.ROWS], self.ROWS))


class LockedOut(Transcript):
    def lock(self):
        state = sqlite3.connect(self.state, isolation_level=None)
        state.execute("BEGIN EXCLUSIVE")
        return state

    def has_open(self, pid):
        """Whether the process has the state file open."""
        folder = f"/proc/{pid}/fd"
        try:
            return any(os.path.realpath(os.path.join(folder, fd)) == self.state for fd in os.listdir(folder))
        except FileNotFoundError:
            return False

    def test_a_lock_of_another_program_is_waited_for(self):
        self.rows(3)
        self.ctl("status")
        state = self.lock()
        process = subprocess.Popen(
            [BATCHCTL, "submit", "rows.csv", "--", "true"],
            cwd=self.root,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.wait_until(lambda: self.has_open(process.pid))
        self.assertIsNone(process.poll())
        state.execute("COMMIT")
        state.close()
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0)

    def test_but_not_for_ever(self):
        self.rows(3)
        self.ctl("status")
        state = self.lock()
        self.transcript("""
            [7]$ batchctl submit rows.csv -- true
            2| batchctl: error: ~/.local/state/batch/state.db was locked by another program for 5 s; nothing was stored
            2| hint: try again; who has it open: lsof /home/ada/.local/state/batch/state.db
        """)
        state.close()


class FullDisk(Transcript):
    """A state folder of 8 MiB."""

    def mounted(self, command):
        """The command, in a name space of its own where the state folder is small."""
        folder = os.path.dirname(self.state)
        os.makedirs(folder, exist_ok=True)
        return f"unshare -rm sh -c 'mount -t tmpfs -o size=8m none {folder} && {command}'"

    def setUp(self):
        super().setUp()
        if subprocess.run(["/bin/sh", "-c", self.mounted("true")], capture_output=True, check=False).returncode:
            self.skipTest("no name space with a mount of its own can be made here")

    def test_it_is_said_how_much_is_needed_and_nothing_is_stored(self):
        with open(self.path("big.csv"), "w", encoding="utf-8") as rows:
            rows.write("id,text\n")
            rows.writelines(f"{i},{'x' * 400}\n" for i in range(100_000))
        self.write(
            "work.sh",
            "batchctl submit big.csv -- echo {id}; echo \"[$?]\"; batchctl status --json; batchctl submit --args x -- true; echo \"[$?]\"\n",
        )
        self.transcript(
            f"""
            [0]$ {self.mounted("sh ./work.sh")}
            1| [7]
            1| 01a20493-be63-7d3a-9b60-3f1f0e4c2a11
            1| [0]
            2| batchctl: error: no space left for ~/.local/state/batch/state.db (needs about 50 MiB, 7.8 MiB free); nothing was stored
            2| hint: make room: batchctl prune --older-than 30d
            2| batchctl: warning: no batchd is running; 0e4c2a11 is stored and waits for one
            2| hint: start it: batchd
            """,
            free=["7.8 MiB free"],
        )


if __name__ == "__main__":
    unittest.main()
