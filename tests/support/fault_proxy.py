"""A TCP proxy that does to connections what networks do to them, at the moment a test asks for.

    proxy = FaultProxy(broker.port)
    lost = proxy.at(TO_CLIENT, ACK, cut)    # the broker has the message, and nobody gets its confirm
    ... "BATCH_QUEUE_URL": proxy.url(url) ...
    lost.wait()
"""

import select
import socket
import threading
import time
import urllib.parse

from fault_link import Faults, Link, Rule, cut, reset
from ports import listen


class FaultProxy:
    """Passes everything until told otherwise.  What the methods below ask for holds for all connections, also later
    ones, until pass_again().  A server that is down shows as a connection that ends at once.

    listener: where clients come, when it is no free port on 127.0.0.1."""

    def __init__(self, target_port, listener=None):
        self._target = ("127.0.0.1", target_port)
        self._listener = listener or listen()
        self.host, self.port = self._listener.getsockname()
        self.connections = 0  # so far
        self.passed = {"to server": 0, "to client": 0}  # bytes
        self._links, self._faults = [], Faults()
        self._accepting, self._listening, self._ending = True, True, False
        self._lock = threading.Lock()  # of all above, but while the thread polls
        self._bell, self._doorbell = socket.socketpair()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self):
        self._change(lambda: setattr(self, "_ending", True))
        self._thread.join()
        self._bell.close()

    def url(self, url):
        """The same by way of this proxy."""
        parts = urllib.parse.urlsplit(url)
        login, at, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{login}{at}{self.host}:{self.port}").geturl()

    def open(self):
        """How many connections there are."""
        with self._lock:
            return len(self._links)

    # ---- faults ----------------------------------------------------------------------------------

    def at(self, direction, pattern, action=None, after=False):
        """The Rule that does the action when a frame comes by: a method (of amqp_frames), or one with these bytes.

        after: once the method and its content have gone on; else cut, reset and swallow take it, too.  A broker may
        drop what it has just got when the connection ends.
        Without an action: only for wait()."""
        rule = Rule(direction, pattern, action, after or action is None)
        self._change(lambda: self._faults.rules.append(rule))
        return rule

    def forge(self, direction, method, forger):
        """Each frame of this method goes on as what the forger makes of its bytes; b"": it does not."""
        self._change(lambda: self._faults.forgers.update({(direction, method): forger}))

    def cut(self, with_reset=False):
        """All connections, now."""
        self._change(lambda: [link.close(with_reset) for link in self._links])

    def cut_after(self, direction, count, with_reset=False):
        """At a byte: once so many more have gone on."""
        self._change(lambda: self._faults.budgets.update({direction: (count, reset if with_reset else cut)}))

    def delay(self, direction, seconds):
        self._change(lambda: self._faults.delays.update({direction: seconds}))

    def swallow(self, direction):
        self._change(lambda: self._faults.swallowed.add(direction))

    def hold(self, direction):
        self._change(lambda: self._faults.held.add(direction))

    def stop_accepting(self):
        """The kernel still takes connections, and nobody answers there."""
        self._change(lambda: setattr(self, "_accepting", False))

    def refuse(self):
        """New connections."""
        self._change(self._stop_listening)

    def pass_again(self):
        self._change(self._reset)

    # ---- the thread ------------------------------------------------------------------------------

    def _change(self, what):
        with self._lock:
            what()
            self._links = [link for link in self._links if not link.closed]
            self._bell.send(b"x")

    def _stop_listening(self):
        self._listening = False
        self._listener.shutdown(socket.SHUT_RDWR)  # refuses from now on, and keeps its port

    def _reset(self):
        self._accepting, self._faults = True, Faults()
        for link in self._links:
            link.own = Faults()
        if not self._listening:
            self._listener.listen(128)
            self._listening = True

    def _run(self):
        while not self._ending:
            with self._lock:
                wanted, until = self._wanted()
            poll = select.poll()
            for fd, (events, _) in wanted.items():
                poll.register(fd, events)
            ready = poll.poll(None if until is None else max(0, until - time.monotonic()) * 1000 + 1)
            with self._lock:
                for fd, _ in ready:
                    for action in wanted[fd][1]:
                        action()
                self._push()
        self._leave()

    def _wanted(self):
        """What to wait for: for each descriptor the events and what is to be done then; and until when."""
        wanted, times = {}, []

        def want(sock, event, action):
            events, actions = wanted.get(sock.fileno(), (0, []))
            wanted[sock.fileno()] = (events | event, [*actions, action])

        want(self._doorbell, select.POLLIN, lambda: self._doorbell.recv(4096))
        if self._accepting and self._listening:
            want(self._listener, select.POLLIN, self._accept)
        for link in self._links:
            for pipe in link.pipes:
                if link.wants_to_read(pipe):
                    want(pipe.source, select.POLLIN, lambda link=link, pipe=pipe: self._read(link, pipe))
                due = link.due(pipe, self._faults)
                if due is not None and due <= time.monotonic():
                    want(pipe.target, select.POLLOUT, lambda: None)
                elif due is not None:
                    times.append(due)
        return wanted, min(times, default=None)

    def _accept(self):
        if not self._listening:
            return  # no longer, since we waited
        client, _ = self._listener.accept()
        self.connections += 1
        try:
            self._links.append(Link(client, socket.create_connection(self._target, timeout=30), self.passed))
        except OSError:
            client.close()

    def _read(self, link, pipe):
        if not link.closed:
            link.read(pipe, self._faults)

    def _push(self):
        for link in self._links:
            for pipe in link.pipes:
                link.push(pipe, self._faults)
        self._links = [link for link in self._links if not link.closed]

    def _leave(self):
        for link in self._links:
            link.close()
        self._listener.close()
        self._doorbell.close()
