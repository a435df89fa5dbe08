"""Issue 8, line 1: load and abuse, the short form of abuse.py (make
proof-abuse). Figures are printed; what is asserted are counts and ends."""
import sys
import unittest

import abuse
import abuse_forms as forms
import abuse_lines as lines
from shared import Case, the_house

MEMORY_KB = 64 * 1024  # far above what any of these takes


class Abuse(Case):
    @property
    def house(self):
        return the_house("abuse", limits=forms.LIMITS, settings={
            "web": {"connections": abuse.CONNECTIONS}})

    def tell(self, figures):
        print(f"  {self.id().split('.')[-1]}: {figures}", file=sys.stderr)
        return figures

    def assertServed(self):
        self.assertStatus(self.house.visitor().get(lines.FORM), 200)


class Connections(Abuse):
    def test_slow_ones_end(self):
        """Few: nobody has to make room, the deadline ends them."""
        seen = self.tell(lines.slowloris(self.house, 40))
        self.assertEqual(seen["still open"], 0)
        self.assertEqual(seen["others answered"], seen["others asked"])

    def test_more_than_there_are_places(self):
        seen = self.tell(lines.crowd(
            self.house, abuse.room_for_lines(1500), 1))
        self.assertLess(seen["still open"], abuse.CONNECTIONS)
        # Nobody is left without a word before the doorstep (256) is full …
        self.assertGreater(seen["told to come again"], 0)
        # … and there is a thread each for the places, the doorstep, and ours.
        self.assertLess(seen["threads meanwhile"],
                        abuse.CONNECTIONS + 256 + 20)
        self.assertLess(seen["RSS kB meanwhile"] - seen["RSS kB before"],
                        MEMORY_KB)
        # They are all there and hold what they can: others are served.
        self.assertGreater(seen["others answered, all held"], 0)
        self.assertEqual(seen["others not answered, all held"], 0)

    def test_exactly_128_and_256_busy(self):
        for count in (128, abuse.CONNECTIONS):
            seen = self.tell(lines.busy(self.house, count))
            self.assertEqual(seen["answered"], count * seen["rounds"])

    def test_large_headers(self):
        seen = self.tell(lines.large_headers(self.house, 12))
        self.assertFalse([x for x in seen["answers"] if " 200" in x])
        self.assertLess(seen["RSS kB after"] - seen["RSS kB before"],
                        MEMORY_KB)
        self.assertServed()

    def test_pipelining(self):
        seen = self.tell(lines.pipelined(self.house, 200))
        self.assertEqual(seen["answered"], seen["sent"])

    def test_bad_chunks(self):
        accepted = self.house.logs().count("form.accepted")
        seen = self.tell(lines.bad_chunks(self.house))
        for name, word in seen.items():
            with self.subTest(name):
                # 500 is libmicrohttpd's word for "no room for that line".
                self.assertIn(word, ("400", "413", "500", "closed"))
        self.assertEqual(self.house.logs().count("form.accepted"), accepted)
        self.assertServed()


class Forms(Abuse):
    def test_captchas_without_end(self):
        seen = self.tell(forms.captchas(self.house, 50_000, 4))
        self.assertGreater(seen["pictures"], 0)
        self.assertEqual(seen["forms refused"], 0)
        self.assertEqual(seen["others answered"], seen["others asked"])
        self.assertLess(seen["RSS kB after"] - seen["RSS kB before"],
                        MEMORY_KB)
        self.assertLess(seen["keys in Redis more"], 10)

    def test_guesses_from_one_48(self):
        seen = self.tell(forms.guesses(self.house, 300))
        # Four times what an address may, and what is refilled meanwhile.
        self.assertGreaterEqual(seen["accepted"], 80)
        self.assertLess(seen["accepted"], 150)
        self.assertEqual(seen["others"], 0)
        self.assertLessEqual(seen["address keys more"],
                             seen["accepted"] + 10)
        self.assertLessEqual(seen["identity keys more"],
                             2 * seen["accepted"])

    def test_a_staff_room_passes(self):
        seen = self.tell(forms.staff_room(self.house, 200))
        self.assertEqual(seen["accepted"], 200)
        self.assertEqual(seen["people with a mail"], 200)

    def test_a_mail_bomb_is_stopped(self):
        seen = self.tell(forms.mail_bomb(self.house, 12))
        self.assertEqual(seen["mails"], 3)
        self.assertEqual(seen["different answers"], 1)
        self.assertEqual(seen["statuses"], [303])

    def test_keys_are_short_and_end(self):
        seen = self.tell(forms.values(self.house, 200))
        self.assertEqual(seen["accepted"], 200)
        self.assertLessEqual(seen["identity keys"], 400)
        self.assertGreater(seen["identity keys"], 380)
        self.assertEqual(seen["limiter keys that are not short"], 0)
        self.assertEqual(seen["of an unknown name"], [])
        self.assertEqual(seen["waiting afterwards"], 0)
        self.assertLess(seen["bytes of one"], 256)


if __name__ == "__main__":
    unittest.main()
