"""A client of the provider (oidc.py), as plain as can be: what batchctl does, for tests of the provider itself."""

import base64
import hashlib
import http.server
import json
import secrets
import socket
import threading
import urllib.parse

from oidc import CLIENTS
from person import Person

DRIVE = "https://www.googleapis.com/auth/drive"
DOCUMENTS = "https://www.googleapis.com/auth/documents"


class Client:
    """kind: of CLIENTS; ca: a PEM file to trust."""

    def __init__(self, provider, kind="installed", ca=None):
        self.issuer = provider.issuer
        self.id, self.secret = CLIENTS[kind]
        self.redirect_uri = "http://127.0.0.1:9/callback"
        self.verifier = secrets.token_urlsafe(32)
        self._http = Person(ca=ca)

    def authorization_url(self, scope=f"openid email profile {DRIVE} {DOCUMENTS}", **changes):
        """changes: of the query, None takes a parameter out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "client_id": self.id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": scope,
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            "access_type": "offline",
            "prompt": "consent",
            **changes,
        }
        query = {name: value for name, value in query.items() if value is not None}
        return f"{self.issuer}/o/oauth2/v2/auth?{urllib.parse.urlencode(query)}"

    def exchange(self, redirect, **changes):
        """redirect: the URL at which the code has come."""
        form = {
            "grant_type": "authorization_code",
            "code": parameters(redirect)["code"],
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.verifier,
            **changes,
        }
        return self.token(**form)

    def login(self, person=None, **changes):
        """The tokens."""
        status, tokens = self.exchange((person or Person()).authorize(self.authorization_url(**changes)))
        assert status == 200, tokens
        return tokens

    def refresh(self, token):
        return self.token(grant_type="refresh_token", refresh_token=token)

    def token(self, **form):
        return self.post("/token", **{"client_id": self.id, "client_secret": self.secret, **form})

    def post(self, path, **form):
        """(status, what the JSON says)."""
        form = {name: value for name, value in form.items() if value is not None}
        page = self._http.get(self.issuer + path, urllib.parse.urlencode(form).encode())
        return page.status, json.loads(page.body)

    def get(self, path, bearer=None):
        page = self._http.get(self.issuer + path, headers={"Authorization": f"Bearer {bearer}"} if bearer else {})
        return page.status, json.loads(page.body) if page.body else None


def parameters(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def claims_of(token):
    return json.loads(decoded(token.split(".")[1]))


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def is_genuine(token, keys):
    """Whether one of these keys, of a JWK set, has signed it with RS256."""
    body, _, signature = token.rpartition(".")
    header = json.loads(decoded(body.split(".")[0]))
    key = next((key for key in keys["keys"] if key["kid"] == header.get("kid")), None)
    if header["alg"] != "RS256" or not key:
        return False
    modulus, exponent = (int.from_bytes(decoded(key[name])) for name in "ne")
    size = (modulus.bit_length() + 7) // 8
    kind = bytes.fromhex("3031300d060960864801650304020105000420")  # a SHA-256 digest follows (RFC 8017, 9.2)
    block = b"\x00" + kind + hashlib.sha256(body.encode()).digest()
    opened = pow(int.from_bytes(decoded(signature)), exponent, modulus).to_bytes(size)
    return opened == b"\x00\x01" + b"\xff" * (size - 2 - len(block)) + block


class Loopback:
    """The listener to which the browser comes back: `url`, and the `paths` it was asked for."""

    PAGE = b"""<!DOCTYPE html><html lang="en"><title>Logged in</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<p>You may close this window.</p></html>"""

    def __init__(self, host="127.0.0.1"):
        paths = self.paths = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                paths.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(Loopback.PAGE)))
                self.end_headers()
                self.wfile.write(Loopback.PAGE)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
            daemon_threads = True

        self._server = Server((host, 0), Handler)
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._server.server_address[1]}/callback"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
