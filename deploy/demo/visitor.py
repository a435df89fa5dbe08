"""A visitor without a browser: follows nothing by itself, pays the captcha's
toll by proof of work, and keeps the cookies it is given.

Only the standard library is used here.
"""
import hashlib
import http.client
import re
import urllib.parse


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.raw = response.read()
        self.text = self.raw.decode("utf-8", "replace")

    @property
    def title(self):
        found = re.search("<title>(.*?)</title>", self.text)
        return found and found[1]

    @property
    def location(self):
        return self.headers.get("Location")


def solve(captcha_id, bits):
    """The decimal n for which SHA-256(id "." n) begins with bits zeros."""
    start = hashlib.sha256(captcha_id.encode() + b".")
    limit = 1 << (256 - bits)
    n = 0
    while True:
        attempt = start.copy()
        attempt.update(b"%d" % n)
        if int.from_bytes(attempt.digest(), "big") < limit:
            return str(n)
        n += 1


def captcha_fields(page):
    """The answered captcha of a form, as its fields."""
    found = re.search(r'data-pow-bits="(\d+)" data-captcha-id="([^"]+)"', page)
    if found is None:
        raise AssertionError("no captcha in the page")
    return {"captcha_id": found[2],
            "captcha_pow": solve(found[2], int(found[1]))}


class Visitor:
    FORM = "application/x-www-form-urlencoded"

    def __init__(self, port, address=None, host="127.0.0.1"):
        """address: what the proxy says of us (X-Forwarded-For)."""
        self.port, self.host = port, host
        self.address = address
        self.source = None  # (host, 0): the address we really come from
        self.cookies = {}

    def ask(self, method, path, body=None, headers=None, timeout=20):
        sent = {"Host": f"{self.host}:{self.port}"}
        if self.address:
            sent["X-Forwarded-For"] = self.address
        if self.cookies:
            sent["Cookie"] = "; ".join(
                f"{k}={v}" for k, v in self.cookies.items())
        if body is not None:
            sent["Content-Type"] = self.FORM
        sent.update(headers or {})
        line = self.line(timeout)
        try:
            line.request(method, path, body, sent)
            answer = Answer(line.getresponse())
        finally:
            line.close()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, rest = cookie.partition("=")
            value = rest.partition(";")[0]
            if "Max-Age=0" in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def line(self, timeout):
        return http.client.HTTPConnection(
            self.host, self.port, timeout=timeout, source_address=self.source)

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, fields, **more):
        body = urllib.parse.urlencode(fields).encode()
        return self.ask("POST", path, body, **more)

    # --- the journey ---------------------------------------------------------

    def captcha(self, path="/mot-de-passe-oublie"):
        page = self.get(path)
        if page.status != 200:
            raise AssertionError(f"GET {path}: {page.status}")
        return captcha_fields(page.text)

    def recover(self, number, birth, captcha=None, query="", **more):
        """Fills in "Mot de passe oublié"."""
        fields = {"numen": number, "naissance": birth}
        fields.update(self.captcha() if captcha is None else captcha)
        return self.post("/mot-de-passe-oublie" + query, fields, **more)

    def open_link(self, link):
        """As a click on the link of a mail."""
        path = urllib.parse.urlsplit(link)
        path = path.path + ("?" + path.query if path.query else "")
        return self.get(path, headers={"Sec-Fetch-Site": "cross-site",
                                       "Sec-Fetch-Mode": "navigate"})

    def choose(self, password, confirmation=None, charter=False, **more):
        fields = {"motdepasse": password,
                  "confirmation": password if confirmation is None
                  else confirmation}
        if charter:
            fields["charte"] = "1"
        return self.post("/nouveau-mot-de-passe", fields, **more)
