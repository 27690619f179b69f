"""Google's login for tests: an OpenID provider of its own (tests/peers/oidc), and people who log in there.

    with Provider() as provider:                            # 0.5 s; share it: setUpClass
        provider.client_file("client_secret.json")
        page = Person("alice").login(url)                   # url: where the program under test sends the browser
        provider.fault("/token", status=503, times=2)
        provider.count("/token")

Its people are alice, bob and carol, @example.test, with any password."""

import json
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

from certificates import openssl, rsa_key
from person import Person  # noqa: F401  # who uses the one needs the other
from ports import free_port
from waiting import wait_until

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(SOURCE, "tests/peers/oidc/provider.mjs")
MODULES = os.path.join(SOURCE, "build/peers/oidc")

# (id, secret) by kind; google.mjs has the same.
CLIENTS = {
    "installed": ("desktop.apps.example.test", "desktop-secret-of-the-tests"),
    "public": ("public.apps.example.test", None),
    "device": ("device.apps.example.test", "device-secret-of-the-tests"),
    "web": ("web.apps.example.test", "web-secret-of-the-tests"),
}
ROBOT = "robot@batch-tests.iam.gserviceaccount.com"


def need_oidc():
    if not os.path.exists(os.path.join(MODULES, "node_modules/.package-lock.json")):
        raise AssertionError("oidc-provider is not in build/peers: ./dev test installs it")
    if not os.access(node(), os.X_OK):
        raise AssertionError("node is missing (package nodejs)")


def node():
    return shutil.which("node") or "/usr/bin/node"


class Provider:
    """certificate: a Certificate, for https; tls: a version such as TLSv1.1, for this one only."""

    def __init__(self, *, certificate=None, tls=None):
        need_oidc()
        self.port = free_port()
        self.issuer = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"
        self._certificate, self._tls = certificate, tls
        self._process = self._control = self._secrets = None
        self._errors = None

    # ---- its life --------------------------------------------------------------------------------

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Returns itself, once it serves."""
        words = [node(), PROGRAM, "--modules", MODULES, "--port", str(self.port)]
        if self._certificate:
            words += ["--cert", self._certificate.cert, "--key", self._certificate.key]
        if self._tls:
            words += ["--tls", self._tls]
        self._errors = tempfile.TemporaryFile()
        # It ends with its standard input, whose other end is here.
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, env={"PATH": os.environ["PATH"]}
        )
        os.set_blocking(self._process.stdout.fileno(), False)
        said = b""

        def ready():
            nonlocal said
            if self._process.poll() is not None:
                raise AssertionError(f"the provider does not start:\n{self.errors()}")
            said += self._process.stdout.read() or b""
            return next((line.split() for line in said.decode().splitlines() if line.startswith("READY ")), None)

        try:
            _, issuer, self._control = wait_until(ready, 60, "the start of the provider")
            assert issuer == self.issuer, issuer
        except BaseException:
            self._kill()
            raise
        return self

    def stop(self):
        """What is known of its secrets stays known."""
        if self._process:
            self._secrets = self.secrets()
            self._kill()

    def _kill(self):
        self._process.kill()
        self._process.wait(60)
        for file in (self._process.stdin, self._process.stdout, self._errors):
            file.close()
        self._process = None

    def errors(self):
        """What it has written to standard error so far; notices of oidc-provider are among it."""
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    # ---- its back door (control.mjs) -------------------------------------------------------------

    def configure(self, **settings):
        """Those of behaviour.mjs, such as rotate=True."""
        self._do("configure", settings)

    def reset(self):
        """As it was at the start, but for its port, its keys, and what it has issued."""
        self._do("reset")

    def user(self, name, **changes):
        """A person's new email, name, sub...; gone=True: there is no such account any more."""
        self._do("user", {"name": name, **changes})

    def revoke(self, name, error_subtype=None):
        """As this person does on Google's page; with "invalid_rapt", as an administrator's policy does."""
        self._do("revoke", {"user": name, "error_subtype": error_subtype})

    def fault(self, path, **fault):
        """For the next requests of the path; what can go wrong: faults.mjs."""
        self._do("fault", {"path": path, **fault})

    def clear_faults(self):
        self._do("clear_faults")

    def release(self):
        """Requests that a fault holds go on."""
        self._do("release")

    def rotate_keys(self, keep=False):
        """id_tokens are signed with a new key; keep: the old ones are published still."""
        self._do("rotate_keys", {"keep": keep})

    def go_away(self):
        """Connections are refused, until come_back()."""
        self._do("go_away")

    def come_back(self):
        self._do("come_back")

    def look_up(self, access_token):
        """Whose it is, as a resource server asks: {"active", "email", "sub", "scope", "exp"}."""
        return self._do("look_up", access_token)

    def requests(self, path=None):
        """Those so far, oldest first: at (time.monotonic()), method, path, query, form (secrets as sha256:...),
        authorization, headers, status (None: not answered), open (whether its connection still waits)."""
        return [each for each in self._get("/__requests") if path in (None, each["path"])]

    def count(self, path, **form):
        """How many there were, with these fields in the form."""
        return sum(form.items() <= each["form"].items() for each in self.requests(path))

    def forget_requests(self):
        self._do("forget_requests")

    def secrets(self):
        """All values so far by kind: access_token, refresh_token, id_token, code, code_verifier, device_code,
        assertion, client_secret."""
        return self._get("/__secrets") if self._process else self._secrets

    @property
    def tokens_issued(self):
        """All of them in one set, but for the client's secret, which none is."""
        return {value for kind, values in self.secrets().items() if kind != "client_secret" for value in values}

    def _do(self, action, argument=None):
        return self._ask("/__control", json.dumps({action: argument}).encode())[action]

    def _get(self, path):
        return self._ask(path)

    def _ask(self, path, data=None):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(self._control + path, data, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["error"]) from None

    # ---- files for its clients -------------------------------------------------------------------

    def client_file(self, path, kind="installed", **changes):
        """As Google's console gives it; changes: of its fields, None takes one out."""
        identity, secret = CLIENTS[kind]
        fields = {
            "client_id": identity,
            "project_id": "batch-tests",
            "auth_uri": self.issuer + "/o/oauth2/v2/auth",
            "token_uri": self.issuer + "/token",
            "auth_provider_x509_cert_url": self.issuer + "/oauth2/v1/certs",
            "client_secret": secret,
            "redirect_uris": ["http://localhost"],
            **changes,
        }
        fields = {name: value for name, value in fields.items() if value is not None}
        return self._write(path, {"web" if kind == "web" else "installed": fields})

    def service_account_file(self, path, email=ROBOT, subjects=(), key="robot", **changes):
        """As Google's console gives it; subjects: emails of those for whom it may act; key: its name (rsa_key())."""
        key = rsa_key(key)
        public = openssl("pkey", "-pubout", stdin=key)
        self._do("service_account", {"email": email, "public_key": public, "kid": "robot-1", "subjects": subjects})
        fields = {
            "type": "service_account",
            "project_id": "batch-tests",
            "private_key_id": "robot-1",
            "private_key": key,
            "client_email": email,
            "client_id": "200000000000000000001",
            "auth_uri": self.issuer + "/o/oauth2/v2/auth",
            "token_uri": self.issuer + "/token",
            "auth_provider_x509_cert_url": self.issuer + "/oauth2/v1/certs",
            "client_x509_cert_url": self.issuer + "/robot/v1/metadata/x509/" + email,
            "universe_domain": "googleapis.com",
            **changes,
        }
        return self._write(path, {name: value for name, value in fields.items() if value is not None})

    @staticmethod
    def _write(path, value):
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(value, file, indent=2)
        return path
