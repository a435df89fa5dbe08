"""Issue 9, line 4: the reference stack of deploy/sogo, one whole journey. It
needs packages that nothing else needs (deploy/deps sogo): without them it is
skipped, and says so."""
import json
import os
import subprocess
import sys
import unittest

from house import servers

SOGO = servers.ROOT / "deploy" / "sogo"
sys.path.insert(0, str(SOGO))

import stack  # noqa: E402


def reason():
    gone = stack.missing()
    if gone:
        return "not installed: " + ", ".join(gone)
    if servers.BUILD.name.startswith("san-"):
        return "for the plain build: time is simulated by a library"
    return stack.no_namespace()


class Stack(unittest.TestCase):
    def test_the_whole_journey(self):
        why = reason()
        if why:
            print(f"  skipped: test_sogo: {why}", file=sys.stderr)
            self.skipTest(why)
        done = subprocess.run(
            [SOGO / "run", servers.BUILD], capture_output=True, text=True,
            check=False, env={**os.environ, "SOGO_ONCE": "1"}, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        told = json.loads(
            (servers.BUILD / "proof" / "sogo.json").read_text())
        self.assertEqual(told["failed"], [])
        # Every line of the journey was reached.
        self.assertGreater(done.stdout.count("  ok  "), 60)
        for door in ("SOGo", "DAV", "IMAP", "submission"):
            self.assertIn(f"recovered: {door}", told["seconds"])
            self.assertIn(f"suspended: {door}", told["seconds"])
        print("  dead after a recovery within "
              f"{max(told['seconds'].values())} s", file=sys.stderr)

