#!/usr/bin/python3
"""Where the key of the credential files comes from, and what happens when it does not come: oauth-P15."""

import base64
import json
import os
import shutil
import unittest

from auth_house import AuthHouse
from house import BUILD

from oidc import ROBOT

# Whoever is asked before the keyring has its name makes the bus start another one; it has the name before it is open.
SESSION = """
ask() {{ dbus-send --session --print-reply --dest=org.freedesktop.$1 /org/freedesktop/$2 org.freedesktop.DBus.$3 \\
  string:org.freedesktop.$4 $5 2>&1; }}
printf 'password\\n' | XDG_DATA_HOME=$HOME/data gnome-keyring-daemon --foreground {how} --components=secrets >/dev/null 2>&1 &
keyring=$!
until ask DBus DBus NameHasOwner secrets | grep -q true &&
      ask secrets secrets/collection/login Properties.Get Secret.Collection string:Locked | grep -q 'boolean {locked}'; do
  kill -0 $keyring || exit 99
  sleep 0.02
done
{then}
"$@"
code=$?
{last}
kill -KILL $keyring
exit $code
"""
AWAY = "the key in the Secret Service cannot be had here"


class Keys(AuthHouse):
    def setUp(self):
        super().setUp()
        del self.env["BATCH_AUTH_KEY"]
        self.key = self.provider.service_account_file(self.path("robot.json"))
        os.mkdir(self.path("run"), 0o700)
        self.env["XDG_RUNTIME_DIR"] = self.path("run")

    def in_session(self, *words, code=0, how="--unlock", then="", last="", env=None):
        """batchctl auth WORDS on a desktop, with a keyring of its own in this house."""
        script = SESSION.format(how=how, then=then, last=last, locked="false" if how else "true")
        under = ["dbus-run-session", "--", "sh", "-c", script, "sh"]
        return self.end(self.start("auth", *words, under=under, env=env), code)

    def add(self, **how):
        return self.in_session("service-account", "add", self.key, **how)

    def add_to_keyring(self, **how):
        """Where much else goes on it may take longer than it is given: then it is tried again."""
        for _ in range(5):
            done = self.add(**how)
            if self.from_() == "secret-service":
                return done
            shutil.rmtree(self.credentials)
        raise AssertionError(done.err)

    def token_by_keyring(self):
        for _ in range(5):
            done = self.in_session("token", code=None)
            if AWAY not in done.err:
                self.assertEqual(done.code, 0, done.err)
                return done
        raise AssertionError(done.err)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def from_(self):
        return self.record(ROBOT)["key_from"]

    def assertSealed(self):
        """No key lies beside it."""
        self.assertNotIn("key", self.names())
        self.assertNowhere(["PRIVATE KEY"], self.key)

    def test_p15_the_keyring(self):
        done = self.add_to_keyring()
        self.assertIn("(0600, encrypted, key in the Secret Service)", done.err)
        self.assertSealed()
        self.token_by_keyring()  # a session later
        self.add()  # the same key
        self.token_by_keyring()

    def test_p15_what_the_keyring_has_cannot_be_had_without_it(self):
        """In cron there is no session; nothing is stored in the clear instead."""
        self.add_to_keyring()
        before = self.names()
        done = self.token(code=4)
        self.assertSays(done, AWAY,
                        'unlock the keyring, or log in again with auth.key = "file"')
        self.assertEqual(self.names(), before)
        self.assertEqual(self.provider.count("/token"), 0)

    def test_p15_a_keyring_that_is_locked(self):
        """Nobody is there to ask: it is told at once, or a file is used, and that is said."""
        self.add_to_keyring()
        done = self.in_session("token", code=4, how="")
        self.assertSays(done, AWAY)
        done = self.add(how="")
        self.assertIn("(0600, encrypted, key on disk)", done.err)
        self.token()

    def test_p15_a_keyring_that_hangs_gets_3_s(self):
        self.add_to_keyring()
        done = self.in_session("token", code=4, then="kill -STOP $keyring; date +%s >began", last="date +%s >ended")
        self.assertSays(done, AWAY)
        began, ended = (int(self.read(name)) for name in ("began", "ended"))
        self.assertLess(ended - began, 20)  # libsecret itself would wait for 25
        self.token_by_keyring()

    def test_p15_the_one_that_is_wanted_is_taken_or_none(self):
        done = self.ctl("auth", "service-account", "add", self.key, code=2, env={"BATCH_AUTH_KEY": "secret-service"})
        self.assertSays(done, "the Secret Service does not answer, and auth.key wants it",
                        'unlock the keyring, or keep the key in a file: auth.key = "file"')
        self.assertNoLogin()
        self.assertNotIn("key", self.names())
        self.add(env={"BATCH_AUTH_KEY": "file"})
        self.assertEqual(self.from_(), "file")
        self.ctl("auth", "service-account", "add", self.key, code=2, env={"BATCH_AUTH_KEY": "clear"})

    def test_p15_no_program_that_asks_it(self):
        done = self.in_session("service-account", "add", self.key, env={"PATH": BUILD + ":/usr/bin:/bin"}, then="PATH=" + BUILD)
        self.assertIn("(0600, encrypted, key on disk)", done.err)

    def test_p15_who_asks_it_sees_none_of_our_secrets(self):
        """oauth-P12."""
        self.program("bin/secret-tool", '#!/bin/sh\n{ env; tr "\\0" "\\n" </proc/$$/cmdline; } >>"$HOME/seen"\n'
                                        'exec /usr/bin/secret-tool "$@"\n')
        self.add_to_keyring(env={"BATCH_ACCESS_TOKEN": "canary-of-a-token", "GOOGLE_APPLICATION_CREDENTIALS": "/canary"})
        seen = self.read("seen")
        self.assertIn("lookup", seen)
        self.assertIn("DBUS_SESSION_BUS_ADDRESS=", seen)
        self.assertNotIn("canary", seen)

    # ---- of a service of systemd's ---------------------------------------------------------------

    def give(self, content):
        os.makedirs(self.path("given"), exist_ok=True)
        with open(self.path("given/batch-key"), "wb") as file:
            file.write(content)
        return {"CREDENTIALS_DIRECTORY": self.path("given")}

    def test_p15_the_credentials_of_the_unit(self):
        raw = os.urandom(32)
        env = self.give(raw)
        done = self.ctl("auth", "service-account", "add", self.key, env=env)
        self.assertIn("key in $CREDENTIALS_DIRECTORY", done.err)
        self.assertEqual(self.from_(), "credentials-directory")
        self.assertSealed()
        token = self.token(env=env).out
        self.assertEqual(self.token(env=self.give(base64.urlsafe_b64encode(raw).rstrip(b"=") + b"\n")).out, token)
        self.assertSays(self.token(code=4), r"the key in \$CREDENTIALS_DIRECTORY cannot be had here")
        done = self.token(code=4, env=self.give(os.urandom(32)))
        self.assertSays(done, "the stored login .* is damaged, or its key is another one")

    def test_p15_comes_before_a_keyring(self):
        self.add(env=self.give(os.urandom(32)))
        self.assertEqual(self.from_(), "credentials-directory")

    def test_p15_is_no_key(self):
        for content in (b"", b"short", b"x" * 31, b"x" * 33, b"x" * 10_000):
            with self.subTest(content[:8], size=len(content)):
                self.ctl("auth", "service-account", "add", self.key, code=2, env=self.give(content))
                self.assertNoLogin()
                self.assertNotIn("key", self.names())

    def test_p15_a_unit_without_one_uses_a_file(self):
        os.makedirs(self.path("given"))
        self.ctl("auth", "service-account", "add", self.key, env={"CREDENTIALS_DIRECTORY": self.path("given")})
        self.assertEqual(self.from_(), "file")

    def test_p15_status_says_where_it_is(self):
        self.ctl("auth", "service-account", "add", self.key, env=self.give(os.urandom(32)))
        told = json.loads(self.ctl("auth", "status", "--json").out)
        self.assertEqual(told["key"], "credentials-directory")

    def test_p15_status_says_of_a_key_that_is_away_that_the_login_may_be_good(self):
        """Nobody has to log in again: it is the keyring that is closed, or the unit that is elsewhere."""
        unlock = 'hint: unlock the keyring, or log in again with auth.key = "file"\n'
        for env, hint in (({}, unlock), (self.give(os.urandom(32)), "hint: systemd gives it to the unit alone: ask there, ")):
            with self.subTest(hint):
                wanted = "credentials-directory" if env else "secret-service"
                self.wait_until(lambda: self.add(env=env) and self.from_() == wanted)  # a keyring has 3 s to answer
                done = self.ctl("auth", "status", "--check", "--json", code=5)
                self.assertEqual(done.lines()[0]["state"], "unreachable")
                self.assertRegex(done.lines()[0]["problem"], "^the key in .* cannot be had here$")
                self.assertIn(hint, done.err)
                self.assertEqual(self.provider.count("/token"), 0)


if __name__ == "__main__":
    unittest.main()
