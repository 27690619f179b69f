"""A person with a browser, over HTTP only: logs in at the provider (oidc.py), consents, and comes back."""

import collections
import html.parser
import http.cookiejar
import ssl
import urllib.error
import urllib.parse
import urllib.request

Page = collections.namedtuple("Page", "status headers body url")  # body: as text


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Form(html.parser.HTMLParser):
    """The first form of a page, as a browser sees it."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields = None, []
        self.feed(page.body)
        assert self.action is not None, f"no form at {page.url}: {page.status} {page.body}"
        self.action = urllib.parse.urljoin(page.url, self.action)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form" and self.action is None:
            self.action = attrs.get("action", "")
        if tag == "input" and attrs.get("name") and (attrs.get("type") != "checkbox" or "checked" in attrs):
            self.fields.append((attrs["name"], attrs.get("value") or ""))

    def names(self):
        return {name for name, _ in self.fields}

    def fill(self, name, value):
        self.fields = [field for field in self.fields if field[0] != name] + [(name, value)]

    def untick(self, scopes):
        self.fields = [field for field in self.fields if field[0] != "scope" or field[1] not in scopes]


class Person:
    """name: who it is for the provider.  deny: "login" or "consent", the page on which Cancel is clicked.  untick: the
    scopes that are not granted.  ca: a PEM file to trust.  Keeps its cookies: the next login is quick."""

    def __init__(self, name="alice", *, deny=None, untick=(), ca=None):
        self.name, self.deny, self.untick = name, deny, frozenset(untick)
        self._browser = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
            NoRedirect(),
            *([urllib.request.HTTPSHandler(context=trusting(ca))] if ca else []),
        )

    def login(self, url):
        """The page at the end of it all: that of the program that waits for the redirect."""
        return self.get(self.authorize(url))

    def authorize(self, url):
        """Where the provider sends the browser in the end, with the code or the error in the URL."""
        if urllib.parse.urlsplit(url).path.startswith("/start/"):
            url = self.get(url).headers["Location"]  # batchctl's own address, which leads to the provider
        ours = origin(url)
        for _ in range(20):
            page = self.get(url)
            if page.status not in (302, 303):
                page = self._answer(Form(page))
            assert page.status in (302, 303), f"{page.url}: {page.status} {page.body}"
            url = urllib.parse.urljoin(page.url, page.headers["Location"])
            if origin(url) != ours:
                return url
        raise AssertionError(f"no end of redirects: {url}")

    def use_device(self, url, code):
        """Types a device's code at the page that the device tells; the page at the end."""
        form = Form(self.get(url))
        form.fill("user_code", code)
        page = self._submit(form)
        form = Form(page)
        form.fill("confirm", "yes")
        page = self._submit(form)
        while page.status in (302, 303):
            page = self.get(urllib.parse.urljoin(page.url, page.headers["Location"]))
            if page.status == 200 and "/interaction/" in page.url:
                page = self._answer(Form(page))
        return page

    def get(self, url, data=None, headers=()):
        request = urllib.request.Request(url, data, dict(headers))
        try:
            answer = self._browser.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return Page(answer.status, answer.headers, answer.read().decode(), url)

    def _answer(self, form):
        """A page of the provider: of the login, or of the consent."""
        at = "login" if "login" in form.names() else "consent"
        form.fill("action", "cancel" if at == self.deny else "next")
        if at == "login":
            form.fill("login", self.name)
            form.fill("password", "any")
        form.untick(self.untick)
        return self._submit(form)

    def _submit(self, form):
        return self.get(form.action, urllib.parse.urlencode(form.fields).encode())


def trusting(ca):
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def origin(url):
    return urllib.parse.urlsplit(url)[:2]
