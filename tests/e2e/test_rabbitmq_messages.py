#!/usr/bin/python3
"""What comes through the queue that should not, too often, too late or never."""

import hashlib
import json
import re
import unittest
import uuid

from broker_faults import BrokerFaults

MIB = 1 << 20
SECRET = "never-in-the-log"


class Messages(BrokerFaults):
    def setUp(self):
        super().setUp()
        self.pika = self.client()

    def body(self, batch):
        return json.dumps({"batchId": batch})

    def ring(self, batch, number=None, **headers):
        if number is not None:
            headers["x-bell"] = number
        self.pika.publish(self.queue, self.body(batch), headers={"x-state": self.state_id(), **headers})

    def dead(self, count):
        """The dead letters, once there are so many."""
        self.wait_until(lambda: self.look(queue=self.queue + ".dead").messages >= count)
        letters = self.pika.take(self.queue + ".dead")
        self.assertEqual(len(letters), count)
        return letters

    def finished(self):
        """A batch that is done, and whose doorbell is gone."""
        batch = self.ctl("submit", self.rows(2, "finished.csv"), "--step", "echo", "--wait").id
        self.emptied()
        return batch

    def peak(self, anew=False):
        """How many bytes of memory batchd had at most; anew: counted from now on."""
        process = f"/proc/{self.daemons[-1].pid}"
        if anew:
            with open(process + "/clear_refs", "w", encoding="ascii") as file:
                file.write("5")  # proc(5)
        with open(process + "/status", encoding="ascii") as file:
            return int(re.search(r"VmHWM:\s*(\d+) kB", file.read())[1]) << 10

    # ---- doorbells that nobody needs -------------------------------------------------------------

    def test_ten_copies_from_two_channels_at_once(self):
        self.batchd()
        batch = self.gated_at_work(12)
        with_others = self.client()
        for _ in range(5):
            self.ring(batch, 1)
            with_others.publish(self.queue, self.body(batch), headers={"x-bell": 1})
        self.open_gate()
        self.check_after(batch, 12)

    def test_ten_copies_that_wait_for_batchd(self):
        batch = self.submit_noted(20)
        for _ in range(10):
            self.ring(batch, 1)
        self.batchd()
        self.check_after(batch, 20)
        self.assertEqual(self.log().count('"message_rejected"'), 0)

    def test_a_number_that_is_not_the_current_one_begets_no_doorbell(self):
        self.batchd()
        first = self.gated_at_work(2)  # no worker is free, and no doorbell of the second waits for one
        words = ("submit", self.rows(12, "second.csv"), "--", "sh", "-c", "echo $0 >>second", "{id}")
        second = self.ctl(*words, env={"BATCH_QUEUE_NAME": "elsewhere"}).id
        published, delivered, _ = self.traffic()
        for number in (0, -1, 2, 7, 2**31 - 1, -(2**31)):
            self.ring(second, number)
        self.wait_until(lambda: self.traffic()[1] == delivered + 6 and self.look().messages in (0, 1))
        self.assertEqual(self.traffic()[0], published + 6)
        self.assertEqual(self.bell(second), 1)
        self.open_gate()
        self.wait_for(second)
        with open(self.path("second"), encoding="utf-8") as file:
            self.assertEqual(sorted(int(line) for line in file), list(range(12)))
        self.check_after(first, 2)

    def test_doorbells_of_several_batches_in_any_order(self):
        batches = [self.submit_noted(6, name=f"rows{number}.csv") for number in range(4)]
        letters = self.pika.take(self.queue)
        for letter in reversed(letters * 2):
            self.pika.publish(self.queue, letter.body, headers=letter.properties.headers)
        self.batchd()
        for batch in batches:
            self.wait_for(batch)
            self.assertEqual(self.counts(batch)["done"], 6)
        self.assertEqual(sorted(self.ledger()), sorted(list(range(6)) * 4))
        self.emptied()
        self.check_quiet()

    def test_the_old_number_after_a_retry(self):
        self.batchd()
        self.rows(2)
        batch = self.ctl("submit", "rows.csv", "--", "sh", "-c", "echo $0 >>ledger; [ -e go ]", "{id}").id
        self.wait_for(batch)
        self.daemons[-1].kill()
        self.daemons[-1].wait()
        self.open_gate()
        self.ctl("retry", batch)
        letters = self.pika.take(self.queue)
        self.assertEqual([letter.properties.headers["x-bell"] for letter in letters], [2])
        self.ring(batch, 2)
        self.ring(batch, 1)
        self.batchd()
        self.wait_for(batch)
        self.assertEqual(sorted(self.ledger()), [0, 0, 1, 1])
        self.emptied()
        self.check_quiet()

    def test_messages_for_batches_that_need_none(self):
        self.batchd()
        finished = self.finished()
        cancelled = self.submit_gated(2, name="cancelled.csv")
        self.ctl("cancel", cancelled)
        removed = self.ctl("submit", "finished.csv", "--step", "echo", "--wait").id
        self.ctl("rm", removed, "--yes")
        for batch in (finished, cancelled, removed):
            for number in (1, 2, None):
                self.ring(batch, number)
        self.emptied()
        self.check_quiet()
        self.assertEqual(self.batch(finished)["status"], "done")
        self.assertEqual(self.batch(cancelled)["status"], "aborted")
        self.ctl("status", removed, code=3)
        self.emptied(queue=self.queue + ".dead")
        self.assertLessEqual(sorted(self.ledger()), [0, 1])

    # ---- messages that are no doorbells ----------------------------------------------------------

    def nobody_understands(self, batch):
        other = str(uuid.uuid4())
        bodies = [
            b"", b" ", b"null", b"7", b'"text"', b"[]", b"{}", b"{", b'{"batchId"', b"\xff\xfe{}", b"\0" * 64,
            b"[" * 60000, b'{"a":' * 10000, b'{"batchId":NaN}', b'{"batchId":null}', b'{"batchId":7}',
            b'{"batchId":["' + batch.encode() + b'"]}', b'{"batchId":""}', b'{"batchId":"../../etc/passwd"}',
            b'{"batchId":"%"}', b'{"batchId":"\' OR 1=1 --"}', b'{"batchId":"' + batch[:8].encode() + b'"}',
            self.body(batch).encode() + b"x", self.body(batch).encode()[:-1], self.body(batch + "\0").encode(),
            self.body(" " + batch).encode(), json.dumps({"batchid": batch}).encode(),
            json.dumps({"batchId": batch, "v": 2}).encode(), json.dumps({"batchId": batch, "v": "1"}).encode(),
            json.dumps({"pattern": "other", "data": {"batchId": batch}}).encode(),
            json.dumps({"pattern": "process-batch"}).encode(),
            json.dumps({"pattern": "process-batch", "data": batch}).encode(),
            json.dumps({"pattern": 7, "data": {"batchId": batch}}).encode(),
            json.dumps({"batchId": "\ud800"}).encode(), json.dumps({"batchId": SECRET}).encode(),
            b'{"batchId":"' + b"a" * 65536 + b'"}', self.body(other).encode(),
            b'{"batchId":"' + batch.encode() + b'","batchId":"twice"}',
            b'{"batchId":"twice","batchId":"' + batch.encode() + b'"}',
        ]
        return [(body, {}) for body in bodies] + [
            (self.body(batch), {"x-bell": "one"}),
            (self.body(batch), {"x-bell": ""}),
            (self.body(batch), {"x-bell": 2**40}),
            (self.body(batch), {"x-state": "0badcafe", "x-bell": 1}),
            (self.body(other), {"x-state": "0badcafe", "x-bell": 1}),
        ]

    def test_what_nobody_understands_goes_to_the_dead_letters(self):
        self.batchd()
        batch = self.finished()
        sent = self.nobody_understands(batch)
        for body, headers in sent:
            self.pika.publish(self.queue, body, headers=headers)
        letters = self.dead(len(sent))
        self.assertEqual(sorted(letter.body for letter in letters),
                         sorted(body if isinstance(body, bytes) else body.encode() for body, _ in sent))
        self.assertEqual({letter.properties.headers["x-death"][0]["reason"] for letter in letters}, {"rejected"})
        # One line each, with what finds it again, and without what is in it.
        self.wait_until(lambda: self.log().count('"message_rejected"') >= len(sent))
        log = self.log()
        self.assertEqual(log.count('"message_rejected"'), len(sent))
        self.assertNotIn(SECRET, log)
        self.assertNotIn("/etc/passwd", log)
        self.assertIn(hashlib.sha256(json.dumps({"batchId": SECRET}).encode()).hexdigest()[:16], log)
        self.assertIn("it is for the state file 0badcafe", log)
        self.assertIn("unsupported_version", log)
        self.check_after(self.submit_noted(2), 2)

    def test_large_messages_take_no_memory(self):
        self.batchd()
        batch = self.finished()
        before = self.peak(anew=True)
        body = b'{"batchId":"' + batch.encode() + b'","a":"' + SECRET.encode() + b"x" * (10 * MIB) + b'"}'
        for _ in range(4):
            self.pika.publish(self.queue, body)
        letters = self.dead(4)
        self.assertEqual({len(letter.body) for letter in letters}, {len(body)})
        self.assertLess(self.peak() - before, 4 * MIB)
        self.assertNotIn(SECRET, self.log())
        self.check_after(self.submit_noted(2), 2)

    def test_odd_messages_that_are_understood(self):
        self.batchd()
        batch = self.finished()
        for body in (json.dumps({"batchId": batch, "v": 1, "more": {"deep": [1]}}),
                     " \n" + self.body(batch) + "\n",
                     json.dumps({"pattern": "process-batch", "data": {"batchId": batch}, "more": 1})):
            self.pika.publish(self.queue, body, content_type="text/plain", headers={"other": [1, {"a": None}]})
        self.pika.publish(self.queue, self.body(batch), headers={"x-bell": "1"})
        self.emptied()
        self.check_quiet()
        self.assertNotIn("rejected", self.log())

    def test_a_flood_of_them_holds_nobody_up(self):
        self.batchd()
        before = self.peak(anew=True)
        channel = self.pika.connection.channel()  # without confirmations, which take their time
        for _ in range(2000):
            channel.basic_publish("", self.queue, b"{")
        batch = self.submit_noted(10)
        self.check_ran_once(batch, 10)
        self.wait_until(lambda: self.look(queue=self.queue + ".dead").messages == 2000, 60)
        self.wait_until(lambda: self.log().count('"message_rejected"') == 2000)
        self.assertLess(self.peak() - before, 8 * MIB)
        self.check_after(batch, 10)

    # ---- where dead letters go -------------------------------------------------------------------

    def test_a_queue_without_dead_letters_serves_and_doctor_says_what_is_missing(self):
        self.broker.set("dead_letter_worker_publisher_confirm_timeout", 1000)  # then it tries again
        self.batchd()
        dead = self.queue + ".dead"
        self.pika.delete(dead)
        self.pika.channel.exchange_delete(dead)
        said = self.ctl("doctor", code=1).out
        self.assertIn(f'no dead-letter queue "{dead}": rejected messages would be lost', said)
        batch = self.submit_noted(4)
        self.check_ran_once(batch, 4)
        # It stays with the broker until there is somewhere to go (at-least-once).
        self.pika.publish(self.queue, "{")
        self.wait_until(lambda: '"message_rejected"' in self.log())
        self.ctl("queue", "declare")
        self.dead(1)
        self.check_after(batch, 4)

    def test_a_queue_of_somebody_else_without_dead_letters(self):
        self.ctl("status", "--json")
        self.pika.declare(self.queue, x_queue_type="classic")
        self.env["BATCH_QUEUE_DECLARE"] = "false"
        self.batchd()
        for _ in range(5):
            self.pika.publish(self.queue, "{")
        self.check_after(self.submit_noted(4), 4)
        self.assertFalse(self.pika.exists(self.queue + ".dead"))

    def test_dead_letters_that_were_deleted_are_declared_anew(self):
        self.batchd()
        self.leave()
        self.pika.delete(self.queue + ".dead")
        self.pika.channel.exchange_delete(self.queue + ".dead")
        self.batchd()
        self.pika.publish(self.queue, "{")
        self.dead(1)

    def test_it_is_said_where_messages_of_a_queue_of_somebody_else_go(self):
        """Once that there may be no place for them, at each what became of it; never more than is known."""
        self.ctl("status", "--json")
        self.pika.declare(self.queue, x_queue_type="classic")
        self.env["BATCH_QUEUE_DECLARE"] = "false"
        self.batchd()
        self.broker.close_connections()
        self.connected(2)
        self.pika = self.client()
        for body in ("{", self.body(str(uuid.uuid4()))):
            self.pika.publish(self.queue, body)
        self.wait_until(lambda: self.log().count('"message_rejected"') == 2)
        log = self.log()
        self.assertEqual(log.count(f"there is no queue {self.queue}.dead: what is rejected is lost, unless"), 1)
        self.assertEqual(log.count("is rejected, and lost unless the queue or a policy names a place for it"), 1)
        self.assertNotIn("goes to", log)
        self.leave()
        self.pika.declare(self.queue + ".dead")
        self.batchd()
        self.pika.publish(self.queue, "{")
        self.wait_until(lambda: f"is rejected, to {self.queue}.dead if the queue or a policy names it" in self.log())
        self.assertEqual(self.log().count('"queue_without_dead"'), 1)


if __name__ == "__main__":
    unittest.main()
