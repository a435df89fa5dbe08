"""Issue 9, line 4: the reference stack of deploy/sogo, one whole journey. It
needs packages that nothing else needs (deploy/deps sogo): without them it is
skipped, and says so."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

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



class Kick(unittest.TestCase):
    """The hook alone: what it says when it cannot do its work."""

    def kick(self, event, mode=0o400, servers_="127.0.0.1:1"):
        with tempfile.TemporaryDirectory() as place:
            key, conf = Path(place, "key"), Path(place, "conf")
            key.write_text("a-key-of-dovecot\n")
            key.chmod(mode)
            conf.write_text(f"[dovecot]\nservers = {servers_}\n"
                            f"api_key_file = {key}\n")
            done = subprocess.run(
                [SOGO / "dovecot-kick", "-c", conf], input=event, text=True,
                capture_output=True, check=False)
        self.assertNotIn("a-key-of-dovecot", done.stdout + done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done.returncode, done.stderr

    def test_who_is_away_is_named_and_asked_again(self):
        code, said = self.kick('{"login":"jdupont","mails":["j@ac-x.fr"]}',
                               servers_="127.0.0.1:1 127.0.0.1:2")
        self.assertEqual(code, 75)
        for port in (1, 2):
            self.assertIn(f"127.0.0.1:{port}: authCacheFlush", said)

    def test_a_name_that_means_everybody_kicks_nobody(self):
        for event in ('{"login":"*"}', '{"login":"a?"}', '{"login":""}',
                      '{"login":7}', '{"mails":[]}', "[]", "x", "",
                      '{"login":"a","mails":7}'):
            with self.subTest(event):
                self.assertEqual(self.kick(event)[0], 65)

    def test_a_key_that_others_may_read_is_refused(self):
        code, said = self.kick('{"login":"jdupont"}', mode=0o444)
        self.assertEqual(code, 78)
        self.assertIn("others may use it", said)
        self.assertEqual(self.kick('{"login":"a"}', servers_="h:port")[0], 78)
        self.assertEqual(self.kick('{"login":"a"}', servers_="")[0], 78)
