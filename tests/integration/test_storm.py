"""Issue 3, line 2: nothing is lost, whatever is killed, stopped, paused, slowed,
filled up or cut, and whenever. The long form: make proof-storm.
"""
import os
import secrets
import sys
import unittest

from shared import CRASH, Case
from storm import Storm

REQUESTS = 150


class NothingLost(Case):
    def weather(self, seed):
        storm = Storm(REQUESTS, seed).run()
        report = storm.report()
        print(f"  storm RENTREE_SEED={seed}: " + ", ".join(
            f"{count} {what}" for what, count in storm.counts.items()),
            file=sys.stderr)
        self.assertEqual(report["faults"], [], f"RENTREE_SEED={seed}")
        self.assertEqual(CRASH.findall(storm.logs), [])
        self.assertGreater(storm.counts["accepted"], REQUESTS * 9 // 10)
        # It did blow: there was something to survive.
        self.assertGreater(sum(storm.acts.values()), 20)
        self.assertGreater(storm.counts["retries"], 0)

    def test_a_storm_we_know(self):
        self.weather("rentree")

    def test_a_storm_nobody_knows(self):
        self.weather(os.environ.get("RENTREE_SEED") or secrets.token_hex(4))


if __name__ == "__main__":
    unittest.main()
