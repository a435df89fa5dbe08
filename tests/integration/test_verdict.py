"""The runner itself: what passes at the second try is told, what fails twice
fails, and some things have no second try."""
import contextlib
import io
import os
import signal
import sys
import tempfile
import unittest
from pathlib import Path

import house
import shared
from house import servers
from verdict import MOST, Verdict


class Moody(unittest.TestCase):
    """No tests of ours: what is judged. Each fails as often as it is told."""

    fails = {}

    def setUp(self):
        self.mood("up")

    @classmethod
    def setUpClass(cls):
        cls().mood("class")

    def mood(self, what):
        if self.fails.get(what, 0):
            self.fails[what] -= 1
            self.fail(f"no mood for {what}")

    def runTest(self):
        self.mood("test")

    def other(self):
        with self.subTest("half of it"):
            self.mood("half")

    def away(self):
        self.skipTest("no such machine")


class Runner(unittest.TestCase):
    def judged(self, fails, names=("runTest", "other"), crashes=(), **how):
        """Exit code, and what was said."""
        Moody.fails = dict(fails)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            verdict = Verdict(**how)
            verdict.judge([Moody(name) for name in names])
            code = verdict.close("moods", crashes)
        return code, said.getvalue().rstrip("\n").splitlines()

    def test_all_well(self):
        code, lines = self.judged({})
        self.assertEqual((code, lines[-1]), (0, "moods: 2 passed, 0 failed"))
        self.assertEqual(len(lines), 3, lines)

    def test_a_second_try_passes_and_is_told(self):
        for what, name in (("test", "Moody.runTest"), ("half", "Moody.other"),
                           ("up", "Moody.runTest"), ("class", "setUpClass")):
            with self.subTest(what):
                fresh = []
                code, lines = self.judged(
                    {what: 1}, refresh=lambda f=fresh: f.append(1))
                self.assertEqual(code, 0)
                self.assertEqual(lines[-1], "moods: 2 passed, 0 failed")
                self.assertRegex(lines[-2], rf"^\(1 unsteady: .*{name}")
                self.assertTrue(any(x.startswith("UNSTEADY ") and name in x
                                    for x in lines), lines)
                # Its first words are said when it happens and at the end.
                self.assertEqual(sum(f"no mood for {what}" in x and "Error" in
                                     x for x in lines), 2, lines)
                self.assertEqual(len(fresh), 2)

    def test_twice_is_a_failure_told_at_the_end(self):
        code, lines = self.judged({"test": 2})
        self.assertEqual((code, lines[-1]), (1, "moods: 1 passed, 1 failed"))
        self.assertRegex(lines[-2], r"^\(1 failed: .*Moody\.runTest\)$")
        self.assertIn("no mood for test", "\n".join(lines[-8:]))

    def test_a_class_that_never_comes_up_fails(self):
        code, lines = self.judged({"class": 2})
        self.assertEqual((code, lines[-1]), (1, "moods: 0 passed, 1 failed"))

    def test_strict_forgives_nothing(self):
        code, lines = self.judged({"test": 1}, strict=True)
        self.assertEqual((code, lines[-1]), (1, "moods: 1 passed, 1 failed"))

    def test_some_look_at_what_a_fresh_house_has_not(self):
        code, lines = self.judged({"test": 1}, firm=("test_verdict.Moody.run",))
        self.assertEqual((code, lines[-1]), (1, "moods: 1 passed, 1 failed"))

    def test_too_many_faults_are_no_moment(self):
        kinds = [type(f"Moody{n}", (Moody,), {}) for n in range(MOST + 1)]
        Moody.fails = {"test": MOST + 1}
        with contextlib.redirect_stdout(io.StringIO()):
            verdict = Verdict()
            verdict.judge([kind("runTest") for kind in kinds])
            self.assertEqual(verdict.close("moods", []), 1)
        self.assertEqual(len(verdict.faults), MOST + 1)

    def test_a_crash_is_never_forgiven(self):
        code, lines = self.judged({}, crashes=["rentree-web died"])
        self.assertEqual((code, lines[-1]), (1, "moods: 2 passed, 1 failed"))
        self.assertIn("FAILED crash: rentree-web died", lines)

    def test_what_is_skipped_has_not_passed(self):
        code, lines = self.judged({}, ("runTest", "away"))
        self.assertEqual((code, lines[-1]), (0, "moods: 1 passed, 0 failed"))
        self.assertRegex(lines[-2], r"^\(1 skipped: .*Moody\.away\)$")
        self.assertIn("no such machine", "\n".join(lines))


class Crashes(unittest.TestCase):
    """What the runner hears of when a house closes."""

    def setUp(self):
        for known in (house.crashes, servers.crashed):
            before = list(known)
            known.clear()
            self.addCleanup(known.extend, before)
            self.addCleanup(known.clear)

    def test_a_program_that_died_of_itself(self):
        with tempfile.NamedTemporaryFile() as log:
            def process(name, word):
                return servers.Process(name, [
                    sys.executable, "-c", "import os, signal; "
                    f"os.kill(os.getpid(), signal.{word})"], Path(log.name))

            for name, word in [("rentree-web", "SIGKILL"),
                               ("rentree-web", "SIGTERM"),
                               ("slapd", "SIGSEGV"),
                               ("rentree-worker", "SIGSEGV"),
                               ("rentree-web", "SIGABRT")]:
                one = process(name, word)
                one.start()
                os.waitid(os.P_PID, one.child.pid,
                          os.WEXITED | os.WNOWAIT)
                one.start()  # as a test that does not ask why it ended
                one.signal(signal.SIGTERM)
                one.kill()
        self.assertEqual(
            [x for i, x in enumerate(shared.crashes())
             if x not in shared.crashes()[:i]],
            ["rentree-worker died of SIGSEGV", "rentree-web died of SIGABRT"])

    def test_what_a_log_says(self):
        one = house.House()
        one.folder = servers.Folder()
        (one.folder / "log" / "web.log").write_text(
            "x: listening\n==7==ERROR: AddressSanitizer: heap-use-after-free\n")
        one.close()
        self.assertEqual(shared.crashes(), [
            "==7==ERROR: AddressSanitizer: heap-use-after-free"])


def load_tests(loader, _tests, _pattern):
    return unittest.TestSuite(loader.loadTestsFromTestCase(cls)
                              for cls in (Runner, Crashes))


if __name__ == "__main__":
    unittest.main()
