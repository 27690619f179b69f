"""The real programs in a private folder: every test has a state file, a home and an environment of its own."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = os.path.abspath(os.environ.get("BATCH_BUILD") or os.path.join(os.path.dirname(__file__), "../../build/dev"))
SOURCE = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.append(os.path.join(SOURCE, "tests/support"))  # rabbitmq, fault_proxy and the like


class Done:
    """What a command said and how it ended."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def id(self):
        return self.out.split("\n", 1)[0]

    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


class House(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="batch-e2e-")
        self.daemons = []
        self.env = {
            "PATH": BUILD + ":/usr/local/bin:/usr/bin:/bin",
            "HOME": self.root,
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "XDG_DATA_HOME": os.path.join(BUILD, "tests/data"),
        }

    def tearDown(self):
        for daemon in self.daemons:
            if daemon.poll() is None:
                daemon.kill()
                daemon.wait()
        self.reap_drainers()
        shutil.rmtree(self.root, ignore_errors=True)

    def reap_drainers(self):
        """A batchd that batchctl started may be leaving still."""
        holder = self.holder()
        for _ in range(200):
            if not holder:
                return
            try:
                os.kill(holder, signal.SIGKILL if _ > 100 else signal.SIGTERM)
            except ProcessLookupError:
                return
            time.sleep(0.02)
            holder = self.holder()

    @property
    def state(self):
        return os.path.join(self.root, ".local/state/batch/state.db")

    def holder(self):
        """Pid of the process that works on the state file, or 0."""
        path = self.state + ".lock"
        if not os.path.exists(path):
            return 0
        with open(path, encoding="utf-8") as lock:
            import fcntl

            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return 0
            except OSError:
                text = lock.read().strip()
        return json.loads(text)["pid"] if text else 0

    def path(self, name):
        return os.path.join(self.root, name)

    def contents(self, folder=None):
        """(path, bytes) of each file below, as far as nobody removes it meanwhile."""
        for above, _, names in os.walk(folder or self.root):
            for path in (os.path.join(above, name) for name in names):
                try:
                    if stat.S_ISREG(os.lstat(path).st_mode):
                        with open(path, "rb") as file:
                            yield path, file.read()
                except FileNotFoundError:
                    pass

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def ctl(self, *words, code=0, stdin=None, env=None, timeout=60):
        """batchctl WORDS; its exit status must be `code` (None: any)."""
        done = subprocess.run(
            [os.path.join(BUILD, "batchctl"), *words],
            cwd=self.root,
            env={**self.env, **(env or {})},
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
        )
        result = Done(done.returncode, done.stdout, done.stderr)
        self.heard(words, result)
        if code is not None:
            self.assertEqual(result.code, code, f"batchctl {' '.join(words)}\n{result.out}{result.err}")
        return result

    def heard(self, words, done):
        """What a command has said; for houses that look at all of it."""

    def batchd(self, *words, under=()):
        """A batchd in the background, once it holds the state file."""
        log = open(self.path("batchd.log"), "ab")
        daemon = subprocess.Popen(
            [*under, os.path.join(BUILD, "batchd"), *words],
            cwd=self.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        log.close()
        self.daemons.append(daemon)
        self.wait_until(lambda: self.holder() == daemon.pid or daemon.poll() is not None)
        return daemon

    def log(self):
        with open(self.path("batchd.log"), encoding="utf-8") as file:
            return file.read()

    def wait_until(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, "this did not happen in time")
            time.sleep(0.01)

    def batch(self, name="@last"):
        return self.ctl("status", name, "--json").lines()[0]

    def counts(self, name="@last"):
        return self.batch(name)["counts"]

    def rows(self, count, name="rows.csv"):
        return self.write(name, "id,word\n" + "".join(f"{i},w{i}\n" for i in range(count)))
