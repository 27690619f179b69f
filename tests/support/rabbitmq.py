"""A RabbitMQ of its own for tests: free ports on 127.0.0.1, a folder that ends with it, any user, no other broker
touched.

    broker = Broker().start()       # 3 to 5 s; share it: setUpClass, with addClassCleanup(broker.end)
    url = broker.new_vhost()        # 20 ms; one per test
"""

import collections
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse

from ports import free_port
from waiting import wait_until

SCRIPTS = "/usr/lib/rabbitmq/bin"  # those in /usr/sbin change to the user rabbitmq and to the system's folders
COOKIE = "onlyfortests"
HELLO = b"AMQP\x00\x00\x09\x01"
LOOK = """
    {ok, Q} = rabbit_amqqueue:lookup(%s),
    case amqqueue:get_type(Q) of
        rabbit_quorum_queue ->
            {ok, {_, O}, _} = ra:local_query(amqqueue:get_pid(Q), fun rabbit_fifo:overview/1),
            {maps:get(num_messages, O), maps:get(num_checked_out, O), maps:get(num_consumers, O)};
        _ ->
            [{_, M}, {_, U}, {_, C}] = rabbit_amqqueue:info(Q, [messages, messages_unacknowledged, consumers]),
            {M, U, C}
    end"""

Depth = collections.namedtuple("Depth", "messages unacknowledged consumers")  # messages: ready or not


def skip_without_rabbitmq():
    for program in (f"{SCRIPTS}/rabbitmq-server", "/usr/bin/erl_call"):
        if not os.access(program, os.X_OK):
            raise unittest.SkipTest(f"{program} is missing (package rabbitmq-server)")


class Broker:
    """Call start() in a thread that stays: the broker is killed when this thread ends, however it does.

    settings: of the application rabbit, as Erlang terms (set() changes them later); certificate: a Certificate for a
    second listener, with TLS; client_ca: its clients must show a certificate of this CA; plugins: names."""

    def __init__(self, *, settings=None, certificate=None, client_ca=None, plugins=()):
        skip_without_rabbitmq()
        self.port, self.control_port = free_port(), free_port()
        self.tls_port = free_port() if certificate else None
        self.folder = tempfile.mkdtemp(prefix="batch-broker-")
        self.process = None
        self._names = itertools.count(1)
        self._client_ca = client_ca
        self._write("enabled_plugins", f"[{','.join(plugins)}].")
        self._write("home/.erlang.cookie", COOKIE)
        os.chmod(self.path("home/.erlang.cookie"), 0o400)
        if certificate:
            self._copy(certificate)
        # Reading a rabbitmq.conf would take half a second, and not every setting has a name there.
        self._write("advanced.config", self._config(settings or {}))

    # ---- its life --------------------------------------------------------------------------------

    def start(self, settled=True):
        """Returns itself, once clients are served; when that fails, it has ended.  settled: also rabbitmqctl."""
        try:
            self._launch()
            wait_until(self._answers, 60, "the start of the broker")
            if settled:
                self.eval("rabbit:await_startup()")
        except BaseException:
            self.end()
            raise
        return self

    def _launch(self):
        with open(self.path("output"), "ab") as output:
            self.process = subprocess.Popen(
                ["/usr/bin/setpriv", "--pdeathsig", "KILL", f"{SCRIPTS}/rabbitmq-server"],
                env=self.env,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def stop(self):
        """As the service manager does; what is durable stays."""
        self.process.terminate()
        self.process.wait(60)

    def restart(self):
        self.stop()
        self.start()

    def kill9(self, settled=True):
        """settled: what the broker knows about its queues is on the disk.  Otherwise a quorum queue that was declared
        in the last 3 s has no leader ever after, and what was confirmed for it is out of reach (RabbitMQ 3.10.8)."""
        if settled:
            self.eval("[dets:sync(Table) || Table <- dets:all()]")
        self.process.kill()
        self.process.wait(60)

    def freeze(self):
        """The kernel goes on to take connections and bytes for it, but nobody answers."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def end(self):
        """Kills it and removes its folder."""
        if self.process and self.process.poll() is None:
            self.kill9(settled=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- where it is -----------------------------------------------------------------------------

    @property
    def url(self):
        """Of the vhost "/"."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}"

    @property
    def tls_url(self):
        return f"amqps://guest:guest@localhost:{self.tls_port}"

    def new_vhost(self):
        """URL of a vhost without any queue."""
        name = f"t{next(self._names)}"
        self.eval(f'rabbit_vhost:add(<<"{name}">>, <<"guest">>)')
        self.permit("guest", name)
        return f"{self.url}/{name}"

    def new_user(self, url, configure=".*", write=".*", read=".*"):
        """The URL for another user, named as the password, who may do this much in the vhost."""
        name = f"u{next(self._names)}"
        self.eval(f'rabbit_auth_backend_internal:add_user(<<"{name}">>, <<"{name}">>, <<"test">>)')
        self.permit(name, vhost_of(url), configure, write, read)
        return url.replace("guest:guest@", f"{name}:{name}@")

    def permit(self, user, vhost, configure=".*", write=".*", read=".*"):
        words = ", ".join(f'<<"{word}">>' for word in (user, vhost, configure, write, read, "test"))
        self.eval(f"rabbit_auth_backend_internal:set_permissions({words})")

    # ---- what it does ----------------------------------------------------------------------------

    def eval(self, expression, timeout=60):
        """The value of an Erlang expression in the broker, as text: 10 ms, where ctl() takes 0.6 s."""
        end = time.monotonic() + 30
        while True:
            done = subprocess.run(
                ["/usr/bin/erl_call", "-address", f"127.0.0.1:{self.control_port}", "-c", COOKIE, "-e"],
                input=expression + ".\n",
                env=self.env,
                capture_output=True,
                encoding="utf-8",
                timeout=timeout,
                check=False,
            )
            # A busy broker greets too late for erl_call; then nothing was evaluated.
            if "failed to connect to node" not in done.stdout + done.stderr or time.monotonic() > end:
                break
        if not done.stdout.startswith("{ok, "):
            raise AssertionError(f"{expression}: {done.stdout}{done.stderr}")
        return done.stdout.strip()[len("{ok, ") : -1]

    def ctl(self, *words):
        """What rabbitmqctl says, without headings."""
        return subprocess.run(
            [f"{SCRIPTS}/rabbitmqctl", "--silent", *words],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
            check=True,
        ).stdout

    def set(self, name, value):
        """A setting, such as consumer_timeout and channel_tick_interval (ms): for channels opened from now on."""
        self.eval(f"application:set_env(rabbit, {name}, {value})")

    def alarm_on(self):
        """As if memory ran out: connections that publish are blocked."""
        self._watermark("0.0000001", alarm=True)

    def alarm_off(self):
        self._watermark("0.4", alarm=False)

    def close_connections(self):
        """As an administrator does: the clients get connection.close 320."""
        each = "P <- rabbit_networking:connections()"
        self.eval(f'[rabbit_networking:close_connection(P, "closed by the test") || {each}]')

    def connections(self):
        """How many there are."""
        return int(self.eval("length(rabbit_networking:connections())"))

    def queue(self, url, name, item):
        """An item of `rabbitmqctl list_queues`, such as type, as text.  What it counts in a quorum queue may be 5 s old."""
        resource = f'rabbit_misc:r(<<"{vhost_of(url)}">>, queue, <<"{name}">>)'
        found = f"{{ok, Q}} = rabbit_amqqueue:lookup({resource})"
        return self.eval(f"{found}, [{{_, Value}}] = rabbit_amqqueue:info(Q, [{item}]), Value")

    def look(self, url, name):
        """What the queue itself knows: queue() tells of a quorum queue what was true some seconds ago.

        With -1 for everything while nobody can say: the broker, or the queue, is not there."""
        try:
            found = self.eval(LOOK % f'rabbit_misc:r(<<"{vhost_of(url)}">>, queue, <<"{name}">>)')
        except (AssertionError, subprocess.TimeoutExpired):
            return Depth(-1, -1, -1)
        return Depth(*(int(number) for number in found.strip("{}").split(",")))

    def use_certificate(self, certificate):
        """For TLS connections from now on."""
        self._copy(certificate)
        self.eval("ssl:clear_pem_cache()")

    def log(self):
        with open(self.path("log/broker.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    # ---- its files -------------------------------------------------------------------------------

    def path(self, name):
        return os.path.join(self.folder, name)

    @property
    def env(self):
        """Without epmd, which would outlive the broker: who knows the port needs no directory of nodes.  For every
        Erlang, as the broker starts one each minute to see that there is an epmd."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": self.path("home"),
            "ERL_FLAGS": f"-start_epmd false -erl_epmd_port {self.control_port}",
            "ERL_CRASH_DUMP_BYTES": "0",
            "RUNNING_UNDER_SYSTEMD": "1",  # no shell between us and the broker
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": "batch@localhost",
            "RABBITMQ_MNESIA_BASE": self.path("mnesia"),
            "RABBITMQ_LOG_BASE": self.path("log"),
            "RABBITMQ_LOGS": self.path("log/broker.log"),
            "RABBITMQ_PID_FILE": self.path("pid"),
            "RABBITMQ_CONFIG_FILE": self.path("rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": self.path("advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": self.path("enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-sname batch@localhost"
            " +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CTL_ERL_ARGS": "-dist_listen false",
        }

    def _config(self, settings):
        lines = "".join(f"{{{name}, {value}}}, " for name, value in settings.items())
        tls = ""
        if self.tls_port:
            verify = "verify_peer" if self._client_ca else "verify_none"
            authority = f'{{cacertfile, "{self._client_ca}"}},' if self._client_ca else ""
            tls = f"""
             {{ssl_listeners, [{{"127.0.0.1", {self.tls_port}}}]}},
             {{ssl_options, [{authority} {{certfile, "{self.path("tls/cert.pem")}"}},
                {{keyfile, "{self.path("tls/key.pem")}"}}, {{verify, {verify}}},
                {{fail_if_no_peer_cert, {"true" if self._client_ca else "false"}}}]}},"""
        return f"""[{{rabbit, [{lines}{tls}
             {{tcp_listeners, [{{"127.0.0.1", {self.port}}}]}},
             {{disk_free_limit, 1000000}}]}}]."""

    def _copy(self, certificate):
        os.makedirs(self.path("tls"), exist_ok=True)
        shutil.copyfile(certificate.cert, self.path("tls/cert.pem"))
        shutil.copyfile(certificate.key, self.path("tls/key.pem"))

    def _write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def _answers(self):
        """Whether it greets a client."""
        if self.process.poll() is not None:
            with open(self.path("output"), encoding="utf-8", errors="replace") as file:
                raise AssertionError(f"the broker does not start:\n{file.read()}")
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
                client.sendall(HELLO)
                return client.recv(1) == b"\x01"  # a method: connection.start
        except OSError:
            return False

    def _watermark(self, fraction, alarm):
        self.eval(f"vm_memory_monitor:set_vm_memory_high_watermark({fraction})")
        wait_until(lambda: (self.eval("rabbit_alarm:get_alarms()") != "[]") == alarm, 30, "the alarm's change")


def vhost_of(url):
    path = urllib.parse.urlsplit(url).path
    return urllib.parse.unquote(path[1:]) if path else "/"
