#!/usr/bin/python3
"""There is no RabbitMQ at the place that is configured: batches are stored, steered and done all the same."""

import os
import signal
import subprocess
import sys
import threading
import unittest

from house import BUILD
from submitting import ITEMS, SLACK, Submitting, short, stored

from ports import deaf, listen

# What sees to it that a name is not known, in a network of its own: a server of names that answers so, or not at all.
NAMES = """
import socket, subprocess, sys, threading
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
def answer():
    while True:
        question, client = server.recvfrom(512)
        server.sendto(question[:2] + b"\\x81\\x83" + question[4:6] + bytes(6) + question[12:], client)
if sys.argv[1] == "answers":
    threading.Thread(target=answer, daemon=True).start()
sys.exit(subprocess.call(sys.argv[2:]))
"""


class NoBroker(Submitting):
    """There is none at the place that is configured."""

    def setUp(self):
        super().setUp()
        place = self.enterContext(deaf())
        self.address = f"127.0.0.1:{place.getsockname()[1]}"
        self.env["BATCH_QUEUE_URL"] = f"amqp://{self.address}"
        self.trouble = f"RabbitMQ at {self.address} cannot be reached"

    def test_nobody_listens(self):
        done = self.noted()
        self.assertStored(done, f"{self.trouble} (connection refused)")
        about = self.ctl("status", done.id).out.splitlines()
        self.assertRegex(about[0], f"^{short(done.id)} rows.csv: submitted, waits since ")
        self.assertEqual(about[2], f"  reason     no batchd is running; {self.trouble} either: connection refused")
        self.batchd()
        self.ctl("wait", done.id)
        self.assertRan()
        self.assertEqual(self.batch(done.id)["status"], "done")

    def test_the_queue_holds_no_batch_up(self):
        """Not even while every worker is at the items of a large one."""
        self.env["BATCH_WORKERS_COUNT"] = "2"
        self.batchd()
        self.rows(3000, "large.csv")
        large = self.ctl("submit", "large.csv", "-j", "16", "--", "sh", "-c", "sleep 0.1").id
        self.wait_until(lambda: self.counts(large)["done"] >= 20)
        small = self.noted().id
        self.wait_until(lambda: self.batch(small)["verdict"] is not None)
        self.assertRan()
        self.assertLess(self.counts(large)["done"], 1500)  # it had its turn while the large one had not
        self.ctl("cancel", large)

    def test_json_has_the_batch_all_the_same(self):
        done = self.noted("--json")
        batch = done.lines()[0]
        self.assertEqual((batch["status"], batch["created"]), ("submitted", True))
        self.assertEqual(done.err, stored(batch["id"], f"{self.trouble} (connection refused)"))

    def test_require_queue(self):
        done = self.noted("--require-queue", code=5)
        warning = stored(done.id, f"{self.trouble} (connection refused)", nobody_works=False)
        self.assertEqual(
            done.err,
            f"{warning}batchctl: error: {short(done.id)} is stored but not queued (--require-queue)\n"
            f"hint: batchd runs it all the same; if it must not: batchctl cancel {short(done.id)}\n",
        )
        self.assertEqual(self.batch(done.id)["status"], "submitted")
        self.batchd()
        self.ctl("wait", done.id)
        self.assertRan()

    def test_run_needs_no_queue(self):
        self.rows(ITEMS)
        done = self.ctl("run", "rows.csv", "--", "echo", "{word}")
        warning = stored(done.id, f"{self.trouble} (connection refused)", nobody_works=False)
        self.assertTrue(done.err.startswith(warning), done.err)
        self.assertEqual(self.counts(done.id)["done"], ITEMS)

    def test_there_is_no_outbox(self):
        """What older designs had, and this one does not: batchd finds the batch."""
        self.assertNotIn("retry-publish", self.ctl("submit", "--help-all").out)
        self.noted("--retry-publish", code=2)

    def test_it_accepts_and_is_silent(self):
        with listen() as listener:
            host, port = listener.getsockname()
            done = self.noted(url=f"amqp://{host}:{port}", within=5 + SLACK)
            why = "it takes the connection, but does not speak AMQP 0-9-1 in time"
            self.assertEqual(done.err, stored(done.id, f"RabbitMQ at {host}:{port} cannot be reached ({why})"))
            about = self.in_time(1 + SLACK, "status", done.id, env={"BATCH_QUEUE_URL": f"amqp://{host}:{port}"}).out
            self.assertRegex(about.splitlines()[2], f"; RabbitMQ at {host}:{port} cannot be reached either: {why}$")

    def test_another_server_is_there(self):
        """As at a wrong port; it greets as mail servers do, or hangs up."""
        for greeting in (b"220 mail.example ESMTP\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b""):
            with self.subTest(greeting=greeting), listen() as listener:
                host, port = listener.getsockname()
                threading.Thread(target=self.greet, args=[listener, greeting], daemon=True).start()
                done = self.noted(url=f"amqp://{host}:{port}", within=5 + SLACK)
                self.assertRegex(done.err, rf"^batchctl: warning: RabbitMQ at {host}:{port} cannot be reached \(")
                self.assertEqual(self.batch(done.id)["status"], "submitted")

    def greet(self, listener, greeting):
        client, _ = listener.accept()
        client.recv(8)
        client.sendall(greeting)
        client.close()

    def test_its_name_is_not_known(self):
        done = self.with_names("answers", "submit")
        why = "its name is not known (Name or service not known)"
        self.assertStored(done, f"RabbitMQ at nowhere.example:5672 cannot be reached ({why})")

    def test_nobody_answers_for_names(self):
        """At 5 s the command has waited long enough, whatever it waits for."""
        done = self.with_names("is silent", "submit", within=5 + SLACK)
        self.assertRegex(done.err, "^batchctl: warning: RabbitMQ at nowhere.example:5672 cannot be reached ")
        done = self.with_names("is silent", "status", within=1 + SLACK)
        self.assertIn("submitted", done.out)

    def with_names(self, server, verb, within=30):
        """The same with a server of names that does this."""
        self.rows(ITEMS)
        words = [verb, "rows.csv", "--step", "echo"] if verb == "submit" else [verb]
        self.write("resolv.conf", "nameserver 127.0.0.1\n")
        inside = "ip link set lo up && mount --bind resolv.conf /etc/resolv.conf && exec \"$@\""
        script = [sys.executable, "-c", NAMES, server, os.path.join(BUILD, "batchctl"), *words]
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        try:
            done = subprocess.run(
                ["unshare", *user, "--mount", "--net", "sh", "-c", inside, "sh", *script],
                cwd=self.root, env={**self.env, "BATCH_QUEUE_URL": "amqp://nowhere.example"},
                capture_output=True, encoding="utf-8", timeout=within, check=False,
            )
        except subprocess.TimeoutExpired:
            self.fail(f"batchctl {verb} has not come back within {within} s")
        if "unshare:" in done.stderr or "RTNETLINK" in done.stderr or "mount:" in done.stderr:
            self.skipTest(done.stderr.strip())
        self.assertEqual(done.returncode, 0, done.stderr)
        return Said(done)

    def test_a_patient_url_keeps_nobody_waiting(self):
        """Neither a person who looks nor batchd when it should leave; the URL would allow a minute."""
        with listen() as listener:
            self.env["BATCH_QUEUE_URL"] = "amqp://{}:{}?connection_timeout=60000".format(*listener.getsockname())
            self.noted(env={"BATCH_QUEUE_URL": "local:"})
            self.in_time(15, "status", "@last")
            daemon = self.batchd()
            listener.settimeout(30)
            with listener.accept()[0]:
                self.ctl("wait", "@last")
                daemon.send_signal(signal.SIGTERM)
                self.assertEqual(daemon.wait(timeout=20), 0)
            self.assertRan()


class Said:
    """Like house.Done."""

    def __init__(self, done):
        self.out, self.err, self.id = done.stdout, done.stderr, done.stdout.split("\n", 1)[0]


class Steering(Submitting):
    """What people do with batches does not need the broker either."""

    def setUp(self):
        super().setUp()
        place = self.enterContext(deaf())
        self.address = f"127.0.0.1:{place.getsockname()[1]}"
        self.env["BATCH_QUEUE_URL"] = f"amqp://{self.address}"

    def warning(self, batch):
        return stored(batch, f"RabbitMQ at {self.address} cannot be reached (connection refused)", nobody_works=False)

    def failed(self):
        """A batch whose items have failed, and nobody who works."""
        batch = self.ctl("submit", self.write("rows.csv", "id\n1\n2\n"), "--", "sh", "-c", 'test -e mended').id
        daemon = self.batchd()
        self.ctl("wait", batch, code=1)
        daemon.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(timeout=60), 0)
        return batch

    def test_retry(self):
        batch = self.failed()
        self.write("mended", "")
        done = self.ctl("retry", batch)
        self.assertEqual(done.id, batch)
        self.assertIn(self.warning(batch), done.err)
        self.assertEqual(self.batch(batch)["status"], "submitted")
        self.batchd()
        self.ctl("wait", batch)
        self.assertEqual(self.counts(batch)["done"], 2)

    def test_pause_and_resume(self):
        batch = self.noted().id
        paused = self.ctl("pause", batch)
        self.assertEqual(paused.err, f"paused {short(batch)}: {ITEMS} items wait\n")
        resumed = self.ctl("resume", batch)
        said = f"{self.warning(batch)}resumed {short(batch)}: {ITEMS} items to go\n"
        self.assertEqual(resumed.err, f"{said}batchctl: warning: no batchd is running\nhint: start it: batchd\n")
        self.batchd()
        self.ctl("wait", batch)
        self.assertRan()

    def test_a_held_batch_is_resumed(self):
        batch = self.noted("--hold").id
        self.batchd()
        self.ctl("resume", batch)
        self.ctl("wait", batch)
        self.assertRan()

    def test_cancel(self):
        batch = self.noted().id
        done = self.ctl("cancel", batch)
        self.assertNotIn("RabbitMQ", done.err)
        self.assertEqual(self.batch(batch)["status"], "aborted")

    def test_cancel_of_what_runs(self):
        batch = self.ctl("submit", self.write("rows.csv", "id\n1\n"), "--", "sleep", "600").id
        self.batchd()
        self.wait_until(lambda: self.counts(batch)["running"] == 1)
        self.ctl("cancel", batch)
        self.assertEqual(self.counts(batch)["cancelled"], 1)

    def test_rm(self):
        batch = self.noted().id
        self.ctl("cancel", batch)
        done = self.ctl("rm", batch, "--yes")
        self.assertNotIn("RabbitMQ", done.err)
        self.ctl("status", batch, code=3)

    def test_rm_by_force(self):
        batch = self.noted().id
        self.ctl("rm", "--force", "--yes", batch)
        self.ctl("status", batch, code=3)


if __name__ == "__main__":
    unittest.main()
