"""A client of RabbitMQ for tests, with which they see and do what batchctl and batchd would not."""

import collections
import unittest

try:
    import pika
except ImportError:
    pika = None

Message = collections.namedtuple("Message", "body properties redelivered")


def other_greeting(change):
    """A forger for START: the server presents itself with other properties, which `change` makes of its own."""

    def forge(data):
        frame = pika.frame.decode_frame(data)[1]
        frame.method.server_properties = change(frame.method.server_properties)
        return frame.marshal()

    return forge


class Client:
    """One connection without heartbeats, which has to be closed; `with` does."""

    def __init__(self, url, **options):
        if not pika:
            raise unittest.SkipTest("pika is missing (package python3-pika)")
        parameters = pika.URLParameters(url)
        parameters.heartbeat, parameters.socket_timeout = 0, 30
        for name, value in options.items():
            setattr(parameters, name, value)
        self.connection = pika.BlockingConnection(parameters)
        self._channel = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Also when the broker is gone."""
        try:
            self.connection.close()
        except pika.exceptions.AMQPError:
            pass

    @property
    def channel(self):
        """An open one: an error of the one before closed it."""
        if not self._channel or not self._channel.is_open:
            self._channel = self.connection.channel()
            self._channel.confirm_delivery()
        return self._channel

    def publish(self, queue, body, exchange="", **properties):
        """Returns once the broker has confirmed it; throws if no queue takes it.  Durable, unless asked otherwise."""
        about = pika.BasicProperties(**{"delivery_mode": 2, **properties})
        body = body.encode() if isinstance(body, str) else body
        self.channel.basic_publish(exchange, queue, body, about, mandatory=True)

    def take(self, queue):
        """All messages that are ready, which are then gone."""
        messages = []
        while True:
            method, properties, body = self.channel.basic_get(queue, auto_ack=True)
            if not method:
                return messages
            messages.append(Message(body, properties, method.redelivered))

    def declare(self, queue, **arguments):
        """A durable quorum queue; arguments with _ for -, as in x_delivery_limit=3; x_queue_type="classic"."""
        words = {name.replace("_", "-"): value for name, value in arguments.items()}
        self.channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum", **words})

    def delete(self, queue):
        self.channel.queue_delete(queue)

    def purge(self, queue):
        self.channel.queue_purge(queue)

    def exists(self, queue):
        return self._about(queue) is not None

    def depth(self, queue):
        """Messages that are ready; those at a consumer do not count."""
        return self._about(queue).message_count

    def consumers(self, queue):
        return self._about(queue).consumer_count

    def _about(self, queue):
        try:
            return self.channel.queue_declare(queue, passive=True).method
        except pika.exceptions.ChannelClosedByBroker as error:
            if error.reply_code != 404:
                raise
            return None
