"""Nothing a visitor sees, and no delay, tells who has an account (issue 3, No
oracle). Six kinds of people at each door, in each condition: the same status,
headers and bytes; and the same time, by a bound that a busy machine does not
break. `make proof-timing` is the long version, with the tight bounds."""
import concurrent.futures
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "timing"))

import crowd as crowds  # noqa: E402
import stats  # noqa: E402
from house import fresh_address, wait_until  # noqa: E402
from shared import crashes_of  # noqa: E402

CONDITIONS = ("normal", "smtp-down", "ldap-slow", "ldap-down")
ROUNDS = 300
# Both, twice in a row, are a leak: the rank test's z (by chance: once in two
# million, whatever the machine is doing meanwhile) and a shift of the medians.
Z, SHIFT_US = 5, 500


def is_apart(samples, group):
    found = stats.compare(samples.times[group], samples.times["known"])
    return (abs(found["z"]) > Z and
            abs(found["median_us"]) > SHIFT_US), found


class OracleCase(unittest.TestCase):
    longMessage = True

    def assertAlike(self, samples, statuses, what):
        self.assertEqual(samples.difference(), "", what)
        self.assertEqual(samples.statuses(), statuses, what)
        self.assertEqual(samples.hung_up, 0, what)

    def apart(self, crowd, groups, rounds=ROUNDS):
        """{group: figures} of those whose time is not that of known."""
        line = crowd.line()
        visitors = crowd.visitors(crowds.RECOVER)
        for _ in range(2):  # a bad moment of the machine does not come twice
            samples = crowds.take(crowd, line, crowds.RECOVER, visitors,
                                  rounds, ("known", *groups))
            self.assertEqual(samples.difference(), "")
            found = {g: is_apart(samples, g) for g in groups}
            groups = [g for g, (apart, _) in found.items() if apart]
            if not groups:
                break
        return {g: found[g][1] for g in groups}


class Open(OracleCase):
    """One house that goes through the conditions, one after the other."""

    @classmethod
    def setUpClass(cls):
        cls.crowd = crowds.Crowd(people=2, threads=12)
        cls.crowd.__enter__()
        cls.addClassCleanup(cls.crowd.__exit__)
        cls.line = cls.crowd.line()

    def knock_all(self, condition, visitors):
        crowd = self.crowd
        for door in crowds.QUEUED_DOORS:
            samples = crowds.take(crowd, self.line, door,
                                  visitors[condition, door], 2)
            self.assertAlike(samples, [303], f"{condition} {door}")
        for door in crowds.MARK_DOORS:
            samples = crowds.take_at_marks(
                crowd, door, visitors[condition, door], 1)
            self.assertAlike(
                samples, [503 if condition == "ldap-down" else 422],
                f"{condition} {door}")

    def letters_open(self, visitors):
        """The control of that door: with the birth date a code that works is
        let in, and none of the others is."""
        for group, (fields, *_) in visitors.items():
            _, response = self.line.knock(
                crowds.LETTER, {**fields, "naissance": "17/03/1968"})
            self.assertEqual(crowds.status(response),
                             303 if group == "known" else 422, group)

    def what_probes_see(self):
        return [crowds.masked(self.line.send(self.line.request(
            "GET", path, "10.9.9.8"))[1], {})
            for path in ("/healthz", "/readyz", "/metrics",
                         "/demande-enregistree")]

    def test_nobody_is_told_apart_whatever_is_down(self):
        crowd = self.crowd
        visitors = {(condition, door): crowd.visitors(door)
                    for condition in CONDITIONS
                    for door in crowds.QUEUED_DOORS + crowds.MARK_DOORS}
        self.letters_open(visitors["normal", crowds.LETTER])
        seen = {}
        for condition in CONDITIONS:
            crowd.meet(condition)
            self.knock_all(condition, visitors)
            seen[condition] = self.what_probes_see()
        # Neither what waits in the queue nor who is down shows from outside.
        for condition, found in seen.items():
            self.assertEqual(found, seen["normal"], condition)
        self.assertEqual(crashes_of(crowd.house), [])


class Questions(OracleCase):
    """Each question is a round trip: with a directory far enough away one more
    is another mark."""

    def asked_at(self, door):
        """{group: questions that its answer took}."""
        tries = 3  # the first few connect, and the worker's watch asks, too
        with crowds.Crowd(people=1, threads=1) as crowd, \
                concurrent.futures.ThreadPoolExecutor(20) as pool:
            asked = {}
            visitors = crowd.visitors(door)
            for _ in range(tries):
                waiting = []
                for group, (fields,) in visitors.items():
                    told = len(crowd.house.audit())
                    before = crowd.proxy.answers
                    waiting.append(pool.submit(
                        crowd.line().knock, door, fields))
                    wait_until(lambda n=told: len(crowd.house.audit()) > n,
                               "an audit line")
                    asked.setdefault(group, []).append(
                        crowd.proxy.answers - before)
                for answer in waiting:
                    self.assertEqual(crowds.status(answer.result()[1]), 422)
        return {group: min(found) for group, found in asked.items()}

    def test_a_sign_in_asks_the_directory_as_often_for_everybody(self):
        asked = self.asked_at(crowds.CHANGE)
        self.assertEqual(set(asked.values()), {3}, asked)

    def test_so_does_the_code_of_a_letter(self):
        asked = self.asked_at(crowds.LETTER)
        self.assertEqual(set(asked.values()), {1}, asked)


class Throttled(OracleCase):
    def test_nobody_is_told_apart_by_a_limit(self):
        with crowds.Crowd(people=1, limits=crowds.THROTTLED) as crowd:
            line = crowd.line()
            for door in crowds.QUEUED_DOORS:
                samples = crowds.take(crowd, line, door, crowd.visitors(door),
                                      3, prime=True)
                self.assertAlike(samples, [429], door)
            samples = crowds.take_at_marks(
                crowd, crowds.CHANGE, crowd.visitors(crowds.CHANGE), 6)
            self.assertAlike(samples, [422, 429], crowds.CHANGE)
            samples = crowds.take_at_marks(
                crowd, crowds.LETTER, crowd.visitors(crowds.LETTER), 3)
            self.assertAlike(samples, [422, 429], crowds.LETTER)

    def test_nor_by_ones_own_address(self):
        """Its Retry-After is about the visitor, and moves with the clock."""
        with crowds.Crowd(people=1, limits={"per_address": "3/1h"}) as crowd:
            line, address = crowd.line(), fresh_address()
            visitors = crowd.visitors(crowds.RECOVER)
            for _ in range(3):
                line.knock(crowds.RECOVER, visitors["unknown"][0], address)
            answers = {}
            for group, (fields,) in visitors.items():
                _, response = line.knock(crowds.RECOVER, fields, address)
                head, _, body = crowds.masked(response, fields).partition(
                    b"\r\n\r\n")
                lines = [x for x in head.split(b"\r\n")
                         if not x.startswith(b"Retry-After: ")]
                self.assertEqual(crowds.status(response), 429, group)
                answers[group] = (lines, body)
            for group, answer in answers.items():
                self.assertEqual(answer, answers["known"], group)


class Time(OracleCase):
    def test_nobody_takes_longer(self):
        with crowds.Crowd(people=10) as crowd:
            found = self.apart(crowd, crowds.NUMBER_GROUPS[1:])
        self.assertEqual(found, {})

    def test_a_leak_of_a_millisecond_is_seen(self):
        """The control: a web process that sleeps 1 ms over known people."""
        for more in (1, 2, 4):  # the more a machine trembles
            with crowds.Crowd(people=10, web=crowds.LEAK) as crowd:
                found = self.apart(crowd, ("unknown",), more * ROUNDS)
            if found:
                self.assertLess(found["unknown"]["median_us"], -SHIFT_US)
                return
        self.fail("this test cannot see a leak of 1 ms")


if __name__ == "__main__":
    unittest.main()
