#!/usr/bin/python3
"""What happens to the connection, the channel, the consumer and the queue while batchd works."""

import json
import signal
import unittest

from broker_faults import BrokerFaults
from moved_clock import BOOT, move_clocks

from amqp_frames import ACK, CANCEL, DECLARED_QUEUE, DELIVER, METHOD, is_redelivered
from fault_link import TO_CLIENT, TO_SERVER, reset, swallow
from fault_proxy import FaultProxy
from netns import Link

LOOK_EVERY = 10  # seconds, after which batchd asks whether it still consumes


class Consuming(BrokerFaults):
    # ---- the connection --------------------------------------------------------------------------

    def test_connections_that_an_administrator_closes(self):
        self.batchd()
        batch = self.at_work()
        for times in (2, 3, 4):
            self.broker.close_connections()
            self.connected(times)
        self.assertIn("CONNECTION_FORCED", self.log())
        self.check_after(batch, 60)

    def test_a_pulled_cable_is_noticed_by_the_heartbeat_and_work_goes_on(self):
        link = Link()
        self.addCleanup(link.end)
        proxy = FaultProxy(self.broker.port, listener=link.listen())
        self.addCleanup(proxy.end)
        self.env["BATCH_QUEUE_URL"] = proxy.url(self.url) + "?heartbeat=1"
        self.batchd()
        batch = self.at_work()
        self.consumed()
        losses = self.losses()
        link.down()
        self.check_ran_once(batch, 60)
        self.loses_the_queue(losses)
        link.up()
        self.check_after(batch, 60)

    def test_a_reset_in_the_middle_of_a_frame(self):
        self.check_resets(TO_CLIENT, (1, 6, 8, 40, 75, 90, 120))

    def test_a_reset_in_the_middle_of_an_acknowledgement(self):
        self.check_resets(TO_SERVER, (1, 7, 20))

    def check_resets(self, direction, counts):
        """The connection that consumes is reset after so many bytes about a doorbell, each in turn."""
        proxy = self.through_proxy()
        self.batchd()
        batch = self.gated_at_work()
        client = self.client()
        for times, count in enumerate(counts, 2):
            for _ in range(5):
                proxy.cut_after(direction, count, with_reset=True)
                client.publish(self.queue, json.dumps({"batchId": batch}))
                try:
                    self.wait_until(lambda: self.log().count('"queue_connected"') >= times, 8)
                    break
                except self.failureException:
                    pass  # what was cut was a heartbeat, or the login, of the connection that publishes
            self.connected(times)
        proxy.pass_again()
        self.open_gate()
        self.check_after(batch, 6)

    def test_an_acknowledgement_that_is_lost(self):
        proxy = self.through_proxy("?heartbeat=1")
        again = []

        def see(frame):
            again.extend([1] * (frame[0] == METHOD and is_redelivered(frame)))
            return frame

        proxy.forge(TO_CLIENT, DELIVER, see)
        self.batchd()
        lost = proxy.at(TO_SERVER, ACK, swallow(TO_SERVER))
        batch = self.submit_noted(4)
        lost.wait()
        # The broker hears no more of us, and delivers once more to the next connection.
        self.wait_until(lambda: again, 60)
        self.check_after(batch, 4)

    def test_a_connection_that_ends_with_the_acknowledgement(self):
        proxy = self.through_proxy()
        self.batchd()
        for number in range(3):
            with self.subTest(number=number):
                cut = proxy.at(TO_SERVER, ACK, reset)
                self.ctl("submit", self.rows(4), "--step", "echo", "--wait")
                cut.wait()
                self.connected(number + 2)
        batch = self.submit_noted(4)
        self.check_after(batch, 4)

    def test_what_was_delivered_by_a_connection_before_is_not_answered_on_the_next(self):
        proxy = self.through_proxy()
        self.batchd()
        batch = self.gated_at_work(2)
        proxy.refuse()
        proxy.cut()
        # What it has in hand is gone before it is back: no delivery has the number of that any more.
        self.wait_until(lambda: self.look().consumers == 0)
        self.client().purge(self.queue)
        proxy.pass_again()
        self.connected(2)
        self.consumed()
        self.open_gate()
        self.check_ran_once(batch, 2)
        self.check_after(batch, 2)
        self.assertNotIn("unknown delivery tag", self.log())
        self.assertEqual(self.log().count('"queue_connected"'), 2)

    # ---- the channel, the consumer and the queue -------------------------------------------------

    def test_an_item_that_takes_longer_than_the_consumer_timeout(self):
        self.broker.set("channel_tick_interval", 200)
        self.broker.set("consumer_timeout", 10000)
        self.addCleanup(self.broker.set, "consumer_timeout", 1800000)
        self.batchd()
        batch = self.gated_at_work(2)
        self.wait_until(lambda: self.look().unacknowledged == 1)
        self.loses_the_queue(0)
        self.assertIn("PRECONDITION_FAILED", self.log())
        self.assertIn("consumer_timeout", self.log())
        self.connected(2)
        self.consumed()
        # The doorbell has come again, and there is nothing that it could be good for.
        self.emptied()
        self.assertEqual(len(self.ledger()), 2)
        self.assertEqual(self.log().count('"queue_lost"'), 1)
        self.open_gate()
        self.check_after(batch, 2)

    def test_after_a_minute_a_delivery_is_answered_whatever_is_still_at_work(self):
        """Two whose items run, and one that waits for its turn."""
        jump = move_clocks(self, BOOT)
        self.env["BATCH_WORKERS_COUNT"] = "4"  # enough prefetch on any machine
        self.batchd()
        first = self.gated_at_work(6, "--priority", "high")
        self.wait_until(lambda: self.look().unacknowledged == 2)
        second = self.submit_noted(2, "--priority", "low", name="second.csv")
        self.wait_until(lambda: self.look().unacknowledged == 3)
        jump(30)
        # When that of a third batch is answered, it has looked at the others.
        third = self.submit_noted(1, "--priority", "low", name="third.csv")
        self.wait_until(lambda: self.look().unacknowledged == 4)
        self.ctl("cancel", third)
        self.wait_until(lambda: self.look()[:2] == (3, 3))
        jump(61)
        self.emptied()
        self.assertEqual((self.counts(first)["running"], self.counts(second)["pending"]), (6, 2))
        self.assertEqual(self.log().count('"queue_connected"'), 1)
        self.open_gate()
        for batch, count in ((first, 6), (second, 2)):
            self.wait_for(batch)
            self.assertEqual(self.counts(batch)["done"], count)
        self.assertEqual(sorted(self.ledger()), sorted([*range(6), *range(2)]))
        self.check_quiet()

    def test_a_queue_that_is_deleted(self):
        self.batchd()
        batch = self.gated_at_work()
        client = self.client()
        for times in (2, 3):
            client.delete(self.queue)
            self.connected(times)
            self.consumed()
        self.assertIn("it was deleted", self.log())
        self.open_gate()
        self.check_after(batch, 6)

    def test_a_queue_that_is_deleted_again_and_again(self):
        """As soon as batchd consumes from it; in the middle of declaring it RabbitMQ 3.10 may stand still for a minute."""
        self.batchd()
        batch = self.at_work()
        client = self.client()
        for _ in range(5):
            self.consumed(60)
            client.delete(self.queue)
        self.check_after(batch, 60)

    def test_a_consumer_that_the_broker_has_forgotten(self):
        jump = move_clocks(self, BOOT)
        self.batchd()
        self.consumed()
        self.forget_consumers()
        self.wait_until(lambda: self.look().consumers == 0)
        jump(LOOK_EVERY)
        self.consumed()
        self.assertIn("has forgotten that batchd consumes", self.log())
        batch = self.submit_noted(4)
        self.check_after(batch, 4)

    def test_a_broker_that_sends_heartbeats_but_no_answers(self):
        jump = move_clocks(self, BOOT)
        proxy = self.through_proxy("?heartbeat=1")
        self.batchd()
        batch = self.gated_at_work()
        proxy.forge(TO_CLIENT, DECLARED_QUEUE, lambda data: b"")
        jump(LOOK_EVERY)
        self.wait_until(lambda: '"queue_lost"' in self.log(), 30)
        self.assertIn("cannot look at a queue: request timed out", self.log())
        proxy.pass_again()
        self.connected(2)
        self.open_gate()
        self.check_after(batch, 6)

    def forget_consumers(self):
        """Without a word to them."""
        name = f'rabbit_misc:r(<<"{self.url.rsplit("/", 1)[1]}">>, queue, <<"{self.queue}">>)'
        cancel = "rabbit_fifo:make_checkout({element(2, C), element(1, C)}, cancel, #{})"
        each = f"[ra:process_command(amqqueue:get_pid(Q), {cancel}) || C <- rabbit_amqqueue:consumers(Q)]"
        self.broker.eval(f"{{ok, Q}} = rabbit_amqqueue:lookup({name}), {each}")

    def test_who_may_not_read_is_told_so_and_does_not_try_in_a_loop(self):
        self.batchd()  # declares
        self.leave()
        self.url = self.broker.new_user(self.url, read="dead$")
        proxy = self.through_proxy()
        self.start()
        self.wait_until(lambda: "ACCESS_REFUSED" in self.log())
        before = proxy.connections
        batch = self.submit_noted(60)
        self.check_ran_once(batch, 60)
        # One of them is that of submit.
        self.assertLessEqual(proxy.connections - before, 3, self.log())
        self.assertLessEqual(self.log().count("ACCESS_REFUSED"), 2)

    def test_what_a_batchd_that_leaves_still_holds_is_counted(self):
        """It consumes no more then, and a classic queue has no consumer."""
        self.ctl("status", "--json")
        self.client().declare(self.queue, x_queue_type="classic")
        self.env["BATCH_QUEUE_DECLARE"] = "false"
        cancelled = self.through_proxy().at(TO_SERVER, CANCEL)
        self.env["BATCH_WORKERS_COUNT"] = "2"
        daemon = self.batchd()
        self.gated_at_work(2)
        # No worker is free for this one, so that its doorbell waits, and is answered when it is done.
        later = [self.rows(1, "later.csv"), "--", "sh", "-c", "until [ -e later ]; do sleep 0.02; done"]
        batch = self.ctl("submit", "--require-queue", *later).id
        self.wait_until(lambda: self.look().messages == self.look().unacknowledged)
        self.open_gate()
        self.wait_until(lambda: self.counts(batch)["running"] == 1 and self.look()[:2] == (1, 1))
        daemon.send_signal(signal.SIGTERM)
        cancelled.wait()
        self.wait_until(lambda: self.look().consumers == 0)

        def held():
            queue = self.ctl("queue", "status", "--json").lines()[0]["queue"]
            return queue["unacknowledged"], queue["consumers"]

        self.wait_until(lambda: held() == (1, 0))  # it is noted every 100 ms
        self.write("later", "")
        self.assertEqual(daemon.wait(60), 0)
        self.assertEqual(held(), (0, 0))


if __name__ == "__main__":
    unittest.main()
