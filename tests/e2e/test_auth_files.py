#!/usr/bin/python3
"""The files of logins: their modes, what is refused, and damage: oauth-P01, P02, P10, P11."""

import os
import re
import shutil
import stat
import unittest

from auth_house import ALICE, AuthHouse

BOB = "bob@example.test"


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


class Modes(AuthHouse):
    def test_p01_they_are_ours_alone(self):
        """Whatever the umask is, and the folder was."""
        os.makedirs(self.credentials)
        os.chmod(self.credentials, 0o755)
        self.log_in(under=["sh", "-c", 'umask 000; exec "$@"', "sh"])
        self.assertEqual(mode(self.credentials), 0o700)
        self.assertEqual(self.names(), [".key.lock", ALICE + ".json", ALICE + ".lock", "current", "key"])
        for name in self.names():
            self.assertEqual(mode(os.path.join(self.credentials, name)), 0o600, name)


class Refused(AuthHouse):
    """oauth-P02: what others could read, or have put there."""

    def assertRefused(self, why, hint="see .*|take that away: .*"):
        for done in (self.token(code=4), self.ctl("auth", "refresh", code=4), self.log_in(code=4)):
            self.assertSays(done, rf"~/\.local/state/batch/credentials.* is not safe: {why}", f"(?:{hint})")
            self.assertEqual(done.out.count("ya29"), 0)
        self.assertEqual(self.refreshes(), 0)
        self.assertEqual(self.status(code=4)["state"], "insecure")
        self.ctl("submit", "--args", "x", "-d", "drive:1AbC", "--", "true", code=4)

    def test_p02_a_link(self):
        self.have_login()
        os.rename(self.file_of(), self.path("elsewhere.json"))
        os.symlink(self.path("elsewhere.json"), self.file_of())
        self.assertRefused("it is a link")
        self.assertTrue(os.path.islink(self.file_of()))

    def test_p02_a_second_name(self):
        self.have_login()
        os.link(self.file_of(), self.path("elsewhere.json"))
        self.assertRefused("it has a second name")

    def test_p02_a_pipe_that_nobody_writes_to(self):
        self.have_login()
        os.unlink(self.file_of())
        os.mkfifo(self.file_of(), 0o600)
        self.assertRefused("it is no file")

    def test_p02_a_folder(self):
        self.have_login()
        os.unlink(self.file_of())
        os.mkdir(self.file_of())
        self.assertRefused("it is no file")

    def test_p02_one_that_others_may_read(self):
        for bits in (0o640, 0o644, 0o660, 0o602):
            with self.subTest(oct(bits)):
                self.have_login()
                os.chmod(self.file_of(), bits)
                self.assertRefused("others may open it", f"take that away: chmod 600 '?{re.escape(self.file_of())}'?")
                self.assertEqual(mode(self.file_of()), bits)

    def test_p02_the_key_too(self):
        self.have_login()
        os.chmod(os.path.join(self.credentials, "key"), 0o640)
        self.assertSays(self.token(code=4), r"~/.*/key is not safe: others may open it", "take that away: chmod 600 .*")

    def test_p02_a_folder_in_which_others_may_write(self):
        self.have_login()
        os.chmod(self.credentials, 0o777)
        self.assertSays(self.token(code=4), r"~/.* is not safe: others may write in it", "take that away: chmod 700 .*")
        self.assertEqual(mode(self.credentials), 0o777)

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_p02_one_of_somebody_else(self):
        self.have_login()
        os.chown(self.file_of(), 65534, 65534)
        self.assertRefused("it belongs to somebody else")
        self.assertEqual(os.stat(self.file_of()).st_uid, 65534)
        self.have_login()
        os.chown(self.credentials, 65534, 65534)
        self.assertSays(self.token(code=4), r"~/.* is not safe: it belongs to somebody else", "see whose it is: .*")


class Damage(AuthHouse):
    def assertDamaged(self, account=ALICE, said="the stored login .* is damaged, or its key is another one"):
        """Nobody is asked; the way out is said, and it is one."""
        self.assertSays(self.token("--account", account, code=4), said,
                        f"log in again: batchctl auth login --account {account}")
        self.assertEqual(self.provider.requests("/token"), [])
        self.log_in("--account", account, person=account.split("@", 1)[0])
        self.token("--account", account)

    def test_p10_a_seal_that_was_changed(self):
        self.have_login()
        sealed = self.record()["sealed"]
        for what, wrong in {"a bit": sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:],
                            "the end": sealed[:-4], "the start": sealed[4:], "all": "", "its letters": "*" + sealed[1:],
                            "its tag": sealed[:-10] + sealed[:10]}.items():
            with self.subTest(what):
                self.have_login()
                self.rewrite(sealed=wrong)
                self.assertDamaged()
        self.have_login()
        self.rewrite(sealed=None)
        self.assertDamaged()

    def test_p10_what_stands_beside_it_is_sealed_too(self):
        for name, value in (("issuer", "http://127.0.0.1:1"), ("subject", "7"), ("client_id", "other")):
            with self.subTest(name):
                self.have_login()
                self.rewrite(**{name: value})
                self.assertSays(self.token(code=4), "the stored login .* is damaged, or its key is another one")
                self.assertEqual(self.provider.requests("/token"), [])

    def test_p10_one_that_was_put_to_another_account(self):
        self.log_in()
        self.log_in(person="bob")
        self.provider.forget_requests()
        shutil.copy(self.file_of(), self.file_of(BOB))  # whole
        self.assertSays(self.token("--account", BOB, code=4), "the stored login .* is damaged, or its key is another one")
        self.have_login()
        self.log_in(person="bob")
        self.provider.forget_requests()
        self.rewrite(BOB, sealed=self.record()["sealed"])  # its secrets
        self.assertDamaged(BOB)

    def test_p10_another_key(self):
        self.have_login()
        self.write(".local/state/batch/credentials/key", "A" * 43 + "\n")
        self.assertDamaged()

    def test_p10_a_key_that_is_lost(self):
        self.have_login()
        os.unlink(os.path.join(self.credentials, "key"))
        done = self.token(code=4)
        self.assertSays(done, "the key on disk cannot be had here", f"log in again: batchctl auth login --account {ALICE}")
        self.assertIn("the key of the login of alice@example.test is gone", self.ctl("doctor", code=None).out)
        self.log_in()
        self.token()

    def test_p10_what_is_no_record_is_kept_aside(self):
        self.have_login()
        whole = self.bytes_of()
        for what, content in {"half": whole[:len(whole) // 2], "nothing": b"", "zeros": b"\0" * 500, "a list": b"[]",
                              "deep": b"[" * 60_000, "no version": b"{}"}.items():
            with self.subTest(what):
                self.have_login()
                with open(self.file_of(), "wb") as file:
                    file.write(content)
                self.assertEqual(self.status(code=4)["state"], "broken")
                self.assertDamaged(said="the stored login .* cannot be used: .*")
                with open(self.file_of() + ".corrupt", "rb") as file:
                    self.assertEqual(file.read(), content)
                self.assertEqual(mode(self.file_of() + ".corrupt"), 0o600)
                os.unlink(self.file_of() + ".corrupt")

    def test_p10_pauses_a_batch_and_burns_nothing(self):
        self.have_login()
        self.ctl("submit", "--args", "a", "b", "-d", "drive:1AbC", "--", "sh", "-c", 'echo x >"$1/x"', "sh", "{@out}")
        self.rewrite(sealed="A" * 80)
        self.batchd()
        self.ctl("wait", "@last", code=4)
        told = self.batch()
        self.assertTrue(told["paused"])
        self.assertEqual({item["attempts"] for item in self.ctl("items", "@last", "--json").lines()}, {0})

    def test_p11_one_of_a_newer_version_is_not_touched(self):
        self.have_login()
        self.rewrite(v=2, more="of it")
        before = self.bytes_of()
        for done in (self.token(code=7), self.ctl("auth", "refresh", code=7), self.log_in(code=7)):
            self.assertSays(done, r"the stored login alice@example\.test is of a newer batchctl", "use that one, .*")
        self.assertEqual(self.bytes_of(), before)
        self.assertEqual(self.refreshes(), 0)
        self.assertEqual(self.status(code=4)["state"], "broken")

    def test_p11_what_an_older_one_does_not_know_is_no_damage(self):
        self.have_login()
        self.rewrite(later="a field")
        self.token()


if __name__ == "__main__":
    unittest.main()
