#!/usr/bin/python3
"""What comes through the queue while the disk of the state file is full."""

import json
import os

from broker_faults import BrokerFaults
from mounts import fill, mount, run_with_mounts, umount

from amqp_frames import CANCEL
from fault_link import TO_SERVER


class FullDisk(BrokerFaults):
    def setUp(self):
        super().setUp()
        self.disk = os.path.dirname(self.state)
        mount(self.disk, "mode=0700", size="24m")
        self.addCleanup(umount, self.disk)

    def fill_until_told(self):
        """Others write, too, until there is no room for a page."""
        def told():
            if not os.path.exists(self.filler) or os.statvfs(self.disk).f_bavail:
                fill(self.disk)
            return "disk full at" in self.log()

        self.wait_until(told, 60)

    @property
    def filler(self):
        return os.path.join(self.disk, "filler")

    def test_deliveries_are_held_and_nothing_is_lost(self):
        cancelled = self.through_proxy().at(TO_SERVER, CANCEL)
        self.batchd()
        batch = self.gated_at_work(4)
        fill(self.disk)
        self.open_gate()
        self.fill_until_told()
        ran = len(self.ledger())
        # It wants no more, and answers nothing, also not that whose items have been at work.
        cancelled.wait()
        self.wait_until(lambda: self.look().unacknowledged >= 1)
        held = self.look()
        client = self.client()
        for number in (1, self.bell(batch), None):
            headers = {} if number is None else {"x-bell": number}
            client.publish(self.queue, json.dumps({"batchId": batch}), headers=headers)
        self.check_quiet()
        self.wait_until(lambda: self.look()[:2] == (held.messages + 3, held.unacknowledged))
        self.assertEqual(len(self.ledger()), ran)
        self.assertIsNone(self.batch(batch)["verdict"])
        os.unlink(self.filler)
        self.check_after(batch, 4)
        self.assertIn("the state file can be written again", self.log())
        self.assertEqual(self.log().count('"queue_connected"'), 1)
        self.emptied(queue=self.queue + ".dead")

    def test_a_kill_while_they_are_held_loses_none(self):
        self.batchd()
        batch = self.gated_at_work(4)
        fill(self.disk)
        self.open_gate()
        self.fill_until_told()
        self.daemons[-1].kill()
        self.daemons[-1].wait()
        os.unlink(self.filler)
        before, runs = self.done(batch), len(self.ledger())
        self.wait_until(lambda: self.look().messages >= 1)
        self.batchd()
        self.wait_for(batch)
        self.consumed()
        self.emptied()
        self.check_quiet()
        self.leave()
        self.check_all(batch, 4, before, runs)


if __name__ == "__main__":
    run_with_mounts()
