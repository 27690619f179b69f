#!/usr/bin/python3
"""Submitting while RabbitMQ is in trouble: stored is success, and what is stored runs once."""

import json
import os
import subprocess
import time
import unittest

from broker_house import BrokerHouse
from house import BUILD
from submitting import ITEMS, NOBODY_WORKS, SLACK, Submitting, short, stored

from amqp_frames import ACK, OPENED_CHANNEL, PUBLISH
from fault_link import TO_CLIENT, TO_SERVER, cut, reset, swallow
from fault_proxy import FaultProxy
from rabbitmq import vhost_of
from waiting import wait_until


class Together(BrokerHouse):
    """Many batches of one program, whose doorbells wait for their confirmations together."""

    GROUP = 16

    def submit_many(self, count, url):
        os.makedirs(os.path.dirname(self.state), exist_ok=True)
        program = os.path.join(BUILD, "bench/submit_many")
        subprocess.run([program, self.state, url, str(count), "2"], stdout=subprocess.DEVNULL, timeout=60, check=True)

    def statuses(self):
        batches = self.ctl("status", "--all", "--json").lines()
        return [batch["status"] for batch in reversed(batches)]

    def test_a_queue_that_is_not_there_yet(self):
        self.submit_many(self.GROUP + 4, self.url)
        self.assertEqual(self.statuses(), ["queued"] * (self.GROUP + 4))
        rung = [json.loads(message.body)["batchId"] for message in self.client().take(self.queue)]
        self.assertEqual(sorted(rung), sorted(batch["id"] for batch in self.ctl("status", "--all", "--json").lines()))

    def test_a_connection_that_is_lost_amid_them(self):
        self.ctl("queue", "declare")
        proxy = FaultProxy(self.broker.port)
        self.addCleanup(proxy.end)
        proxy.at(TO_SERVER, PUBLISH, cut)
        self.submit_many(self.GROUP + 4, proxy.url(self.url))
        self.assertEqual(self.statuses(), ["submitted"] * self.GROUP + ["queued"] * 4)
        self.assertEqual(self.messages(), 4)


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
                self.proxy.at(TO_CLIENT, ACK, action)
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
        done = self.noted(url=self.by_proxy, within=5 + SLACK)
        self.assertStored(done, f"{self.name} did not confirm within 5s")
        wait_until(lambda: self.messages() == 1, 30, "the message")
        self.assertEqual(self.proxy.connections, 1)
        self.work_off(done.id)

    def test_it_falls_silent_after_the_login(self):
        """The time of the command is one for all that it has to say there."""
        self.proxy.at(TO_CLIENT, OPENED_CHANNEL, swallow(TO_CLIENT))
        done = self.noted(url=self.by_proxy, within=5 + SLACK)
        self.assertIn(f"warning: {self.name} ", done.err)
        self.assertEqual(self.batch(done.id)["status"], "submitted")

    def test_a_mistake_in_the_rows_waits_for_no_broker(self):
        """The connection is begun before the rows are read, and here nobody answers."""
        self.proxy.stop_accepting()
        self.write("bad.csv", "id,name\n1,Ada\n2\n")
        took = []
        for _ in range(3):
            begin = time.monotonic()
            done = self.ctl("submit", "bad.csv", "--", "echo", "{id}", code=2, env={"BATCH_QUEUE_URL": self.by_proxy})
            took.append(time.monotonic() - begin)
            self.assertIn("bad.csv:3", done.err)
        self.assertLess(min(took), 4)  # it waits 5 s for an answer
        self.assertEqual(self.ctl("status", "--all", "--json").out, "")

    def test_a_broker_that_is_silent_is_waited_for_no_longer_than_5_s(self):
        """However long the connection may take."""
        self.proxy.stop_accepting()
        done = self.noted(url=self.by_proxy + "?connection_timeout=60000", within=5 + SLACK)
        self.assertIn(f"warning: {self.name} ", done.err)
        self.assertEqual(self.batch(done.id)["status"], "submitted")

    def test_a_broker_that_comes_up_while_rows_are_read(self):
        self.proxy.refuse()
        command = subprocess.Popen(
            [os.path.join(BUILD, "batchctl"), "submit", "-", "--rows-format", "csv", "--require-queue", "--", "echo", "{id}"],
            cwd=self.root, env={**self.env, "BATCH_QUEUE_URL": self.by_proxy}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        )
        with command:
            command.stdin.write("id\n1\n")
            command.stdin.flush()
            wait_until(lambda: os.path.exists(self.state + "-wal"), 30, "the state file")
            self.proxy.pass_again()
            _, err = command.communicate("2\n", timeout=30)
        self.assertEqual((command.returncode, self.messages()), (0, 1), err)

    def test_rows_that_come_slower_than_heartbeats(self):
        """The connection that was begun ahead is given up by the broker meanwhile, and another one is made."""
        command = subprocess.Popen(
            [os.path.join(BUILD, "batchctl"), "submit", "-", "--rows-format", "csv", "--", "echo", "{id}"], cwd=self.root,
            env={**self.env, "BATCH_QUEUE_URL": self.by_proxy + "?heartbeat=1"}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        )
        with command:
            command.stdin.write("id\n1\n")
            command.stdin.flush()
            wait_until(lambda: self.proxy.open() == 1, 30, "the connection")
            wait_until(lambda: self.proxy.open() == 0, 30, "its end")
            out, err = command.communicate("2\n", timeout=30)
        self.assertNotIn("RabbitMQ", err)
        self.assertEqual((self.batch(out.strip())["status"], self.messages()), ("queued", 1))
        self.assertEqual(self.proxy.connections, 2)

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
                if "BATCH_QUEUE_URL" in env:
                    self.ctl("config", "check", code=2, env=env)

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
