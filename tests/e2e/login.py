"""A login that waits on a terminal, the requests that come to it, and the sockets of this machine (login_house.py)."""

import collections
import contextlib
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import urllib.parse

from house import Done
from terminal import Screen, open_terminal

from person import Person
from waiting import wait_until

PATIENCE = 60  # seconds; for what takes far less
Answer = collections.namedtuple("Answer", "status headers body")  # headers: [(name in lower case, value)]


class Login:
    """batchctl auth login on a terminal."""

    def __init__(self, house, command, env):
        self.house, self.provider = house, house.provider
        self._terminal, other = open_terminal(132)
        self._said = b""
        self._out = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, cwd=house.root, env=env, stdin=other, stdout=self._out, stderr=other,
                                        start_new_session=True)
        os.close(other)
        self._socket = None  # at which it listens
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while True:
            try:
                some = os.read(self._terminal, 65536)
            except OSError:  # the program has ended
                return
            self._said += some

    # ---- what it shows ---------------------------------------------------------------------------

    @property
    def text(self):
        """What stands on the screen."""
        screen = Screen()
        screen.feed(self._said.decode("utf-8", "replace"))
        return screen.text()

    @property
    def bytes(self):
        """All that came, as it came."""
        return self._said

    def wait_for(self, pattern, seconds=PATIENCE):
        """The match on the screen."""

        def found():
            ended = self.process.poll() is not None
            match = re.search(pattern, self.text, re.MULTILINE)
            if not match and ended:
                self._reader.join(PATIENCE)
                match = re.search(pattern, self.text, re.MULTILINE)
                assert match, f"it ended with {self.process.returncode} without {pattern!r}:\n{self.text}"
            return match

        return wait_until(found, seconds, f"{pattern!r} on the screen")

    @property
    def url(self):
        """Where the browser is sent: a line of its own."""
        url = self.wait_for(r"^(https?://\S*[?&]client_id=\S*)\n").group(1)
        if not self._socket and self.process.poll() is None:
            where = urllib.parse.urlsplit(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))["redirect_uri"])
            self._socket = listening().get((where.hostname, where.port))
        return url

    @property
    def query(self):
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.url).query, strict_parsing=True))

    @property
    def state(self):
        return self.query["state"]

    @property
    def redirect_uri(self):
        return self.query["redirect_uri"]

    @property
    def authority(self):
        return urllib.parse.urlsplit(self.redirect_uri).netloc

    @property
    def address(self):
        where = urllib.parse.urlsplit(self.redirect_uri)
        return where.hostname, where.port

    @property
    def port(self):
        return self.address[1]

    # ---- its browser -----------------------------------------------------------------------------

    def target(self, **changes):
        """/callback with a code that nobody has given; changes: of the query, None takes one out."""
        query = {"code": "4/0A-made-up", "state": self.state, "iss": self.provider.issuer, **changes}
        return "/callback?" + urllib.parse.urlencode({name: text for name, text in query.items() if text is not None})

    def callback(self, **changes):
        """What the listener answers to that."""
        return self.get(self.target(**changes))

    def get(self, target, method="GET", headers=(), host=None):
        lines = [f"{method} {target} HTTP/1.1", *([f"Host: {host or self.authority}"] if host != "" else []), *headers]
        return self.send("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def connect(self):
        return socket.create_connection(self.address, PATIENCE)

    def nudge(self):
        """It looks at the clock when something happens."""
        with contextlib.suppress(ConnectionRefusedError):  # it has done so already
            self.connect().close()

    def send(self, data):
        """The answer to these bytes; None if the connection is closed without one."""
        with self.connect() as connection:
            try:
                connection.sendall(data)
            except OSError:  # it has closed: what it said before can be read still
                pass
            return answer_on(connection)

    def redirect(self, person=None):
        """Where the provider sends the browser of somebody who has logged in."""
        return (person or Person("alice")).authorize(self.url)

    def come_back(self, redirect):
        """The browser's request of that; the page."""
        where = urllib.parse.urlsplit(redirect)
        return self.get(f"{where.path}?{where.query}")

    def request(self, redirect=None):
        """The browser's, byte by byte."""
        where = urllib.parse.urlsplit(redirect or self.redirect())
        return f"GET {where.path}?{where.query} HTTP/1.1\r\nHost: {self.authority}\r\n\r\n".encode()

    def is_waiting(self):
        """Whether it has not given up."""
        return self.process.poll() is None and self.get("/nothing").status == 404

    # ---- its end ---------------------------------------------------------------------------------

    def type(self, text):
        os.write(self._terminal, text.encode())

    def finish(self, code=0, person=None):
        """Somebody logs in; what was said, and the page that was seen at last."""
        page = self.come_back(self.redirect(person))
        done = self.end(code)
        done.page = page
        return done

    def end(self, code=0, seconds=PATIENCE):
        """What it has said, once it has ended so."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end:\n{self.text}") from None
        self._reader.join(PATIENCE)
        self._out.seek(0)
        done = Done(self.process.returncode, self._out.read().decode(), self.text)
        self.house.heard(["auth", "login"], Done(done.code, done.out, self.bytes.decode("utf-8", "replace")))
        if code is not None:
            self.house.assertEqual(done.code, code, done.out + done.err)
        return done

    def is_deaf(self):
        """Whether nobody has the socket any more at which it listened; the port may be another program's by now."""
        return self._socket not in listening().values() if self._socket else is_refused(self.address)

    def signal(self, number=signal.SIGINT):
        self.process.send_signal(number)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE)
        if self._terminal is not None:
            os.close(self._terminal)
            self._out.close()
            self._terminal = None


def answer_on(connection):
    """The HTTP response that ends with its connection; None for none at all."""
    said = b""
    try:
        while some := connection.recv(65536):
            said += some
    except ConnectionResetError:
        pass
    return parse_answer(said) if said else None


def parse_answer(said):
    head, _, body = said.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = [tuple(map(str.strip, line.lower().split(":", 1)[:1] + line.split(":", 1)[1:])) for line in rest]
    return Answer(int(first.split()[1]), headers, body.decode("utf-8"))


def listening():
    """Of all that listen here: {(address, port): number of the socket}, IPv4 and IPv6."""
    found = {}
    for name, family in (("/proc/net/tcp", socket.AF_INET), ("/proc/net/tcp6", socket.AF_INET6)):
        with open(name, encoding="ascii") as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                address, port = fields[1].split(":")
                if fields[3] == "0A":  # LISTEN
                    words = bytes.fromhex(address)
                    swapped = b"".join(words[i : i + 4][::-1] for i in range(0, len(words), 4))
                    found[socket.inet_ntop(family, swapped), int(port, 16)] = int(fields[9])
    return found


def is_refused(address):
    """Whether nobody listens there."""
    try:
        socket.create_connection(address, PATIENCE).close()
    except ConnectionRefusedError:
        return True
    return False


def is_closed(connection):
    """Whether the other side is gone; what it has sent meanwhile is lost."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(PATIENCE)


def in_threads(work, many):
    """The results, in their order."""
    results = [None] * len(many)

    def run(place, each):
        try:
            results[place] = (work(each), None)
        except BaseException as error:  # for the caller
            results[place] = (None, error)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for _, error in results:
        if error:
            raise error
    return [value for value, _ in results]
