#!/usr/bin/python3
"""Logins on a disk that nothing can be written to: oauth-P06."""

import shutil

from auth_house import AuthHouse
from mounts import mount, remount, run_with_mounts, umount


class ReadOnly(AuthHouse):
    def setUp(self):
        super().setUp()
        self.have_login(used_up=True)
        self.old = self.files_of_login()

    def files_of_login(self):
        with open(self.file_of(), "rb") as file:
            return file.read()

    def read_only(self):
        """The folder of the logins, with what lies in it."""
        kept = self.path("kept")
        shutil.copytree(self.credentials, kept)
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)  # once nothing is mounted there
        mount(self.credentials, "mode=700")
        self.addCleanup(umount, self.credentials)
        shutil.copytree(kept, self.credentials, dirs_exist_ok=True)
        remount(self.credentials, "ro")

    def test_p06_a_token_that_is_good_needs_no_lock(self):
        self.have_login()
        self.read_only()
        self.assertRegex(self.token().out, r"\Aya29\.")
        self.assertEqual(self.refreshes(), 0)

    def test_p06_no_refresh_token_is_spent_where_the_new_one_cannot_be_stored(self):
        self.read_only()
        done = self.token(code=None)
        self.assertEqual(done.code, 1, done.err)
        self.assertIn("read-only file system", done.err)
        self.assertEqual(self.refreshes(), 0)
        self.assertEqual(self.files_of_login(), self.old)


if __name__ == "__main__":
    run_with_mounts()
