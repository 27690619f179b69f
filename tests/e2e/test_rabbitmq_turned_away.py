#!/usr/bin/python3
"""A broker that does not take batchd as it comes: why is said once, it is not asked in a loop, and the work is done."""

import threading
import time
import unittest

from broker_faults import BrokerFaults

from fault_link import TO_SERVER
from ports import listen
from rabbitmq import vhost_of

MEASURED = 3  # seconds
AT_MOST = 8  # connections in them: pauses grow from 0.1 s


class TurnedAway(BrokerFaults):
    def refused(self, *said, url=None):
        """batchd starts and is refused with these words."""
        if url:
            self.url = url
        proxy = self.through_proxy()
        direct, by_proxy = self.url, self.env["BATCH_QUEUE_URL"]
        begin = time.monotonic()
        self.start()
        for words in said:
            self.wait_until(lambda words=words: words in self.log(), 30)
        self.env["BATCH_QUEUE_URL"] = "local:"
        batch = self.submit_noted(10)
        self.check_ran_once(batch, 10)
        time.sleep(max(0, begin + MEASURED - time.monotonic()))  # the time over which is measured
        # Who is refused waits for 2 s and more.
        self.assertLessEqual(proxy.connections, 2 + (time.monotonic() - begin) / 2, self.log())
        self.assertEqual(self.losses(), 1, self.log())
        self.env["BATCH_QUEUE_URL"] = by_proxy
        self.leave()
        return direct

    def test_the_queue_is_another(self):
        self.env["BATCH_QUEUE_NAME"] = "docs"
        self.client().channel.queue_declare("docs", durable=False)
        self.refused('queue \\"docs\\" exists with other arguments: there classic, durable=false; '
                     "wanted quorum, durable=true")

    def test_the_password_is_wrong(self):
        self.refused('refused the password of user \\"guest\\"', url=self.url.replace("guest:guest@", "guest:wrong@"))
        self.assertNotIn("wrong", self.log())

    def test_the_vhost_is_not_there(self):
        self.refused('has no vhost \\"nosuch\\"', url=self.url.replace(f"/{vhost_of(self.url)}", "/nosuch"))

    def test_nobody_hangs_up_on_it_in_a_loop(self):
        """A server that ends each connection, as it is in an outage behind a balancer."""
        with listen() as listener:
            seen = []

            def hang_up():
                while True:
                    try:
                        client, _ = listener.accept()
                    except OSError:
                        return  # the test has ended
                    seen.append(time.monotonic())
                    with client:
                        client.settimeout(5)
                        client.recv(8)  # what is left unread makes it a reset

            threading.Thread(target=hang_up, daemon=True).start()
            host, port = listener.getsockname()
            self.env["BATCH_QUEUE_URL"] = f"amqp://{host}:{port}"
            self.start()
            self.wait_until(lambda: seen, 30)
            time.sleep(MEASURED)  # the time over which is measured
            self.assertLessEqual(sum(at < seen[0] + MEASURED for at in seen), AT_MOST)
            self.wait_until(lambda: len(seen) >= 3, 30)  # it does not give up either
            self.assertEqual(self.losses(), 1)
            listener.shutdown(2)


if __name__ == "__main__":
    unittest.main()
