"""A house with six kinds of visitors, the doors they knock at, the conditions
they meet, and one visitor who tells the time (line.c).

Known people's numbers end in K and nobody else's do: to this program that says
nothing, and the build that leaks (make build/timing/leak/rentree-web) goes by
it.
"""
import concurrent.futures
import hashlib
import json
import random
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

import house as houses  # noqa: E402
import servers  # noqa: E402

LINE = servers.BUILD / "timing" / "line"
LEAK = servers.BUILD / "timing" / "leak"
OLD = "Ancien-Tapis-93-Fleuve"
NEW = "Bateau-Cerise-47-Lune"
WRONG = "Pas-Le-Bon-Tapis-93-Fl"

# Who stands behind a number: what the directory says of them.
NUMBER_GROUPS = ("known", "unknown", "wrong", "suspended", "left", "no-rescue")
# … and behind a login, when the current password is asked.
LOGIN_GROUPS = ("known", "unknown", "never-activated", "locked", "suspended",
                "left")
# … and behind the code of a letter. Known: one that works, with another birth
# date; who has both the code and the date is let in, and that is no secret.
CODE_GROUPS = ("known", "unknown", "expired", "spent", "activated",
               "suspended")

RECOVER, REMIND = "/mot-de-passe-oublie", "/identifiant-perdu"
ACTIVATE, RESEND = "/activation", "/courriel-non-recu"
CHANGE, RESCUE = "/changer-mot-de-passe", "/adresse-de-secours"
QUEUED_DOORS = (RECOVER, REMIND, ACTIVATE, RESEND)
LETTER = ACTIVATE + "#code"  # the other half of that form
# Their answers follow a look into the directory, and leave at marks.
MARK_DOORS = (CHANGE, RESCUE, LETTER)

THROTTLED = {"per_identity": "1/24h", "per_number": "30/24h"}

# One round trip to the slow directory: three are behind the first mark of an
# answer that follows a bind (1.5 s), and within every deadline.
SLOW_S = 0.6


def operations_ended(buffer):
    """How many LDAP operations end in what has been read of a stream, and what
    is left of it: BindResponse, SearchResultDone, ModifyResponse and their like
    (RFC 4511, 4.1.1), but no entry, however the stream was cut into pieces."""
    count = 0
    while len(buffer) >= 2:
        size, at = buffer[1], 2
        if size & 0x80:
            at += size & 0x7f
            size = int.from_bytes(buffer[2:at], "big")
        if len(buffer) < at + size:
            break
        # The message's number, then the operation by its tag.
        operation = buffer[at + 2 + buffer[at + 1]]
        count += operation not in (0x64, 0x73)  # an entry, a reference
        buffer = buffer[at + size:]
    return count, buffer


class SlowProxy:
    """TCP in front of slapd's socket: every answer is late by `delay`, and the
    operations that ended are counted."""

    def __init__(self, upstream):
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.upstream, self.delay, self.answers = upstream, 0.0, 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                near, _ = self.door.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(str(self.upstream()))
            except OSError:
                near.close()
                continue
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for one, other, late in ((near, far, False), (far, near, True)):
                threading.Thread(target=self.carry, args=(one, other, late),
                                 daemon=True).start()

    def carry(self, one, other, late):
        unread = b""
        try:
            while True:
                some = one.recv(65536)
                if not some:
                    break
                if late:
                    ended, unread = operations_ended(unread + some)
                    self.answers += ended
                if late and self.delay:
                    time.sleep(self.delay)
                other.sendall(some)
        except OSError:
            pass
        for end in (one, other):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.door.close()


class CrowdHouse(houses.House):
    other_web = None

    def daemon(self, name, log):
        part = super().daemon(name, log)
        if self.other_web and name == "rentree-web":
            part.argv = [self.other_web / name if x == servers.BUILD / name
                         else x for x in part.argv]
        return part


class Crowd:
    """people: how many of each kind. web: the folder of another rentree-web,
    for the leak."""

    def __init__(self, people=2, limits=None, web=None, threads=2, seed=1):
        self.random = random.Random(seed)
        self.count = people
        self.proxy = SlowProxy(lambda: self.house.slapd.socket)
        self.house = CrowdHouse(
            limits=limits, threads=threads, redis_memory="1gb",
            settings={"directory": {
                "uri": f"ldap://127.0.0.1:{self.proxy.port}",
                "starttls": "no"}})
        self.house.other_web = web
        self.lines = []

    def __enter__(self):
        self.house.__enter__()
        self.house.box.kept = 200
        return self

    def __exit__(self, *_):
        for line in self.lines:
            line.close()
        self.house.close()
        self.proxy.close()

    def line(self):
        self.lines.append(Line(self.house))
        return self.lines[-1]

    # --- conditions ----------------------------------------------------------

    def meet(self, condition):
        """normal, smtp-down, ldap-slow or ldap-down, in that order."""
        if condition == "smtp-down":
            self.house.smtp.stop()
        elif condition == "ldap-slow":
            self.proxy.delay = SLOW_S
        elif condition == "ldap-down":
            self.proxy.delay = 0.0
            self.house.slapd.kill()

    # --- people --------------------------------------------------------------

    def number(self, known):
        last = "K" if known else self.random.choice("ABCDEFGHJLMNPRSTUVWXYZ")
        n = houses.number_of_next()
        return f"09E95{n % 100000:05d}{'ABCDEFGH'[n // 100000 % 8]}A{last}"

    def behind_number(self, group):
        """Fields of one visitor: number, birth date, names."""
        number = self.number(group == "known")
        person = None
        if group != "unknown":
            changes = {}
            if group == "suspended":
                changes["rentreeState"] = "S:SupannVerrouAdministratif"
            if group == "left":
                changes["rentreeState"] = "I:SupannInactif"
            person = self.house.add_person(
                number=number, mail=group != "no-rescue", family="Essai",
                **changes)
        right = group != "wrong"
        return {"numen": number,
                "naissance": "01/09/1975" if right else "02/09/1975",
                "nom": "Essai" if right else "Autre", "prenom": "Camille"}

    def behind_login(self, group):
        house = self.house
        if group == "unknown":
            name = "p" + hashlib.sha256(
                str(houses.number_of_next()).encode()).hexdigest()[:10]
            return {"identifiant": name}
        person = house.add_person(
            password=None if group == "never-activated" else OLD)
        if group == "locked":
            for _ in range(11):
                house.can_log_in(person, WRONG)
        if group == "suspended":
            house.command("account", "suspend", person.login)
        if group == "left":
            house.change(person, rentreeState="I:SupannInactif")
        return {"identifiant": person.login}

    def behind_code(self, group):
        """Fields of one who has a letter, whatever became of it."""
        house = self.house
        person = house.add_person(birth="1968-03-17")
        code = json.loads(house.command(
            "--json", "account", "letter", person.login).stdout)["code"]
        if group == "unknown":
            house.remove(person)
        if group == "expired":
            house.change(person, rentreeLetterEnd="20250901080000Z")
        if group in ("spent", "activated"):
            house.change(person, rentreeActivated="20250901080000Z",
                         userPassword=OLD)
        if group == "spent":  # as what follows an activation leaves it
            house.change(person, rentreeLetter=None, rentreeLetterEnd=None)
        if group == "suspended":
            house.command("account", "suspend", person.login)
        return {"code": code, "naissance":
                "18/03/1968" if group == "known" else person.typed_birth}

    def visitors(self, door):
        """{group: [fields]} for a door, everybody new."""
        groups, make = NUMBER_GROUPS, self.behind_number
        if door == LETTER:
            groups, make = CODE_GROUPS, self.behind_code
        elif door in MARK_DOORS:
            groups, make = LOGIN_GROUPS, self.behind_login
        return {group: [self.fields(door, make(group))
                        for _ in range(self.count)] for group in groups}

    @staticmethod
    def fields(door, who):
        if door == REMIND:
            names = ("numen", "nom", "prenom")
        elif door == CHANGE:
            who = {**who, "motdepasse_actuel": WRONG, "motdepasse": NEW,
                   "confirmation": NEW}
            names = tuple(who)
        elif door == RESCUE:
            who = {**who, "motdepasse_actuel": WRONG,
                   "courriel": "camille@courriel.example"}
            names = tuple(who)
        elif door == LETTER:
            names = tuple(who)
        else:
            names = ("numen", "naissance")
        return {name: who[name] for name in names}


class Line:
    """The visitor at one connection; see line.c."""

    def __init__(self, house):
        key = house.folder / "keys" / "web" / "captcha.key"
        self.port = house.port
        self.child = subprocess.Popen(
            [LINE, str(house.port), str(key)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        self.connections = 0

    def close(self):
        self.child.stdin.close()
        self.child.wait(10)
        self.child.stdout.close()

    def read_line(self):
        text = self.child.stdout.readline()
        if not text:
            raise AssertionError(f"line ended: {self.child.wait(10)}")
        return text

    def send(self, request):
        """(ns, response) of a request, both as bytes."""
        self.child.stdin.write(b"S %d\n" % len(request) + request)
        self.child.stdin.flush()
        ns, size, self.connections = map(int, self.read_line().split())
        return ns, self.child.stdout.read(size)

    def digits(self, captcha):
        self.child.stdin.write(b"C " + captcha + b"\n")
        self.child.stdin.flush()
        return self.read_line().strip().decode()

    def request(self, method, path, address, body=b""):
        head = (f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
                f"X-Forwarded-For: {address}\r\n")
        if method == "POST":
            head += ("Content-Type: application/x-www-form-urlencoded\r\n"
                     f"Content-Length: {len(body)}\r\n")
        return head.encode() + b"\r\n" + body

    def knock(self, door, fields, address="10.9.9.9"):
        """The form is fetched and the captcha answered, the same way for all,
        and then the answer to the form is timed: (ns, response)."""
        door = door.partition("#")[0]
        ns, page = self.send(self.request("GET", door, address))
        found = re.search(rb'data-captcha-id="([^"]+)"', page)
        if found is None:
            return ns, page
        body = urllib.parse.urlencode({
            **fields, "captcha_id": found[1].decode(),
            "captcha_code": self.digits(found[1])}).encode()
        return self.send(self.request("POST", door, address, body))


def masked(response, fields):
    """A response without what differs from one to the next by itself: Date,
    the support reference, a captcha's id; and what the visitor typed."""
    head, _, body = response.partition(b"\r\n\r\n")
    head = re.sub(rb"(?m)^Date: [^\r]*", b"Date: DATE", head)
    head = re.sub(rb"\bref=[0-9A-Z]{8}\b", b"ref=REF", head)
    body = re.sub(rb"\bref=[0-9A-Z]{8}\b", b"ref=REF", body)
    body = re.sub(rb"<code>[0-9A-Z]{8}</code>", b"<code>REF</code>", body)
    body = re.sub(rb"(?<![\w-])[\w-]{76}(?![\w-])", b"CAPTCHA", body)
    for name, value in fields.items():
        if name in ("numen", "naissance", "nom", "prenom", "identifiant",
                    "code"):
            body = body.replace(value.encode(), name.upper().encode())
    return head + b"\r\n\r\n" + body


def status(response):
    return int(response.split(b" ", 2)[1])


class Samples:
    """Times and answers of one door in one condition, by group."""

    def __init__(self, groups):
        self.times = {group: [] for group in groups}
        self.answers = {group: {} for group in groups}
        self.after = {group: [] for group in groups}  # time by who was before
        self.hung_up = 0  # connections that ended after an answer

    def add(self, group, ns, response, fields, before=None):
        self.times[group].append(ns)
        form = masked(response, fields)
        self.answers[group][form] = self.answers[group].get(form, 0) + 1
        if before is not None:
            self.after[before].append(ns)

    def statuses(self):
        return sorted({status(form) for forms in self.answers.values()
                       for form in forms})

    def difference(self):
        """The first line in which two groups' answers differ, or ''."""
        forms = {group: set(found) for group, found in self.answers.items()}
        first = forms["known"]
        for group, found in forms.items():
            if found != first:
                here, there = sorted(first)[0], sorted(found)[0]
                for one, two in zip(here.split(b"\n"), there.split(b"\n")):
                    if one != two:
                        return f"known {one!r}, {group} {two!r}"
                return f"{group}: {len(found)} answers, known: {len(first)}"
        return ""


def take(crowd, line, door, visitors, rounds, groups=None, prime=False):
    """Rounds of one sample of each group, in an order drawn anew for each.
    prime: everybody knocks once before, untimed, so that limits are hit."""
    groups = tuple(groups or visitors)
    samples = Samples(groups)
    before = None
    if prime:
        for group in groups:
            for fields in visitors[group]:
                line.knock(door, fields)
    # One that idled too long since the last take is no news.
    line.send(line.request("GET", "/healthz", "10.9.9.9"))
    connections = line.connections
    for number in range(rounds):
        order = list(groups)
        crowd.random.shuffle(order)
        for group in order:
            fields = visitors[group][number % len(visitors[group])]
            ns, response = line.knock(door, fields)
            samples.add(group, ns, response, fields, before)
            before = group
    line.send(line.request("GET", "/healthz", "10.9.9.9"))
    samples.hung_up = line.connections - connections
    return samples


def take_at_marks(crowd, door, visitors, rounds):
    """The same for answers that leave at marks: a line for each visitor of a
    round, all at once."""
    samples = Samples(visitors)
    lines = {group: crowd.line() for group in visitors}
    with concurrent.futures.ThreadPoolExecutor(len(lines)) as pool:
        for number in range(rounds):
            order = list(visitors)
            crowd.random.shuffle(order)
            waiting = [(group, fields, pool.submit(
                lines[group].knock, door, fields)) for group in order
                for fields in [visitors[group][number %
                                               len(visitors[group])]]]
            for group, fields, answer in waiting:
                ns, response = answer.result()
                samples.add(group, ns, response, fields)
    return samples
