"""Upgrades: an older and a newer program on one state file.

TEST_MIGRATION, which only a build with tests knows, makes a program the next version of itself."""

import json
import os
import signal
import subprocess
import unittest

from house import BUILD
from transcript import Transcript

BATCHD = os.path.abspath(os.path.join(BUILD, "batchd"))


class Upgrade(Transcript):
    def setUp(self):
        super().setUp()
        self.version = self.ctl("version").out.split()[1]
        self.known = self.ctl("version", "--json").lines()[0]["state"]
        self.newer = {"TEST_MIGRATION": "1"}
        self.ctl("submit", "--args", "a", "b", "--", "true")
        self.ctl("submit", "--args", "c", "--", "true")

    def copies(self):
        return [name for name in os.listdir(os.path.dirname(self.state)) if name.startswith("state.db.v")]

    def daemon(self, env=None):
        self.env.update(env or {})
        daemon = self.batchd()
        for name in env or {}:
            del self.env[name]
        return daemon

    def events(self):
        return [json.loads(line) for line in self.log().splitlines()]

    def test_a_new_batchd_copies_and_migrates(self):
        daemon = self.daemon(self.newer)
        self.wait_until(lambda: self.log().count("migration") == 2)
        (copy,) = self.copies()
        begun, ended = (event for event in self.events() if event["event"] == "migration")
        self.assertEqual(begun["level"], "info")
        self.assertEqual(
            begun["msg"], f"state.db is version {self.known}, this is {self.known + 1}: copied to {copy}, migrating"
        )
        self.assertRegex(copy, rf"^state\.db\.v{self.known}-\d{{8}}T\d{{6}}Z$")
        self.assertRegex(
            ended["msg"], rf"^state\.db is version {self.known + 1} now: 2 batches, 3 items, [\d.]+m?s$"
        )
        self.wait_until(lambda: self.ctl("status", "--json", env=self.newer).out.count('"status":"done"') == 2)
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(30), 0)
        # The copy is a whole state file of the old version, of the same two batches, and private.
        path = os.path.join(os.path.dirname(self.state), copy)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(self.ctl("status", "--state", path, "--json").out.count('"status":"queued"'), 2)

    def test_beside_an_old_batchd_nothing_is_migrated(self):
        daemon = self.daemon()
        self.transcript(
            f"""
            [7]$ batchctl status
            2| batchctl: error: state.db is version {self.known} and in use by batchd {self.version} (pid 4112); this batchctl {self.version} needs version {self.known + 1}
            2| hint: restart the daemon, it migrates and keeps a copy: batchd
            """,
            env=self.newer,
        )
        self.assertEqual(self.copies(), [])
        daemon.kill()

    def test_with_its_unit_installed_the_hint_names_systemctl(self):
        self.write(".config/systemd/user/batchd.service", "")
        daemon = self.daemon()
        done = self.ctl("status", env=self.newer, code=7)
        self.assertIn("hint: restart the daemon, it migrates and keeps a copy: systemctl --user restart batchd\n", done.err)
        daemon.kill()

    def test_without_a_batchd_any_program_migrates_and_says_so(self):
        done = self.ctl("status", "--json", env=self.newer)
        self.assertEqual(len(done.lines()), 2)
        self.assertRegex(done.err, rf"^note: state\.db is version {self.known}, this is {self.known + 1}: copied to state\.db\.v")
        self.assertEqual(len(self.copies()), 1)
        self.assertEqual(self.ctl("status", env=self.newer).err, "")

    def test_an_old_program_leaves_a_new_file_alone(self):
        self.ctl("status", env=self.newer)
        (copy,) = self.copies()
        self.transcript(f"""
            [7]$ batchctl status
            2| batchctl: error: state.db is version {self.known + 1}, written by {self.version}; this batchctl {self.version} knows up to {self.known} and has not touched it
            2| hint: install {self.version} or newer, or go back to the copy: --state /home/ada/.local/state/batch/{copy}
        """)
        done = subprocess.run([BATCHD], cwd=self.root, env=self.env, capture_output=True, encoding="utf-8", timeout=60, check=False)
        self.assertEqual(done.returncode, 7)
        self.assertIn(f"this batchd {self.version} knows up to {self.known}", done.stderr)

    def test_doctor_and_check_change_nothing(self):
        done = self.ctl("doctor", env=self.newer)
        self.assertIn(
            f"warn  state    ~/.local/state/batch/state.db: version {self.known}, this batchctl needs {self.known + 1}\n"
            "      mend     batchd migrates it, and keeps a copy: batchd\n",
            done.out,
        )
        done = subprocess.run(
            [BATCHD, "--check"], cwd=self.root, env={**self.env, **self.newer}, capture_output=True, encoding="utf-8", timeout=60, check=False
        )
        self.assertEqual(
            (done.returncode, done.stderr),
            (0, f"ok    ~/.local/state/batch/state.db: version {self.known}, would be migrated to {self.known + 1}\n"),
        )
        self.assertEqual(self.copies(), [])
        self.assertEqual(len(self.ctl("status", "--json").lines()), 2)


if __name__ == "__main__":
    unittest.main()
