"""A private folder in which the real programs work, and what was measured there."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from dataclasses import dataclass

import meter

FINAL = 3  # the first status of a batch that is over, as stored
LIMIT = 600.0  # seconds; nothing here takes longer


@dataclass
class Ran:
    """One run of a program; times are of the monotonic clock."""

    begin: float
    end: float
    cpu: float
    peak: int  # bytes
    out: str = ""

    @property
    def wall(self):
        return self.end - self.begin


class Programs:
    """Where everything that is measured lies."""

    def __init__(self, build, source):
        self.build = build
        self.source = source
        self.folder = os.path.join(build, "bench")
        self.plugins = os.path.join(self.folder, "data/batch/plugins")

    def path(self, name):
        return os.path.join(self.folder, name)

    def link_plugins(self):
        os.makedirs(self.plugins, exist_ok=True)
        for name, target in (
            ("probe", self.path("probe")),
            ("probe-alone", self.path("probe")),
            ("probe-python", os.path.join(self.source, "tests/bench/probe.py")),
        ):
            link = os.path.join(self.plugins, name)
            if os.path.lexists(link):
                os.remove(link)
            os.symlink(target, link)


class Place:
    """The state file, the home and the batchd of one measurement; gone when it is closed."""

    def __init__(self, programs, name):
        self.programs = programs
        self.root = os.path.join(programs.folder, f"{name}-{os.getpid()}")
        shutil.rmtree(self.root, ignore_errors=True)
        os.makedirs(self.root)
        self.daemon = None
        self.env = {
            "PATH": f"{programs.build}:/usr/local/bin:/usr/bin:/bin",
            "HOME": self.root,
            "LANG": "C.UTF-8",
            "XDG_DATA_HOME": os.path.join(programs.folder, "data"),
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.root, name)

    @property
    def state(self):
        return self.path(".local/state/batch/state.db")

    def forget_state(self):
        """A file that is new to everybody."""
        shutil.rmtree(os.path.dirname(self.state), ignore_errors=True)

    def remove(self, name):
        path = self.path(name)
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.exists(path):
            os.remove(path)

    # --- batchd

    def start(self, **settings):
        """A batchd that has begun to listen; settings are BATCH_ variables."""
        env = self.env | {f"BATCH_{name.upper()}": value for name, value in settings.items()}
        before = len(self.log("started"))
        with open(self.path("batchd.log"), "ab") as log:
            self.daemon = subprocess.Popen(
                ["batchd"],
                executable=os.path.join(self.programs.build, "batchd"),
                cwd=self.root,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self.until(lambda: len(self.log("started")) > before)

    def stop(self):
        if self.daemon is None:
            return
        self.daemon.send_signal(signal.SIGTERM)
        try:
            self.daemon.wait(30)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
        self.daemon = None

    def kill(self):
        """kill -9; returns once everything that batchd had started has ended too."""
        started = meter.descendants(self.daemon.pid)
        self.daemon.kill()
        self.daemon.wait()
        self.daemon = None
        self.until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in started))

    def log(self, event):
        """What batchd has logged under this word."""
        path = self.path("batchd.log")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            lines = [line for line in file if f'"event":"{event}"' in line and line.endswith("\n")]
        return [json.loads(line) for line in lines]

    def daemon_cpu(self):
        return meter.tree_cpu(self.daemon.pid)

    # --- programs

    def run(self, *words, times=1, keep=False, code=0):
        """What the command took, run after run; one alone for times=1."""
        result = self.path("launched")
        done = subprocess.run(
            [self.programs.path("launch"), result, str(times), *words],
            cwd=self.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if keep else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )
        with open(result, encoding="ascii") as file:
            fields = [line.split() for line in file]
        if done.returncode != 0 or any(int(each[4]) != code for each in fields):
            raise RuntimeError(f"{' '.join(words)}\n{done.stderr}")
        runs = [
            Ran(float(begin), float(end), float(cpu), int(peak) * 1024, done.stdout or "")
            for begin, end, cpu, peak, _ in fields
        ]
        return runs[0] if times == 1 else runs

    def submit(self, *words):
        return self.run("batchctl", "submit", "--quiet", *words)

    # --- the state file

    def open(self):
        return sqlite3.connect(f"file:{self.state}?mode=ro", uri=True, isolation_level=None)

    def ask(self, sql):
        """The first value of the first row."""
        database = self.open()
        try:
            return database.execute(sql).fetchone()[0]
        finally:
            database.close()

    def until(self, condition):
        end = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > end or (self.daemon and self.daemon.poll() is not None):
                raise RuntimeError(f"this did not happen: see {self.path('batchd.log')}")
            time.sleep(0.002)

    def end_of_last(self):
        """Waits for the end of the newest batch; gives the moment at which it was seen on disk."""
        database = self.open()
        sql = "SELECT status, failed + cancelled FROM batch ORDER BY no DESC LIMIT 1"
        end = time.monotonic() + LIMIT
        while (row := database.execute(sql).fetchone())[0] < FINAL:
            if time.monotonic() > end:
                raise RuntimeError("the batch does not end")
            time.sleep(0.0005)
        seen = time.monotonic()
        database.close()
        if row[1] != 0:
            raise RuntimeError(f"{row[1]} items were not done")
        return seen

    def job(self, *words):
        """A batch from the start of its submit to its end on disk.

        Gives the run of submit with the whole time, and the processor time of all our processes.
        """
        before = self.daemon_cpu()
        submitted = self.submit(*words)
        end = self.end_of_last()
        cpu = submitted.cpu + self.daemon_cpu() - before
        return submitted, Ran(submitted.begin, end, cpu, submitted.peak)

    def rows(self, count):
        """A CSV file whose rows are JSON objects of about 200 bytes."""
        path = self.path(f"rows-{count}.csv")
        if not os.path.exists(path):
            with open(path, "w", encoding="utf-8") as file:
                file.write("id,name,amount,text\n")
                for row in range(count):
                    file.write(f"{row:08},Amina Okafor,1284.75,{'x' * 136}\n")
        return path
