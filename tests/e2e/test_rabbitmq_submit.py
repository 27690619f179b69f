#!/usr/bin/python3
"""Submitting while RabbitMQ is in trouble: stored is success, and what is stored runs once."""

import os
import signal
import subprocess
import sys
import threading
import unittest

from broker_house import BrokerHouse  # first: it finds the others

from amqp_frames import ACK, PUBLISH
from fault_link import TO_CLIENT, TO_SERVER, cut, reset, swallow
from fault_proxy import FaultProxy
from house import BUILD, House
from ports import free_port, listen
from rabbitmq import vhost_of
from waiting import wait_until

ITEMS = 3
NOBODY_WORKS = "batchctl: warning: no batchd is running; {} is stored and waits for one\nhint: start it: batchd\n"
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


def short(batch):
    return batch[-8:]


def stored(batch, trouble, nobody_works=True):
    """E13, and E12 behind it."""
    text = f"batchctl: warning: {trouble}; {short(batch)} is stored, and batchd finds it without the queue\n"
    text += "hint: see when: batchctl queue status\n"
    return text + (NOBODY_WORKS.format(short(batch)) if nobody_works else "")


class Submitting(House):
    """Commands that note each run of theirs."""

    def noted(self, *options, code=0, env=None, url=None):
        if url:
            env = {**(env or {}), "BATCH_QUEUE_URL": url}
        self.rows(ITEMS)
        script = ["--", "sh", "-c", 'echo "$1" >>ledger', "sh", "{id}"]
        return self.ctl("submit", "rows.csv", *options, *script, code=code, env=env)

    def assertRan(self, times=1):
        """Each item of the last batch that was noted, so often."""
        with open(self.path("ledger"), encoding="utf-8") as ledger:
            runs = sorted(int(line) for line in ledger)
        self.assertEqual(runs, sorted(list(range(ITEMS)) * times))

    def assertStored(self, done, trouble):
        """With a status that says that no queue has it, and the words of E13."""
        self.assertEqual(done.err, stored(done.id, trouble))
        self.assertEqual(self.batch(done.id)["status"], "submitted")


class NoBroker(Submitting):
    """There is none at the place that is configured."""

    def setUp(self):
        super().setUp()
        self.address = f"127.0.0.1:{free_port()}"
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
            done = self.ctl_in(15, "submit", url=f"amqp://{host}:{port}")
            why = "it takes the connection, but does not speak AMQP 0-9-1 in time"
            self.assertStored(done, f"RabbitMQ at {host}:{port} cannot be reached ({why})")

    def test_another_server_is_there(self):
        """As at a wrong port; it greets as mail servers do, or hangs up."""
        for greeting in (b"220 mail.example ESMTP\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b""):
            with self.subTest(greeting=greeting), listen() as listener:
                host, port = listener.getsockname()
                threading.Thread(target=self.greet, args=[listener, greeting], daemon=True).start()
                done = self.ctl_in(15, "submit", url=f"amqp://{host}:{port}")
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
        done = self.with_names("is silent", "submit", within=12)
        self.assertRegex(done.err, "^batchctl: warning: RabbitMQ at nowhere.example:5672 cannot be reached ")
        done = self.with_names("is silent", "status", within=6)
        self.assertIn("submitted", done.out)

    def ctl_in(self, seconds, verb, url):
        """It has to answer before; what needs no limit of time gets a large one."""
        self.rows(ITEMS)
        words = [verb, "rows.csv", "--step", "echo"] if verb == "submit" else [verb]
        return self.ctl(*words, env={"BATCH_QUEUE_URL": url}, timeout=seconds)

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


class Said:
    """Like house.Done."""

    def __init__(self, done):
        self.out, self.err, self.id = done.stdout, done.stderr, done.stdout.split("\n", 1)[0]


class Steering(Submitting):
    """What people do with batches does not need the broker either."""

    def setUp(self):
        super().setUp()
        self.env["BATCH_QUEUE_URL"] = f"amqp://127.0.0.1:{free_port()}"
        self.address = self.env["BATCH_QUEUE_URL"][len("amqp://"):]

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


class OnTheWay(BrokerHouse, Submitting):
    """The broker is there, and something happens to the message or to its confirmation."""

    def setUp(self):
        super().setUp()
        self.proxy = FaultProxy(self.broker.port)
        self.addCleanup(self.proxy.end)
        self.by_proxy = self.proxy.url(self.url)
        self.name = f"RabbitMQ at {self.proxy.host}:{self.proxy.port}"
        self.ctl("queue", "declare")

    def work_off(self, batch):
        """By a batchd whose way to the broker is a straight one; then no message is left."""
        self.batchd()
        self.ctl("wait", batch)
        self.settled(self.client())
        self.assertRan()
        self.assertEqual(self.batch(batch)["status"], "done")

    def messages(self):
        return int(self.broker.queue(self.url, self.queue, "messages"))

    def test_it_is_lost_before_the_message_is_there(self):
        for action, cause in ((cut, "connection closed unexpectedly"), (reset, "a socket error occurred")):
            with self.subTest(action=action.name):
                self.proxy.at(TO_SERVER, PUBLISH, action)
                done = self.noted(url=self.by_proxy)
                self.assertStored(done, f"{self.name} is lost (cannot read: {cause})")
                self.assertEqual(self.messages(), 0)
        self.batchd()
        self.ctl("wait", done.id)
        wait_until(lambda: self.ctl("status", "--status", "submitted", "--json").out == "", 30, "the end of both")
        self.assertRan(2)

    def test_it_is_lost_before_the_confirmation(self):
        for action in (cut, reset):
            with self.subTest(action=action.name):
                self.proxy.at(TO_SERVER, PUBLISH, action, after=True)
                done = self.noted(url=self.by_proxy)
                self.assertIn(f"warning: {self.name} is lost (", done.err)
                self.assertEqual(self.batch(done.id)["status"], "submitted")
        wait_until(lambda: self.messages() == 2, 30, "both messages")
        self.batchd()
        self.ctl("wait", done.id)
        self.settled(self.client())
        wait_until(lambda: self.ctl("status", "--status", "submitted,queued", "--json").out == "", 30, "the end of both")
        self.assertRan(2)

    def test_the_confirmation_is_lost(self):
        """Whether the broker has it is not known; then it is never sent again."""
        self.proxy.at(TO_CLIENT, ACK, swallow(TO_CLIENT))
        done = self.ctl_noted_in(15)
        self.assertStored(done, f"{self.name} did not confirm within 5s")
        wait_until(lambda: self.messages() == 1, 30, "the message")
        self.assertEqual(self.proxy.connections, 1)
        self.work_off(done.id)

    def ctl_noted_in(self, seconds):
        self.rows(ITEMS)
        script = ["--", "sh", "-c", 'echo "$1" >>ledger', "sh", "{id}"]
        return self.ctl("submit", "rows.csv", *script, env={"BATCH_QUEUE_URL": self.by_proxy}, timeout=seconds)

    def test_require_queue_when_the_outcome_is_unknown(self):
        self.proxy.at(TO_SERVER, PUBLISH, cut, after=True)
        done = self.noted("--require-queue", code=5, url=self.by_proxy)
        self.assertIn(f"error: {short(done.id)} is stored but not queued (--require-queue)\n", done.err)
        self.work_off(done.id)

    def test_killed_while_it_waits_for_the_confirmation(self):
        lost = self.proxy.at(TO_CLIENT, ACK, swallow(TO_CLIENT))
        self.rows(ITEMS)
        script = ["--", "sh", "-c", 'echo "$1" >>ledger', "sh", "{id}"]
        command = subprocess.Popen(
            [os.path.join(BUILD, "batchctl"), "submit", "rows.csv", *script], cwd=self.root,
            env={**self.env, "BATCH_QUEUE_URL": self.by_proxy}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
        )
        with command:
            batch = command.stdout.readline().strip()
            lost.wait()
            command.kill()
        self.assertEqual(self.batch(batch)["status"], "submitted")
        wait_until(lambda: self.messages() == 1, 30, "the message")
        self.work_off(batch)

    def test_killed_before_it_publishes(self):
        died = self.noted(code=-9, env={"CRASH_POINT": "submit.written"})
        self.assertEqual(self.ctl("status", "--json").out, "")
        died = self.noted(code=-9, env={"CRASH_POINT": "submit.stored"})
        self.assertEqual(died.out, "")
        batch = self.batch()
        self.assertEqual((batch["status"], self.messages()), ("submitted", 0))
        self.work_off(batch["id"])


class Refused(BrokerHouse, Submitting):
    """The broker is there, and does not take the message as it comes."""

    @property
    def name(self):
        return f"RabbitMQ at 127.0.0.1:{self.broker.port}"

    def test_the_queue_is_not_there(self):
        """With queue.declare it is made; the message was returned, so it is sent once more."""
        done = self.noted()
        self.assertEqual(done.err, NOBODY_WORKS.format(short(done.id)))
        self.assertEqual(self.batch(done.id)["status"], "queued")
        client = self.client()
        self.assertEqual((client.depth(self.queue), client.depth(self.queue + ".dead")), (1, 0))
        client.delete(self.queue)
        again = self.noted("--require-queue")
        self.assertEqual(self.batch(again.id)["status"], "queued")
        self.assertEqual(client.depth(self.queue), 1)

    def test_the_queue_is_not_there_and_is_not_to_be_made(self):
        self.env.update({"BATCH_QUEUE_DECLARE": "false", "BATCH_QUEUE_NAME": "docs"})
        done = self.noted()
        self.assertStored(done, f"{self.name} has no queue docs")
        self.assertFalse(self.client().exists("docs"))
        self.noted("--require-queue", code=5)
        self.assertIn("batchctl queue declare", self.ctl("queue", "status").err)

    def test_the_queue_is_another(self):
        """A doorbell can be rung there all the same."""
        self.env["BATCH_QUEUE_NAME"] = "docs"
        client = self.client()
        client.channel.queue_declare("docs", durable=False)
        done = self.noted("--require-queue")
        self.assertEqual(self.batch(done.id)["status"], "queued")
        self.assertEqual(client.depth("docs"), 1)

    def test_the_queue_is_full(self):
        self.env["BATCH_QUEUE_NAME"] = "docs"
        client = self.client()
        client.declare("docs", x_queue_type="classic", x_max_length=1, x_overflow="reject-publish")
        client.publish("docs", "{}")
        done = self.noted()
        self.assertIn(f"warning: {self.name} ", done.err)
        self.assertNotIn("within 5s", done.err, "it has answered at once, and said no")
        self.assertEqual(self.batch(done.id)["status"], "submitted")

    def test_who_may_not(self):
        """Stored, whatever the broker thinks of the user; and the words say what it was."""
        vhost = vhost_of(self.url)
        stranger = self.broker.new_user(self.url)
        self.broker.eval(f'rabbit_auth_backend_internal:clear_permissions(<<"{user_of(stranger)}">>, <<"{vhost}">>, <<"t">>)')
        for url, trouble in (
            (self.url.replace("guest:guest@", "guest:wrong@"), 'refused the password of user "guest"'),
            (self.url.replace(f"/{vhost}", "/nosuch"), 'has no vhost "nosuch"'),
            (self.url.replace(f"/{vhost}", "/"), 'refused vhost "" (a slash at the end of the URL means the vhost without a name)'),
            (stranger, f'does not let user "{user_of(stranger)}" into vhost "{vhost}"'),
        ):
            with self.subTest(trouble=trouble):
                self.assertStored(self.noted(url=url), f"{self.name} {trouble}")
        for url in (self.broker.new_user(self.url, configure="^$"), self.broker.new_user(self.url, write="^$")):
            done = self.noted(url=url)
            self.assertRegex(done.err, f"^batchctl: warning: {self.name} .*ACCESS_REFUSED.*; {short(done.id)} is stored")
            self.assertEqual(self.batch(done.id)["status"], "submitted")

    def test_a_url_that_means_nothing_is_found_before_anything_is_stored(self):
        self.ctl("submit", "--args", "1", "--", "true")
        for env in (
            {"BATCH_QUEUE_URL": "amqp://localhost?hartbeat=3"},
            {"BATCH_QUEUE_URL": "amqp://localhost:many"},
            {"BATCH_QUEUE_PASSWORD_FILE": "/nonexistent"},
        ):
            with self.subTest(env=env):
                done = self.noted(code=2, env=env)
                self.assertEqual(done.out, "")
                self.assertEqual(len(self.ctl("status", "--json").lines()), 1)

    def test_it_takes_no_messages(self):
        """An alarm of memory or disk: the command says so in its time, and the batch runs once, also afterwards."""
        self.broker.alarm_on()
        self.addCleanup(self.broker.alarm_off)
        done = self.noted()
        self.assertStored(done, f"{self.name} takes no messages (low on memory)")
        self.batchd()
        self.ctl("wait", done.id)
        self.broker.alarm_off()
        after = self.noted("--require-queue")
        self.ctl("wait", after.id)
        self.settled(self.client())
        self.assertRan(2)

    def test_it_is_frozen(self):
        """Submit returns in its time, batchd works without the queue, and later nothing runs twice."""
        self.env["BATCH_QUEUE_URL"] = self.url + "?heartbeat=1"
        self.batchd()
        first = self.noted()
        self.ctl("wait", first.id)
        self.broker.freeze()
        self.addCleanup(self.broker.thaw)
        done = self.noted()
        why = "it takes the connection, but does not speak AMQP 0-9-1 in time"
        self.assertEqual(done.err, stored(done.id, f"{self.name} cannot be reached ({why})", nobody_works=False))
        self.ctl("wait", done.id)
        self.assertRan(2)
        self.wait_until(lambda: '"queue_lost"' in self.log())
        self.broker.thaw()
        self.connected(times=2)
        last = self.noted("--require-queue")
        self.ctl("wait", last.id)
        self.settled(self.client())
        self.assertRan(3)


def user_of(url):
    return url.split("://")[1].split(":")[0]


if __name__ == "__main__":
    unittest.main()
