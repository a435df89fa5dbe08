"""A mail catcher: takes every mail, delivers none, shows them on a page.

    python3 deploy/demo/mails.py SMTP-PORT PAGE-PORT

The page renews itself without JavaScript; what mails say is escaped, and their
links can be clicked. Needs python3-aiosmtpd.
"""
import email
import email.policy
import html
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller

LINK = re.compile(r"https?://[^\s<>\"]+")
PAGE = """<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8">
<meta http-equiv="refresh" content="3">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Courrier ({count})</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 1.5rem auto;
 max-width: 46rem; padding: 0 1rem; color: #1b1f24; background: #fff; }}
article {{ border: 1px solid #6b7785; border-radius: .4rem; padding: .75rem
 1rem; margin: 0 0 1rem; }}
h2 {{ font-size: 1.1rem; margin: 0; }}
p {{ margin: .25rem 0; color: #4a5460; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font: inherit;
 margin: .75rem 0 0; }}
</style></head><body><h1>Courrier reçu</h1>
<p>{count} message(s), le plus récent en haut. La page se renouvelle seule.</p>
{mails}</body></html>
"""

MAIL = """<article><h2>{subject}</h2>
<p>À : {to} · {time}</p><details{open}><summary>Lire</summary>
<pre>{text}</pre></details></article>
"""


class Mail:
    def __init__(self, sender, recipients, raw):
        self.sender, self.recipients, self.raw = sender, recipients, raw
        self.when = time.time()
        self.message = email.message_from_bytes(
            raw, policy=email.policy.default)
        self.subject = str(self.message["Subject"] or "")
        body = self.message.get_body(("plain",))
        self.text = body.get_content() if body is not None else ""

    @property
    def links(self):
        return [x for x in LINK.findall(self.text) if "/r/" in x]


class Box:
    """The mails that came in, oldest first. Threads: any."""

    def __init__(self, on_mail=None, kept=500):
        self.mails, self.lock = [], threading.Condition()
        self.on_mail, self.kept = on_mail, kept

    def put(self, mail):
        with self.lock:
            self.mails.append(mail)
            del self.mails[:-self.kept]
            self.lock.notify_all()
        if self.on_mail is not None:
            self.on_mail(mail)

    def find(self, right):
        with self.lock:
            return [mail for mail in self.mails if right(mail)]

    def wait(self, right, seconds=15.0, count=1):
        """The mails that are right, as soon as there are count of them."""
        end = time.monotonic() + seconds
        with self.lock:
            while True:
                found = [mail for mail in self.mails if right(mail)]
                left = end - time.monotonic()
                if len(found) >= count or left <= 0:
                    return found
                self.lock.wait(left)


class Catcher:
    """The SMTP server. refuse(recipient) may answer instead of "250 OK"."""

    def __init__(self, box, port, refuse=None):
        self.box, self.port, self.refuse = box, port, refuse
        self.controller = None

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.refuse(address) if self.refuse else None
        if answer is not None:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.box.put(Mail(envelope.mail_from, list(envelope.rcpt_tos),
                          envelope.original_content))
        return "250 Taken"

    def start(self):
        self.controller = Controller(self, hostname="127.0.0.1",
                                     port=self.port, ready_timeout=10)
        self.controller.start()

    def stop(self):
        if self.controller is not None:
            self.controller.stop()
            self.controller = None


def linked(text):
    """Escaped, with its addresses as links."""
    parts, last = [], 0
    for found in LINK.finditer(text):
        url = html.escape(found[0], quote=True)
        parts.append(html.escape(text[last:found.start()]))
        parts.append(f'<a href="{url}">{url}</a>')
        last = found.end()
    parts.append(html.escape(text[last:]))
    return "".join(parts)


def page(box):
    mails = list(reversed(box.find(lambda mail: True)))
    items = "".join(
        MAIL.format(subject=html.escape(mail.subject),
                    to=html.escape(", ".join(mail.recipients)),
                    time=time.strftime("%H:%M:%S", time.localtime(mail.when)),
                    open=" open" if i < 5 else "", text=linked(mail.text))
        for i, mail in enumerate(mails))
    return PAGE.format(count=len(mails), mails=items)


class PageHandler(BaseHTTPRequestHandler):
    box = None

    def do_GET(self):  # the name is BaseHTTPRequestHandler's
        body = page(self.box).encode() if self.path == "/" else b"?\n"
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy",
                         "default-src 'none'; style-src 'unsafe-inline'")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve_page(box, port):
    handler = type("Handler", (PageHandler,), {"box": box})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def tell(mail):
    print(f"mail to {', '.join(mail.recipients)}: {mail.subject}")
    for link in mail.links:
        print(f"  {link}")
    sys.stdout.flush()


def main():
    if len(sys.argv) != 3 or not all(x.isdigit() for x in sys.argv[1:]):
        sys.exit("usage: mails.py SMTP-PORT PAGE-PORT")
    box = Box(tell)
    Catcher(box, int(sys.argv[1])).start()
    serve_page(box, int(sys.argv[2]))
    print(f"mails are at http://127.0.0.1:{sys.argv[2]}/", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
