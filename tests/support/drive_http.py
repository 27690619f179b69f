"""HTTP of the stand-in: one request after the other on a connection, with what a fault does to it."""

import contextlib
import hashlib
import http.server
import re
import socket
import struct
import sys
import time
import urllib.parse

from drive_errors import Answer, PlainRefusal, Refusal
from drive_faults import HUGE
from ports import listen

PIECE = 64 * 1024


class Cut(Exception):
    """The connection ends here."""


class Request:
    """What came.  Of a token only its SHA-256 is kept."""

    def __init__(self, method, target, headers):
        parts = urllib.parse.urlsplit(target)
        self.method, self.path, self.target = method, urllib.parse.unquote(parts.path), target
        self.query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        self.headers = {name.lower(): value for name, value in headers.items()}
        kind, _, token = self.headers.pop("authorization", "").partition(" ")
        self._token = token.strip() if kind.lower() == "bearer" else ""
        self.token_sha256 = hashlib.sha256(self._token.encode()).hexdigest() if self._token else None
        length = self.headers.get("content-length")
        self.length = int(length) if length and length.isdigit() else None
        self.call, self.meta, self.received = None, None, 0  # which of the API's methods; bytes of the body
        self.status, self.reason, self.at = None, None, time.monotonic()

    def token(self):
        return self._token

    def shown(self):
        names = ("method", "target", "call", "meta", "received", "status", "reason", "token_sha256")
        return {name: getattr(self, name) for name in names}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 128

    def __init__(self, drive, port):
        self.drive, self.connections = drive, set()
        super().__init__(("127.0.0.1", port), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listen(port=port)
        self.server_address = self.socket.getsockname()

    def handle_error(self, request, client_address):
        """A client that has gone is none of ours; what else happens is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def end(self):
        self.shutdown()
        self.server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version, server_version, sys_version = "HTTP/1.1", "ESF", ""
    timeout = 120

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.connections.add(self.connection)
        self.server.drive.connected()

    def finish(self):
        self.server.connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, *_):
        pass

    def do_GET(self):
        drive = self.server.drive
        request = Request(self.command, self.path, self.headers)
        if request.path == "/__control":
            return self._send(drive.control(request, self._read(request, None)))
        drive.note(request)
        fault = drive.fault_for(request)
        try:
            self._send(self._answer(drive, request, fault), request)
        except Cut:
            self._cut(fault and fault.reset)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

    def _answer(self, drive, request, fault):
        self._reach(fault, "start")
        if fault and fault.at == "start" and fault.do == "answer":
            self.close_connection = True  # the body stays unread
            return fault.answer()
        if request.method in ("POST", "PUT", "PATCH") and request.length is None and not self._chunked():
            self.close_connection = True
            return Answer(411, b"<!DOCTYPE html><title>Error 411 (Length Required)!!1</title>",
                          content_type="text/html; charset=UTF-8")
        try:
            body = self._read(request, fault)
        except Cut:
            drive.broken(request, self._partial)
            raise
        self._reach(fault, "before")
        if fault and fault.do == "answer" and fault.at != "after":
            return fault.answer()
        try:
            answer = drive.answer(request, body)
        except (Refusal, PlainRefusal) as refusal:
            answer = refusal.answer()
        self._reach(fault, "after")
        return fault.answer() if fault and fault.do == "answer" else answer

    def _reach(self, fault, place):
        if fault and fault.at == place and fault.happens():
            raise Cut

    def _chunked(self):
        return "chunked" in (self.headers.get("Transfer-Encoding") or "").lower()

    def _read(self, request, fault):
        """The body; what has come until the connection broke is in _partial."""
        self._partial = bytearray()
        place = fault.place(request) if fault and isinstance(fault.at, int) else None
        for size in self._sizes(request):
            while size:
                ahead = size if place is None else min(size, place - request.received or size)
                try:
                    piece = self.rfile.read1(min(PIECE, ahead))
                except OSError:
                    piece = b""
                if not piece:
                    raise Cut  # by the client
                size -= len(piece)
                request.received += len(piece)
                self._partial += piece
                if place == request.received and fault.happens():
                    raise Cut
                place = None if place == request.received else place
        return bytes(self._partial)

    def _sizes(self, request):
        if not self._chunked():
            yield request.length or 0
            return
        while size := int(self.rfile.readline(100).split(b";")[0], 16):
            yield size
            self.rfile.readline(3)
        while self.rfile.readline(1000).strip():
            pass

    def _cut(self, reset):
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, answer, request=None):
        if request:
            request.status, request.reason = answer.status, answer.reason
        manner = getattr(answer, "manner", None)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(HUGE if manner == "huge" else len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        if manner == "huge":
            self._flood()
        elif manner == "slow":
            self._drip(answer.body)
        else:
            self.wfile.write(answer.body)

    def _flood(self):
        for _ in range(HUGE // PIECE):
            self.wfile.write(b" " * PIECE)

    def _drip(self, body):
        """A byte a second, until the client or the test has gone."""
        for at in range(len(body)):
            self.wfile.write(body[at:at + 1])
            if self.server.drive.ended.wait(1):
                raise ConnectionAbortedError


def without_token(text):
    """Of a target: nobody should send one there."""
    return re.sub(r"(access_token=)[^&]*", r"\1...", text)
