#!/usr/bin/python3
"""The messages that batchd could not use: batchctl queue dead."""

import datetime
import decimal
import os
import unittest

from house import BUILD
from queue_house import Looking
from terminal import on_terminal

from amqp_frames import GOT, METHOD
from fault_link import TO_CLIENT
from fault_proxy import FaultProxy


class Dead(Looking):
    def setUp(self):
        super().setUp()
        queue = self.declared()
        client = self.client()
        self.ids = ["11111111-one", "22222222-two", "22222222-more"]
        for message_id, body in zip(self.ids, ("{", "not json", '{"batchId":"11111111"}')):
            client.publish(queue, body, message_id=message_id, app_id="a test")
        self.batchd()
        self.wait_until(lambda: client.depth(queue + ".dead") == 3)
        self.dead = client

    def assertReturned(self, count):
        """So many are there, once those that a command has looked at are back."""
        self.wait_until(lambda: self.dead.depth(self.queue + ".dead") == count)

    def stop_batchd(self):
        self.daemons[-1].terminate()
        self.daemons[-1].wait(60)

    def test_list(self):
        letters = self.ctl("queue", "dead", "list", "--json").lines()
        self.assertEqual(sorted(letter["id"] for letter in letters), sorted(self.ids))
        for letter in letters:
            self.assertEqual(list(letter), ["v", "id", "sent_at", "app", "reason", "why", "bytes", "headers", "body"])
            self.assertEqual((letter["reason"], letter["app"]), ("rejected", "a test"))
        table = self.ctl("queue", "dead", "list").out.splitlines()
        self.assertEqual(table[0].split("\t"), ["id", "sent_at", "app", "bytes", "why"])
        self.assertEqual(len(table), 4)
        self.assertReturned(3)
        self.assertEqual(self.finding(code=0), ("warn", f"3 dead letters in {self.queue}.dead", "batchctl queue dead list"))

    def test_show(self):
        text = self.ctl("queue", "dead", "show", "1111").out
        self.assertRegex(text, r"(?m)^id +11111111-one$")
        self.assertEqual(text.splitlines()[-1], "{")
        self.assertEqual(self.ctl("queue", "dead", "show", "22-two", "--json").lines()[0]["body"], "not json")
        self.assertIn('"2222" fits 2 dead letters: 22222222-', self.ctl("queue", "dead", "show", "2222", code=2).err)
        self.assertIn('no dead letter fits "3333"', self.ctl("queue", "dead", "show", "3333", code=3).err)
        self.ctl("queue", "dead", "show", code=2)

    def test_drop(self):
        self.assertIn("--yes", self.ctl("queue", "dead", "drop", "1111", code=2).err)
        self.assertReturned(3)
        self.assertEqual(self.ctl("queue", "dead", "drop", "1111", "--yes").err, "removed 1 dead letter\n")
        left = [letter["id"] for letter in self.ctl("queue", "dead", "list", "--json").lines()]
        self.assertEqual(sorted(left), sorted(self.ids[1:]))
        self.assertEqual(self.ctl("queue", "dead", "drop", "--all", "--yes").err, "removed 2 dead letters\n")
        self.assertReturned(0)
        self.assertEqual(self.finding(code=0)[0], "ok")

    def test_each_is_read_once(self):
        """All the more as nobody else gets it meanwhile; but for a person who is asked first."""
        self.stop_batchd()  # else what is sent to the queue comes back
        proxy = FaultProxy(self.broker.port)
        self.addCleanup(proxy.end)
        self.env["BATCH_QUEUE_URL"] = proxy.url(self.url)
        seen = []

        def count(frame):
            seen.extend([1] * (frame[0] == METHOD))
            return frame

        proxy.forge(TO_CLIENT, GOT, count)
        for words, left in (
            (["list"], 3), (["show", "1111"], 3), (["show", "--all"], 3), (["requeue", "1111"], 2),
            (["drop", "22-two", "--yes"], 1), (["drop", "--all", "--yes"], 0),
        ):
            before = self.dead.depth(self.queue + ".dead")
            seen.clear()
            self.ctl("queue", "dead", *words)
            self.assertEqual(len(seen), before, words)
            self.assertReturned(left)

    def test_none_is_gone_if_one_is_not_found(self):
        for verb in ("drop", "requeue"):
            for words, code in ((["1111", "3333"], 3), (["1111", "2222"], 2)):
                self.ctl("queue", "dead", verb, *words, "--yes", code=code)
                self.assertReturned(3)
        self.assertEqual(self.messages(), 0)

    def test_a_person_is_asked_who_may_think_it_over(self):
        """The letters are not at this connection meanwhile, which would not last."""
        program = [os.path.join(BUILD, "batchctl"), "queue", "dead", "drop", "22-two"]
        for answer, said, left in (("n", "note: nothing was removed", 3), ("y", "removed 1 dead letter", 2)):
            code, _, screen = on_terminal(program, answer + "\n", cwd=self.root, env=self.env)
            self.assertEqual(code, 0)
            self.assertEqual(screen.text(), f"Remove 1 dead letter? [y/N] {said}\n")
            self.assertReturned(left)

    def test_drop_many(self):
        """What is said to be removed is gone for good."""
        name = self.queue + ".dead"
        self.dead.purge(name)
        for _ in range(5):
            for _ in range(200):
                self.dead.publish(name, "{")
            self.assertEqual(self.ctl("queue", "dead", "drop", "--all", "--yes").err, "removed 200 dead letters\n")
            self.assertEqual(len(self.ctl("queue", "dead", "list", "--json").lines()), 0)

    def test_requeue(self):
        """It comes back as it was, to a queue without batchd; nothing of its death is left."""
        self.stop_batchd()
        self.assertEqual(self.ctl("queue", "dead", "requeue", "1111").err, "sent to the queue again: 1 dead letter\n")
        self.assertReturned(2)
        message = self.dead.take(self.queue)[0]
        self.assertEqual((message.body, message.properties.message_id), (b"{", "11111111-one"))
        self.assertNotIn("x-first-death-reason", message.properties.headers)

    def test_what_is_too_long_is_not_requeued(self):
        """It is whole afterwards; batchd would only reject it again."""
        self.stop_batchd()
        name, long = self.queue + ".dead", "x" * 70_000
        self.dead.publish(name, long, message_id="44444444-long")
        self.dead.publish(name, "", message_id="55555555-empty")
        stays = "batchctl: error: 1 dead letter stays: it is longer than 64 KiB, which batchd does not take"
        hint = "hint: see which: batchctl queue dead list\n"
        self.assertEqual(self.ctl("queue", "dead", "requeue", "1111", "4444", code=1).err,
                         stays + "; nothing was sent\n" + hint)
        self.assertReturned(5)
        done = self.ctl("queue", "dead", "requeue", "--all", code=1)
        self.assertEqual(done.err, "sent to the queue again: 4 dead letters\n" + stays + "\n" + hint)
        self.assertReturned(1)
        self.assertEqual(sorted(len(message.body) for message in self.dead.take(self.queue)), [0, 1, 8, 22])
        self.assertEqual([message.body for message in self.dead.take(name)], [long.encode()])

    def test_requeue_keeps_every_property(self):
        """Of whatever kind; only what its death has left, and what would lead elsewhere, is gone."""
        self.stop_batchd()
        self.dead.purge(self.queue + ".dead")
        self.dead.declare("elsewhere")
        sent = {
            "content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 1, "priority": 3,
            "correlation_id": "c", "reply_to": "back.there", "message_id": "66666666-whole", "timestamp": 1700000000,
            "type": "t", "app_id": "a test", "cluster_id": "here",
        }
        mine = {"x-table": {"a": [1, True, None], "b": {"c": "d"}}, "x-flag": False, "x-bytes": b"\xff\x00",
                "x-time": datetime.datetime(2026, 1, 2, 3, 4, 5), "x-number": 1 << 40, "x-price": decimal.Decimal("1.5"), "x-text": "é", "x-bell": "7"}
        self.dead.publish(self.queue, "{", **sent, user_id="guest", headers={**mine, "CC": ["elsewhere"]})
        self.dead.purge("elsewhere")
        self.batchd()
        self.wait_until(lambda: self.dead.depth(self.queue + ".dead") == 1)
        self.stop_batchd()
        self.env["BATCH_QUEUE_URL"] = self.broker.new_user(self.url)
        self.ctl("queue", "dead", "requeue", "6666")
        self.assertReturned(0)
        message = self.dead.take(self.queue)[0]
        self.assertEqual({name: getattr(message.properties, name) for name in sent}, sent)
        self.assertIsNone(message.properties.user_id)
        self.assertEqual(message.properties.headers.pop("x-delivery-count"), 0)  # the queue counts anew
        self.assertEqual(message.properties.headers, mine)
        self.assertEqual(self.dead.depth("elsewhere"), 0)


if __name__ == "__main__":
    unittest.main()
