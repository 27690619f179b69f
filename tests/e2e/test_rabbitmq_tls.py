#!/usr/bin/python3
"""RabbitMQ over TLS: whom batchctl trusts, what it says of the others, and that it never goes on without."""

import os
import socket
import ssl
import subprocess
import unittest

from broker_house import BrokerHouse
from house import BUILD
from submitting import Submitting

import certificates
from fault_link import TO_SERVER
from fault_proxy import FaultProxy
from ports import free_port
from rabbitmq import Broker, vhost_of

# An OpenSSL that goes along with anything: then it is for the program to be careful.
LAX = """openssl_conf = top
[top]
ssl_conf = ssl
[ssl]
system_default = lax
[lax]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
"""
OTHER_CA = 'name the authority that has signed it: queue.ca_file = "/path/ca.pem"'


class Tls(BrokerHouse, Submitting):
    """One broker, to which each test adds the listener that it wants."""

    @classmethod
    def setUpClass(cls):
        settings = {"auth_mechanisms": "['PLAIN', 'EXTERNAL']", "ssl_cert_login_from": "common_name"}
        cls.broker = Broker(settings=settings, plugins=["rabbitmq_auth_mechanism_ssl"]).start()
        cls.addClassCleanup(cls.broker.end)
        # Who logs in by certificate is let in only if certificates are verified everywhere.
        cls.broker.set("ssl_options", f"[{cls.wants_certificate()}]")

    @staticmethod
    def wants_certificate():
        return f'{{cacertfile, "{certificates.authority().cert}"}}, {{verify, verify_peer}}, {{fail_if_no_peer_cert, true}}'

    def setUp(self):
        super().setUp()
        self.env["BATCH_QUEUE_CA_FILE"] = certificates.authority().cert
        # What has no certificate is never sent in the clear, wherever the connection fails.
        self.env["BATCH_QUEUE_PASSWORD_FILE"] = self.write("password", "guest\n")

    def listen(self, certificate, *options):
        """A port of the broker with TLS."""
        port = free_port()
        own = f'{{certfile, "{certificate.cert}"}}, {{keyfile, "{certificate.key}"}}'
        words = ", ".join([own, *options])
        self.broker.eval(f'ok = rabbit_networking:start_ssl_listener({{"127.0.0.1", {port}}}, [{words}], 1)')
        return port

    def point_to(self, port, host="localhost", user="guest@", query="", scheme="amqps"):
        self.env["BATCH_QUEUE_URL"] = f"{scheme}://{user}{host}:{port}/{vhost_of(self.url)}{query}"
        self.name = f"RabbitMQ at {host}:{port}"

    def assertGood(self):
        self.ctl("queue", "declare")
        self.assertIn("broker    amqps://", self.ctl("queue", "status").out)
        done = self.noted("--require-queue")
        self.assertEqual(self.batch(done.id)["status"], "queued")
        return done

    def assertRefused(self, trouble, hint, code=5):
        """trouble: behind the name of the server."""
        said = self.ctl("queue", "status", code=code)
        self.assertEqual(said.err, f"batchctl: error: {self.name} {trouble}\n" + (f"hint: {hint}\n" if hint else ""))
        what, colon, cause = f"{self.name} {trouble}".partition(": ")
        self.assertStored(self.noted(), f"{what} ({cause})" if colon else what)


class Server(Tls):
    def test_a_good_one(self):
        self.point_to(self.listen(certificates.server()))
        done = self.assertGood()
        self.batchd()
        self.ctl("wait", done.id)
        self.settled(self.client())
        self.assertRan()

    def test_its_address_is_in_the_certificate(self):
        self.point_to(self.listen(certificates.server()), host="127.0.0.1")
        self.assertGood()

    def test_the_authority_is_named_in_the_url(self):
        self.env.pop("BATCH_QUEUE_CA_FILE")
        self.point_to(self.listen(certificates.server()), query=f"?cacertfile={certificates.authority().cert}")
        self.assertGood()

    def test_it_has_expired(self):
        self.point_to(self.listen(certificates.expired()))
        said = self.ctl("queue", "status", code=5)
        self.assertEqual(said.err.splitlines()[0], f"batchctl: error: {self.name} is not trusted: certificate has expired")
        self.assertNotIn("ca_file", said.err, "another authority does not help")
        self.assertStored(self.noted(), f"{self.name} is not trusted (certificate has expired)")

    def test_nobody_waits_until_it_is_trusted(self):
        self.point_to(self.listen(certificates.expired()))
        said = self.in_time(30, "queue", "status", "--timeout", "10m", code=5)
        self.assertIn("certificate has expired", said.err)

    def test_it_is_for_another_host(self):
        self.point_to(self.listen(certificates.wrong_host()))
        hint = "write the host in queue.url as it stands in the certificate"
        self.assertRefused('is not trusted: its certificate is not for "localhost"', hint)

    def test_it_has_signed_itself(self):
        self.point_to(self.listen(certificates.self_signed()))
        self.assertRefused("is not trusted: self-signed certificate", OTHER_CA)

    def test_nobody_knows_its_authority(self):
        self.point_to(self.listen(certificates.unknown_authority()))
        self.assertRefused("is not trusted: unable to get local issuer certificate", OTHER_CA)

    def test_the_system_does_not_know_its_authority(self):
        self.env.pop("BATCH_QUEUE_CA_FILE")
        self.point_to(self.listen(certificates.server()))
        self.assertRefused("is not trusted: unable to get local issuer certificate", OTHER_CA)

    def test_the_file_of_the_authority_is_not_there(self):
        self.env["BATCH_QUEUE_CA_FILE"] = "/nonexistent"
        self.point_to(self.listen(certificates.server()))
        said = self.ctl("queue", "status", code=2)
        self.assertIn("cannot be read from /nonexistent\n", said.err)

    def test_verifying_cannot_be_switched_off(self):
        port = self.listen(certificates.self_signed())
        for query in ("?verify=verify_none", "?verify=verify_peer", "?fail_if_no_peer_cert=false"):
            self.point_to(port, query=query)
            self.assertIn("the server's certificate is always verified", self.ctl("queue", "status", code=2).err)

    def test_it_speaks_no_tls(self):
        """Then nothing is sent that another could read: no user, no password."""
        proxy = FaultProxy(self.broker.port)
        self.addCleanup(proxy.end)
        words = [proxy.at(TO_SERVER, word) for word in (b"AMQP", b"guest")]
        self.point_to(proxy.port)
        said = self.ctl("queue", "status", code=5)
        self.assertTrue(said.err.startswith(f"batchctl: error: {self.name} "), said.err)
        done = self.noted()
        self.assertEqual(self.batch(done.id)["status"], "submitted")
        self.assertEqual([word.happened() for word in words], [False, False])
        self.assertGreaterEqual(proxy.connections, 2)
        self.assertNotIn("client certificate", said.err, "it is not that")

    def test_it_speaks_tls_and_we_do_not(self):
        self.point_to(self.listen(certificates.server()), scheme="amqp")
        self.env.pop("BATCH_QUEUE_CA_FILE")
        said = self.ctl("queue", "status", code=5)
        self.assertTrue(said.err.startswith(f"batchctl: error: {self.name} cannot be reached: "), said.err)
        done = self.noted()
        self.assertEqual(self.batch(done.id)["status"], "submitted")

    def test_it_speaks_only_what_is_too_old(self):
        self.env["OPENSSL_CONF"] = self.write("openssl.cnf", LAX)
        for version, name in (("'tlsv1.1'", ssl.TLSVersion.TLSv1_1), ("tlsv1", ssl.TLSVersion.TLSv1)):
            with self.subTest(version=version):
                port = self.listen(certificates.server(), f"{{versions, [{version}]}}")
                self.assertSpeaks(port, name)
                self.point_to(port)
                said = self.ctl("queue", "status", code=5)
                self.assertRegex(said.err, f"^batchctl: error: {self.name} does not agree on TLS 1.2 or newer")
                done = self.noted()
                self.assertEqual(self.batch(done.id)["status"], "submitted")

    def assertSpeaks(self, port, version):
        """A client that is less careful is served."""
        careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
        careless.minimum_version = careless.maximum_version = version
        careless.set_ciphers("DEFAULT:@SECLEVEL=0")
        with socket.create_connection(("127.0.0.1", port), 30) as connection:
            with careless.wrap_socket(connection) as secure:
                self.assertIn(secure.version(), ("TLSv1.1", "TLSv1"))

    def test_it_speaks_what_is_just_good_enough(self):
        self.point_to(self.listen(certificates.server(), "{versions, ['tlsv1.2']}"))
        self.assertGood()

    def test_batchd_trusts_nobody_else(self):
        self.point_to(self.listen(certificates.unknown_authority()))
        self.daemon_without_queue()
        self.assertIn("is not trusted: unable to get local issuer certificate", self.log())
        done = self.noted()
        self.ctl("wait", done.id)
        self.assertRan()

    def daemon_without_queue(self):
        log = open(self.path("batchd.log"), "ab")
        with log:
            self.daemons.append(subprocess.Popen(
                [os.path.join(BUILD, "batchd")], cwd=self.root, env=self.env, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=log,
            ))
        self.wait_until(lambda: '"queue_lost"' in self.log())


class Client(Tls):
    """The broker wants to see a certificate of ours."""

    def wanting(self, *more):
        return self.listen(certificates.server(), self.wants_certificate(), *more)

    def shown(self, about, more=""):
        return f"?certfile={about.cert}&keyfile={about.key}{more}"

    def test_it_is_shown(self):
        for versions in ([], ["{versions, ['tlsv1.2']}"]):
            self.point_to(self.wanting(*versions), query=self.shown(certificates.client()))
            self.assertGood()

    def test_it_is_missing(self):
        """With TLS 1.3 the broker says so only after the handshake."""
        for versions in (["{versions, ['tlsv1.2']}"], []):
            with self.subTest(versions=versions):
                self.point_to(self.wanting(*versions))
                said = self.ctl("queue", "status", code=5)
                self.assertRegex(said.err, f"^batchctl: error: {self.name} .*client certificate")
                done = self.noted()
                self.assertEqual(self.batch(done.id)["status"], "submitted")

    def test_it_is_of_another_authority(self):
        self.point_to(self.wanting(), query=self.shown(certificates.self_signed()))
        said = self.ctl("queue", "status", code=5)
        self.assertRegex(said.err, f"^batchctl: error: {self.name} .*client certificate")

    def test_the_files_are_not_there_or_do_not_fit(self):
        port, good, other = self.wanting(), certificates.client(), certificates.self_signed()
        for cert, key, named in (("/nonexistent", good.key, "/nonexistent"), (good.cert, other.key, good.cert)):
            self.point_to(port, query=f"?certfile={cert}&keyfile={key}")
            said = self.ctl("queue", "status", code=2)
            self.assertIn(f"the client's certificate and its key cannot be read from {named}\n", said.err)
        self.point_to(port, query=f"?certfile={good.cert}")
        self.assertIn("certfile and keyfile belong together", self.ctl("queue", "status", code=2).err)

    def test_it_says_who_we_are(self):
        self.let_in("ada")
        query = self.shown(certificates.client("ada"), "&auth_mechanism=external")
        for user in ("", "ada@"):
            with self.subTest(user=user):
                self.point_to(self.wanting(), user=user, query=query)
                self.env["BATCH_QUEUE_PASSWORD_FILE"] = ""
                self.assertGood()
        resource = f'rabbit_misc:r(<<"{vhost_of(self.url)}">>, queue, <<"{self.queue}">>)'
        found = f"{{ok, Q}} = rabbit_amqqueue:lookup({resource}), binary_to_list(maps:get(user, amqqueue:get_options(Q)))"
        self.assertEqual(self.broker.eval(found), '"ada"')

    def let_in(self, user):
        self.broker.eval(f'rabbit_auth_backend_internal:add_user(<<"{user}">>, <<"not used">>, <<"test">>)')
        self.broker.permit(user, vhost_of(self.url))

    def test_it_says_who_we_are_and_nobody_knows_them(self):
        """There is no password in this, so none is spoken of."""
        query = self.shown(certificates.client("nobody"), "&auth_mechanism=external")
        self.point_to(self.wanting(), user="", query=query)
        said = self.ctl("queue", "status", code=4)
        self.assertNotIn("password", said.err)
        self.assertIn("certificate", said.err)

    def test_external_needs_one(self):
        self.point_to(self.wanting(), query="?auth_mechanism=external")
        self.assertIn("needs a client certificate", self.ctl("queue", "status", code=2).err)


if __name__ == "__main__":
    unittest.main()
