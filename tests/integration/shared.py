"""The one house most tests share, opened when the first of them asks, and the
base class of all tests."""
import re
import sys
import time
import unittest

import house as houses_of
from house import CRASH, House, crashes_of, servers  # noqa: F401

houses = {}


def the_house(name="shared", cls=House, **how):
    """A house by name, kept open for every test that names it."""
    if name not in houses:
        begin = time.monotonic()
        house = cls(**how)
        house.__enter__()
        houses[name] = house
        print(f"  house \"{name}\" open after "
              f"{time.monotonic() - begin:.1f} s", file=sys.stderr)
    return houses[name]


# Whatever must never stand in a log or in a file of Redis; tests add to it.
canaries = set()


def close_all():
    """The daemons in order, where that says more; then the houses."""
    for house in houses.values():
        house.leave()
        house.close()
    houses.clear()


def crashes():
    """Of all houses that have closed, and of all our programs."""
    return houses_of.crashes + servers.crashed + [
        f"not in the manual: {line}" for line in sorted(houses_of.strange)]


class Case(unittest.TestCase):
    longMessage = True

    # Accepted by every rule of ours.
    PASSWORD = "Bateau-Cerise-47-Lune"

    @property
    def house(self):
        return the_house()

    def assertStatus(self, answer, status):
        if answer.status != status:
            raise AssertionError(
                f"status {answer.status}, not {status}\n{answer.text}")

    def assertGoes(self, answer, path):
        self.assertStatus(answer, 303)
        self.assertEqual(answer.location.partition("?")[0], path)

    def assertFault(self, answer, field, sentence):
        """The form again, with the sentence beside the field."""
        self.assertStatus(answer, 422)
        found = re.findall(
            rf'<p class="error" id="{field}-error">(.*?)</p>', answer.text,
            re.S)
        self.assertTrue(found, f"no error beside {field}: {answer.text}")
        self.assertIn(sentence, " ".join(found))
        self.assertIn('aria-invalid="true"', answer.text)

    def field(self, answer, name):
        """What stands in a field of a form, as written."""
        tag = re.search(rf'<input[^>]*\bname="{name}"[^>]*>', answer.text)
        self.assertIsNotNone(tag, name)
        return re.search(r'\bvalue="([^"]*)"', tag[0])[1]
