"""Issue 3, line 1: kill -9 between any two effects, alone and with others at
work, and what was promised all the same."""
import os
import queue
import sys
import time
import traceback
import unittest

import faults
from crash import CrashHouse, NoPolicySlapd
from house import wait_until
from journeys import JOURNEYS, Change, Redeem
from shared import Case, crashes_of

HOUSES = (1, 1, 4, 4)  # worker processes


def travel(house, kind, side="worker", kill=None):
    """One journey, with a kill at a point or without; what it passed."""
    journey = kind(house)
    journey.prepare()
    house.settle()
    orders = list(journey.orders) if side == "worker" else []
    house.arm(side, ",".join(orders + ([f"{kill}=kill"] if kill else [])))
    ends = house.start(f"{kind.__name__} {kill}", journey.act)

    def is_over():
        if journey.hurried or ends:
            house.hasten()
        if kill is None:
            return bool(ends)
        if side == "cli":
            return ends and ends[0].returncode == -9
        return house.dead(side)

    wait_until(is_over, f"{kill or 'the end'} ({house.passed(side)})", 15,
               0.02)
    if kill is None:
        house.settle()
    passed = house.passed(side)
    house.disarm()
    house.leave()
    house.run_out()
    house.revive()
    journey.finish(ends)
    house.settle()
    journey.check(side)
    return passed


class Sweep:
    """Jobs for several houses at once; what went wrong is kept."""

    def __init__(self):
        self.failures, self.times = [], []

    def work(self, house, jobs):
        while True:
            try:
                job = jobs.get_nowait()
            except queue.Empty:
                return
            begin = time.monotonic()
            try:
                job(house)
            except Exception:
                self.failures.append((str(job), traceback.format_exc()))
                self.mend(house)
            self.times.append((time.monotonic() - begin, str(job)))

    @staticmethod
    def mend(house):
        """So that one failure is not the next one's, too."""
        try:
            house.disarm()
            house.revive()
            store = house.store()
            store.flushall()
            store.close()
            for worker in house.workers:
                worker.kill()
            house.revive()
        except Exception:
            traceback.print_exc()

    def run(self, *shares):
        """Each share: jobs, and the houses that take them."""
        works = []
        for jobs, houses in shares:
            waiting = queue.Queue()
            for job in jobs:
                waiting.put(job)
            works += [house.thread.submit(self.work, house, waiting)
                      for house in houses]
        for work in works:
            work.result()


class Job:
    def __init__(self, kind, side="worker", kill=None):
        self.kind, self.side, self.kill = kind, side, kill
        self.passed = []

    def __str__(self):
        return f"{self.kind.__name__} {self.side} {self.kill}"

    def __call__(self, house):
        self.passed = travel(house, self.kind, self.side, self.kill)


def kills(look):
    """name:nth for every pass from where it matters."""
    counts, begun = {}, look.kind.since is None
    for name in look.passed:
        counts[name] = counts.get(name, 0) + 1
        begun = begun or name == look.kind.since
        if begun:
            yield f"{name}:{counts[name]}"


def some(look):
    """The first and the last pass of each point, and what is worth it."""
    first, last = {}, {}
    for kill in kills(look):
        name = kill.partition(":")[0]
        first.setdefault(name, kill)
        last[name] = kill
    ends = dict.fromkeys([*first.values(), *last.values()])
    return [x for x in ends if not look.kind.only or x in look.kind.only]


class Crash(Case):
    """CRASH_FULL: every pass of every point, so many times; CRASH: names of
    journeys, instead of all."""
    FULL = int(os.environ.get("CRASH_FULL") or 0)
    WORDS = os.environ.get("CRASH", "").split()

    @classmethod
    def setUpClass(cls):
        cls.houses = [CrashHouse(workers) for workers in HOUSES]
        cls.plain = CrashHouse()
        cls.plain.slapd_class = NoPolicySlapd
        CrashHouse.opened_all(cls, cls.plain, *cls.houses)

    def those(self, workers):
        return [house for house in self.houses if house.count == workers]

    def judge(self, sweep, houses):
        for job, trouble in sweep.failures:
            with self.subTest(job):
                self.fail(trouble)
        for house in houses:
            self.assertEqual(house.bad_answers(), [])
            self.assertEqual(crashes_of(house), [])

    def looks(self, sweep):
        """Every journey once, with nobody killed."""
        looks = [Job(kind, side) for kind in JOURNEYS for side in kind.sides
                 if not self.WORDS or kind.__name__ in self.WORDS]
        sweep.run((looks, self.those(1)))
        return looks

    def test_every_point_of_every_journey(self):
        """Alone, and with three others at work."""
        sweep = Sweep()
        looks = self.looks(sweep)
        alone, among = [], []
        for look in looks:
            if self.FULL:
                wanted = list(kills(look)) * self.FULL
            else:
                wanted = [] if look.kind.rare else some(look)
            jobs = [Job(look.kind, look.side, kill) for kill in wanted]
            alone += jobs
            if look.side == "worker":
                among += [x for x in jobs if self.FULL or
                          look.kind.among and x.kill.endswith(":1")]
        print(f"  kills {len(alone)} times alone, {len(among)} among four",
              file=sys.stderr)
        sweep.run((alone, self.those(1)), (among, self.those(4)))
        self.judge(sweep, self.houses)
        if not self.WORDS:
            passed = {name for look in looks for name in look.passed}
            self.assertEqual(
                faults.built() - passed -
                faults.tried_elsewhere("test_crash", "test_promises"),
                set(), "no journey passes these")

    def test_a_directory_without_a_password_policy(self):
        """It does not tell when a password changed."""
        sweep = Sweep()
        jobs = [Job(kind, "worker", f"{point}:1") for kind, point in (
            (Redeem, "directory.about-to-set"),
            (Redeem, "directory.password-set"), (Redeem, "token.spent"),
            (Change, "directory.about-to-set"),
            (Change, "directory.password-set"), (Change, "post.flagged"))]
        sweep.run((jobs * max(self.FULL, 1), [self.plain]))
        self.judge(sweep, [self.plain])


if __name__ == "__main__":
    unittest.main()
