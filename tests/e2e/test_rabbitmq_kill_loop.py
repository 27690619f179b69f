#!/usr/bin/python3
"""Kills the broker, its connections, batchd, its plugins and batchctl at random moments, and then looks whether
anything is lost.

test_rabbitmq_kill_loop.py [ROUNDS [SEED]]: 10 rounds without, always the same; with ROUNDS, a seed of its own. That of
a run that failed brings much of it back."""

import sys
import unittest

import kill_loop
from broker_faults import BrokerFaults
from kill_loop import Deck


class KillLoop(BrokerFaults, kill_loop.KillLoop):
    rounds = 10

    def setUp(self):
        super().setUp()
        self.env["BATCH_QUEUE_URL"] += "?heartbeat=1"
        self.kills.update({"broker": 0, "restart": 0, "freeze": 0, "connections": 0})
        self.is_down = self.is_frozen = False
        self.faults = Deck(["connections", "broker", "restart", "freeze"], self.random)
        self.mending = Deck([True, True, True, False], self.random)  # seldom for more than a round

    def play(self):
        super().play()
        if not self.is_down and not self.is_frozen:
            self.strike(self.faults.deal())
        elif self.mending.deal():
            self.bring_back()

    def strike(self, fault):
        self.kills[fault] += 1
        if fault == "connections":
            self.broker.close_connections()
        elif fault == "freeze":
            self.broker.freeze()
            self.is_frozen = True
        else:
            self.broker.kill9() if fault == "broker" else self.broker.stop()
            self.is_down = True

    def bring_back(self):
        if self.is_frozen:
            self.broker.thaw()
        elif self.is_down:
            self.broker.start()
        self.is_down = self.is_frozen = False

    def end(self):
        self.bring_back()
        super().end()  # ends batchd, works off what is left, and looks at every item
        self.batchd()
        self.consumed()
        self.emptied()
        self.check_quiet()
        self.emptied(queue=self.queue + ".dead")
        self.leave()
        self.check_recovery_is_idle()


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word.isdigit()]
    if words:
        KillLoop.rounds, KillLoop.seed = int(words[0]), int(words[1]) if len(words) > 1 else None
    unittest.main(argv=sys.argv[:1])
