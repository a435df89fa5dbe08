"""What became of the tests, and the second chance of those that failed.

A machine that was busy for a moment is no fault of the product, and a test
that depends on such a moment is a fault of the test: so what failed is run
once more at the end, alone, in a fresh house. What passes then has passed, and
is called UNSTEADY with what it said at first, so that somebody mends it.

Never forgiven: what a sanitizer or the C library said, and one of our programs
that died of itself (shared.crashes); tests that look at what all the others
have left, which a fresh house has not; more than MOST faults, which are no
moment. STRICT=1 forgives nothing, and runs nothing twice.
"""
import time
import traceback
import unittest

MOST = 10


class Result(unittest.TestResult):
    """faults: {a test, or a class or module and what of it went wrong: what
    was said}, in the order they came."""

    def __init__(self):
        super().__init__()
        self.faults, self.passed = {}, set()

    def startTest(self, test):
        super().startTest(test)
        self.begin = time.monotonic()

    def tell(self, what, test, error):
        said = f"FAILED {test.id()} ({what})\n" + \
            "".join(traceback.format_exception(*error))
        print(said, flush=True)
        whole = getattr(test, "test_case", test).id()
        self.faults[whole] = self.faults.get(whole, "") + said

    def addFailure(self, test, err):
        self.tell("failure", test, err)

    def addError(self, test, err):
        self.tell("error", test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.tell("failure", subtest, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f"  skipped {test.id()}: {reason}", flush=True)

    def stopTest(self, test):
        super().stopTest(test)
        word = "FAILED" if test.id() in self.faults else "ok    "
        if self.skipped and self.skipped[-1][0] is test:
            return
        if word == "ok    ":
            self.passed.add(test.id())
        took = time.monotonic() - self.begin
        print(f"  {word} {took:5.1f} s  {test.id()}", flush=True)


def run(tests):
    result = Result()
    unittest.TestSuite(tests).run(result)
    return result


def tests_of(fault, tests):
    """Of a test, or of "setUpClass (module.Class)": all that needed it."""
    place = fault.partition(" (")[2].rstrip(")")
    return [x for x in tests
            if x.id() == fault or place and x.id().startswith(place + ".")]


class Verdict:
    """firm: beginnings of the names of tests that get no second chance;
    refresh: makes that the next test finds a fresh house."""

    def __init__(self, strict=False, firm=(), refresh=lambda: None):
        self.strict, self.firm, self.refresh = strict, firm, refresh
        self.passed, self.faults, self.unsteady = set(), {}, {}
        self.skipped = []

    def judge(self, tests):
        first = run(tests)
        self.passed, self.faults = first.passed, first.faults
        self.skipped = [x.id() for x, _ in first.skipped]
        again = [x for x in self.faults if not x.startswith(self.firm)]
        if len(again) > MOST:
            print(f"({len(again)} faults: too many for a second chance)")
        elif not self.strict:
            for fault in again:
                self.second_chance(fault, tests_of(fault, tests))
        self.refresh()

    def second_chance(self, fault, tests):
        print(f"once more, in a fresh house: {fault}", flush=True)
        self.refresh()
        second = run(tests)
        if tests and not second.faults:
            self.passed |= second.passed
            self.unsteady[fault] = self.faults.pop(fault)

    def close(self, name, crashes):
        """What was said of faults once more, for whoever has only the end of
        a log, and the two lines. The exit code."""
        for fault, said in self.unsteady.items():
            print(f"UNSTEADY {fault}: it passed when it was run once more; at "
                  f"first:\n{said}")
        for said in self.faults.values():
            print(said)
        for line in crashes:
            print(f"FAILED crash: {line}")
        for what, names in (("skipped", self.skipped),
                            ("unsteady", list(self.unsteady)),
                            ("failed", list(self.faults))):
            if names:
                print(f"({len(names)} {what}: {', '.join(names)})")
        failed = len(self.faults) + bool(crashes)
        passed = self.passed - set(self.faults)
        print(f"{name}: {len(passed)} passed, {failed} failed", flush=True)
        return 1 if failed or not passed else 0
