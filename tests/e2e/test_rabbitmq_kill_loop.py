#!/usr/bin/python3
"""Kills the broker, its connections, batchd, its plugins and batchctl at random moments, and then looks whether
anything is lost.

test_rabbitmq_kill_loop.py [ROUNDS [SEED]]: 10 rounds without; the seed of a run that failed brings much of it back."""

import sys
import unittest

import kill_loop
from broker_faults import BrokerFaults


class KillLoop(BrokerFaults, kill_loop.KillLoop):
    rounds = 10

    def setUp(self):
        super().setUp()
        self.env["BATCH_QUEUE_URL"] += "?heartbeat=1"
        self.kills.update({"broker": 0, "restart": 0, "freeze": 0, "connections": 0})
        self.is_down = self.is_frozen = False

    def play(self):
        super().play()
        if self.is_down or self.is_frozen:
            # Seldom for more than a round.
            if self.random.random() < 0.8:
                self.bring_back()
            return
        chance = self.random.random()
        if chance < 0.4:
            self.kills["connections"] += 1
            self.broker.close_connections()
        elif chance < 0.55:
            self.kills["broker"] += 1
            self.broker.kill9()
            self.is_down = True
        elif chance < 0.6:
            self.kills["restart"] += 1
            self.broker.stop()
            self.is_down = True
        elif chance < 0.75:
            self.kills["freeze"] += 1
            self.broker.freeze()
            self.is_frozen = True

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
        self.assertEqual(self.look(queue=self.queue + ".dead").messages, 0)
        self.leave()
        self.check_recovery_is_idle()


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word.isdigit()]
    KillLoop.rounds = int(words[0]) if words else KillLoop.rounds
    KillLoop.seed = int(words[1]) if len(words) > 1 else None
    unittest.main(argv=sys.argv[:1])
