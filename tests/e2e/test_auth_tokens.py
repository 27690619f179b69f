#!/usr/bin/python3
"""What the token endpoint may answer, and what becomes of a login then: oauth-H01 to H06, H17."""

import hashlib
import json
import os
import re
import struct
import time
import unittest

from auth_house import ALICE, DRIVE, AuthHouse
from house import BUILD

CANARY = "canary-of-a-body-that-nobody-may-see"
GOOD = json.dumps({"access_token": CANARY, "token_type": "Bearer", "expires_in": 3599})
DUPLICATE = f'{{"access_token":"{CANARY}","token_type":"Bearer","access_token":"{CANARY}2"}}'
NO_ANSWERS = {
    "a page of HTML": {"html": True},
    "another type": {"body": GOOD, "headers": {"Content-Type": "text/plain"}},
    "nothing": {"status": 200, "body": ""},
    "JSON that ends too soon": {"body": f'{{"access_token":"{CANARY}"'},
    "a byte order mark": {"body": "\ufeff" + GOOD},
    "a name twice": {"body": DUPLICATE},
    "depth": {"body": '{"a":' * 10_000 + "1" + "}" * 10_000},
    "a list": {"body": f"[{GOOD}]"},
    "a text": {"body": f'"{CANARY}"'},
    "100 MB": {"huge": 100},
    "no end": {"endless": True},
    "a bomb": {"gzip_bomb": 100},
}


def sha256(text):
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


class Answers(AuthHouse):
    def assertUntouched(self, done, code=5):
        """An error, that shows nothing of the body; the login is as it was."""
        self.assertEqual(done.code, code, done.err)
        self.assertEqual(done.out, "")
        self.assertNotIn(CANARY, done.err)
        self.assertLess(len(done.err), 600)
        self.assertEqual(self.record()["status"], "ok")

    def test_h01_no_answer_of_a_token_endpoint(self):
        self.have_login(used_up=True)
        for what, fault in NO_ANSWERS.items():
            with self.subTest(what):
                before = self.refreshes()
                self.fault_refresh(**fault)
                done = self.token(code=None)
                self.assertUntouched(done)
                if not {"huge", "endless"} & fault.keys():
                    self.assertSays(done, r"unexpected response from 127\.0\.0\.1:\d+'s token endpoint \(HTTP 200, "
                                    r"[^)]+\): it is no JSON object", "is a proxy or a sign-in page .*")
                else:
                    self.assertSays(done, r"http://127\.0\.0\.1:\d+ sent more than 262144 bytes")
                self.assertEqual(self.refreshes() - before, 1)  # it may have been used up: nobody asks again
        self.assertEqual({each["headers"]["accept-encoding"] for each in self.provider.requests("/token")}, {None})

    def test_h01_at_a_login_nothing_is_stored(self):
        for what in ("a page of HTML", "a name twice", "no end"):
            with self.subTest(what):
                self.provider.forget_requests()
                self.fault_exchange(**NO_ANSWERS[what])
                done = self.log_in(code=5)
                self.assertNotIn(CANARY, done.err)
                self.assertEqual(self.exchanges(), 1)
                self.assertNoLogin()

    def test_h01_an_answer_that_is_cut_is_asked_for_again_and_only_at_a_refresh(self):
        self.fault_exchange(cut=10, body=GOOD)
        self.log_in(code=5)
        self.assertEqual(self.exchanges(), 1)
        self.have_login(used_up=True)
        self.fault_refresh(cut=10, body=GOOD)
        self.assertNotIn(CANARY, self.token().out)
        self.assertEqual(self.refreshes(), 2)

    def renewed(self, code=0, **patch):
        """auth refresh --json, when the answer has these changes."""
        self.fault_refresh(patch=patch)
        return self.ctl("auth", "refresh", "--json", code=code)

    def life(self, **patch):
        """In seconds, as told; None if it is not known."""
        end = self.renewed(**patch).lines()[0]["expires_at"]
        if end is None:
            return None
        stamp = time.strptime(end.partition(".")[0].rstrip("Z"), "%Y-%m-%dT%H:%M:%S")
        return time.mktime(stamp) - time.timezone - time.time()

    def test_h02_fields_that_must_be_there(self):
        self.have_login()
        for patch in ({"access_token": None}, {"access_token": ""}, {"access_token": 7}, {"token_type": None},
                      {"token_type": "mac"}, {"token_type": ["Bearer"]}):
            with self.subTest(patch=patch):
                self.assertUntouched(self.renewed(5, **patch))
        for word in ("bearer", "BEARER", "Bearer"):
            self.renewed(token_type=word)

    def test_h02_how_long_a_token_lives(self):
        self.have_login()
        for value, low, high in ((3600, 3500, 3601), ("3600", 3500, 3601), (1800.5, 1700, 1801), (1e99, 86000, 86401),
                                 (0, -100, 0.1), (-1, -100, 0.1), ("-1", -100, 0.1)):
            with self.subTest(value=value):
                life = self.life(expires_in=value)
                self.assertTrue(low <= life <= high, life)
        for value in (None, "soon", "", [], {}, True):
            with self.subTest(value=value):
                self.assertIsNone(self.life(expires_in=value))

    def test_h02_what_is_over_is_renewed_and_what_has_no_end_is_not(self):
        self.have_login()
        self.renewed(expires_in=0)
        self.token()
        self.assertEqual(self.refreshes(), 2)
        self.renewed(expires_in=None)
        self.token()
        self.token()
        self.assertEqual(self.refreshes(), 3)

    def test_h03_what_could_not_stand_in_a_header_is_no_token(self):
        self.have_login()
        before = self.token().out
        for name in ("access_token", "refresh_token"):
            for token in ("a\r\nX-Other: 1", "a b", "a\x00b", "a\tb", "ä", "x" * 4097, "x" * 8192):
                with self.subTest(name, token=token[:10]):
                    done = self.renewed(5, **{name: token})
                    self.assertUntouched(done)
                    self.assertNotIn("X-Other", done.err)
        self.assertEqual(self.token().out, before)
        self.renewed(access_token="x" * 4096)
        self.assertEqual(self.token().out, "x" * 4096 + "\n")

    def test_h04_a_login_that_cannot_be_renewed(self):
        """It is said, it serves as long as its token lives, and nobody asks with nothing."""
        self.fault_exchange(patch={"refresh_token": None})
        said = self.log_in()
        self.assertIn("batchctl: warning: 127.0.0.1:", said.err)
        self.assertIn(" gave no token to renew the login with: it is good for an hour or so\n", said.err)
        self.token()
        done = self.ctl("submit", "--args", "a", "-d", "drive:1AbC", "--", "true", code=4)
        self.assertSays(done, r"the login of alice@example\.test ends with its first token, and batchd needs one that "
                        "lasts; nothing was stored", "log in again.*")
        self.fault_exchange(patch={"refresh_token": None})
        self.log_in_for()
        done = self.token(code=4)
        self.assertSays(done, r".* no longer accepts the login of alice@example\.test", "log in again.*")
        self.assertEqual(self.refreshes(), 0)
        self.assertEqual((self.record()["status"], self.record()["reason"]), ("needs_login", "no_refresh_token"))

    def test_h05_which_refresh_token_is_kept(self):
        self.log_in()
        first = self.sent_after()
        self.assertEqual(self.sent_after({}), first)  # none
        self.assertEqual(self.sent_after({"refresh_token": ""}), first)
        self.provider.configure(omit_refresh_token=False)
        self.assertEqual(self.sent_after({}), first)  # the same
        self.provider.configure(rotate=True)
        tokens = [self.sent_after({}) for _ in range(3)]
        self.assertEqual(len({first, *tokens}), 4)
        self.assertEqual(self.record()["status"], "ok")

    def sent_after(self, patch=None):
        """The digest of what is sent after an answer like this."""
        if patch is not None:
            self.renewed(**patch)
        self.ctl("auth", "refresh")
        return self.provider.requests("/token")[-1]["form"]["refresh_token"]


class Scopes(AuthHouse):
    FILE, DOCUMENTS = DRIVE + "drive.file", DRIVE + "documents"

    def test_h06_a_box_that_was_not_ticked(self):
        done = self.log_in(untick=[self.FILE], code=4)
        self.assertSays(done, r"alice@example\.test did not tick the box for Drive \(drive\.file\); nothing was stored",
                        r"again, and tick it: batchctl auth login --client-file \S+")
        self.assertNoLogin()
        done = self.log_in("--profile", "full", untick=[self.DOCUMENTS], code=4)
        self.assertSays(done, r".* did not tick the box for documents; nothing was stored")
        self.assertNoLogin()

    def granted(self, scope, *words):
        self.fault_exchange(patch={"scope": scope})
        self.log_in(*words)
        return self.record()["scopes"]

    def test_h06_what_was_granted_is_stored(self):
        aliases = [DRIVE + "userinfo.email", DRIVE + "userinfo.profile", "openid"]
        for what, scopes in {
            "wider": ["openid", "email", "profile", self.FILE, self.DOCUMENTS],
            "in another order": [self.FILE, "profile", "email", "openid"],
            "by other names": [self.FILE, *aliases],
            "one that includes it": [DRIVE + "drive", *aliases],
        }.items():
            with self.subTest(what):
                self.assertEqual(self.granted(" ".join(scopes)), scopes)

    def test_h06_none_named_are_those_that_were_asked_for(self):
        self.assertEqual(sorted(self.granted(None)), sorted(["openid", "email", "profile", self.FILE]))

    def test_h06_a_name_that_only_begins_alike_is_another(self):
        self.fault_exchange(patch={"scope": "openid email profile " + DRIVE + "drive.file.not"})
        self.log_in(code=4)
        self.assertNoLogin()

    def test_h06_a_refresh_may_grant_less(self):
        self.have_login(used_up=True)
        self.fault_refresh(patch={"scope": "openid"})
        self.assertEqual(self.token("--json").lines()[0]["scopes"], ["openid"])
        self.assertEqual(self.record()["scopes"], ["openid"])


class Clock(AuthHouse):
    """oauth-H17."""

    def setUp(self):
        super().setUp()
        self.jump(0)
        self.env |= {"WALL_CLOCK_OFFSET": self.path("clock"),
                     "LD_PRELOAD": os.path.abspath(os.path.join(BUILD, "tests/wall_clock.so"))}

    def jump(self, seconds):
        with open(self.path("clock"), "wb") as file:
            file.write(struct.pack("=q", seconds))

    def test_h17_a_little_wrong_is_good_enough(self):
        for seconds in (-30, 30, 600):
            with self.subTest(seconds=seconds):
                self.jump(seconds)
                self.log_in()
                self.token()
        self.assertEqual(self.refreshes(), 0)

    def test_h17_a_clock_that_is_behind_at_a_login_is_named(self):
        for seconds in (600, 86400):
            self.jump(-seconds)
            said = re.search(r": it is of the future; your clock is (\d+) s behind\n", self.log_in(code=4).err)
            self.assertAlmostEqual(int(said[1]), seconds, delta=30)
            self.assertNoLogin()

    def test_h17_and_one_that_is_ahead(self):
        self.jump(86400)
        done = self.log_in(code=4)
        self.assertSays(done, r".*: it has expired; is the time here right\?")
        self.assertNoLogin()

    def test_h17_a_jump_on_makes_a_new_token(self):
        self.have_login()
        self.jump(86400)
        self.token()
        self.token()
        self.assertEqual(self.refreshes(), 1)

    def test_h17_a_jump_back_as_well(self):
        """Else it would seem to live longer than any token does."""
        self.have_login()
        self.jump(-2 * 86400)
        self.token()
        self.token()
        self.assertEqual(self.refreshes(), 1)

    def test_h17_of_a_service_account(self):
        self.ctl("auth", "service-account", "add", self.provider.service_account_file(self.path("key.json")))
        self.jump(7200)
        done = self.token(code=4)
        self.assertSays(done, r"127\.0\.0\.1:\d+ does not accept the key of robot@.* \(invalid_grant\)",
                        r"your clock is 7[12]\d\d s ahead: set it, see timedatectl\(1\)")
        self.jump(0)
        self.provider.fault("/token", status=400, body='{"error": "invalid_grant"}',
                            headers={"content-type": "application/json"})
        self.assertSays(self.token(code=4), r".* \(invalid_grant\)", "is the key still there: batchctl auth .*")

    def test_h17_a_jump_back_that_is_shorter_than_a_token_lives(self):
        """Its end is a guess then: it was given by a clock that nobody has any more."""
        self.have_login()
        self.jump(-2 * 3600)
        token = self.token().out
        self.assertEqual(self.token().out, token)
        self.assertEqual(self.refreshes(), 1)
        self.jump(0)  # it was right after all
        self.token()
        self.jump(-30)  # as clocks are set every day
        self.token()
        self.assertEqual(self.refreshes(), 2)

    def test_h17_a_jump_back_of_a_key(self):
        self.ctl("auth", "service-account", "add", self.provider.service_account_file(self.path("key.json")))
        self.token()
        self.jump(-90)  # the provider takes its assertions still
        self.assertEqual(self.token().out, self.token().out)
        self.assertEqual(self.provider.count("/token"), 2)


if __name__ == "__main__":
    unittest.main()
