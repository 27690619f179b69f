#!/usr/bin/python3
"""A slow way to the broker, and confirmations that come late or never."""

import os
import subprocess
import unittest

from broker_faults import BrokerFaults
from house import BUILD
from moved_clock import BOOT, move_clocks

from amqp_frames import ACK, DELIVER, PUBLISH
from fault_link import TO_CLIENT, TO_SERVER, hold, swallow
from fault_proxy import FaultProxy

BELL = b"\x06x-bell"  # a header, of which four or eight bytes are the number
SIZES = {ord("I"): 4, ord("l"): 8}


class Late(BrokerFaults):
    def beside(self):
        """Only batchd reaches the broker by way of the proxy; the numbers that it rings with are noted."""
        direct, proxy = self.url, self.through_proxy()
        self.rung = []

        def see(frame):
            if BELL in frame:
                at = frame.index(BELL) + len(BELL)
                self.rung.append(int.from_bytes(frame[at + 1 : at + 1 + SIZES[frame[at]]], "big"))
            return frame

        proxy.forge(TO_SERVER, PUBLISH, see)
        self.batchd()
        self.env["BATCH_QUEUE_URL"] = direct
        return proxy

    def test_a_confirmation_of_submit_comes_late(self):
        """But not too late."""
        self.ctl("queue", "declare")
        proxy = FaultProxy(self.broker.port)
        self.addCleanup(proxy.end)
        held = proxy.at(TO_CLIENT, ACK, hold(TO_CLIENT))
        command = subprocess.Popen(
            [os.path.join(BUILD, "batchctl"), "submit", self.rows(2), "--require-queue", "--step", "echo"],
            cwd=self.root, env={**self.env, "BATCH_QUEUE_URL": proxy.url(self.url)}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        )
        with command:
            held.wait()
            before = self.batch()["status"]
            proxy.pass_again()
            out, err = command.communicate(timeout=30)
        self.assertEqual((command.returncode, before, self.batch(out.strip())["status"]), (0, "submitted", "queued"), err)

    def test_a_confirmation_of_batchd_comes_when_it_has_gone_on(self):
        jump = move_clocks(self, BOOT)
        proxy = self.beside()
        held = proxy.at(TO_CLIENT, ACK, hold(TO_CLIENT))
        batch = self.submit_by_token(30)
        held.wait()
        self.let_end(batch, 3)
        jump(10)  # it waits for 5 s
        self.let_end(batch, 6)
        proxy.pass_again()
        self.let_end(batch, 3)
        self.open_gate()
        self.check_after(batch, 30)
        self.assertEqual(sorted(set(self.rung)), sorted(self.rung))

    def test_a_doorbell_that_is_not_confirmed_is_not_rung_again(self):
        proxy = self.beside()
        published = self.traffic()[0]
        lost = proxy.at(TO_CLIENT, ACK, swallow(TO_CLIENT))
        batch = self.submit_by_token(30)
        lost.wait()
        self.open_gate()
        self.check_ran_once(batch, 30)
        self.assertGreaterEqual(len(self.rung), 1)
        self.assertEqual(sorted(set(self.rung)), sorted(self.rung))
        self.assertLessEqual(self.traffic()[0] - published, self.bell(batch))
        self.check_after(batch, 30)

    def test_a_slow_way(self):
        proxy = self.through_proxy()
        for direction in (TO_SERVER, TO_CLIENT):
            proxy.delay(direction, 0.1)
        rung = proxy.at(TO_CLIENT, DELIVER)
        self.batchd()
        batch = self.submit_by_token(100)
        rung.wait()
        while self.bell(batch) == 1:
            self.let_end(batch, 5)
        self.open_gate()
        self.check_ran_once(batch, 100)
        self.emptied()
        self.check_quiet()
        self.assertEqual(self.log().count('"queue_connected"'), 1)
        proxy.pass_again()
        self.check_after(batch, 100)


if __name__ == "__main__":
    unittest.main()
