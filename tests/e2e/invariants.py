"""What must hold whatever was killed when; the numbers are those of the test oracle in the reliability notes."""

import hashlib
import os
import sqlite3
import subprocess

from house import BUILD, House

STATUSES = {"pending", "running", "done", "failed", "cancelled"}
FINAL = {"done", "failed", "cancelled"}


def environment_of(pid):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []


class Invariants(House):
    """A batch of commands that note every run and leave a file each, and what is true of it afterwards."""

    def setUp(self):
        super().setUp()
        self.secret = "canary-" + os.urandom(8).hex()
        self.env["SECRET_OF_BATCHD"] = self.secret

    # ---- the work

    def submit_noted(self, count, *options, name="rows.csv"):
        """Each run appends its item to the ledger and leaves a file; a small wait lets moments happen."""
        self.rows(count, name)
        script = 'echo "$1 $BATCH_ITEM_ATTEMPT" >>ledger; sleep 0.01; echo "$1" >"$BATCH_OUTPUT_DIR/made.txt"; echo "$1"'
        return self.ctl("submit", name, "-j", "2", *options, "--", "sh", "-c", script, "sh", "{id}").id

    def ledger(self):
        """Indexes in the order in which they ran."""
        try:
            with open(self.path("ledger"), encoding="utf-8") as file:
                return [int(line.split()[0]) for line in file]
        except FileNotFoundError:
            return []

    def done(self, batch):
        return {item["index"] for item in self.ctl("items", batch, "--status", "done", "--json").lines()}

    # ---- ways to end and to go on

    def crash(self, point, *words):
        """A batchd that is killed there; it must get there."""
        daemon = self.start(point, *words)
        self.assertEqual(daemon.wait(timeout=60), -9, f"{point} was not reached\n{self.log()}")

    def start(self, point="", *words):
        log = open(self.path("batchd.log"), "ab")
        daemon = subprocess.Popen(
            [os.path.join(BUILD, "batchd"), *words], cwd=self.root, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={**self.env, "CRASH_POINT": point},
        )
        log.close()
        self.daemons.append(daemon)
        return daemon

    def work_off(self):
        daemon = self.start("", "--drain")
        self.assertEqual(daemon.wait(timeout=60), 0, self.log())

    # ---- the oracle

    def check_all(self, batch, total, before=frozenset(), known_runs=0):
        """`before` were recorded as done when the ledger had `known_runs` lines; nobody works on the file now."""
        self.assertEqual(self.holder(), 0)
        items = self.check_file(batch, total)
        self.check_outputs(batch)
        self.check_ledger(items, before, known_runs)
        self.check_nothing_runs()
        self.check_secret()
        self.check_recovery_is_idle()

    def check_file(self, batch, total):
        with sqlite3.connect(self.state) as state:
            self.assertEqual(state.execute("PRAGMA integrity_check").fetchall(), [("ok",)])  # I1
            self.assertEqual(state.execute("PRAGMA foreign_key_check").fetchall(), [])
            self.assertEqual(state.execute("SELECT count(*) FROM lease").fetchone(), (0,))
        state.close()
        findings = [each for each in self.ctl("doctor", "--json", code=None).lines() if each["check"] == "state"]
        self.assertEqual([each["result"] for each in findings], ["ok"], findings)  # I3, by the program's own recount
        items = self.ctl("items", batch, "--json").lines()
        self.assertEqual([item["index"] for item in items], list(range(total)))  # I2
        whole = self.batch(batch)
        for status in STATUSES:
            self.assertEqual(whole["counts"][status], sum(item["status"] == status for item in items), status)  # I3
        is_final = whole["status"] in {"done", "failed", "aborted"}
        self.assertEqual(is_final, all(item["status"] in FINAL for item in items))  # I6
        self.assertTrue(all(item["attempts"] <= 3 for item in items))  # I7
        return items

    def check_outputs(self, batch, below="outputs"):
        """Of the only batch, or below its own folder."""
        named = set()
        for result in self.ctl("results", batch, "--json").lines():
            for artifact in result["output"]["artifacts"]:
                with open(artifact["path"], "rb") as file:
                    self.assertEqual(hashlib.sha256(file.read()).hexdigest(), artifact["sha256"])  # I4
                named.add(artifact["path"])
        outputs = os.path.join(os.path.dirname(self.state), below)
        found = {os.path.join(folder, name) for folder, _, names in os.walk(outputs) for name in names}
        self.assertEqual(found, named)  # I5

    def check_ledger(self, items, before, known_runs):
        runs = self.ledger()
        for item in items:
            if item["status"] == "done":
                self.assertIn(item["index"], runs)  # I10
        again = [index for index in runs[known_runs:] if index in before]
        self.assertEqual(again, [], "recorded as done, and run again")  # I10

    def check_nothing_runs(self):
        home = f"HOME={self.root}".encode()
        # What doctor has tried may still be ending.
        self.wait_until(lambda: not any(home in environment_of(pid) for pid in os.listdir("/proc") if pid.isdigit()), 30)  # I8

    def check_secret(self):
        for folder in (os.path.dirname(self.state), self.root):
            for name in os.listdir(folder):
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        self.assertNotIn(self.secret.encode(), file.read(), path)  # I11

    def check_recovery_is_idle(self):
        before = self.dump()
        self.work_off()
        self.assertEqual(self.dump(), before)  # I12

    def dump(self):
        """All that is stored, but for who has worked on it."""
        state = sqlite3.connect(self.state)
        lines = [line for line in state.iterdump() if "daemon" not in line and '"sqlite_sequence"' not in line]
        state.close()
        return lines
