#!/usr/bin/python3
"""Links, pipes, sockets and folders in place of the files beside the state file: nobody else's file is touched, nobody
waits for ever, and what cannot be used is said."""

import os
import shutil
import socket
import stat
import subprocess
import unittest

from house import BUILD, House

BESIDE = ["state.db" + name for name in (".lock", ".bell", ".hand", ".queue", "-wal", "-shm")]
KINDS = ["link", "link_to_nothing", "link_to_folder", "pipe", "socket", "folder"]
TABLE = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10}
PRECIOUS = b"not yours\n" * 1000


class Planted(House):
    def setUp(self):
        super().setUp()
        self.folder = os.path.dirname(self.state)
        self.old = self.ctl("run", "-q", "--args", "a", "--", "sh", "-c", "echo x >$1/f", "sh", "{@out}").id
        self.new = self.ctl("submit", "-q", "--args", "b", "c", "--", "echo", "{}").id
        self.wait_until(lambda: not self.holder())
        self.whole = self.path("whole")
        shutil.copytree(self.folder, self.whole, ignore=shutil.ignore_patterns("*.bell", "*-shm"))

    def restore(self):
        for name in self.folder, self.path("victim.d"):
            shutil.rmtree(name, ignore_errors=True)
        shutil.copytree(self.whole, self.folder)
        os.makedirs(self.path("victim.d/.work"))
        for victim in "victim", "victim.d/f", "victim.d/.work/f":
            with open(self.path(victim), "wb") as file:
                file.write(PRECIOUS)

    def plant(self, kind, path):
        shutil.rmtree(path, ignore_errors=True)
        if os.path.lexists(path):
            os.unlink(path)
        if kind == "link":
            os.symlink(self.path("victim"), path)
        elif kind == "link_to_nothing":
            os.symlink(self.path("nothing"), path)
        elif kind == "link_to_folder":
            os.symlink(self.path("victim.d"), path)
        elif kind == "pipe":
            os.mkfifo(path, 0o600)
        elif kind == "socket":
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
                made.bind(path)
        else:
            os.mkdir(path)

    def check_victims(self, told, batches=()):
        """Nothing is gone or new but the folders of batches that are at work where outputs were led to."""
        self.assertEqual(sorted(set(os.listdir(self.path("victim.d"))) - set(batches)), [".work", "f"], told)
        self.assertFalse(os.path.lexists(self.path("nothing")), told)
        for victim in "victim", "victim.d/f", "victim.d/.work/f":
            with open(self.path(victim), "rb") as file:
                self.assertTrue(file.read() == PRECIOUS, told)

    def call(self, told, *words):
        """Ends in time, says what it could not do, and harms nobody."""
        done = subprocess.run(
            [os.path.join(BUILD, words[0]), *words[1:]], cwd=self.root, env=self.env, stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", timeout=45, check=False,
        )  # fmt: skip
        told = f"{told}: {' '.join(words)} ended with {done.returncode}\n{done.stderr}"
        self.assertIn(done.returncode, TABLE, told)
        if done.returncode:
            self.assertIn("error: ", done.stderr, told)
        self.check_victims(told)
        return done.returncode

    def ask_and_submit(self, told):
        self.call(told, "batchctl", "status")
        self.call(told, "batchctl", "queue", "status")
        return self.call(told, "batchctl", "submit", "--args", "d", "--", "true")

    def take_away(self, path):
        if os.path.lexists(path):
            if stat.S_ISDIR(os.lstat(path).st_mode):
                shutil.rmtree(path)
            else:
                os.unlink(path)

    def check_all_done(self):
        for batch in self.ctl("status", "--json", "--all").lines():
            self.assertEqual(batch["status"], "done")

    def each(self, names):
        for name in names:
            for kind in KINDS:
                self.restore()
                path = os.path.join(self.folder, name)
                self.plant(kind, path)
                yield f"{kind} in place of {name}", path

    def test_beside_the_state_file(self):
        for told, path in self.each(BESIDE):
            self.ask_and_submit(told)
            if self.call(told, "batchd", "--drain") != 0:
                self.take_away(path)
                self.assertEqual(self.call(told + ", taken away", "batchd", "--drain"), 0)
            self.check_all_done()

    def test_where_outputs_are(self):
        """A batch that cannot have its folder waits until it can."""
        for told, path in self.each(["outputs", "outputs/" + self.old, "outputs/" + self.new]):
            self.assertEqual(self.ask_and_submit(told), 0)
            daemon = self.batchd()
            self.wait_until(lambda: "batch_held" in self.log() or self.batch(self.new)["verdict"] is not None, 60)
            self.check_victims(told, [batch["id"] for batch in self.ctl("status", "--json", "--all").lines()])
            if "batch_held" in self.log():
                self.take_away(path)
            self.wait_until(lambda: all(batch["verdict"] is not None for batch in self.ctl("status", "--json", "--all").lines()), 60)
            daemon.terminate()
            self.assertEqual(daemon.wait(60), 0)
            self.check_all_done()
            self.check_victims(told)
            os.unlink(self.path("batchd.log"))


if __name__ == "__main__":
    unittest.main()
