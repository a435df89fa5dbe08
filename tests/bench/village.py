"""A house for measuring: as many people as wished, an SMTP sink in C, limits
that nobody meets, and nobody's mail kept.

Bulk loading is by slapadd, as a first load would be; digests are those of the
house's own keys.
"""
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import measure
import servers
from house import House
from measure import TOOLS

BIRTH = "1975-09-01"
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
PERSON = """dn: uid={login},{people}
objectClass: inetOrgPerson
objectClass: rentreeAccount
uid: {login}
sn: Essai{n}
givenName: Camille
cn: Camille Essai{n}
mail: {login}@ac-exemple.fr
rentreeProof: {proof}
rentreeBirth: {birth}
rentreeKind: enseignant
rentreeState: A:SupannActif
rentreeRecoveryMail: {login}@courriel.example

"""


class BigSlapd(servers.Slapd):
    """Durable as the default is, with room for an académie."""

    def write_files(self):
        super().write_files()
        conf = self.folder / "slapd.conf"
        conf.write_text(conf.read_text().replace(
            "maxsize 268435456", "maxsize 8589934592"))


def numen(n):
    return f"09E{n // 12167 % 10000000:07d}" + "".join(
        LETTERS[n // 23 ** i % 23] for i in range(3))


class Village(House):
    def __init__(self, people=1000, argon2="m=4096 t=1 p=1", keep=False,
                 threads=4, mode="code", settings=None):
        self.sink_folder = Path(tempfile.mkdtemp(prefix="rentree-sink-"))
        self.sink_file = self.sink_folder / "mails"
        self.sink_port = servers.free_port()
        self.sink = None
        self.keep, self.people, self.asked = keep, people, 0
        self.slapd_class = lambda folder, _, policy: BigSlapd(
            folder, argon2, policy)
        more = {"mail": {"smtp": f"smtp://127.0.0.1:{self.sink_port}",
                         "per_minute": 100000, "budget_per_hour": 10000000},
                "captcha": {"mode": mode, "calm_per_minute": 1000000}}
        for section, keys in (settings or {}).items():
            more.setdefault(section, {}).update(keys)
        super().__init__(settings=more, redis_memory="4gb", threads=threads)

    def open(self):
        self.sink = measure.Tool(
            TOOLS / "sink", self.sink_port, self.sink_file,
            *(["keep"] if self.keep else []), port=self.sink_port)
        super().open()
        self.load(self.people)

    def close(self):
        super().close()
        if self.sink is not None:
            self.sink.__exit__()
        shutil.rmtree(self.sink_folder, ignore_errors=True)

    # --- people --------------------------------------------------------------

    def load(self, people, start=0):
        """Adds people start..people-1; the daemons find slapd again."""
        self.worker.stop(60)
        self.slapd.stop(60)
        ldif = self.sink_folder / "ldif"
        with open(ldif, "w", encoding="utf-8") as out:
            for n in range(start, people):
                login = f"b{n}"
                out.write(PERSON.format(
                    login=login, n=n, people=servers.PEOPLE,
                    proof=self.proof(numen(n)),
                    birth=self.birth(login, BIRTH)))
        done = subprocess.run(
            [servers.program("slapadd"), "-q", "-f",
             self.folder / "slapd.conf", "-l", ldif],
            capture_output=True, text=True, check=False)
        ldif.unlink()
        if done.returncode != 0:
            raise servers.Trouble("slapadd: " + done.stderr.strip()[-500:])
        self.people = people
        self.slapd.again()
        self.start_worker()
        self.wait_ready()

    def people_file(self, start, count):
        path = self.sink_folder / "people"
        path.write_text("".join(f"{numen(start + n)} {BIRTH}\n"
                                for n in range(count)))
        return path

    def fresh_people(self, count):
        """Where the next count people begin whom nobody has asked for."""
        start, self.asked = self.asked, self.asked + count
        if self.asked > self.people:
            raise servers.Trouble(f"a village of {self.people} is too small")
        return start

    @property
    def captcha_key(self):
        return self.folder / "keys" / "web" / "captcha.key"

    def key(self):
        if not hasattr(self, "kept_key"):
            self.kept_key = super().key()
        return self.kept_key

    # --- the queue, as its owner ---------------------------------------------

    def empty(self):
        """All of Redis but the functions."""
        store = self.store()
        store.flushdb()
        store.close()

    def fresh_pace(self):
        store = self.store()
        store.delete("rentree:lim:pace", "rentree:lim:budget")
        store.close()

    def sort_now(self, count):
        """The random moment is left out: what waits in the list is due now.
        rentree_retry of an id that is nowhere sorts the list on its way."""
        store = self.store()
        for _ in range(count // 1000 + 1):
            store.fcall("rentree_retry", 0, "rentree:", "0" * 32)
        store.close()

    def queue(self, count, start=0, connections=8):
        """count requests of different people wait, none has been looked at."""
        self.pause(self.worker)
        told = measure.rush("ask", self.port, self.captcha_key, connections,
                            120, count, self.people_file(start, count))
        self.sort_now(count)
        self.fresh_pace()
        return told

    # --- the sink ------------------------------------------------------------

    def forget_mails(self):
        os.truncate(self.sink_file, 0)

    def moments(self):
        """When mails came in (s), oldest first; without kept mails."""
        return sorted(int(x.split(" ", 1)[0]) / 1e9
                      for x in self.sink_file.read_text().splitlines())

    def mails_in(self):
        if self.keep:
            raw = self.sink_file.read_bytes()
            return len(re.findall(rb"(?m)^\d{19} \S+ \d+$", raw))
        return self.sink_file.read_bytes().count(b"\n")

    def wait_mails(self, count, seconds=120):
        servers.wait_until(lambda: self.mails_in() >= count,
                           f"{count} mails", seconds, 0.02)

    def tokens(self):
        """Of the links in kept mails."""
        raw = self.sink_file.read_bytes()
        raw = raw.replace(b"=\r\n", b"").replace(b"=3D", b"=")
        return [x.decode() for x in
                re.findall(rb"/r/([A-Za-z0-9_-]{43})", raw)]

    def links(self, count, start=0):
        """One live link each of count people."""
        self.forget_mails()
        self.queue(count, start)
        self.resume(self.worker)
        self.wait_mails(count)
        self.wait_drained()
        return self.tokens()

    def drain(self, count, start=0):
        """Requests through the worker to the sink: the rate of the middle,
        between a tenth and nine tenths of the mails."""
        self.forget_mails()
        self.queue(count, start)
        with measure.Watched(worker=self.worker, redis=self.redis,
                             slapd=self.slapd) as spent:
            self.resume(self.worker)
            self.wait_mails(count)
            time.sleep(0.05)
        moments = self.moments()
        low, high = count // 10, count * 9 // 10
        return {"rate": (high - low) / (moments[high] - moments[low]),
                **{f"cpu_{n}": x for n, x in spent.each(count).items()}}
