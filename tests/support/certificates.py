"""Certificates for the servers and clients of tests: right ones, and each of the wrong ones.  Made once per process."""

import atexit
import collections
import functools
import os
import shutil
import subprocess
import tempfile

Certificate = collections.namedtuple("Certificate", "cert key")  # paths of PEM files

HERE = "DNS:localhost,IP:127.0.0.1"


@functools.cache
def folder():
    made = tempfile.mkdtemp(prefix="batch-certificates-")
    os.chmod(made, 0o755)
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def authority():
    """Whom clients and servers trust; its certificate is the file of CAs."""
    return make_authority("Authority of the tests")


def server():
    """For localhost and 127.0.0.1."""
    return make("server", authority(), HERE)


@functools.cache
def expired():
    """Yesterday.  Only a request may be signed for a time that has passed."""
    good, issuer = server(), authority()
    request = openssl("x509", "-x509toreq", "-in", good.cert, "-signkey", good.key, "-copy_extensions", "copyall")
    about = Certificate(os.path.join(folder(), "expired.cert.pem"), good.key)
    words = ["-CA", issuer.cert, "-CAkey", issuer.key, "-copy_extensions", "copyall", "-out", about.cert]
    openssl("x509", "-req", "-days", "-1", *words, stdin=request)
    return about


def wrong_host():
    return make("wrong_host", authority(), "DNS:elsewhere.example")


def self_signed():
    return make("self_signed", None, HERE)


def unknown_authority():
    """Right, but for the CA, which is another than authority()."""
    return make("unknown_authority", make_authority("Authority of others"), HERE)


def client(name="client"):
    """Of a user with this name."""
    return make(name, authority(), None)


@functools.cache
def make_authority(name):
    return sign(name)


@functools.cache
def make(name, issuer, hosts):
    """issuer: None for itself; hosts: None for a client."""
    words = ["-addext", "basicConstraints=critical,CA:FALSE"]
    words += ["-addext", "extendedKeyUsage=" + ("serverAuth" if hosts else "clientAuth")]
    if issuer:
        words += ["-CA", issuer.cert, "-CAkey", issuer.key]
    if hosts:
        words += ["-addext", "subjectAltName=" + hosts]
    return sign(name, *words)


def sign(name, *words):
    about = Certificate(*(os.path.join(folder(), f"{name.replace(' ', '_')}.{kind}.pem") for kind in ("cert", "key")))
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]  # RSA keys take a second
    files = ["-out", about.cert, "-keyout", about.key]
    openssl("req", "-x509", "-days", "2", "-batch", "-subj", f"/CN={name}", *key, *files, *words)
    return about


def openssl(*words, stdin=""):
    done = subprocess.run(["openssl", *words], input=stdin, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise AssertionError(f"openssl {' '.join(words)}\n{done.stderr}")
    return done.stdout


@functools.cache
def rsa_key(name="robot"):
    """A private key in PEM, PKCS#8: half a second, and again at once."""
    return openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")


def sign_with(key, data):
    """The RS256 signature of these bytes."""
    done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=data, capture_output=True, check=True)
    return done.stdout
