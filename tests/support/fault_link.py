"""One connection through a FaultProxy: what comes on one side goes on to the other, but for the faults asked for."""

import collections
import socket
import struct
import threading
import time

from amqp_frames import Frames

TO_SERVER, TO_CLIENT = "to server", "to client"
ENOUGH = 1 << 16  # bytes that wait to go on, before no more are read

# What can be done at a frame, to its connection; the next connection is none the wiser.
Action = collections.namedtuple("Action", "name direction")
cut = Action("cut", None)  # both sides see its end
reset = Action("reset", None)  # the client gets RST; the server an end, so that it takes what it has got before


def swallow(direction):
    """As in a network that lost its way: what comes from now on is taken, and goes nowhere."""
    return Action("swallow", direction)


def hold(direction):
    """What comes from now on waits for pass_again(); then it is not even read: the sender's buffers fill."""
    return Action("hold", direction)


class Rule:
    """An action at a frame: it happens once."""

    def __init__(self, direction, pattern, action, after):
        self.direction, self.pattern, self.action, self.after = direction, pattern, action, after
        self.used, self._happened = False, threading.Event()

    def fits(self, direction, frame):
        if self.used or direction != self.direction:
            return False
        if isinstance(self.pattern, bytes):
            return self.pattern in frame.data
        return frame.method == self.pattern and (frame.last if self.after else frame.first)

    def happen(self):
        self._happened.set()

    def happened(self):
        return self._happened.is_set()

    def wait(self, seconds=30):
        """Until it has happened."""
        if not self._happened.wait(seconds):
            raise AssertionError(f"{self.pattern} was not seen in {seconds} s")


class Faults:
    """What is wrong with one connection, or with all."""

    def __init__(self):
        self.swallowed, self.held = set(), set()  # directions
        self.delays, self.budgets = {}, {}  # direction: seconds; direction: bytes until the action, the action
        self.rules = []
        self.forgers = {}  # (direction, method): what makes other bytes of such a frame


class Pipe:
    """One direction; out: bytes and rules, each with the time when its turn comes."""

    def __init__(self, direction, source, target):
        self.direction, self.source, self.target = direction, source, target
        self.frames, self.out, self.ended = Frames(), collections.deque(), False

    def full(self):
        return sum(len(item) for _, item in self.out if isinstance(item, bytes)) >= ENOUGH


class Link:
    """A client's connection and ours to the server; `passed` counts bytes for each direction."""

    def __init__(self, client, server, passed):
        self.closed, self.own = False, Faults()
        self._client, self._server, self._passed = client, server, passed
        self.pipes = [Pipe(TO_SERVER, client, server), Pipe(TO_CLIENT, server, client)]
        for side in (client, server):
            side.setblocking(False)
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self, with_reset=False):
        if with_reset:
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._client.close()
        self._server.close()
        self.closed = True

    def wants_to_read(self, pipe):
        return not pipe.ended and not pipe.full()

    def due(self, pipe, common):
        """When the first thing that waits may go on; None: nothing does, or it is held."""
        held = pipe.direction in common.held | self.own.held
        return pipe.out[0][0] if pipe.out and not held else None

    def read(self, pipe, common):
        try:
            data = pipe.source.recv(ENOUGH)
        except BlockingIOError:
            return
        except OSError:
            self.close(with_reset=True)
            return
        pipe.ended = not data
        frames = pipe.frames.feed(data) if data else pipe.frames.flush()
        for frame in frames:
            self._take(pipe, frame, common)
        if pipe.ended and not self._swallows(pipe, common):
            self._queue(pipe, b"", common)

    def push(self, pipe, common):
        """What is due goes on."""
        while not self.closed:
            due = self.due(pipe, common)
            if due is None or due > time.monotonic():
                return
            item = pipe.out.popleft()[1]
            if isinstance(item, Rule):
                self._do(item.action)
                item.happen()
            elif not self._send(pipe, item, common):
                return

    def _take(self, pipe, frame, common):
        rule = next((rule for rule in common.rules if rule.fits(pipe.direction, frame)), None)
        if rule and not rule.after:
            self._act(pipe, rule, common)
        if not self._swallows(pipe, common):
            forge = common.forgers.get((pipe.direction, frame.method), lambda data: data)
            if data := forge(frame.data):
                self._queue(pipe, data, common)
        if rule and rule.after:
            self._act(pipe, rule, common)

    def _act(self, pipe, rule, common):
        """Swallowing begins at once; the end of the connection waits until what came before has gone on."""
        rule.used = True
        if rule.action and rule.action.name == "swallow":
            self.own.swallowed.add(rule.action.direction)
            rule.happen()
            return
        self._queue(pipe, rule, common)
        if rule.action in (cut, reset):
            self.own.swallowed.add(pipe.direction)

    def _swallows(self, pipe, common):
        return pipe.direction in common.swallowed | self.own.swallowed

    def _queue(self, pipe, item, common):
        pipe.out.append((time.monotonic() + common.delays.get(pipe.direction, 0), item))

    def _do(self, action):
        if action in (cut, reset):
            self.close(with_reset=action is reset)
        elif action:
            getattr(self.own, {"swallow": "swallowed", "hold": "held"}[action.name]).add(action.direction)

    def _send(self, pipe, data, common):
        """Whether more may follow at once."""
        if not data:  # the source has ended
            return self._end(pipe)
        left, action = common.budgets.get(pipe.direction, (len(data) + 1, None))
        try:
            sent = pipe.target.send(data[:left])
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close(with_reset=True)
            return False
        self._passed[pipe.direction] += sent
        if sent < len(data):
            pipe.out.appendleft((0, data[sent:]))
        if action:
            common.budgets[pipe.direction] = left - sent, action
            if left == sent:
                del common.budgets[pipe.direction]
                self._do(action)
        return sent == len(data)

    def _end(self, pipe):
        try:
            pipe.target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has ended, too
        if all(other.ended and not other.out for other in self.pipes):
            self.close()
        return False
