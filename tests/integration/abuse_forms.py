"""What is done with forms: pictures without end, guesses, a mail-bomb, and a
staff room that is none of these."""
import concurrent.futures
import re
import socket
import threading
import time

from abuse_lines import FORM, Watch, rss
from house import Visitor, fresh_address, fresh_numen
from sealed import code_of

SCHOOL = "198.51.100.7"
LIMITS = {"per_address": "20/10m", "per_school_address": "400/10m",
          "school_networks": "198.51.100.0/24", "per_mailbox": "3/1h",
          "per_identity": "120/24h", "per_number": "120/24h"}
HANDS = 8
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
# Everything in Redis that stays: a fixed number of keys. "asked" has accounts
# that exist, no others, and those of the last 25 hours.
LASTING = re.compile(rb"rentree:(in:\w+|due:\w+|req|age|held|dead|stats|"
                     rb"asked:\d+|lim:(waiting|since))$")
IDENTITY = re.compile(rb"rentree:lim:[in]\d:[0-3][0-9a-f]{5}$")


def ask(house, number, birth, address):
    """The form and its answer; a captcha is read with the house's key."""
    visitor = Visitor(house.port, address)
    page = visitor.get(FORM)
    if page.status != 200:
        return page
    name = re.search(r'data-captcha-id="([^"]+)"', page.text)[1]
    return visitor.post(FORM, {
        "numen": number, "naissance": birth, "captcha_id": name,
        "captcha_code": code_of(house, name), "captcha_pow": ""})


def in_hands(function, values):
    with concurrent.futures.ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(function, values))


def keys(house, pattern):
    store = house.store()
    try:
        return set(store.scan_iter(pattern, count=1000))
    finally:
        store.close()


class Line:
    """One connection kept alive, with less in between than http.client: the
    daemon shall be busy, and not we."""

    def __init__(self, port):
        self.port, self.line = port, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.line:
            self.line.close()

    def get(self, path, address):
        """(status, body)"""
        self.line = self.line or socket.create_connection(
            ("127.0.0.1", self.port), 20)
        self.line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n"
                          f"X-Forwarded-For: {address}\r\n\r\n".encode())
        text, body, length = b"", b"", None
        while length is None or len(body) < length:
            piece = self.line.recv(65536)
            if not piece:
                raise ConnectionError("half an answer")
            text += piece
            head, found, body = text.partition(b"\r\n\r\n")
            if found:
                length = int(LENGTH.search(head)[1])
        if b"\r\nConnection: close" in head:
            self.line.close()
            self.line = None
        return head[9:12], body


def captchas(house, wanted, seconds):
    """As many forms with their pictures as the machine gives."""
    before = rss(house.web)
    keys_before = len(keys(house, "*"))
    counts, lock = {"forms": 0, "pictures": 0, "pictures refused": 0,
                    "forms refused": 0}, threading.Lock()
    end = time.monotonic() + seconds

    def count(what):
        with lock:
            counts[what] += 1
            return counts["pictures"] + counts["pictures refused"] < wanted

    def hand(_):
        more = True
        with Line(house.port) as line:
            while more and time.monotonic() < end:
                address = fresh_address()
                status, text = line.get(FORM, address)
                if status != b"200":
                    count("forms refused")
                    continue
                count("forms")
                name = re.search(rb'data-captcha-id="([^"]+)"', text)[1]
                status, _ = line.get(f"/captcha/{name.decode()}.png", address)
                more = count("pictures" if status == b"200"
                             else "pictures refused")

    begin = time.monotonic()
    with Watch(house) as watch:
        in_hands(hand, range(HANDS))
        took = time.monotonic() - begin
    return {**counts, "seconds": round(took, 1),
            "captchas a minute": round(counts["forms"] / took * 60),
            "RSS kB before": before, "RSS kB after": rss(house.web),
            "keys in Redis more": len(keys(house, "*")) - keys_before,
            **watch.figures()}


def guesses(house, count):
    """NUMEN by NUMEN, each from another /64 of one /48."""
    before = keys(house, "rentree:lim:*")
    begin = time.monotonic()
    statuses = in_hands(lambda n: ask(
        house, fresh_numen(), "01/09/1975",
        f"2001:db8:77:{n & 0xffff:x}::1").status, range(count))
    added = keys(house, "rentree:lim:*") - before
    return {"guesses": count, "accepted": statuses.count(303),
            "refused (429)": statuses.count(429),
            "others": len(statuses) - statuses.count(303) -
            statuses.count(429),
            "seconds": round(time.monotonic() - begin, 1),
            "address keys more": sum(b":a" in x for x in added),
            "identity keys more": sum(
                bool(IDENTITY.match(x)) for x in added)}


def staff_room(house, count):
    """So many people, each with their own request, behind one address."""
    people = [house.add_person() for _ in range(count)]
    begin = time.monotonic()
    statuses = in_hands(lambda x: ask(
        house, x.number, x.typed_birth, SCHOOL).status, people)
    asked = time.monotonic() - begin
    for person in people:
        house.wait_mail(person, seconds=60)
    return {"people": count, "accepted": statuses.count(303),
            "refused": count - statuses.count(303),
            "seconds to ask": round(asked, 1),
            "people with a mail": sum(
                bool(house.mails_to(x)) for x in people),
            "seconds to the last mail": round(time.monotonic() - begin, 1)}


def mail_bomb(house, count):
    """One victim, asked for from many addresses, one after the other."""
    victim, pages = house.add_person(), set()
    for _ in range(count):
        address = fresh_address()
        answer = ask(house, victim.number, victim.typed_birth, address)
        ref = (answer.location or "").partition("ref=")[2]
        page = Visitor(house.port, address).get(answer.location or "/")
        pages.add((answer.status, page.status,
                   page.text.replace(ref, "REFERENCE")))
    house.wait_drained(60)
    return {"requests": count, "different answers": len(pages),
            "statuses": sorted({x[0] for x in pages}),
            "mails": len(house.mails_to(victim))}


def values(house, count):
    """Distinct people, known or not, from distinct addresses: which keys
    are left, and for how long."""
    before = keys(house, "rentree:*")
    statuses = in_hands(lambda _: ask(
        house, fresh_numen(), "01/09/1975", fresh_address()).status,
        range(count))
    house.wait_drained(120)
    added = keys(house, "rentree:*") - before
    store = house.store()
    identities = [x for x in added if IDENTITY.match(x)]
    lasting = [x for x in keys(house, "rentree:*") if store.ttl(x) == -1]
    sizes = [store.memory_usage(x) for x in identities[:1000]]
    found = {
        "values": count, "accepted": statuses.count(303),
        "identity keys": len(identities),
        "bytes of one": max(sizes or [0]),
        "identity keys at most": 2 * (1 << 22),
        "keys that last": len(lasting),
        "of an unknown name": [x.decode() for x in lasting
                               if not LASTING.match(x)],
        "limiter keys that are not short": sum(
            bool(re.match(rb"rentree:lim:[in]\d:", x)) and
            not IDENTITY.match(x) for x in added),
        "longest life of a limiter key s": max(
            [store.ttl(x) for x in added if b":lim:" in x] or [0]),
        "waiting afterwards": store.hlen("rentree:req"),
        "Redis bytes": int(store.info("memory")["used_memory"])}
    store.close()
    return found
