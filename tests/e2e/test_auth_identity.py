#!/usr/bin/python3
"""Who somebody is, says an id_token; many must be refused: oauth-H07."""

import json
import time
import unittest

from auth_house import AuthHouse

UNTRUSTED = r"the provider's statement who that is cannot be trusted: "
FORGERIES = {
    "bad_signature": "its signature is wrong",
    "alg_none": "it is not signed in RS256",
    "hs256": "it is not signed in RS256",
    "unknown_kid": "its key is not known",
    "wrong_iss": r"it is of another issuer \(iss\)",
    "wrong_aud": r"it is for another client \(aud\)",
    "several_aud": r"it was given to another client \(azp\)",
    "wrong_azp": r"it was given to another client \(azp\)",
    "expired": r"it has expired; is the time here right\?",
    "future_iat": r"it is of the future; your clock is 7[12]\d\d s behind",
    "wrong_nonce": r"it is of another login \(nonce\)",
    "no_nonce": r"it is of another login \(nonce\)",
    "no_sub": r"it does not say who that is \(sub\)",
    "no_exp": 'it has no time "exp"',
    "not_a_jwt": "it is no signed token",
}
CERTS = "/oauth2/v3/certs"


def ago(seconds):
    """The time, when it is asked for."""
    return lambda: int(time.time()) - seconds


class Identity(AuthHouse):
    def claims(self, **claims):
        claims = {name: value() if callable(value) else value for name, value in claims.items()}
        self.provider.configure(id_token={"claims": claims})

    def test_h07_what_is_forged_is_refused(self):
        for forgery, why in FORGERIES.items():
            with self.subTest(forgery):
                self.provider.forget_requests()
                self.provider.configure(id_token=forgery)
                done = self.log_in(code=4)
                self.assertSays(done, UNTRUSTED + why)
                self.assertSilent(done.err)
                self.assertNoLogin()
                self.assertLessEqual(self.provider.count(CERTS), 2)  # once more for a key that is not known

    def test_h07_there_is_none(self):
        self.fault_exchange(patch={"id_token": None})
        self.assertSays(self.log_in(code=4), r".* did not say who that is")
        self.assertNoLogin()

    def test_h07_claims_that_are_odd(self):
        client = "desktop.apps.example.test"
        for refused in ({"aud": []}, {"aud": None}, {"aud": {client: 1}}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 256},
                        {"exp": "soon"}, {"exp": ago(63)}, {"exp": -1}, {"exp": 1e300}, {"iat": None}):
            with self.subTest(refused=refused):
                self.claims(**refused)
                self.assertSays(self.log_in(code=4), UNTRUSTED + ".*")
        self.assertNoLogin()
        for taken in ({"aud": [client]}, {"azp": client}, {"aud": [client, "other"], "azp": client}, {"exp": ago(-5)},
                      {"exp": ago(10)}):
            with self.subTest(taken=taken):
                self.claims(**taken)
                self.log_in()

    def test_h07_a_key_that_is_not_known_is_looked_for_once_more(self):
        self.provider.fault(CERTS, times=1, body='{"keys":[]}')
        self.log_in()
        self.assertEqual(self.provider.count(CERTS), 2)

    def test_h07_the_keys_of_the_provider(self):
        good = {"kid": "key1", "kty": "RSA", "use": "sig", "e": "AQAB", "n": "AQAB"}
        for fault, code in (({"status": 503}, 5), ({"html": True}, 5), ({"body": '{"keys":[]}'}, 4), ({"endless": True}, 5),
                            ({"body": json.dumps({"keys": [good]})}, 4), ({"body": '{"keys":[7,null,{}]}'}, 4)):
            with self.subTest(fault=fault):
                self.provider.fault(CERTS, times=2, **fault)  # before the exchange, and for a key that is not known
                self.log_in(code=code)
                self.provider.clear_faults()
                self.assertNoLogin()
        self.provider.rotate_keys(keep=True)
        self.log_in()


if __name__ == "__main__":
    unittest.main()
