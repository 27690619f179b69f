#!/usr/bin/python3
"""Doorbells that never come, that somebody else gets, and how many there are."""

import json
import os
import sqlite3
import unittest

from broker_faults import BrokerFaults

from amqp_frames import CANCEL
from fault_link import TO_SERVER
from rabbitmq import Broker


class Doorbells(BrokerFaults):
    # ---- batches without one ---------------------------------------------------------------------

    def many(self, count=100):
        """Batches of a row each, with their doorbells in the queue; nobody consumes."""
        self.rows(1)
        script = "echo $BATCH_ID >>batches"
        return [self.ctl("submit", "rows.csv", "--", "sh", "-c", script).id for _ in range(count)]

    def check_many(self, batches):
        def are_final():
            return all(batch["verdict"] is not None for batch in self.ctl("status", "--all", "--json").lines())

        self.wait_until(are_final, 60)
        with open(self.path("batches"), encoding="utf-8") as file:
            self.assertEqual(sorted(file.read().split()), sorted(batches))
        self.emptied()
        self.consumed()
        self.check_quiet()

    def test_a_queue_that_is_purged_under_many_batches(self):
        batches = [*self.many(), self.submit_by_token(40)]
        self.open_gate()
        self.client().purge(self.queue)
        published = self.traffic()[0]
        self.batchd()
        self.check_many(batches[:-1])
        self.check_ran_once(batches[-1], 40)
        # Nobody rings for what was found without a doorbell, not even for the rest of it.
        self.assertGreater(self.claims(), len(batches))
        self.assertEqual(self.traffic()[0], published)

    def test_doorbells_that_went_to_the_dead_letters(self):
        batches = self.many(10)
        client = self.client()
        for _ in batches:
            method, _, _ = client.channel.basic_get(self.queue)
            client.channel.basic_reject(method.delivery_tag, requeue=False)
        self.batchd()
        self.check_many(batches)
        self.assertEqual(len(client.take(self.queue + ".dead")), 10)

    def test_a_doorbell_that_was_never_confirmed(self):
        self.broker.freeze()
        self.addCleanup(self.broker.thaw)
        batch = self.submit_noted(4)
        self.assertEqual(self.batch(batch)["status"], "submitted")
        self.start()
        self.check_ran_once(batch, 4)
        self.broker.thaw()
        self.check_after(batch, 4)

    def test_a_doorbell_that_went_elsewhere(self):
        self.batchd()
        self.rows(3)
        script = "echo $0 >>ledger"
        batch = self.ctl("submit", "rows.csv", "--", "sh", "-c", script, "{id}", env={"BATCH_QUEUE_NAME": "other"}).id
        self.wait_until(lambda: self.look(queue="other").messages == 1)
        self.check_after(batch, 3)

    def test_a_doorbell_that_went_elsewhere_while_every_worker_is_busy(self):
        self.batchd()
        large = self.ctl("submit", self.rows(3000, "large.csv"), "-j", "16", "--", "sh", "-c", "sleep 0.1").id
        self.wait_until(lambda: self.counts(large)["done"] >= 20)
        words = ("submit", self.rows(3), "--step", "echo", "--require-queue")
        small = self.ctl(*words, env={"BATCH_QUEUE_NAME": "other"}).id
        self.wait_for(small, 30)
        self.assertIsNone(self.batch(large)["verdict"])
        self.ctl("cancel", large)

    def test_a_queue_that_is_purged_in_mid_batch(self):
        self.batchd()
        batch = self.at_work()
        client = self.client()
        while self.batch(batch)["verdict"] is None:
            client.purge(self.queue)
        self.check_after(batch, 60)

    # ---- another queue ---------------------------------------------------------------------------

    def restart_with(self, url):
        """batchd is killed in mid-batch, and the configuration names another queue from then on."""
        self.batchd()
        batch = self.at_work()
        self.daemons[-1].kill()
        self.daemons[-1].wait()
        before, runs = self.done(batch), len(self.ledger())
        self.client().publish(self.queue, json.dumps({"batchId": batch}))
        self.env["BATCH_QUEUE_URL"] = url
        return batch, before, runs

    def test_a_queue_in_another_vhost_and_back(self):
        self.goes_and_comes_back(self.broker, self.broker.new_vhost())

    def test_a_queue_on_another_broker_and_back(self):
        other = Broker().start()
        self.addCleanup(other.end)
        self.goes_and_comes_back(other, other.url)

    def goes_and_comes_back(self, other, new):
        """Each time in mid-batch; the queue that is left still has doorbells, also with the number that is good then."""
        self.batchd()
        batch = self.submit_by_token(12)
        before, runs = self.some_more_and_kill(batch)
        client = self.client()
        client.publish(self.queue, json.dumps({"batchId": batch}), headers={"x-bell": self.bell(batch)})
        left = self.look().messages
        self.env["BATCH_QUEUE_URL"] = new
        self.batchd()
        self.wait_until(lambda: other.look(new, self.queue).consumers == 1, 30)
        self.assertTrue(before.isdisjoint(self.ledger()[runs:]))
        before, runs = self.some_more_and_kill(batch)
        # The old one is nobody's business any more; and back.
        self.wait_until(lambda: self.look() == (left, 0, 0))
        elsewhere = self.ctl("submit", self.rows(5, "elsewhere.csv"), "--step", "echo").id
        for number in range(self.bell(batch) + 2):
            client.publish(self.queue, json.dumps({"batchId": batch}), headers={"x-bell": number})
        self.env["BATCH_QUEUE_URL"] = self.url
        self.batchd()
        self.open_gate()
        for each, count in ((batch, 12), (elsewhere, 5)):
            self.wait_for(each)
            self.assertEqual(self.counts(each)["done"], count)
        self.consumed()
        self.emptied()
        self.check_quiet()
        self.assertNotIn('"message_rejected"', self.log())
        self.wait_until(lambda: other.look(new, self.queue).messages >= 1)
        self.leave()
        self.check_all(batch, 12, before, runs)

    def some_more_and_kill(self, batch):
        """Three items are done, and batchd is killed with others at work; what is done by then, and how often it ran."""
        self.let_end(batch, 3)
        self.wait_until(lambda: self.counts(batch)["running"] > 0)
        self.daemons[-1].kill()
        self.daemons[-1].wait()
        return self.done(batch), len(self.ledger())

    def test_back_to_the_local_queue(self):
        batch, before, runs = self.restart_with("local:")
        self.work_off()
        self.assertEqual(self.batch(batch)["status"], "done")
        self.check_all(batch, 60, before, runs)
        self.wait_until(lambda: self.look().messages >= 1)

    def test_from_the_local_queue_to_a_broker(self):
        self.env["BATCH_QUEUE_URL"] = "local:"
        batch = self.submit_noted(10)
        self.assertEqual(self.batch(batch)["status"], "queued")
        self.env["BATCH_QUEUE_URL"] = self.url
        self.batchd()
        self.check_after(batch, 10)

    # ---- two state files -------------------------------------------------------------------------

    def another_user(self):
        """A second house on the same broker."""
        other = Doorbells()
        BrokerFaults.setUp(other)
        self.addCleanup(other.doCleanups)
        self.addCleanup(other.tearDown)
        other.url = other.env["BATCH_QUEUE_URL"] = self.url
        return other

    def test_two_users_never_touch_each_others_doorbells(self):
        """The broker would not let them."""
        other = self.another_user()
        for house in (self, other):
            house.ctl("status", "--json")
            own = rf"^batch\.{house.state_id()}(\.dead)?$"
            url = self.broker.new_user(self.url, own, rf"{own}|^amq\.default$", own)
            house.env["BATCH_QUEUE_URL"] = url
        for house in (self, other):
            house.batchd()
        self.assertNotEqual(self.queue, other.queue)
        batches = [(house, house.submit_noted(20)) for house in (self, other)]
        for house, batch in batches:
            house.check_ran_once(batch, 20)
            house.consumed()
            house.emptied()
            self.assertNotIn('"message_rejected"', house.log())
        self.check_quiet()
        for house, batch in batches:
            house.leave()
            house.check_all(batch, 20)

    def test_with_a_common_queue_a_strangers_doorbell_goes_to_the_dead_letters(self):
        other = self.another_user()
        for house in (self, other):
            house.env["BATCH_QUEUE_NAME"] = "common"
            house.ctl("status", "--json")
        strange = other.submit_noted(4)  # nobody of theirs consumes
        daemon = self.start()
        self.wait_until(lambda: self.look(queue="common.dead").messages == 1)
        self.wait_until(lambda: f"it is for the state file {other.state_id()}" in self.log())
        (letter,) = self.ctl("queue", "dead", "list", "--json").lines()
        self.assertEqual(letter["reason"], "rejected")
        self.assertIn(other.state_id(), letter["why"])
        batch = self.submit_noted(4)
        self.check_ran_once(batch, 4)
        self.emptied(queue="common")
        # Theirs finds its batch all the same.
        daemon.kill()
        daemon.wait()
        other.start()
        other.check_ran_once(strange, 4)

    # ---- queues of somebody else -----------------------------------------------------------------

    def serves(self, durable):
        self.ctl("status", "--json")
        client = self.client()
        client.channel.queue_declare("docs", durable=durable)
        self.env.update(BATCH_QUEUE_NAME="docs", BATCH_QUEUE_DECLARE="false")
        early = self.submit_noted(5, name="early.csv")
        self.assertEqual(self.batch(early)["status"], "queued")
        self.batchd()
        self.check_ran_once(early, 5)
        os.unlink(self.path("ledger"))
        batch = self.ctl("submit", self.rows(40), "-j", "2", "--", "sh", "-c", "echo $0 >>ledger", "{id}").id
        self.check_ran_once(batch, 40)
        self.consumed(queue="docs")
        self.emptied(queue="docs")
        self.check_quiet()
        self.assertFalse(client.exists("docs.dead"))
        self.assertIn(f"classic, durable={str(durable).lower()}", self.ctl("queue", "status").out)
        return early

    def test_a_classic_queue(self):
        self.serves(durable=True)

    def test_a_classic_queue_that_is_not_durable(self):
        self.serves(durable=False)

    def test_a_queue_that_is_not_durable_is_gone_after_a_restart_and_comes_back(self):
        self.ctl("status", "--json")
        self.env.update(BATCH_QUEUE_NAME="docs", BATCH_QUEUE_DECLARE="false")
        self.client().channel.queue_declare("docs")
        self.batchd()
        self.broker.restart()
        batch = self.submit_noted(5)
        self.check_ran_once(batch, 5)
        self.wait_until(lambda: "docs" in self.log() and "NOT_FOUND" in self.log())
        self.client().channel.queue_declare("docs")
        self.consumed(queue="docs")
        self.check_quiet()

    # ---- how many, and whose turn it is ----------------------------------------------------------

    def test_a_large_batch_rings_no_more_often_than_it_is_claimed(self):
        self.batchd()
        published = self.traffic()[0]
        self.rows(30000)
        batch = self.ctl("submit", "rows.csv", "--step", "echo").id
        most = 0
        while self.batch(batch)["verdict"] is None:
            queue = self.look()
            most = max(most, queue.messages - queue.unacknowledged)
        self.assertEqual(self.counts(batch)["done"], 30000)
        self.emptied()
        self.assertLessEqual(most, 1)  # in the queue; others may be at work
        rung = self.traffic()[0] - published
        self.assertLessEqual(rung, self.claims() + 1)  # one by submit
        self.assertEqual(rung, self.bell(batch))
        self.check_quiet()

    def test_a_batch_whose_items_wait_for_their_retry_rings_nobody(self):
        self.batchd()
        self.rows(5)
        batch = self.ctl("submit", "rows.csv", "--backoff", "1h..2h", "--", "sh", "-c", "exit 1").id
        self.wait_until(lambda: self.batch(batch)["counts"]["running"] == 0 and self.claims() > 0)
        self.emptied()
        self.check_quiet(1)
        self.ctl("pause", batch)
        self.client().publish(self.queue, json.dumps({"batchId": batch}), headers={"x-bell": self.bell(batch)})
        self.emptied()
        self.check_quiet(1)

    def test_whose_priority_is_highest_comes_first(self):
        """Whatever has rung first, also when the doorbell of the highest is not delivered before others are answered."""
        self.env["BATCH_WORKERS_MAX"] = "1"
        self.batchd()
        busy = self.submit_gated(1)
        self.wait_until(self.ledger)
        words = ("--", "sh", "-c", "echo $0 >>order")
        batches = [self.ctl("submit", self.rows(3, f"{each}.csv"), "--priority", each, *words, each).id
                   for each in ("low", "normal", "high")]
        self.wait_until(lambda: all(self.counts(batch)["running"] for batch in batches))
        self.open_gate()
        for batch in (busy, *batches):
            self.wait_for(batch)
        with open(self.path("order"), encoding="utf-8") as file:
            self.assertEqual(file.read().split(), ["high"] * 3 + ["normal"] * 3 + ["low"] * 3)
        self.emptied()

    def test_a_small_batch_is_done_soon_after_a_large_one_was_submitted(self):
        self.batchd()
        large = self.ctl("submit", self.rows(3000, "large.csv"), "--", "sh", "-c", "sleep 0.02").id
        self.wait_until(lambda: self.counts(large)["done"] >= 20)
        small = self.ctl("submit", self.rows(5, "small.csv"), "--", "sh", "-c", "sleep 0.02").id
        self.wait_for(small)
        done = self.counts(large)["done"]
        self.assertLess(done, 1500)  # it had its turn while the large one had not
        self.ctl("cancel", large)

    # ---- a state file that cannot be written -----------------------------------------------------

    def test_deliveries_are_held_while_the_state_file_is_locked(self):
        cancelled = self.through_proxy().at(TO_SERVER, CANCEL)
        self.batchd()
        batch = self.gated_at_work(4)
        other = sqlite3.connect(self.state, timeout=30, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        self.open_gate()
        self.wait_until(lambda: "locked by another program" in self.log(), 60)
        cancelled.wait()
        held = self.look().unacknowledged
        client = self.client()
        for _ in range(3):
            client.publish(self.queue, json.dumps({"batchId": batch}), headers={"x-bell": 1})
        # It wants none of them, and does not answer the one whose items have been at work.
        self.assertGreaterEqual(held, 1)
        self.wait_until(lambda: self.look()[:2] == (held + 3, held))
        self.check_quiet()
        self.wait_until(lambda: self.look()[:2] == (held + 3, held))
        other.execute("ROLLBACK")
        other.close()
        self.check_after(batch, 4)
        self.emptied(queue=self.queue + ".dead")


if __name__ == "__main__":
    unittest.main()
