"""AMQP 0-9-1 on the wire: a stream cut into its frames (section 4.2 of the specification)."""

import collections
import struct

# Class and method, as a frame of type 1 begins.
START, OPEN, OPENED_CHANNEL = (10, 10), (10, 40), (20, 11)
DECLARE_QUEUE, DECLARED_QUEUE, CONSUME, CANCEL = (50, 10), (50, 11), (60, 20), (60, 30)
PUBLISH, RETURN, DELIVER, GOT = (60, 40), (60, 50), (60, 60), (60, 71)
ACK, REJECT, NACK = (60, 80), (60, 90), (60, 120)
WITH_CONTENT = {PUBLISH, RETURN, DELIVER, GOT}
METHOD, HEADER, BODY = 1, 2, 3

# method: that the frame belongs to, also as its content; first and last: of all the frames of this method.
Frame = collections.namedtuple("Frame", "data method first last")


def is_redelivered(delivery):
    """Of the first frame of a DELIVER."""
    return delivery[12 + delivery[11] + 8] & 1 == 1  # behind the consumer's tag and the delivery's


class Frames:
    """One direction of a connection; when it is not AMQP, such as TLS, each piece that comes is taken for a frame."""

    def __init__(self):
        self._rest = b""
        self._foreign = None  # unknown before the first byte
        self._content = {}  # channel: method, bytes to come

    def feed(self, data):
        self._rest += data
        if self._foreign is None:
            self._foreign = self._rest[0] not in b"A\x01"
        if self._foreign:
            return self.flush()
        return list(iter(self._next, None))

    def flush(self):
        """What came of a frame that will not be whole."""
        rest, self._rest = self._rest, b""
        return [Frame(rest, None, True, True)] if rest else []

    def _next(self):
        if len(self._rest) < 8:
            return None
        if self._rest.startswith(b"AMQP"):
            return self._frame(8, None, True, True)
        kind, channel, length = struct.unpack_from(">BHI", self._rest)
        size = length + 8
        if len(self._rest) < size:
            return None
        if kind == METHOD:
            method = struct.unpack_from(">HH", self._rest, 7)
            self._content[channel] = method, 0
            return self._frame(size, method, True, method not in WITH_CONTENT)
        if kind not in (HEADER, BODY):
            return self._frame(size, None, True, True)
        method, left = self._content.get(channel, (None, 0))
        left = struct.unpack_from(">Q", self._rest, 11)[0] if kind == HEADER else left - length
        self._content[channel] = method, left
        return self._frame(size, method, False, left <= 0)

    def _frame(self, size, *about):
        data, self._rest = self._rest[:size], self._rest[size:]
        return Frame(data, *about)
