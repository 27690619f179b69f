"""What is said in a test, and what lies on its disk in the end: no token is in it.  oauth-P14, of every test with a login."""

from house import House


class Discreet(House):
    """provider: of the logins."""

    provider = None

    def setUp(self):
        super().setUp()
        self.said = []

    def heard(self, words, done):
        """A command's output; `auth token` prints one."""
        words = list(words)
        shows = "auth" in words and words[words.index("auth") + 1:][:1] == ["token"]
        self.said.append((words, ("", done.err) if shows else (done.out, done.err)))

    def tearDown(self):
        try:
            self.assertDiscreet({token: token.encode() for token in self.provider.tokens_issued})
        finally:
            super().tearDown()

    def assertDiscreet(self, tokens):
        for words, texts in self.said:
            for text in texts:
                self.assertEqual([token for token in tokens if token in text], [], words)
        for path, content in self.contents():
            self.assertEqual([token for token, of in tokens.items() if of in content], [], path)
