"""What can be wrong with a state file: each is said, with its exit code, and nothing is lost."""

import hashlib
import os
import pathlib
import shutil
import sqlite3
import stat
import subprocess
import unittest

from house import BUILD, House

BATCHD = os.path.abspath(os.path.join(BUILD, "batchd"))
NOBODY = 65534


class StateFile(House):
    def setUp(self):
        super().setUp()
        self.folder = os.path.dirname(self.state)

    def submit(self):
        return self.ctl("submit", "--args", "a", "b", "--", "true").id

    def sql(self, script, path=None):
        with sqlite3.connect(path or self.state) as connection:
            rows = connection.execute(script).fetchall()
        connection.close()
        return rows

    def fails(self, message, hint, words=("status",), code=7):
        self.assertEqual(
            self.ctl(*words, code=code).err, f"batchctl: error: {message}\n" + (f"hint: {hint}\n" if hint else "")
        )

    def daemon_fails(self, message, code=7):
        done = subprocess.run(
            [BATCHD, "--drain"], cwd=self.root, env=self.env, capture_output=True, encoding="utf-8", timeout=60, check=False
        )
        self.assertEqual((done.returncode, done.stderr.split("\n", 1)[0]), (code, "batchd: error: " + message))

    def content(self):
        """Of everything in the state folder."""
        found = {}
        for name in sorted(os.listdir(self.folder)):
            path = os.path.join(self.folder, name)
            if os.path.isfile(path) and not name.endswith((".lock", "-shm")):
                with open(path, "rb") as file:
                    content = file.read()
                if content:  # SQLite makes an empty log where one only looks
                    found[name] = hashlib.sha256(content).hexdigest()
        return found

    def as_nobody(self, *words, code=0):
        """batchctl as a user who may read the folder and nothing else."""
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody else")
        os.chmod(self.root, 0o755)
        done = subprocess.run(
            ["setpriv", f"--reuid={NOBODY}", "--clear-groups", os.path.join(BUILD, "batchctl"), *words],
            cwd="/",
            env={**self.env, "HOME": "/nonexistent"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        self.assertEqual(done.returncode, code, done.stderr)
        return done


class NotOurs(StateFile):
    def test_text_in_place_of_it(self):
        path = self.write("notes.db", "x" * 5000)
        self.fails("~/notes.db is not a state file of batch", "name another one: --state PATH", ("status", "--state", path))
        self.assertEqual(os.path.getsize(path), 5000)

    def test_the_database_of_another_program(self):
        path = self.path("theirs.db")
        self.sql("CREATE TABLE theirs(x)", path)
        self.fails("~/theirs.db is not a state file of batch", "name another one: --state PATH", ("status", "--state", path))
        self.assertEqual(self.sql("SELECT name FROM sqlite_schema", path), [("theirs",)])

    def test_a_folder_in_place_of_it(self):
        os.makedirs(self.path("d.db"))
        self.fails(
            "cannot open ~/d.db: is a directory", "name another one: --state PATH", ("status", "--state", self.path("d.db"))
        )

    def test_a_file_in_place_of_its_folder(self):
        self.write("f", "")
        done = self.ctl("status", "--state", self.path("f/state.db"), code=7)
        self.assertIn("error: cannot make the folder", done.err)

    def test_a_damaged_one(self):
        self.submit()
        self.ctl("run", "--args", *map(str, range(300)), "--", "true")
        with open(self.state, "r+b") as file:
            file.seek(0, os.SEEK_END)
            for page in range(1, file.tell() // 4096):
                file.seek(page * 4096)
                file.write(b"\xa5" * 2048)
        before = self.content()
        for name in ("-wal", "-shm"):
            if os.path.exists(self.state + name):
                os.truncate(self.state + name, 0)
        done = self.ctl("status", code=7)
        self.assertRegex(done.err, r"batchctl: error: ~/\.local/state/batch/state\.db is damaged: .*\nhint: .*: batchctl doctor\n")
        self.assertIn("FAIL  state    ", self.ctl("doctor", code=1).out)
        self.assertEqual(self.content()["state.db"], before["state.db"])

    def test_half_a_header(self):
        self.submit()
        self.ctl("run", "--args", "a", "--", "true")
        os.truncate(self.state, 50)
        self.fails(
            "~/.local/state/batch/state.db is damaged: database disk image is malformed",
            "see what is left of it: batchctl doctor",
        )
        self.assertEqual(os.path.getsize(self.state), 50)


class OtherVersions(StateFile):
    def test_a_newer_one_is_named_and_not_touched(self):
        self.submit()
        known = self.sql("PRAGMA user_version")[0][0]
        self.sql("UPDATE state SET written_by = '9.1.0'")
        self.sql("PRAGMA user_version = 99")
        before = self.content()
        version = self.ctl("version").out.split()[1]
        for program, words in ("batchctl", ("status",)), ("batchctl", ("submit", "--args", "a", "--", "true")):
            self.fails(
                f"state.db is version 99, written by 9.1.0; this {program} {version} knows up to {known} and has not "
                "touched it",
                "install 9.1.0 or newer",
                words,
            )
        self.daemon_fails(
            f"state.db is version 99, written by 9.1.0; this batchd {version} knows up to {known} and has not touched it"
        )
        self.assertEqual(self.content(), before)

    def test_the_copy_before_the_migration_is_offered_and_works(self):
        self.submit()
        copy = self.state + ".v1-20261122T185002Z"
        self.sql(f"VACUUM INTO '{copy}'")
        self.sql("UPDATE state SET written_by = '9.1.0'")
        self.sql("PRAGMA user_version = 99")
        done = self.ctl("status", code=7)
        self.assertIn(f"hint: install 9.1.0 or newer, or go back to the copy: --state {copy}\n", done.err)
        self.assertEqual(len(self.ctl("status", "--state", copy, "--json").lines()), 1)


class Places(StateFile):
    def test_a_link_is_refused(self):
        self.submit()
        os.symlink(self.state, self.path("link.db"))
        self.fails(
            "~/link.db is a symbolic link", f"name the file itself: --state {self.state}", ("status", "--state", self.path("link.db"))
        )

    def test_a_second_name_is_refused(self):
        self.submit()
        os.link(self.state, self.path("second.db"))
        done = self.ctl("status", code=7)
        self.assertIn("~/.local/state/batch/state.db has 2 names, and each would have a lock of its own", done.err)

    def test_a_folder_behind_a_link_is_the_same_folder(self):
        self.submit()
        os.symlink(self.folder, self.path("there"))
        other = os.path.join(self.path("there"), "state.db")
        self.assertEqual(len(self.ctl("status", "--state", other, "--json").lines()), 1)
        daemon = self.batchd()
        done = subprocess.run([BATCHD, "--state", other], env=self.env, capture_output=True, encoding="utf-8", timeout=60, check=False)
        self.assertEqual(done.returncode, 9)
        self.assertIn(f"batchd pid {daemon.pid} already works on ~/there/state.db", done.stderr)

    def test_a_file_that_is_gone_is_not_made_anew_over_its_log(self):
        self.submit()
        self.assertGreater(os.path.getsize(self.state + "-wal"), 0)
        os.rename(self.state, self.path("hidden"))
        log = self.content()["state.db-wal"]
        self.fails(
            "~/.local/state/batch/state.db is gone, but state.db-wal is there and has its last changes",
            f"bring it back, or to start anew take that away: rm {self.state}-wal",
        )
        self.daemon_fails("~/.local/state/batch/state.db is gone, but state.db-wal is there and has its last changes")
        self.assertEqual(self.content(), {"state.db-wal": log})
        os.rename(self.path("hidden"), self.state)
        self.assertEqual(len(self.ctl("status", "--json").lines()), 1)

    def test_a_file_that_is_gone_is_not_made_anew_over_its_outputs(self):
        batch = self.ctl("run", "-q", "--args", "a", "--", "sh", "-c", "echo x >$1/f", "sh", "{@out}").id
        self.wait_until(lambda: not self.holder())
        kept = os.path.join(self.folder, "outputs", batch, "0")
        names = os.listdir(kept)
        self.assertEqual(len(names), 1)
        os.makedirs(self.path("hidden"))
        for name in "state.db", "state.db-wal", "state.db-shm":
            if os.path.exists(os.path.join(self.folder, name)):
                os.rename(os.path.join(self.folder, name), os.path.join(self.path("hidden"), name))
        message = "~/.local/state/batch/state.db is gone, but ~/.local/state/batch/outputs has outputs of its batches"
        outputs = os.path.join(self.folder, "outputs")
        hint = f"bring it back, or to start anew put them elsewhere: mv {outputs} {outputs}.old"
        self.fails(message, hint, ("submit", "--args", "a", "--", "true"))
        self.daemon_fails(message)
        self.assertFalse(os.path.exists(self.state))
        self.assertEqual(os.listdir(kept), names)
        os.rename(outputs, outputs + ".old")
        self.ctl("run", "-q", "--args", "b", "--", "true")
        self.assertEqual(os.listdir(os.path.join(outputs + ".old", batch, "0")), names)

    def test_a_path_with_spaces_and_signs_is_a_path(self):
        for name in "a b/s.db", "ü%41?x#y/s.db", "x:y/s.db":
            path = self.path(name)
            self.ctl("submit", "--state", path, "--args", "a", "--", "true")
            self.assertEqual(len(self.ctl("status", "--state", path, "--json").lines()), 1)
            self.assertTrue(os.path.exists(path))

    def test_a_long_path_has_its_doorbell_too(self):
        path = self.path("d" * 120 + "/" + "s" * 60 + ".db")
        done = self.ctl("run", "--state", path, "--args", "a", "--", "true")
        self.assertIn("1 of 1 item done", done.err)


class Network(StateFile):
    """As if every disk were one of another machine."""

    def setUp(self):
        super().setUp()
        self.lib = os.path.abspath(os.path.join(BUILD, "tests/refusals.so"))

    def be_on(self, number):
        self.env |= {"LD_PRELOAD": self.lib, "STATFS_TYPE": number}

    def refuse_all(self, lies):
        self.fails(f"{lies}, where a state file breaks", "put it on a local disk: --state PATH", ("submit", "--args", "a", "--", "true"))
        self.daemon_fails(f"{lies}, where a state file breaks")

    def test_none_is_made_there(self):
        for number, name in ("0x6969", "NFS"), ("0x01021997", "9P"), ("0xff534d42", "CIFS"):
            self.be_on(number)
            self.refuse_all(f"~/.local/state/batch/state.db lies on a network file system ({name})")
            told = self.ctl("doctor", code=1).out
            self.assertIn("FAIL  state    ~/.local/state/batch/state.db would lie on a network file system", told)
        self.assertFalse(os.path.exists(self.state))

    def test_one_that_is_there_is_not_touched(self):
        self.submit()
        before = self.content()
        self.be_on("0x6969")
        lies = "~/.local/state/batch/state.db lies on a network file system (NFS)"
        self.refuse_all(lies)
        self.fails(f"{lies}, where a state file breaks", "put it on a local disk: --state PATH")
        self.assertIn(f"FAIL  state    {lies}", self.ctl("doctor", code=1).out)
        self.assertEqual(self.content(), before)


class Rights(StateFile):
    def test_what_others_may_read_does_not_depend_on_the_umask(self):
        for mask in (0o000, 0o077, 0o177):
            with self.subTest(oct(mask)):
                shutil.rmtree(self.path(".local"), ignore_errors=True)
                shutil.rmtree(self.path("cards"), ignore_errors=True)
                before = os.umask(mask)
                try:
                    self.ctl("run", "--args", "a", "--", "sh", "-c", "echo x >$1/f", "sh", "{@out}")
                    daemon = self.batchd()
                    self.wait_until(lambda: os.path.exists(self.state + ".bell"))
                    bell = os.stat(self.state + ".bell")
                    daemon.kill()
                    daemon.wait()
                finally:
                    os.umask(before)
                self.assertEqual(stat.S_IMODE(bell.st_mode) & 0o077, 0)
                for folder, folders, files in os.walk(self.path(".local")):
                    for name in folders:
                        if folder.startswith(self.folder) or name == "batch":
                            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode), 0o700, name)
                    for name in files:
                        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode), 0o600, name)

    def test_who_may_only_read_sees_what_there_is(self):
        self.submit()
        for path in self.folder, self.path(".local"), self.path(".local/state"):
            os.chmod(path, 0o755)
        for name in self.content():
            os.chmod(os.path.join(self.folder, name), 0o644)
        os.chmod(self.state + "-shm", 0o644)
        done = self.as_nobody("status", "--state", self.state, "--json")
        self.assertEqual(done.stdout.count('"total":2'), 1)
        self.assertEqual(done.stderr, "")
        plugin = pathlib.Path(BUILD).resolve() / "libexec/batch/plugins/exec"
        if not all(folder.stat().st_mode & 0o001 for folder in plugin.parents):
            return  # somebody else does not reach the plugins of this tree
        done = self.as_nobody("submit", "--state", self.state, "--args", "a", "--", "true", code=7)
        self.assertEqual(
            done.stderr,
            f"batchctl: error: {self.state} cannot be written; nothing was stored\nhint: see whose it is: ls -l {self.state}\n",
        )

    def test_without_the_log_what_is_shown_may_be_old_and_that_is_said(self):
        self.ctl("run", "--args", "a", "b", "--", "true")  # its batchd moves the log into the file
        os.makedirs(self.path("copy"))
        copy = self.path("copy/state.db")
        shutil.copy(self.state, copy)
        os.chmod(self.path("copy"), 0o555)
        os.chmod(copy, 0o444)
        done = self.as_nobody("status", "--state", copy, "--json")
        self.assertEqual(done.stdout.count('"done":2'), 1)
        self.assertEqual(
            done.stderr,
            f"batchctl: warning: {copy} cannot be opened for writing, nor its log for reading: what is shown may be old\n",
        )

    def test_a_folder_that_may_not_be_entered_is_said(self):
        self.submit()
        done = self.as_nobody("status", "--state", self.state, code=7)
        self.assertEqual(
            done.stderr,
            f"batchctl: error: cannot open {self.state}: permission denied\nhint: name another one: --state PATH\n",
        )


class Locked(StateFile):
    def test_a_file_that_stays_locked_is_told_after_five_seconds(self):
        self.submit()
        other = sqlite3.connect(self.state, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        self.fails(
            "~/.local/state/batch/state.db was locked by another program for 5 s; nothing was stored",
            f"try again; who has it open: lsof {self.state}",
            ("submit", "--args", "a", "--", "true"),
        )
        self.assertEqual(len(self.ctl("status", "--json").lines()), 1)  # who reads does not wait
        other.execute("ROLLBACK")
        other.close()
        self.submit()

    def test_a_reader_that_stays_does_not_hold_up_the_work(self):
        self.submit()
        reader = sqlite3.connect(self.state, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM batch").fetchone()
        done = self.ctl("run", "--args", *map(str, range(2000)), "--stdout", "none", "--", "true")
        self.assertIn("2,000 of 2,000 items done", done.err)
        reader.execute("ROLLBACK")
        reader.close()
        self.assertEqual(self.sql("PRAGMA integrity_check"), [("ok",)])

    def test_no_program_that_is_started_has_the_file_open(self):
        self.ctl("run", "--args", "a", "--", "sh", "-c", "ls -l /proc/self/fd")
        shown = self.ctl("results", "@last", "--format", "text").out
        self.assertNotIn("state.db", shown)
        self.assertNotIn(".lock", shown)


if __name__ == "__main__":
    unittest.main()
