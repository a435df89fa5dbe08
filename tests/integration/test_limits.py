"""Issue 2, line 7: limits on addresses and on what is typed, known or not."""
import math
import time
import unittest

from house import fresh_address, fresh_numen, wait_until
from shared import Case, the_house
from visitor import Visitor

LIMITS = {
    "per_address": "8/10m",
    "per_school_address": "20/10m",
    "school_networks": "172.16.9.0/24",
    "per_identity": "3/1h",
    "per_number": "6/1h",
    "per_mailbox": "2/1h",
}


class Limits(Case):
    def test_a_refused_request_ends_no_older_one(self):
        """The older waits for the relay; the newer is one too many for the
        mailbox, and gets no mail: so the older must."""
        house = self.house
        person = house.add_person()
        house.ask_link(person)
        house.refused[person.mail] = "451 greylisted"
        before = house.logs().count("request.later")
        house.ask(person)
        wait_until(lambda: house.logs().count("request.later") > before,
                   "an attempt")
        lines = house.wait_audit(house.ask(person))
        self.assertEqual([x["reason"] for x in lines], ["mailbox-limit"])
        del house.refused[person.mail]
        house.wait_mail(person, count=2, link=True)

    @property
    def house(self):
        return the_house("limits", limits=LIMITS)

    def assertLimited(self, answer):
        self.assertStatus(answer, 429)
        self.assertIn("Trop de demandes", answer.text)
        seconds = int(answer.headers["Retry-After"])
        self.assertGreater(seconds, 0)
        return seconds

    def recover(self, number, birth="01/09/1975", address=None):
        visitor = Visitor(self.house.port, address or fresh_address())
        return visitor.recover(number, birth)

    def test_known_and_unknown_people_are_limited_alike(self):
        known, unknown = self.house.add_person().number, fresh_numen()
        seen = []
        for number in (known, unknown):
            answers = [self.recover(number) for _ in range(5)]
            self.assertEqual([x.status for x in answers],
                             [303, 303, 303, 429, 429])
            retry = {self.assertLimited(x) for x in answers[3:]}
            self.assertEqual(len(retry), 1, "it tells of others")
            seen.append((retry, len(answers[3].raw),
                         sorted(answers[3].headers)))
        self.assertEqual(seen[0], seen[1])

    def test_one_number_with_many_dates(self):
        number = fresh_numen()
        statuses = [self.recover(number, f"{day:02d}/09/1975").status
                    for day in range(1, 9)]
        self.assertEqual(statuses, [303] * 6 + [429] * 2)

    def test_one_address_many_numbers(self):
        address = fresh_address()
        statuses = [self.recover(fresh_numen(), address=address).status
                    for _ in range(10)]
        self.assertEqual(statuses, [303] * 8 + [429] * 2)
        self.assertStatus(self.recover(fresh_numen()), 303)

    def test_a_refused_address_makes_no_identity_key(self):
        address = fresh_address()
        for _ in range(8):
            self.recover(fresh_numen(), address=address)
        store = self.house.store()
        before = set(store.scan_iter("rentree:lim:*"))
        for _ in range(5):
            self.assertLimited(self.recover(fresh_numen(), address=address))
        added = set(store.scan_iter("rentree:lim:*")) - before
        self.assertEqual({x for x in added if b":i" in x or b":n" in x},
                         set())

    def test_a_school_has_a_higher_class(self):
        statuses = [self.recover(fresh_numen(), address="172.16.9.77").status
                    for _ in range(22)]
        self.assertEqual(statuses, [303] * 20 + [429] * 2)

    def test_ipv6_counts_by_64_and_48(self):
        statuses = [self.recover(
            fresh_numen(), address=f"2001:db8:1:2::{n:x}").status
            for n in range(10)]
        self.assertEqual(statuses, [303] * 8 + [429] * 2)
        # 24 more of the /48 pass, each of a /64 of its own; what flows back
        # into it in 10 minutes is 32, while a busy machine asks.
        begin = time.monotonic()
        statuses = [self.recover(
            fresh_numen(), address=f"2001:db8:1:{n:x}::1").status
            for n in range(3, 31)]
        back = math.ceil((time.monotonic() - begin) * 32 / 600)
        self.assertEqual(statuses[:24], [303] * 24)
        self.assertIn(statuses.count(429), range(4 - back, 5))

    def test_a_forwarded_address_of_a_stranger_counts_for_nothing(self):
        """127.0.0.1 is a trusted proxy; 127.0.0.9 is not."""
        def stranger(n):
            visitor = Visitor(self.house.port, f"10.200.0.{n}")
            visitor.source = ("127.0.0.9", 0)
            return visitor.recover(fresh_numen(), "01/09/1975").status

        self.assertEqual([stranger(n) for n in range(1, 11)],
                         [303] * 8 + [429] * 2)

    def test_the_last_hop_counts_and_not_what_the_visitor_says(self):
        statuses = []
        for n in range(10):
            visitor = Visitor(self.house.port, f"10.201.0.{n}, 203.0.113.9")
            statuses.append(
                visitor.recover(fresh_numen(), "01/09/1975").status)
        self.assertEqual(statuses, [303] * 8 + [429] * 2)

    def test_a_wrong_captcha_never_counts_against_an_identity(self):
        person = self.house.add_person()
        for _ in range(12):
            visitor = Visitor(self.house.port, fresh_address())
            captcha = visitor.captcha()
            self.assertStatus(visitor.recover(
                person.number, person.typed_birth,
                {**captcha, "captcha_pow": "0"}), 422)
        self.assertStatus(self.recover(person.number), 303)
        self.house.wait_mail(person)

    def test_wrong_captchas_count_against_the_address(self):
        address = fresh_address()
        statuses = []
        for _ in range(10):
            visitor = Visitor(self.house.port, address)
            captcha = visitor.captcha()
            statuses.append(visitor.recover(
                fresh_numen(), "01/09/1975",
                {**captcha, "captcha_pow": "0"}).status)
        self.assertEqual(statuses, [422] * 8 + [429] * 2)

    def test_a_mailbox_gets_only_so_many(self):
        """The page says nothing of it; the audit does."""
        person = self.house.add_person()
        refs = []
        for _ in range(3):
            answer = self.recover(person.number)
            self.assertStatus(answer, 303)
            refs.append(answer.location.partition("ref=")[2])
            self.house.wait_drained()
        events = [self.house.wait_audit(ref)[0] for ref in refs]
        self.assertEqual([x["event"] for x in events],
                         ["recover.sent", "recover.sent", "recover.refused"])
        self.assertEqual(events[2]["reason"], "mailbox-limit")
        self.assertEqual(len(self.house.mails_to(person)), 2)

    def test_the_form_of_the_link_counts_addresses_too(self):
        person = self.house.add_person()
        link = self.house.ask_link(person)
        address = fresh_address()
        statuses = []
        for n in range(10):
            visitor = Visitor(self.house.port, address)
            visitor.open_link(link)
            statuses.append(visitor.choose("motdepasse12").status)
        self.assertEqual(statuses, [422] * 8 + [429] * 2)

    def test_json_says_so_too(self):
        address = fresh_address()
        for _ in range(8):
            self.recover(fresh_numen(), address=address)
        visitor = Visitor(self.house.port, address)
        answer = visitor.recover(fresh_numen(), "01/09/1975",
                                 headers={"Accept": "application/json"})
        self.assertStatus(answer, 429)
        self.assertIn("problem+json", answer.headers["Content-Type"])
        self.assertIn("Retry-After", answer.headers)


if __name__ == "__main__":
    unittest.main()
