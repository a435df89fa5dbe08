"""A storm: visitors ask for links while a seeded hand for each part of the
house kills, stops, pauses, fills, slows and cuts it. In the end everything is
put up again, the queue drains, and each person's links are tried.

    tests/integration/storm.py [REQUESTS]      make proof-storm: 1,000

RENTREE_SEED repeats the hands' choices (not the threads' timing). The counts
go to the terminal and to build/proof/storm.json.
"""
import collections
import http.client
import json
import os
import random
import re
import secrets
import sys
import threading
import time

from house import House, Trouble, Visitor, fresh_address, servers, wait_until
from wire import Wire

VISITORS, TRIES, TIMEOUT = 10, 60, 4
REFERENCE = re.compile(r"\b[0-9A-Z]{8}\b")


class Person:
    """Somebody of the house, and what became of each of their requests: the
    reference the visitor saw, SEEN when it was a repetition that was
    accepted (the mail may have the first one's), UNKNOWN when the answer was
    lost or said "try again"."""
    SEEN, UNKNOWN = "seen", "unknown"

    def __init__(self, entry):
        self.entry, self.fates = entry, []

    @property
    def accepted(self):
        return [x for x in self.fates if x != self.UNKNOWN]

    def may_be_newest(self, ref):
        """May the mail of this reference be that of the newest request that
        was accepted, as far as anybody outside can know?"""
        for fate in reversed(self.fates):
            if fate in (ref, self.SEEN):
                return True
            if fate != self.UNKNOWN:
                # Known, and another: only a later one may have come.
                return self.fates[-1] == self.UNKNOWN and \
                    ref not in self.fates
        return True


class Hand(threading.Thread):
    """Troubles one part until the storm is over, then leaves it well. It
    stays until the end: what it started dies with it (PR_SET_PDEATHSIG is
    about the thread)."""

    def __init__(self, storm, name, acts, rest):
        super().__init__(daemon=True, name=name)
        self.storm, self.acts, self.rest = storm, acts, rest
        self.random = random.Random(f"{storm.seed}:{name}")
        self.rests = threading.Event()

    def run(self):
        try:
            self.trouble()
        finally:
            self.rests.set()
        self.storm.finished.wait()

    def trouble(self):
        while not self.storm.over.wait(self.random.uniform(*self.rest)):
            name, act = self.random.choice(self.acts)
            self.storm.note(f"{self.name}.{name}")
            act(self.random)


class Storm:
    def __init__(self, requests, seed):
        self.requests, self.seed = requests, seed
        self.counts, self.acts = collections.Counter(), collections.Counter()
        self.lock, self.over = threading.Lock(), threading.Event()
        self.finished = threading.Event()
        self.random = random.Random(f"{seed}:people")

    def count(self, what, number=1):
        with self.lock:
            self.counts[what] += number

    def note(self, act):
        with self.lock:
            self.acts[act] += 1

    # --- the house -----------------------------------------------------------

    def run(self):
        with WiredHouse(threads=2) as self.house:
            self.second = self.house.new_worker()
            self.house.start_worker(self.second)
            self.door = Wire(("127.0.0.1", self.house.port))
            self.people = [Person(self.house.add_person())
                           for _ in range(max(1, self.requests * 3 // 5))]
            began = time.monotonic()
            self.rage()
            self.counts["storm seconds"] = round(time.monotonic() - began)
            self.calm()
            self.drain()
            self.judge()
            self.counts["seconds"] = round(time.monotonic() - began)
            self.logs = self.house.logs()
        self.finished.set()
        return self

    def rage(self):
        hands = self.hands()
        shares = [[] for _ in range(VISITORS)]
        wishes = self.people + [self.random.choice(self.people) for _ in
                                range(self.requests - len(self.people))]
        self.random.shuffle(wishes)
        for person in wishes:  # one person's requests follow each other
            shares[self.people.index(person) % VISITORS].append(person)
        visitors = [threading.Thread(target=self.visit_all, args=(share, i))
                    for i, share in enumerate(shares)]
        for thread in hands + visitors:
            thread.start()
        for thread in visitors:
            thread.join()
        self.over.set()
        for hand in hands:
            hand.rests.wait()

    def hands(self):
        house = self.house
        process = [
            self.hand_on_process("worker", house.worker,
                                 lambda: house.start_worker(house.worker)),
            self.hand_on_process("worker2", self.second,
                                 lambda: house.start_worker(self.second)),
            self.hand_on_process("web", house.web,
                                 lambda: house.start_web(ready=False)),
            self.hand_on_process("redis", house.redis, house.redis.again,
                                 [("fill", self.fill_redis),
                                  ("lapse", self.lapse)]),
            self.hand_on_process("slapd", house.slapd, house.slapd.again),
            Hand(self, "smtp", [("stop", self.stop_relay),
                                ("451", self.refuse_mail),
                                ("452", self.refuse_mail)], (0.5, 3)),
        ]
        return process + [self.hand_on_wire(name, wire) for name, wire in
                          [("visitor-wire", self.door),
                           ("redis-wire", house.wires["redis"]),
                           ("slapd-wire", house.wires["slapd"]),
                           ("smtp-wire", house.wires["smtp"])]]

    def hand_on_process(self, name, part, start, more=()):
        def up():
            while not part.is_running():
                try:
                    start()
                except Trouble:
                    self.count("starts that failed")

        def kill(rng):
            part.kill()
            self.over.wait(rng.uniform(0, 0.8))
            up()

        def stop(rng):
            try:
                part.stop(8)
            except Trouble:
                self.count("stops that took over 8 s")
            self.over.wait(rng.uniform(0, 0.8))
            up()

        def pause(rng):
            self.house.pause(part)
            self.over.wait(rng.uniform(0.2, 3))
            self.house.resume(part)

        return Hand(self, name, [("kill", kill), ("stop", stop),
                                 ("pause", pause), *more], (0.8, 4))

    def hand_on_wire(self, name, wire):
        def trouble(**settings):
            def act(rng):
                for key, value in settings.items():
                    setattr(wire, key, value)
                self.over.wait(rng.uniform(0.2, 1.5))
                wire.heal()
                wire.cut()  # what was held back stays lost
            return act

        return Hand(self, name, [
            ("cut", lambda rng: wire.cut()),
            ("refuse", trouble(refuse=True)),
            ("quiet", trouble(quiet=True)),
            ("slow", trouble(delay=0.1)),
            ("trickle", trouble(pace=0.05)),
            ("mid-answer", trouble(after=40))], (0.8, 5))

    # --- acts of their own ---------------------------------------------------

    def with_redis(self, act):
        try:
            store = self.house.store()
            try:
                return act(store)
            finally:
                store.close()
        except Exception:  # it is away just now, as it should be
            return None

    def fill_redis(self, rng):
        self.with_redis(lambda store: store.config_set("maxmemory", 1))
        self.over.wait(rng.uniform(0.3, 2))
        self.with_redis(lambda store: store.config_set("maxmemory",
                                                       64 << 20))

    def lapse(self, _):
        """All leases and pauses run out: also those of who is still at
        work, as after a pause of minutes."""
        self.with_redis(self.bring_forward)

    def bring_forward(self, store):
        names = store.zrange("rentree:due:mail", 0, -1)
        if names:
            store.zadd("rentree:due:mail", {name: 1 for name in names},
                       xx=True)

    def stop_relay(self, rng):
        self.house.smtp.stop()
        self.over.wait(rng.uniform(0.1, 1.5))
        self.house.smtp.start()

    def refuse_mail(self, rng):
        self.house.smtp.refuse = lambda _: "451 4.3.0 later"
        self.over.wait(rng.uniform(0.2, 1.5))
        self.house.smtp.refuse = self.house.refused.get

    # --- visitors ------------------------------------------------------------

    def visit_all(self, share, number):
        rng = random.Random(f"{self.seed}:visitor{number}")
        for person in share:
            self.visit(person, rng)
            time.sleep(rng.uniform(0, 0.3))

    def visit(self, person, rng):
        """Asks until somebody says yes; a lost answer is asked again with
        the same form half of the time, as a browser's reload does."""
        captcha, repeated = None, False
        for _ in range(TRIES):
            visitor = Visitor(self.door.port, fresh_address())
            try:
                if captcha is None:
                    captcha, repeated = visitor.captcha(), False
                self.count("submissions")
                answer = visitor.recover(
                    person.entry.number, person.entry.typed_birth, captcha,
                    timeout=TIMEOUT)
                if answer.status == 303 and answer.location is None:
                    raise OSError("half an answer")
            except (OSError, http.client.HTTPException):
                if captcha is not None:
                    self.count("answers lost")
                    repeated = True
            except AssertionError:
                self.count("forms refused (503)")
            else:
                if answer.status == 303:
                    ref = re.search(r"ref=([^&]+)", answer.location)[1]
                    person.fates.append(person.SEEN if repeated else ref)
                    self.count("accepted")
                    return
                self.count(f"refused ({answer.status})")
                repeated = True
            if repeated and rng.random() < 0.5:
                person.fates.append(person.UNKNOWN)
                captcha = None
            time.sleep(rng.uniform(0.05, 0.4))
        self.count("visitors who gave up")
        if repeated and captcha is not None:
            person.fates.append(person.UNKNOWN)

    # --- afterwards ----------------------------------------------------------

    def calm(self):
        house = self.house
        for part in house.parts:
            house.resume(part)
        for wire in [self.door, *house.wires.values()]:
            wire.heal()
            wire.cut()
        self.with_redis(lambda s: s.config_set("maxmemory", 64 << 20))
        for worker in (house.worker, self.second):
            if worker.is_running():
                worker.stop(60)
            house.start_worker(worker)
        house.wait_ready(30)

    def drain(self):
        """Pauses are cut short, and the leases of the dead; the operator
        takes up once what was given up."""
        store = self.house.store()
        self.counts["waiting after the storm"] = store.hlen(
            "rentree:req") // 2 + store.llen("rentree:in:mail")
        dead = store.zcard("rentree:dead")
        self.counts["dead"] = dead
        if dead:
            self.house.command("queue", "retry", "--dead")

        def look():
            self.bring_forward(store)
            return not store.exists("rentree:req", "rentree:in:mail",
                                    "rentree:held")

        wait_until(look, "the queue to drain", 120, 1.5)
        self.counts["done"] = sum(
            1 for _ in store.scan_iter("rentree:done:*", count=1000))

    def judge(self):
        self.faults = []
        for person in self.people:
            self.judge_person(person)
        if self.counts["done"] < self.counts["accepted"]:
            self.faults.append("fewer requests were finished than accepted")
        refs = [self.ref_of(x) for x in self.house.box.find(lambda _: True)]
        self.counts["mails"] = len(refs)
        self.counts["mails that came twice"] = len(refs) - len(set(refs))
        self.counts["retries"] = self.house.logs().count("request.later")
        self.counts["leases lost"] = self.house.logs().count("lease-lost")

    def ref_of(self, mail):
        return REFERENCE.findall(mail.text)[-1]

    def judge_person(self, person):
        house = self.house
        mails = house.mails_to(person.entry)
        live = [mail for mail in mails for link in mail.links
                if house.opened(link).get(
                    "/nouveau-mot-de-passe").status == 200]
        self.count("links usable", len(live))
        who = f"{person.entry.login} {person.fates}"
        if person.accepted:
            self.count("people with an accepted request")
            if len(live) != 1:
                self.faults.append(f"{len(live)} links of {len(mails)}: "
                                   f"{who}")
        elif len(live) > 1:
            self.faults.append(f"{len(live)} links, nothing accepted: {who}")
        for mail in live:
            if not person.may_be_newest(self.ref_of(mail)):
                self.faults.append(f"{self.ref_of(mail)} is an old one: "
                                   f"{who}")
        if live and self.random.random() < 0.2 and not self.spend(
                person, live[0].links[0]):
            self.faults.append(f"a link sets no password: {who}")

    def spend(self, person, link):
        """The proof of a link: it sets a password."""
        self.count("links used to set a password")
        answer = self.house.opened(link).choose("Bateau-Cerise-47-Lune")
        return answer.status == 303 and self.house.can_log_in(
            person.entry, "Bateau-Cerise-47-Lune")

    def report(self):
        return {"seed": self.seed, "requests": self.requests,
                "people": len(self.people), **self.counts,
                "acts": dict(sorted(self.acts.items())),
                "faults": self.faults}


class WiredHouse(House):
    """A house whose programs reach Redis, slapd and the relay by wires."""

    wires = None

    def write_config(self, directory=None, **changes):
        self.wires = self.wires or {
            "redis": Wire(("127.0.0.1", self.redis.port)),
            "slapd": Wire(("127.0.0.1", self.slapd.port)),
            "smtp": Wire(("127.0.0.1", self.smtp.port))}
        port = {name: wire.port for name, wire in self.wires.items()}
        super().write_config(
            redis={"uri": f"redis://127.0.0.1:{port['redis']}/0"},
            directory={"uri": f"ldap://localhost:{port['slapd']}",
                       **(directory or {})},
            mail={"smtp": f"smtp://127.0.0.1:{port['smtp']}"}, **changes)

    def close(self):
        super().close()
        for wire in (self.wires or {}).values():
            wire.stop()


def main():
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    seed = os.environ.get("RENTREE_SEED") or secrets.token_hex(4)
    print(f"storm of {requests} requests, RENTREE_SEED={seed}", flush=True)
    report = Storm(requests, seed).run().report()
    out = servers.BUILD / "proof" / "storm.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1, ensure_ascii=False)
    out.write_text(text + "\n")
    print(text)
    print(f"storm: {len(report['faults'])} faults; {out}")
    return 1 if report["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
