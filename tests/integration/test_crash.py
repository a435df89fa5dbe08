"""Issue 3, line 1: kill -9 between any two effects, alone and with others at
work, and what was promised all the same."""
import os
import queue
import sys
import time
import traceback
import unittest
from concurrent.futures import ThreadPoolExecutor

import faults
from crash import CrashHouse
from house import wait_until
from journeys import JOURNEYS
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
    counts, late = {}, look.kind.since is None
    for name in look.passed:
        counts[name] = counts.get(name, 0) + 1
        late = late or name == look.kind.since
        if late:
            yield f"{name}:{counts[name]}"


class Crash(Case):
    @classmethod
    def setUpClass(cls):
        cls.houses = [CrashHouse(workers) for workers in HOUSES]
        for house in cls.houses:
            # What a thread starts dies with it: one for all of its life.
            house.thread = ThreadPoolExecutor(1)
            cls.addClassCleanup(house.thread.shutdown)
            cls.addClassCleanup(house.close)
        for opened in [house.thread.submit(house.open)
                       for house in cls.houses]:
            opened.result()

    def those(self, workers):
        return [house for house in self.houses if house.count == workers]

    def test_every_point_of_every_journey(self):
        words = os.environ.get("CRASH", "").split()
        wanted = [x for x in JOURNEYS
                  if not words or x.__name__ in words]
        sweep = Sweep()
        looks = [Job(kind, side) for kind in wanted for side in kind.sides]
        sweep.run((looks, self.those(1)))
        alone = [Job(look.kind, look.side, kill) for look in looks
                 for kill in kills(look)]
        among = [Job(x.kind, x.side, x.kill) for x in alone
                 if x.side == "worker"]
        for look in looks:
            print(look, look.passed, file=sys.stderr)
        sweep.run((alone, self.those(1)), (among, self.those(4)))
        print(f"{len(alone)} + {len(among)} kills, mean",
              sum(x for x, _ in sweep.times) / len(sweep.times), sorted(sweep.times)[-5:], file=sys.stderr)
        for job, trouble in sweep.failures:
            with self.subTest(job):
                self.fail(trouble)
        for house in self.houses:
            self.assertEqual(house.bad_answers(), [])
            self.assertEqual(crashes_of(house), [])
        if not words:
            self.assertEqual(
                set(faults.points()),
                {name for look in looks for name in look.passed})


if __name__ == "__main__":
    unittest.main()
