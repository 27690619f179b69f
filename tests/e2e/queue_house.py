"""What batchctl says of the queue of a house."""

from broker_house import BrokerHouse
from submitting import Submitting


class Looking(BrokerHouse, Submitting):
    def setUp(self):
        super().setUp()
        self.env["XDG_DATA_HOME"] = self.root  # doctor tries every plugin that is there
        self.address = f"127.0.0.1:{self.broker.port}"
        self.name = f"RabbitMQ at {self.address}"

    def declared(self):
        self.ctl("queue", "declare")
        return self.queue

    def assertSays(self, done, message, hint=None):
        self.assertEqual(done.err, f"batchctl: error: {message}\n" + (f"hint: {hint}\n" if hint else ""))

    def finding(self, code=1):
        """What doctor says of the queue: the result, the message and what mends it."""
        found = [each for each in self.ctl("doctor", "--json", code=code).lines() if each["check"] == "queue"]
        self.assertEqual([list(each) for each in found], [["v", "check", "result", "message", "mend"]])
        return found[0]["result"], found[0]["message"], found[0]["mend"]
