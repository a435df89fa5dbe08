"""Provisioning beside ldapadd: the same entries, the same kind of server, the
same minute; then the first plan and a run in which nothing has changed.
Figures are kept in build/bench/provision.json.

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
import re
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

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

    @staticmethod
    def watch(pid, peak):
        """Its peak, now and then: what wait4() tells is ours, when ours is
        larger, for a child begins as a copy of us."""
        while True:
            try:
                text = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                return
            found = re.search(r"VmHWM:\s+(\d+)", text)
            if not found:  # it has ended
                return
            peak[0] = int(found.group(1)) / 1024
            time.sleep(0.01)

    def rentree(self, *arguments):
        """Runs it; seconds and MiB."""
        peak = [0]
        begin = time.monotonic()
        child = subprocess.Popen(
            [servers.BUILD / "rentree", "-c", self.config,
             *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(self.folder.path)})
        watcher = threading.Thread(target=self.watch, args=(child.pid, peak))
        watcher.start()
        out, said = child.communicate()
        seconds = time.monotonic() - begin
        watcher.join()
        if child.returncode != 0:
            raise SystemExit(f"rentree {arguments}: {said.decode()}")
        self.out = out
        return seconds, peak[0]

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


FIGURES = servers.BUILD / "bench" / "provision.json"


class Report:
    """Figures as lines to read, and as JSON for whoever puts them together:
    [{"figure", "people", "on", "value", "unit", "target"}…] in FIGURES."""

    def __init__(self, where):
        self.on = "disk" if where is None else "memory"
        self.list = []

    def note(self, figure, people, value, unit, target=None):
        self.list.append({"figure": f"provision.{figure}", "people": people,
                          "on": self.on, "value": round(value, 3),
                          "unit": unit, "target": target})

    def rounds(self, count, rounds):
        def median(of):
            return statistics.median(of(one) for one in rounds)

        entries = rounds[0]["entries"]
        ratio = median(lambda one: one["ldapadd"] / one["apply"][0])
        ours = entries / median(lambda x: x["apply"][0])
        theirs = entries / median(lambda x: x["ldapadd"])
        print(f"  {count:7d} people, {entries} entries, {len(rounds)} rounds")
        print(f"    apply {ours:7.0f}/s   ldapadd {theirs:7.0f}/s   "
              f"ratio {ratio:.2f}   {1e6 * entries / ours / count:.0f} us a "
              "person")
        self.note("apply", count, ours, "entries/s")
        self.note("ldapadd", count, theirs, "entries/s")
        self.note("apply_to_ldapadd", count, ratio, "ratio",
                  ">= 1.1" if self.on == "disk" else None)
        for name in ("plan", "apply", "again"):
            self.step(count, name, median(lambda x: x[name][0]),
                      median(lambda x: x[name][1]))

    def step(self, count, name, seconds, peak):
        kib = peak * 1024 / count
        print(f"    {name:6} {seconds:7.2f} s   peak {peak:6.1f} MiB   "
              f"{kib:.2f} KiB a person   {1e6 * seconds / count:.0f} us a "
              "person", flush=True)
        last = name in ("again", "reread") and count == 100000
        self.note(f"{name}_time", count, seconds, "s", "<= 5" if last else None)
        self.note(f"{name}_peak", count, peak, "MiB")
        self.note(f"{name}_memory", count, kib, "KiB/person",
                  "<= 1" if last else None)

    def first_load(self, count, entries, seconds, after, told):
        print(f"    ldif | slapadd -q {entries / seconds:.0f}/s; the run after "
              f"it: {told['created']} created, {told['changed']} changed, "
              f"{told['unchanged']} unchanged")
        self.note("slapadd", count, entries / seconds, "entries/s")
        self.step(count, "reread", *after)

    def keep(self):
        FIGURES.parent.mkdir(parents=True, exist_ok=True)
        old = json.loads(FIGURES.read_text()) if FIGURES.exists() else []
        done = {(x["figure"], x["people"], x["on"]) for x in self.list}
        FIGURES.write_text(json.dumps(
            [x for x in old
             if (x["figure"], x["people"], x["on"]) not in done] + self.list,
            indent=1) + "\n")


def size(count, rounds, work, where):
    report = Report(where)
    report.rounds(count, [one_round(count, work, where)
                          for _ in range(rounds)])
    report.first_load(count, *slapadd(count, work, where))
    report.keep()


def run(runs):
    """BENCH_FULL=1: 10,000 on disk and 100,000 in memory, too; PEOPLE=N: that
    size alone, ON=disk or memory."""
    full = "BENCH_FULL" in os.environ
    work = Folder()
    try:
        if "PEOPLE" in os.environ:
            on_disk = os.environ.get("ON", "memory") == "disk"
            size(int(os.environ["PEOPLE"]), runs, work,
                 None if on_disk else "/dev/shm")
            return
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
