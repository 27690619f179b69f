#!/usr/bin/python3
"""The password of RabbitMQ is read from where it was written, and shown nowhere."""

import os
import subprocess
import unittest

from broker_house import BrokerHouse
from house import BUILD
from submitting import Submitting

from ports import listen
from rabbitmq import vhost_of

ADMINISTERING = (["queue", "status"], ["queue", "declare"], ["queue", "dead", "list"])


class Secrets(BrokerHouse, Submitting):
    """The password is in nothing that anybody can read but where it was written."""

    def setUp(self):
        super().setUp()
        self.address = f"127.0.0.1:{self.broker.port}"
        self.word = "canary" + os.urandom(6).hex()
        self.said = []
        self.vhost = vhost_of(self.url)

    def ctl(self, *words, **more):
        done = super().ctl(*words, **more)
        self.said.append(done.out + done.err)
        return done

    def allow(self, user):
        self.broker.eval(f'rabbit_auth_backend_internal:add_user(<<"{user}">>, <<"{self.word}">>, <<"test">>)')
        self.broker.permit(user, self.vhost)

    def assertHidden(self, *but):
        for text in self.said:
            self.assertNotIn(self.word, text)
        found = [path for path, content in self.contents() if self.word.encode() in content]
        self.assertEqual(set(found) - set(but), set())

    def command_lines(self):
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    yield file.read()
            except OSError:
                pass

    def use_all(self):
        """Everything that talks to the broker, and what commands see of it."""
        self.batchd()
        self.rows(2)
        self.ctl("submit", "rows.csv", "--", "sh", "-c", "env; tr '\\0' '\\n' </proc/$PPID/cmdline")
        self.ctl("wait", "@last")
        self.ctl("results", "@last", "--json")
        for words in (*ADMINISTERING, ["doctor"], ["config", "show"], ["config", "check"], ["status"], ["logs", "@last"]):
            for shape in ([], ["--json"]):
                self.ctl(*words, *shape, code=None)
        for line in self.command_lines():
            self.assertNotIn(self.word.encode(), line)

    def test_in_the_url(self):
        self.allow("ada")
        path = self.write(".config/batch/config.toml", f'queue.url = "amqp://ada:{self.word}@{self.address}/{self.vhost}"\n')
        self.env.pop("BATCH_QUEUE_URL")
        self.use_all()
        self.assertIn(f'queue.url = "amqp://ada:***@{self.address}/{self.vhost}"', "".join(self.said))
        self.assertHidden(path)

    def test_in_a_file(self):
        self.allow("ben")
        path = self.write("password", self.word + "\n")
        self.env.update({"BATCH_QUEUE_PASSWORD_FILE": path, "BATCH_QUEUE_URL": f"amqp://ben:wrong@{self.address}/{self.vhost}"})
        self.use_all()
        self.assertEqual(self.batch()["status"], "done")
        self.assertIn("not blocked", self.ctl("queue", "status").out)
        self.assertHidden(path)

    def test_among_the_credentials_of_the_unit(self):
        self.allow("eve")
        path = self.write("credentials/queue-password", self.word)
        self.env.update({
            "CREDENTIALS_DIRECTORY": self.path("credentials"),
            "BATCH_QUEUE_URL": f"amqp://eve@{self.address}/{self.vhost}",
        })
        self.assertIn("not blocked", self.ctl("queue", "status").out)
        # A file that is named comes first.
        self.env["BATCH_QUEUE_PASSWORD_FILE"] = self.write("other", "wrong")
        self.ctl("queue", "status", code=4)
        self.assertHidden(path)

    def test_a_password_that_is_refused(self):
        self.env["BATCH_QUEUE_URL"] = f"amqp://guest:{self.word}@{self.address}/{self.vhost}"
        self.noted()
        for words in (*ADMINISTERING, ["doctor"], ["config", "show"]):
            self.ctl(*words, code=None)
            self.ctl(*words, "--json", code=None)
        self.assertIn('refused the password of user "guest"', "".join(self.said))
        self.assertHidden()

    def test_a_url_that_is_not_well_formed(self):
        """What should have been written with % is where it is likeliest to be shown."""
        for form in ("amqp://ada:{}@ss@h", "amqp://ada:p@{}@h", "amqp://ada:5?{}=@h", "amqp://ada:5?{}@h", "amqp://ada:5/{}@h",
                     "amqp://ada:%ZZ{}@h", "amqp://ada:#{}@h", "ampq://ada:{}@h", "amqp://ada:{}@h:port", "amqp:ada:{}@h"):
            with self.subTest(form=form):
                self.said = []
                self.env["BATCH_QUEUE_URL"] = form.format(self.word)
                for words in (["queue", "status"], ["config", "show"], ["config", "check"]):
                    self.ctl(*words, code=None)
                    self.ctl(*words, "--json", code=None)
                self.assertHidden()

    def test_on_the_command_line_of_nobody(self):
        """While they run."""
        with listen() as listener:
            host, port = listener.getsockname()
            env = {**self.env, "BATCH_QUEUE_URL": f"amqp://ada:{self.word}@{host}:{port}"}
            command = subprocess.Popen(
                [os.path.join(BUILD, "batchctl"), "queue", "status"], cwd=self.root, env=env,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
            with command:
                listener.accept()[0].close()
                for line in self.command_lines():
                    self.assertNotIn(self.word.encode(), line)


if __name__ == "__main__":
    unittest.main()
