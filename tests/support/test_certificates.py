"""What a client that trusts the authority of the tests says to each certificate: of a bare server, and of RabbitMQ."""

import socket
import ssl
import threading
import unittest
import urllib.parse

import certificates
from amqp_client import Client, pika
from rabbitmq import HELLO, Broker

WRONG = {
    "expired": "certificate has expired",
    "wrong_host": "not valid for 'localhost'",
    "self_signed": "self-signed certificate",
    "unknown_authority": "unable to get local issuer certificate",
}


def trusting(own):
    """What a client knows that trusts the authority and has maybe a certificate of its own."""
    context = ssl.create_default_context(cafile=certificates.authority().cert)
    if own:
        context.load_cert_chain(*own)
    return context


def greet(port, own=None, host="localhost"):
    """The first byte after a client's handshake and its hello."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        with trusting(own).wrap_socket(plain, server_hostname=host) as client:
            client.sendall(HELLO)
            return client.recv(1)


class ABareServer(unittest.TestCase):
    def serve(self, certificate):
        """The port of a server for one client, which echoes a byte."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        listener = socket.create_server(("127.0.0.1", 0))

        def work():
            with listener, listener.accept()[0] as plain:
                try:
                    with context.wrap_socket(plain, server_side=True) as server:
                        server.sendall(server.recv(1))
                except OSError:
                    pass  # the client does not like the certificate

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 30)
        return listener.getsockname()[1]

    def test_the_right_one(self):
        self.assertEqual(greet(self.serve(certificates.server())), b"A")
        self.assertEqual(greet(self.serve(certificates.server()), host="127.0.0.1"), b"A")

    def test_each_wrong_one(self):
        for name, reason in WRONG.items():
            with self.subTest(name), self.assertRaisesRegex(ssl.SSLCertVerificationError, reason):
                greet(self.serve(getattr(certificates, name)()))


class ABroker(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker(
            settings={"auth_mechanisms": "['EXTERNAL', 'PLAIN']", "ssl_cert_login_from": "common_name"},
            certificate=certificates.server(),
            client_ca=certificates.authority().cert,
            plugins=["rabbitmq_auth_mechanism_ssl"],
        ).start()
        cls.addClassCleanup(cls.broker.end)

    def test_takes_a_client_with_a_certificate(self):
        self.assertEqual(greet(self.broker.tls_port, certificates.client()), b"\x01")

    def test_takes_no_client_without_one(self):
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            greet(self.broker.tls_port)

    def test_takes_the_name_in_a_certificate_for_the_user(self):
        url = self.broker.new_vhost()
        name = urllib.parse.urlsplit(self.broker.new_user(url)).username
        options = {
            "port": self.broker.tls_port,
            "credentials": pika.credentials.ExternalCredentials(),
            "ssl_options": pika.SSLOptions(trusting(certificates.client(name)), "localhost"),
        }
        with Client(url, **options) as client:
            client.declare("work")
            self.assertTrue(client.exists("work"))

    def test_shows_each_wrong_certificate(self):
        self.addCleanup(self.broker.use_certificate, certificates.server())
        for name, reason in WRONG.items():
            self.broker.use_certificate(getattr(certificates, name)())
            with self.subTest(name), self.assertRaisesRegex(ssl.SSLCertVerificationError, reason):
                greet(self.broker.tls_port, certificates.client())


if __name__ == "__main__":
    unittest.main()
