"""A house for the tests: slapd, Redis and an SMTP server of its own, the two
daemons as they were built, and people to be.

    with House() as house:
        person = house.add_person()
        link = house.ask_link(person)

Digests are computed here, by hashlib, and not by the program under test.
"""
import base64
import hashlib
import itertools
import json
import os
import re
import shlex
import signal
import sys
import threading
import time
import uuid
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "deploy" /
                       "demo"))

import ldap  # noqa: E402
import ldap.modlist  # noqa: E402
import redis  # noqa: E402

import mails  # noqa: E402
import servers  # noqa: E402
import vocabulary  # noqa: E402
from simulated import Clock  # noqa: E402
from servers import Trouble, wait_until  # noqa: E402,F401
from visitor import Visitor  # noqa: E402

GENEROUS = {
    "per_address": "100000/1m",
    "per_identity": "100000/1m",
    "per_number": "100000/1m",
    "per_mailbox": "100000/1m",
}

# What watches the daemons ("valgrind -q …"), and how many times slower they
# may be then. Who looks for leaks when a program ends needs it to end in order.
WATCH = shlex.split(os.environ.get("RENTREE_WATCH", ""))
PATIENCE = 6 if WATCH else 1
ORDERLY = bool(WATCH) or servers.BUILD.name.startswith("san-")

# What a sanitizer, valgrind or the C library says.
CRASH = re.compile(r"Sanitizer|runtime error:|Assertion .* failed|"
                   r"free\(\)|malloc\(\)|stack smashing|buffer overflow|"
                   r"^==\d+== ")
crashes = []  # in the logs of all houses that have closed
strange = set()  # … what rentree-log(5) does not have


def crashes_of(house):
    return [line for line in house.logs().splitlines() if CRASH.search(line)]


counter = itertools.count(1)
counting = threading.Lock()


def number_of_next():
    with counting:
        return next(counter)


def fresh_address():
    """An address of no other visitor of this run."""
    n = number_of_next()
    return f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"


def fresh_numen():
    n = number_of_next()
    letters = "".join("ABCDEFGHJKLMNPRSTUVWXYZ"[n // 23 ** i % 23]
                      for i in range(3))
    return f"09E95{n % 100000:05d}{letters}"


def fresh_ine():
    return f"{number_of_next():09d}XY"


def base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Person:
    """Who stands in the directory, and what only they and we know."""

    def __init__(self, login, number, birth, mail, kind="NUMEN"):
        self.login, self.number, self.birth = login, number, birth
        self.mail, self.kind = mail, kind
        self.dn = f"uid={login},{servers.PEOPLE}"

    @property
    def typed_birth(self):
        year, month, day = self.birth.split("-")
        return f"{day}/{month}/{year}"


class House:
    slapd_class = None  # another kind of directory
    redis_class = None  # … or of Redis

    def __init__(self, limits=None, settings=None, policy=None,
                 redis_memory="64mb", threads=2, simulated=False):
        self.limits = dict(GENEROUS)
        self.limits.update(limits or {})
        self.more_settings = settings or {}
        self.policy, self.redis_memory = policy, redis_memory
        self.threads, self.simulated = threads, simulated
        self.clock = None  # of simulated time
        self.folder = None
        self.parts = []
        self.refused = {}  # recipient -> SMTP answer

    # --- life ----------------------------------------------------------------

    def __enter__(self):
        try:
            self.open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def open(self):
        self.folder = servers.Folder()
        self.env = {**os.environ, "TMPDIR": str(self.folder.path)}
        if self.simulated:
            self.clock = Clock(self.folder / "clock")
            self.env.update(self.clock.env)
        self.config = self.folder / "rentree.conf"
        self.audit_file = self.folder / "audit.jsonl"
        self.slapd = (self.slapd_class or servers.Slapd)(
            self.folder, "m=4096 t=1 p=1", self.policy)
        self.redis = (self.redis_class or servers.Redis)(
            self.folder, tcp=True, maxmemory=self.redis_memory)
        self.box = mails.Box(kept=100000)
        self.smtp = mails.Catcher(self.box, servers.free_port(),
                                  self.refused.get)
        self.port = servers.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.slapd.env = self.redis.env = self.env
        self.slapd.start()
        self.parts.append(self.slapd)
        self.redis.write_files(
            f"user test on >{self.folder.secret('redis-test')} ~* &* +@all\n")
        self.redis.again()
        self.parts.append(self.redis)
        self.smtp.start()
        self.write_config()
        servers.command(self.config, "keys", "init", "--dir",
                        self.folder / "keys")
        self.worker = self.new_worker()
        self.start_worker()
        self.web = self.daemon("rentree-web", self.web_log)
        self.parts.append(self.web)
        self.start_web()

    def write_config(self, **changes):
        values = servers.settings(self.folder, self.slapd, self.redis,
                                  self.smtp.port, self.port)
        values["limits"].update(self.limits)
        values["captcha"]["calm_per_minute"] = 1000000
        values["mail"]["per_minute"] = 100000
        values["worker"]["threads"] = self.threads
        values.setdefault("desk", {})["reissues_per_hour"] = 10000
        for section, keys in {**self.more_settings, **changes}.items():
            values.setdefault(section, {}).update(keys)
        servers.write_settings(values, self.config)

    def leave(self):
        """The daemons end in order, where that is worth the time."""
        for part in reversed(self.parts if ORDERLY else []):
            if part.name.startswith("rentree") and part.is_running():
                try:
                    part.stop(60)
                except Trouble as trouble:
                    crashes.append(str(trouble))

    def close(self):
        for part in reversed(self.parts):
            part.kill()
        if hasattr(self, "smtp"):
            self.smtp.stop()
        if self.folder is not None and self.folder.path.exists():
            crashes.extend(crashes_of(self))
            strange.update(vocabulary.wrong_lines(self.logs()))
            if os.environ.get("KEEP_HOUSE"):
                print("kept:", self.folder.path, file=sys.stderr)
            else:
                self.folder.remove()

    # --- the daemons ---------------------------------------------------------

    @property
    def web_log(self):
        return self.folder / "log" / "web.log"

    def daemon(self, name, log):
        part = servers.daemon(name, self.config, log)
        part.env = self.env
        part.argv[:0] = WATCH
        return part

    def new_worker(self):
        """One more worker; not started yet."""
        n = sum(part.name == "rentree-worker" for part in self.parts)
        worker = self.daemon("rentree-worker",
                             self.folder / "log" / f"worker{n or ''}.log")
        self.parts.append(worker)
        return worker

    def start_worker(self, worker=None):
        worker = worker or self.worker
        before = worker.log.read_text().count("started") \
            if worker.log.exists() else 0
        worker.start()
        worker.wait_for(
            lambda: worker.log.read_text().count("started") > before,
            20 * PATIENCE)

    def start_web(self, ready=True):
        self.web.start()
        self.web.wait_for(lambda: servers.answers(("127.0.0.1", self.port)),
                          20 * PATIENCE)
        if ready:
            self.wait_ready()

    def wait_ready(self, seconds=10 * PATIENCE):
        """Pages are open, and the worker listens to who waits for one."""
        def heard():
            return not self.worker.is_running() or \
                store.pubsub_numsub("rentree:now")[0][1] >= self.threads

        wait_until(lambda: self.visitor().get("/readyz").status == 200,
                   "the web process to be ready", seconds)
        store = self.store()
        try:
            wait_until(heard, "the worker to listen", seconds)
        finally:
            store.close()

    def logs(self):
        return "".join(path.read_text(errors="replace")
                       for path in sorted((self.folder / "log").iterdir()))

    def pause(self, process):
        """A server that accepts and stays silent."""
        process.signal(signal.SIGSTOP)

    def resume(self, process):
        process.signal(signal.SIGCONT)

    def command(self, *arguments, **more):
        return servers.command(self.config, *arguments, env=self.env, **more)

    # --- Redis and the directory, as their owner -----------------------------

    def store(self):
        return redis.Redis(
            port=self.redis.port, username="test",
            password=self.folder.secret("redis-test"), socket_timeout=5)

    def directory(self):
        link = ldap.initialize(self.slapd.uri)
        link.simple_bind_s(servers.ROOT_DN, self.folder.secret("root"))
        return link

    def entry(self, person):
        """Attributes of a person, operational ones too, as texts."""
        link = self.directory()
        try:
            found = link.search_s(person.dn, ldap.SCOPE_BASE,
                                  attrlist=["*", "+"])
        finally:
            link.unbind_s()
        # A hash of slapd 2.5's argon2 may end in a stray byte.
        return {name: [value.decode("utf-8", "replace") for value in values]
                for name, values in found[0][1].items()}

    def change(self, person, **attributes):
        """Replaces attributes; None removes."""
        mods = [(ldap.MOD_REPLACE, name,
                 None if value is None else
                 [x.encode() for x in
                  (value if isinstance(value, list) else [value])])
                for name, value in attributes.items()]
        link = self.directory()
        try:
            link.modify_s(person.dn, mods)
        finally:
            link.unbind_s()

    def remove(self, person):
        link = self.directory()
        try:
            link.delete_s(person.dn)
        finally:
            link.unbind_s()

    def can_log_in(self, person, password):
        link = ldap.initialize(self.slapd.uri)
        try:
            link.simple_bind_s(person.dn, password)
        except (ldap.INVALID_CREDENTIALS, ldap.UNWILLING_TO_PERFORM):
            return False
        finally:
            link.unbind_s()
        return True

    # --- people --------------------------------------------------------------

    def key(self):
        return (self.folder / "keys" / "worker" / "numen-1.key").read_bytes()

    def digest(self, personal, message):
        raw = hashlib.blake2b(message, digest_size=32, key=self.key(),
                              person=personal.encode().ljust(16, b"\0"))
        return "1$" + base64url(raw.digest())

    def proof(self, number, kind="NUMEN"):
        return f"{{{kind}}}" + self.digest("rentree.numen", number.encode())

    def birth(self, login, day):
        return self.digest("rentree.birth",
                           login.encode() + b"\0" + day.encode())

    def source(self, number, kind="NUMEN"):
        return f"{{{kind}}}" + self.digest("rentree.source", number.encode())

    def add_person(self, number=None, birth="1975-09-01", mail=True,
                   password=None, kind="NUMEN", given="Camille",
                   family=None, **attributes):
        n = number_of_next()
        login = f"p{uuid.uuid4().hex[:10]}"
        if number is None:
            number = fresh_ine() if kind == "INE" else fresh_numen()
        address = f"{login}@courriel.example" if mail is True else mail
        person = Person(login, number, birth, address, kind)
        family = family or f"Essai{n}"
        entry = {
            "objectClass": ["inetOrgPerson", "rentreeAccount"],
            "uid": login, "sn": family, "givenName": given,
            "cn": f"{given} {family}", "mail": f"{login}@ac-exemple.fr",
            "rentreeProof": self.proof(number, kind),
            "rentreeBirth": self.birth(login, birth),
            "rentreeKind": "enseignant", "rentreeState": "A:SupannActif",
        }
        if address:
            entry["rentreeRecoveryMail"] = address
        if password:
            entry["userPassword"] = password
        entry.update(attributes)
        values = {name: [x.encode() for x in
                         (value if isinstance(value, list) else [value])]
                  for name, value in entry.items() if value is not None}
        link = self.directory()
        try:
            link.add_s(person.dn, ldap.modlist.addModlist(values))
        finally:
            link.unbind_s()
        return person

    # --- what visitors do ----------------------------------------------------

    def visitor(self, address=None):
        return Visitor(self.port, address or fresh_address())

    def ask(self, person, number=None, birth=None, query="", visitor=None):
        """One request; the support reference of the answer."""
        answer = (visitor or self.visitor()).recover(
            number or person.number, birth or person.typed_birth, query=query)
        if answer.status != 303:
            raise AssertionError(f"status {answer.status}: {answer.text}")
        return re.search(r"ref=([^&]+)", answer.location)[1]

    def mails_to(self, person):
        return self.box.find(lambda mail: person.mail in mail.recipients)

    def wait_mail(self, person, word="", seconds=15, count=1, link=False):
        """The count-th mail to a person whose subject has the word; link:
        those with a link alone count."""
        found = self.box.wait(
            lambda mail: person.mail in mail.recipients and
            word in mail.subject and (mail.links or not link),
            seconds, count)
        if len(found) < count:
            raise AssertionError(
                f"no mail {count} to {person.mail} within {seconds} s")
        return found[count - 1]

    def ask_link(self, person, **more):
        """Asks, waits for the mail, and takes its link."""
        before = sum(bool(mail.links) for mail in self.mails_to(person))
        self.ask(person, **more)
        return self.wait_mail(person, count=before + 1, link=True).links[0]

    def with_link(self, person, **more):
        """A visitor who has opened the link of a fresh mail."""
        return self.opened(self.ask_link(person, **more))

    def opened(self, link):
        visitor = self.visitor()
        answer = visitor.open_link(link)
        if answer.status != 303:
            raise AssertionError(f"link: status {answer.status}")
        return visitor

    # --- what the worker noted -----------------------------------------------

    def audit(self):
        try:
            text = self.audit_file.read_text()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text.splitlines() if line]

    def wait_audit(self, ref, seconds=15):
        """The lines about a request, once there is one."""
        def look():
            return [x for x in self.audit() if x.get("ref") == ref]

        return wait_until(look, f"an audit line for {ref}", seconds, 0.05)

    def wait_drained(self, seconds=20):
        """Until no request waits and none is in hand."""
        def empty():
            state = store.fcall("rentree_state", 0, "rentree:")
            return not any(state[:3])

        store = self.store()
        try:
            wait_until(empty, "the queue to drain", seconds, 0.05)
        finally:
            store.close()


class Desk:
    """What the browser tests ask of a house: a line of JSON each way."""

    def __init__(self, house):
        self.house = house

    def person(self, **how):
        person = self.house.add_person(**how)
        return {"login": person.login, "number": person.number,
                "birth": person.typed_birth, "mail": person.mail,
                "family": how.get("family"), "given": "Camille"}

    def mail(self, to, word="", link=""):
        """The newest mail to an address that has the word and such a link."""
        def right(mail):
            return to in mail.recipients and word in mail.text and \
                link in mail.text

        found = self.house.box.wait(right, 20)
        if not found:
            raise Trouble(f"no mail to {to}")
        return {"text": found[-1].text, "subject": found[-1].subject,
                "links": [x for x in mails.LINK.findall(found[-1].text)
                          if link in x]}

    # --- the secrétariat (tests/integration/desk.py) --------------------------

    def operator(self, signed_in=True):
        """With two codes of the telephone, the first of which signed in."""
        import desk
        one = desk.Operator(self.house, desk.HERE, desk.THERE)
        desk.join(self.house, one.dn)
        one.enrol()
        if signed_in:
            one.sign_in()
        return {"login": one.login, "password": desk.PASSWORD,
                "cookie": one.cookie, "code": one.phone.code(),
                "next": None if signed_in else one.phone.code()}

    def invited(self):
        import desk
        one = desk.Operator(self.house, desk.HERE)
        desk.join(self.house, one.dn)
        return {"login": one.login, "password": desk.PASSWORD,
                "code": one.invite()}

    def served(self, family, **how):
        """Somebody of the operators' establishment."""
        import desk
        sent = {"rentreeEstablishment": desk.HERE, "family": family,
                "rentreeNameKey": [family.upper(), "CAMILLE"], **how}
        person = self.house.add_person(**sent)
        return {"login": person.login, "mail": person.mail,
                "birth": person.typed_birth,
                "uuid": desk.uuid_of(self.house, person)}

    def flood(self, number, birth):
        """Until the limit of this identity is reached."""
        visitor = self.house.visitor()
        for _ in range(50):
            if visitor.recover(number, birth).status == 429:
                return {}
        raise Trouble("no limit")

    def pause(self):
        self.house.pause(self.house.redis)
        return {}

    def resume(self):
        self.house.resume(self.house.redis)
        self.house.wait_ready()
        return {}

    def other_web(self, **site):
        """A second web process, of another look; its address."""
        house, port = self.house, servers.free_port()
        config = house.folder / "other.conf"
        house.write_config(site={**site, "public_url":
                                 f"http://127.0.0.1:{port}"},
                           web={"listen": f"127.0.0.1:{port}"})
        house.config.rename(config)
        house.write_config()
        web = servers.daemon("rentree-web", config,
                             house.folder / "log" / "other.log")
        house.parts.append(web)
        web.start()
        web.wait_for(lambda: servers.answers(("127.0.0.1", port)))
        return {"url": f"http://127.0.0.1:{port}"}

    def answer(self, line):
        asked = json.loads(line)
        return getattr(self, asked.pop("do"))(**asked)


def serve():
    """A house to look at: `python3 tests/integration/house.py serve`. One
    line of JSON says where everything is; then it does what lines of its
    standard input ask (Desk), until that ends or Ctrl-C. Last it says what one
    of our programs died of, if one did."""
    limits = {"per_identity": "5/1h"}
    site = {"establishments": servers.ROOT / "deploy" / "demo" /
            "establishments.csv"}
    import desk as secretariat
    settings = {"site": site, "desk": {"group": secretariat.GROUP}}
    with House(limits, settings) as house:
        desk = Desk(house)
        people = [desk.person() for _ in range(20)]
        inbox = servers.free_port()
        mails.serve_page(house.box, inbox)
        print(json.dumps({"url": house.url,
                          "mails": f"http://127.0.0.1:{inbox}/",
                          "folder": str(house.folder.path),
                          "people": people}), flush=True)
        try:
            for line in sys.stdin:
                print(json.dumps(desk.answer(line)), flush=True)
        except KeyboardInterrupt:
            pass
        house.leave()
    for line in crashes + servers.crashed:
        print(line, flush=True)


if __name__ == "__main__":
    if sys.argv[1:] != ["serve"]:
        sys.exit("usage: house.py serve")
    serve()
