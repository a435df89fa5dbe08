"""What people use: SOGo's pages, CalDAV and CardDAV, IMAP, submission.

Only the standard library is used here.
"""
import base64
import http.client
import imaplib
import json
import smtplib
import ssl
from email.message import EmailMessage

LOOPBACK = "127.0.0.1"
# SOGo sends other programs a page for phones of the year 2005.
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 " \
    "Firefox/128.0"


def plain(login, password):
    """RFC 4616; the shorthands of imaplib and smtplib know ASCII alone."""
    return f"\0{login}\0{password}".encode()


class Web:
    """SOGo through nginx: a browser with cookies, or a DAV program with a
    password."""

    def __init__(self, port, login=None, password=None):
        self.port, self.cookies, self.headers = port, {}, {
            "User-Agent": BROWSER, "Accept-Language": "fr"}
        if login:
            pair = f"{login}:{password}".encode()
            self.headers["Authorization"] = \
                "Basic " + base64.b64encode(pair).decode()

    def ask(self, method, path, body=None, kind=None, **headers):
        """The status and the text of the answer."""
        sent = dict(self.headers)
        sent.update({name.replace("_", "-"): value
                     for name, value in headers.items()})
        if kind:
            sent["Content-Type"] = kind
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}"
                                       for k, v in self.cookies.items())
        if "XSRF-TOKEN" in self.cookies:
            sent["X-XSRF-TOKEN"] = self.cookies["XSRF-TOKEN"]
        line = http.client.HTTPConnection(LOOPBACK, self.port, timeout=30)
        try:
            line.request(method, path, body and body.encode(), sent)
            answer = line.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            line.close()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer.status, text


class Sogo(Web):
    """A browser at SOGo."""

    def __init__(self, port, login):
        super().__init__(port)
        self.login = login

    def connect(self, password, name=None):
        """The login form. Never with an empty password: it kills a worker of
        SOGo 5.8."""
        status, _ = self.ask("POST", "/SOGo/connect", json.dumps({
            "userName": name or self.login, "password": password,
            "domain": None, "language": "French", "rememberLogin": 0}),
            "application/json")
        return status == 200

    def is_in(self):
        """Are we still somebody to SOGo? The page of our calendars."""
        status, text = self.ask(
            "GET", f"/SOGo/so/{self.login}/Calendar/calendarslist",
            Accept="application/json")
        return status == 200 and '"calendars"' in text

    def mails(self, folder="INBOX"):
        """The subjects that the mail module shows; None: no access."""
        status, text = self.ask(
            "POST", f"/SOGo/so/{self.login}/Mail/0/folder{folder}/view",
            json.dumps({"sortingAttributes": {"sort": "arrival", "asc": 0}}),
            "application/json")
        if status != 200:
            return None
        try:
            found = json.loads(text)
        except ValueError:
            return None
        names, *rows = found.get("headers") or [[]]
        return [dict(zip(names, row))["Subject"] for row in rows]

    def send(self, sender, to, subject):
        """The form of a new mail."""
        base = f"/SOGo/so/{self.login}/Mail/0"
        status, text = self.ask("GET", f"{base}/compose",
                                Accept="application/json")
        if status != 201:
            return False
        draft = json.loads(text)
        folder, uid = draft["mailboxPath"], draft["draftId"]
        status, _ = self.ask(
            "POST", f"/SOGo/so/{self.login}/Mail/0/folder{folder}/{uid}/send",
            json.dumps({"from": sender, "to": [to], "subject": subject,
                        "text": "Bonjour.", "isHTML": 0}),
            "application/json")
        return status == 200


class Dav(Web):
    """A calendar or address book program."""

    def __init__(self, port, login, password):
        super().__init__(port, login, password)
        self.login = login

    def opens(self):
        status, text = self.propfind("Calendar/personal/")
        return status == 207 and "<D:href>" in text

    def propfind(self, path, depth="0"):
        return self.ask(
            "PROPFIND", f"/SOGo/dav/{self.login}/{path}",
            '<?xml version="1.0"?><propfind xmlns="DAV:"><prop>'
            "<displayname/><resourcetype/></prop></propfind>",
            "application/xml", Depth=depth)

    def put(self, path, text, kind):
        return self.ask("PUT", f"/SOGo/dav/{self.login}/{path}", text, kind)[0]

    def get(self, path):
        return self.ask("GET", f"/SOGo/dav/{self.login}/{path}")


class Imap:
    """One connection to Dovecot. Raises imaplib.IMAP4.error when refused."""

    def __init__(self, port, login, password):
        self.line = imaplib.IMAP4(LOOPBACK, port, timeout=30)
        try:
            self.line.authenticate("PLAIN", lambda _: plain(login, password))
        except imaplib.IMAP4.error:
            self.line.shutdown()
            raise

    def is_open(self):
        try:
            return self.line.noop()[0] == "OK"
        except (imaplib.IMAP4.abort, OSError):
            return False

    def subjects(self, folder):
        if self.line.select(folder, readonly=True)[0] != "OK":
            return []
        _, found = self.line.search(None, "ALL")
        subjects = []
        for number in found[0].split():
            _, data = self.line.fetch(number, "(BODY[HEADER.FIELDS (SUBJECT)])")
            subjects.append(data[0][1].decode().partition(":")[2].strip())
        return subjects

    def folders(self):
        return [x.decode() for x in self.line.list()[1]]

    def quota(self):
        return b" ".join(self.line.getquotaroot("INBOX")[1][1]).decode()

    def close(self):
        try:
            self.line.logout()
        except (imaplib.IMAP4.error, OSError):
            pass


def imap_takes(port, login, password):
    try:
        Imap(port, login, password).close()
    except imaplib.IMAP4.error:
        return False
    return True


def a_mail(sender, to, subject, **headers):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Bonjour.\n")
    return mail


def submission(port, login, password):
    """Logged in, with STARTTLS; the stack's certificate is its own."""
    line = smtplib.SMTP(LOOPBACK, port, timeout=30)
    try:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        line.starttls(context=context)
        line.ehlo()
        code, said = line.docmd("AUTH", "PLAIN " + base64.b64encode(
            plain(login, password)).decode())
        if code != 235:
            raise smtplib.SMTPAuthenticationError(code, said)
    except BaseException:
        line.close()
        raise
    return line


def submission_takes(port, login, password):
    try:
        submission(port, login, password).quit()
    except smtplib.SMTPAuthenticationError:
        return False
    return True
