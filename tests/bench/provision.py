"""Provisioning beside ldapadd: the same entries, the same kind of server, the
same minute; then the first plan and a run in which nothing has changed.

Twice: on a disk (TMPDIR), where each write waits for it, and in memory, where
what the two clients cost shows, and how the cost grows with the directory.

ldapadd gets what `rentree provision ldif` writes: the reservations and the
accounts that `provision apply` of that plan adds. Every round has two fresh
databases, one for each. Nobody has a rescue address, so that no invitation is
queued: that is no work ldapadd does.
"""
import csv
import json
import os
import statistics
import subprocess
import tempfile
import time

import servers
from servers import Folder, Redis, Slapd

GIVEN = ("Camille", "Léa", "Noé", "Zoé", "Jean-Baptiste", "Maëlys", "Élodie",
         "Anaïs", "Gwenaëlle", "Théo", "Inès", "Loïc")
FAMILY = ("Martin", "Lefèvre", "Dupont", "de La Tour", "Müller", "O’Brien",
          "N’Guyen", "Le Goff", "Œuvrard", "Traoré", "Bénard", "Roux")
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def numen(n):
    return f"09E{n // 12167 % 10000000:07d}" + "".join(
        LETTERS[n // 23 ** i % 23] for i in range(3))


def family(n):
    """Few homonyms, as in life: one in thirty or so."""
    syllables = ("ba", "ru", "min", "tel", "co", "var", "lis", "dor", "pe",
                 "qui", "sal", "nou", "fa", "gre", "ven", "jo")
    word, rest = "", n // 30
    while rest or not word:
        word += syllables[rest % 16]
        rest //= 16
    return FAMILY[n % len(FAMILY)] + " " + word.capitalize()


def write_feed(path, count):
    with open(path, "w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, delimiter=";", lineterminator="\n")
        table.writerow(("type", "numen", "nom_naissance", "prenoms",
                        "date_naissance", "uai"))
        for n in range(count):
            table.writerow((
                ("enseignant", "administratif", "technique")[n % 3], numen(n),
                family(n), GIVEN[n % len(GIVEN)],
                f"{n % 28 + 1:02d}/{n % 12 + 1:02d}/{1955 + n % 45}",
                f"059{n % 400:04d}{LETTERS[(590000 + n % 400) % 23]}"))


class BigSlapd(Slapd):
    """Durable as the default is, with room for an académie."""

    def write_files(self):
        super().write_files()
        conf = self.folder / "slapd.conf"
        conf.write_text(conf.read_text().replace(
            "maxsize 268435456", "maxsize 8589934592"))


class Place:
    """slapd and Redis on fresh files; `with Place(folder) as place`."""

    def __init__(self, where):
        self.where = where

    def __enter__(self):
        self.folder = Folder(tempfile.mkdtemp(prefix="rentree-", dir=self.where))
        self.folder.keep = False
        self.slapd = BigSlapd(self.folder, "m=4096 t=1 p=1")
        self.redis = Redis(self.folder, maxmemory="1gb")
        self.config = self.folder / "rentree.conf"
        self.slapd.start()
        self.redis.start()
        settings = servers.settings(self.folder, self.slapd, self.redis, 25,
                                    servers.free_port())
        servers.write_settings(settings, self.config)
        self.rentree("keys", "init", "--dir", self.folder / "keys")
        subprocess.run(
            [servers.BUILD / "rentree-worker", "-c", self.config, "-t"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.load_functions()
        return self

    def load_functions(self):
        """As the worker does when it starts."""
        worker = servers.daemon("rentree-worker", self.config,
                                self.folder / "log" / "worker.log")
        worker.start()
        worker.wait_for(lambda: "started" in worker.log.read_text())
        worker.stop()

    def __exit__(self, *_):
        self.redis.kill()
        self.slapd.kill()
        self.folder.remove()

    def rentree(self, *arguments):
        """Runs it; seconds and MiB."""
        begin = time.monotonic()
        child = subprocess.Popen(
            [servers.BUILD / "rentree", "-c", self.config,
             *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(self.folder.path)})
        out, said = child.stdout.read(), child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise SystemExit(f"rentree {arguments}: {said.decode()}")
        self.out = out
        return time.monotonic() - begin, usage.ru_maxrss / 1024

    def ldapadd(self, ldif):
        begin = time.monotonic()
        subprocess.run(
            ["ldapadd", "-x", "-H", self.slapd.ldapi, "-D",
             servers.PROVISION_DN, "-w", self.folder.secret("provision"),
             "-f", ldif], check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - begin


def entries_of(ldif):
    with open(ldif, encoding="utf-8") as text:
        return sum(line.startswith("dn:") for line in text)


def one_round(count, work, where):
    """Both; entries, seconds of ours and of ldapadd, and what ours took."""
    feed, plan, ldif = (work / name for name in ("feed.csv", "plan", "ldif"))
    write_feed(feed, count)
    with Place(where) as ours:
        first = ours.rentree("provision", "plan", "--year", 2026, "--out",
                             plan, feed)
        ours.rentree("provision", "ldif", plan)
        ldif.write_bytes(ours.out)
        apply = ours.rentree("provision", "apply", plan)
        again = ours.rentree("provision", "run", "--year", 2026, feed)
    with Place(where) as theirs:
        seconds = theirs.ldapadd(ldif)
    return {"entries": entries_of(ldif), "plan": first, "apply": apply,
            "again": again, "ldapadd": seconds}


def slapadd(count, work, where):
    """A first load: LDIF, slapadd -q, and a run that finds all there."""
    feed, plan, ldif = (work / name for name in ("feed.csv", "plan", "ldif"))
    write_feed(feed, count)
    with Place(where) as place:
        place.rentree("provision", "plan", "--year", 2026, "--out", plan,
                      feed)
        place.rentree("provision", "ldif", plan)
        ldif.write_bytes(place.out)
        place.slapd.stop()
        begin = time.monotonic()
        subprocess.run(
            [servers.program("slapadd"), "-q", "-f",
             place.folder / "slapd.conf", "-l", ldif], check=True)
        seconds = time.monotonic() - begin
        place.slapd.again()
        after = place.rentree("--json", "provision", "run", "--year", 2026,
                              feed)
        told = json.loads(place.out)["counts"]
        return entries_of(ldif), seconds, after, told


def report(count, rounds):
    def median(of):
        return statistics.median(of(one) for one in rounds)

    entries = rounds[0]["entries"]
    ratio = median(lambda one: one["ldapadd"] / one["apply"][0])
    print(f"  {count:7d} people, {entries} entries, {len(rounds)} rounds")
    print(f"    apply {entries / median(lambda x: x['apply'][0]):7.0f}/s   "
          f"ldapadd {entries / median(lambda x: x['ldapadd']):7.0f}/s   "
          f"ratio {ratio:.2f}   "
          f"{1e6 * median(lambda x: x['apply'][0]) / count:.0f} us a person")
    for name in ("plan", "apply", "again"):
        seconds = median(lambda x: x[name][0])
        peak = median(lambda x: x[name][1])
        print(f"    {name:6} {seconds:7.2f} s   peak {peak:6.1f} MiB   "
              f"{peak * 1024 / count:.2f} KiB a person")


def size(count, rounds, work, where):
    report(count, [one_round(count, work, where) for _ in range(rounds)])
    first_load(count, work, where)


def first_load(count, work, where):
    entries, seconds, after, told = slapadd(count, work, where)
    print(f"    {count} people, ldif | slapadd -q {entries / seconds:.0f}/s; "
          f"the run after it {after[0]:.2f} s, peak {after[1]:.1f} MiB, "
          f"{told['created']} created, {told['changed']} changed, "
          f"{told['unchanged']} unchanged", flush=True)


def run(runs):
    full = "BENCH_FULL" in os.environ
    work = Folder()
    try:
        print("provisioning beside ldapadd, entries a second, on disk: "
              + tempfile.gettempdir(), flush=True)
        size(1000, runs, work, None)
        if full:
            size(10000, 1, work, None)
        print("the same in memory: /dev/shm", flush=True)
        size(1000, runs, work, "/dev/shm")
        size(10000, min(runs, 3), work, "/dev/shm")
        if full:
            size(100000, 1, work, "/dev/shm")
    finally:
        work.remove()
