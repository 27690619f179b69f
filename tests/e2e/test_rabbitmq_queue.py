#!/usr/bin/python3
"""What batchctl says of RabbitMQ: queue status and declare, and doctor."""

import json
import re
import shlex
import unittest

from queue_house import Looking
from submitting import SLACK, Submitting

from amqp_client import other_greeting
from amqp_frames import DECLARE_QUEUE, OPEN, START
from fault_link import TO_CLIENT, TO_SERVER, cut
from fault_proxy import FaultProxy
from ports import deaf, listen
from rabbitmq import vhost_of

VERSIONS = (  # as a broker tells it; what is shown
    ("3.9.29", " 3.9.29"), ("4.3.0-rc.1", " 4.3.0-rc.1"), ("\x1b[2J\u202e", " \\x1b[2J\\u202e"),
    ("9." * 500, " " + "9." * 20), ("", ""), (7, ""), ({"3": 10}, ""), (None, ""),
)
ADMINISTERING = (["queue", "status"], ["queue", "declare"], ["queue", "dead", "list"])


class Status(Looking):
    def test_first_contact(self):
        """The transcript of the change from the local queue."""
        done = self.ctl("queue", "declare")
        queue = self.queue
        what = f"queue {queue} (quorum, delivery limit 20), exchange and queue {queue}.dead"
        self.assertEqual((done.out, done.err), ("", f"declared on {self.address}: {what}\n"))
        self.batchd()
        vhost = vhost_of(self.url)
        done = self.ctl("queue", "status")
        self.assertEqual(done.err, "")
        self.assertEqual(
            re.sub(r"in \d+ ms", "in 2 ms", done.out),
            f"broker    amqp://guest@{self.address}/{vhost}  RabbitMQ 3.10.8, answers in 2 ms, not blocked\n"
            f"queue     {queue}: quorum, 0 ready, 0 unacknowledged, 1 consumer\n"
            f"dead      {queue}.dead: 0\n",
        )

    def test_declaring_twice_changes_nothing(self):
        first = self.ctl("queue", "declare")
        self.client().publish(self.queue, "{}")
        self.assertEqual(self.ctl("queue", "declare").err, first.err)
        self.assertEqual(self.messages(), 1)

    def test_json(self):
        queue = self.declared()
        self.noted()
        self.assertEqual(self.messages(), 1)
        shape = self.ctl("queue", "status", "--json").lines()[0]
        self.assertGreater(shape.pop("answer_us"), 0)
        self.assertEqual(shape, {
            "v": 1, "url": f"amqp://guest@{self.address}/{vhost_of(self.url)}", "server": "RabbitMQ",
            "version": "3.10.8", "blocked": None,
            "queue": {"name": queue, "type": "quorum", "ready": 1, "unacknowledged": 0, "consumers": 0},
            "dead": {"name": queue + ".dead", "ready": 0},
        })

    def test_nothing_is_declared(self):
        done = self.ctl("queue", "status")
        self.assertEqual(done.out.splitlines()[1:], ["queue     not declared", "dead      not declared"])
        self.assertEqual(done.err, "hint: make what is missing: batchctl queue declare\n")
        shape = self.ctl("queue", "status", "--json").lines()[0]
        self.assertEqual((shape["queue"], shape["dead"]), (None, None))
        self.assertEqual(self.finding(), (
            "fail", f"amqp://{self.address}: the queue is not declared", "batchctl queue declare"))

    def test_the_queue_is_another(self):
        self.env["BATCH_QUEUE_NAME"] = "docs"
        self.client().channel.queue_declare("docs", durable=False)
        differs = 'queue "docs" exists with other arguments: there classic, durable=false; wanted quorum, durable=true'
        use = "use it as it is with queue.declare = false, or name ours otherwise: queue.name = \"\""
        self.assertSays(self.ctl("queue", "declare", code=9), differs, use)
        error = json.loads(self.ctl("queue", "declare", "--json", code=9).err)
        self.assertEqual((error["error"]["message"], error["error"]["retryable"], error["exit_code"]), (differs, False, 9))
        self.assertEqual(self.finding()[:2], ("fail", f"amqp://{self.address}: {differs}"))
        self.assertIn("docs: classic, durable=false, 0 ready", self.ctl("queue", "status").out)

    def test_the_queue_differs_in_its_arguments(self):
        """Both sides' are told, in words of ours, and the type is the type."""
        client = self.client()
        ours = {"x_delivery_limit": 20, "x_dead_letter_exchange": "{}.dead",
                "x_dead_letter_strategy": "at-least-once", "x_overflow": "reject-publish"}
        for number, (arguments, there, wanted, shown) in enumerate((
            ({**ours, "x_delivery_limit": 5}, "quorum, x-delivery-limit=5", "quorum, x-delivery-limit=20", "quorum"),
            ({**ours, "x_max_length": 9}, "quorum, x-max-length=9", "quorum, x-max-length=none", "quorum"),
            ({**ours, "x_dead_letter_exchange": "other", "x_message_ttl": 60000},
             "quorum, x-dead-letter-exchange=other, x-message-ttl=60000",
             "quorum, x-dead-letter-exchange={}.dead, x-message-ttl=none", "quorum"),
            ({"x_queue_type": "classic", "x_dead_letter_exchange": "other", "x_single_active_consumer": True},
             "classic, durable=true", "quorum, durable=true", "classic, durable=true"),
            ({"x_queue_type": "stream"}, "stream", "quorum, durable=true", "stream"),
        )):
            queue = self.env["BATCH_QUEUE_NAME"] = f"docs{number}"
            with self.subTest(there=there):
                client.declare(queue, **{name: str(value).format(queue) if isinstance(value, str) else value
                                         for name, value in arguments.items()})
                text = f'queue "{queue}" exists with other arguments: there {there}; wanted {wanted.format(queue)}'
                self.assertIn(text + "\n", self.ctl("queue", "declare", code=9).err)
                shape = self.ctl("queue", "status", "--json").lines()[0]
                self.assertEqual(shape["queue"]["type"], shown)
        self.env["BATCH_QUEUE_NAME"] = "docs0"
        result, message, _ = self.finding()
        self.assertEqual(result, "fail")
        self.assertIn("there quorum, x-delivery-limit=5; wanted", message)

    def test_a_queue_of_somebody_else_drops_what_is_rejected(self):
        """Unless it was declared with a place for it, or somebody has made one."""
        self.env.update(BATCH_QUEUE_NAME="docs", BATCH_QUEUE_DECLARE="false")
        self.ctl("status", "--json")
        client = self.client()
        client.declare("docs", x_queue_type="classic", x_message_ttl=60000, x_max_length=9)
        missing = f'amqp://{self.address}: no dead-letter queue "docs.dead": rejected messages would be lost'
        self.assertEqual(self.finding(code=0)[:2], ("warn", missing))
        client.delete("docs")
        client.declare("docs", x_message_ttl=60000, x_dead_letter_exchange="theirs")
        self.assertEqual(self.finding(code=0)[0], "ok")
        client.delete("docs")
        client.channel.queue_declare("docs")
        result, message, mend = self.finding(code=0)
        self.assertEqual((result, message), ("warn", missing))
        make, command = mend.split(", then: ")
        self.assertEqual(make, "make a queue docs.dead")
        client.declare("docs.dead")
        self.broker.ctl(*shlex.split(command)[1:])
        self.assertEqual(self.finding(code=0)[0], "ok")
        client.publish("docs", "{")
        self.batchd()
        self.wait_until(lambda: client.depth("docs.dead") == 1)

    def test_the_queue_for_the_dead_is_another(self):
        self.env["BATCH_QUEUE_NAME"] = "docs"
        self.client().channel.queue_declare("docs.dead", durable=True)
        said = self.ctl("queue", "declare", code=9)
        self.assertIn('queue "docs.dead" exists with other arguments: there classic, durable=true', said.err)

    def test_rejected_messages_would_be_lost(self):
        self.client().delete(self.declared() + ".dead")
        missing = f'amqp://{self.address}: no dead-letter queue "{self.queue}.dead": rejected messages would be lost'
        self.assertEqual(self.finding(), ("fail", missing, "batchctl queue declare"))
        lines = self.ctl("doctor", code=1).out.splitlines()
        self.assertEqual(lines[lines.index(f"FAIL  queue    {missing}") + 1], "      mend     batchctl queue declare")
        self.ctl("queue", "dead", "list", code=3)
        self.ctl("queue", "declare")
        self.assertEqual(self.finding(code=0)[0], "ok")

    def test_it_takes_no_messages(self):
        """It says so itself, and what does not write goes on."""
        queue = self.declared()
        self.broker.alarm_on()
        self.addCleanup(self.broker.alarm_off)
        done = self.ctl("queue", "status")
        self.assertRegex(done.out.splitlines()[0], ", blocked: low on memory$")
        self.assertEqual(done.out.splitlines()[1], f"queue     {queue}: quorum, 0 ready, 0 unacknowledged, 0 consumers")
        shape = self.ctl("queue", "status", "--json").lines()[0]
        self.assertEqual((shape["blocked"], shape["dead"]["ready"]), ("low on memory", 0))
        self.assertEqual(self.finding()[:2], ("fail", f"amqp://{self.address} takes no messages: low on memory"))
        self.ctl("queue", "declare")

    def greeted(self, change):
        """The broker presents itself with other properties."""
        proxy = FaultProxy(self.broker.port)
        self.addCleanup(proxy.end)
        proxy.forge(TO_CLIENT, START, other_greeting(change))
        self.env["BATCH_QUEUE_URL"] = proxy.url(self.url)
        return proxy

    def test_any_version(self):
        self.declared()
        for version, shown in VERSIONS:
            with self.subTest(version=version):
                self.greeted(lambda own, version=version: {**own, "version": version})
                self.assertIn(f"  RabbitMQ{shown}, answers in ", self.ctl("queue", "status").out)
                self.assertEqual(self.ctl("queue", "status", "--json").lines()[0]["version"], shown[1:] or None)
        self.assertEqual(self.finding(code=0)[0], "ok")

    def test_an_old_version(self):
        self.declared()
        self.greeted(lambda own: {**own, "version": "3.9.29"})
        result, message, _ = self.finding(code=0)
        self.assertEqual(result, "warn")
        self.assertIn(": RabbitMQ 3.9.29 is older than 3.10: a dead letter may be lost on its way", message)

    def test_a_broker_that_says_nothing_of_itself(self):
        self.greeted(lambda own: {})
        self.batchd()
        self.assertIn(f": queue {self.queue}", self.log())
        done = self.noted("--require-queue", "--wait")
        self.assertRan()
        self.assertEqual(self.batch(done.id)["status"], "done")
        self.settled(self.client())

    def test_a_user_who_may_not_declare(self):
        user = self.broker.new_user(self.url, configure="^$")
        self.declared()
        self.env["BATCH_QUEUE_URL"] = user
        self.assertIn("ACCESS_REFUSED", self.ctl("queue", "declare", code=4).err)
        shape = self.ctl("queue", "status", "--json").lines()[0]
        self.assertEqual((shape["queue"]["type"], shape["queue"]["ready"]), (None, 0))
        mend = "let the administrator declare it, then: queue.declare = false"
        self.assertEqual(self.finding(code=0), ("warn", f"amqp://{self.address}: this user may not declare queues", mend))

    def test_who_is_not_let_in(self):
        self.declared()
        vhost = vhost_of(self.url)
        stranger = self.broker.new_user(self.url)
        user = stranger.split("://")[1].split(":")[0]
        self.broker.eval(f'rabbit_auth_backend_internal:clear_permissions(<<"{user}">>, <<"{vhost}">>, <<"t">>)')
        for url, code, trouble, hint in (
            (self.url.replace("guest:guest@", "guest:wrong@"), 4, ' refused the password of user "guest"',
             'give it in a file: queue.password_file = "/path"'),
            (self.url.replace(f"/{vhost}", "/nosuch"), 2, ' has no vhost "nosuch"', "make it: rabbitmqctl add_vhost nosuch"),
            (self.url.replace(f"/{vhost}", "/"), 2,
             ' refused vhost "": a slash at the end of the URL means the vhost without a name',
             f'for the vhost "/" leave it away: queue.url = "amqp://{self.address}"'),
            (stranger, 4, f' does not let user "{user}" into vhost "{vhost}"',
             f"allow it: rabbitmqctl set_permissions -p {vhost} {user} '.*' '.*' '.*'"),
        ):
            self.env["BATCH_QUEUE_URL"] = url
            for words in ADMINISTERING:
                with self.subTest(trouble=trouble, words=words):
                    self.assertSays(self.ctl(*words, code=code), self.name + trouble, hint)
            self.assertEqual(self.finding(), ("fail", self.name + trouble, hint))

    def test_it_comes_while_we_wait(self):
        self.declared()
        proxy = FaultProxy(self.broker.port)
        self.addCleanup(proxy.end)
        self.env["BATCH_QUEUE_URL"] = proxy.url(self.url)
        lost = proxy.at(TO_SERVER, OPEN, cut)
        done = self.ctl("queue", "status", "--timeout", "30s")
        self.assertIn("not blocked", done.out)
        self.assertTrue(lost.happened())
        self.assertEqual(proxy.connections, 2)

    def test_who_is_refused_does_not_wait(self):
        self.env["BATCH_QUEUE_URL"] = self.url.replace("guest:guest@", "guest:wrong@")
        self.ctl("queue", "status", "--timeout", "10m", code=4)

    def test_a_user_who_may_not_read(self):
        """Found out without a consumer: no doorbell leaves the place where it waits."""
        user = self.broker.new_user(self.url, read="^$")
        self.declared()
        self.noted()
        self.assertEqual(self.finding(code=0)[0], "ok")
        self.env["BATCH_QUEUE_URL"] = user
        result, message, mend = self.finding()
        text = f'amqp://{self.address}: this user may not read from queue "{self.queue}": batchd would hear nothing through it'
        self.assertEqual((result, message), ("fail", text))
        self.assertIn("allow it: rabbitmqctl set_permissions -p ", mend)
        self.assertEqual([message.redelivered for message in self.client().take(self.queue)], [False])

    def test_some_fields(self):
        self.declared()
        self.assertEqual(self.ctl("queue", "status", "--fields", "version,queue.ready").out, "version\tqueue.ready\n3.10.8\t0\n")
        self.assertEqual(self.ctl("queue", "status", "--json", "--fields", "dead.ready").lines(), [{"v": 1, "dead.ready": 0}])
        self.assertEqual(self.ctl("queue", "status", "--format", "csv").out.splitlines()[1].split(",")[1:], ["3.10.8", "", "0", "0", "0", "0"])
        for url in (self.url, "local:"):
            done = self.ctl("queue", "status", "--fields", "nonsense", code=2, env={"BATCH_QUEUE_URL": url})
            self.assertIn('"nonsense" is no field of queue status (v, url, server, version, ', done.err)
            self.assertEqual(done.out, "")

    def as_rabbitmq_4(self):
        """The broker presents itself so, and takes -1 for no limit: here in the form of a large one."""
        proxy = self.greeted(lambda own: {**own, "version": "4.0.1"})
        asked = []
        unlimited, large = b"x-delivery-limitl" + b"\xff" * 8, b"x-delivery-limitl" + b"\0" + b"\xff" * 7

        def understand(frame):
            asked.extend([1] * frame.count(unlimited))
            return frame.replace(unlimited, large)

        proxy.forge(TO_SERVER, DECLARE_QUEUE, understand)
        return asked

    def test_letters_are_not_dropped_for_being_looked_at(self):
        """As quorum queues of RabbitMQ 4 do with those that were delivered 20 times."""
        asked = self.as_rabbitmq_4()
        first = self.ctl("queue", "declare")
        self.assertEqual(self.ctl("queue", "declare").err, first.err)
        self.assertEqual(len(asked), 2)
        arguments = self.broker.queue(self.url, self.queue + ".dead", "arguments")
        self.assertIn(str((1 << 56) - 1), arguments)
        self.assertEqual(self.finding(code=0)[0], "ok")

    def test_a_queue_for_the_dead_from_before_rabbitmq_4_stays(self):
        dead = self.declared() + ".dead"
        self.assertNotIn("limit", self.broker.queue(self.url, dead, "arguments"))
        self.assertEqual(self.finding(code=0)[0], "ok")
        asked = self.as_rabbitmq_4()
        self.ctl("queue", "declare")
        self.batchd()
        done = self.noted("--require-queue", "--wait")
        self.assertEqual(self.batch(done.id)["status"], "done")
        self.assertGreaterEqual(len(asked), 2)
        result, message, mend = self.finding(code=0)
        self.assertEqual(result, "warn")
        self.assertIn(f"queue {dead} is from before RabbitMQ 4: a letter that was looked at 20 times is dropped", message)
        command, again = mend.removeprefix("once it is empty: ").split("; ")
        self.broker.ctl(*shlex.split(command)[1:])
        self.ctl(*shlex.split(again)[1:])
        self.assertEqual(self.finding(code=0)[0], "ok")


class Away(Submitting):
    """No broker at the place."""

    def setUp(self):
        super().setUp()
        place = self.enterContext(deaf())
        self.address = f"127.0.0.1:{place.getsockname()[1]}"
        self.env["BATCH_QUEUE_URL"] = f"amqp://{self.address}"

    def test_every_command_says_so(self):
        trouble = f"RabbitMQ at {self.address} cannot be reached: connection refused"
        hint = "is it running: systemctl status rabbitmq-server"
        self.ctl("submit", "--args", "1", "--", "true")
        for words in ADMINISTERING:
            self.assertEqual(self.ctl(*words, code=5).err, f"batchctl: error: {trouble}\nhint: {hint}\n")
            error = json.loads(self.ctl(*words, "--json", code=5).err)
            self.assertEqual((error["error"]["message"], error["error"]["hint"]), (trouble, hint))
            self.assertEqual((error["error"]["retryable"], error["exit_code"]), (True, 5))
        found = [each for each in self.ctl("doctor", "--json", code=1).lines() if each["check"] == "queue"]
        self.assertEqual(found, [{"v": 1, "check": "queue", "result": "fail", "message": trouble, "mend": hint}])

    def test_it_does_not_come(self):
        self.ctl("queue", "status", "--timeout", "500ms", code=8)
        self.ctl("queue", "status", "--timeout", "never", code=2)

    def test_the_wait_is_as_long_as_it_should_be(self):
        """Also where somebody listens who does not answer."""
        with listen() as listener:
            self.env["BATCH_QUEUE_URL"] = "amqp://127.0.0.1:{}".format(listener.getsockname()[1])
            self.ctl("submit", "--hold", "--args", "1", "--", "true", env={"BATCH_QUEUE_URL": "local:"})
            self.in_time(1 + SLACK, "queue", "status", "--timeout", "500ms", code=8)

    def test_the_local_queue_needs_nobody(self):
        self.env["BATCH_QUEUE_URL"] = "local:"
        self.assertIn("the state file itself is the queue", self.ctl("queue", "status").out)
        self.assertEqual(self.ctl("queue", "status", "--json").lines()[0], {"v": 1, "url": "local:", "server": None})
        for words in ADMINISTERING[1:]:
            self.assertIn("there is no server to look after", self.ctl(*words, code=2).err)


if __name__ == "__main__":
    unittest.main()
