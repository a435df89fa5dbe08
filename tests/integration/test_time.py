"""Issue 3, line 2: hours and days, in simulated time (simulated.py)."""
import unittest

import servers
from house import wait_until
from shared import Case, the_house


@unittest.skipIf("san-" in str(servers.BUILD), "a sanitizer allows no preload")
class Simulated(Case):
    @property
    def house(self):
        return the_house("simulated", simulated=True, limits={
            "per_mailbox": "3/1h 6/24h"})

    def tearDown(self):
        house = self.house
        for part in (house.slapd, house.redis):
            if not part.is_running():
                part.again()
        if not house.worker.is_running():
            house.start_worker()
        house.wait_ready()
        house.wait_drained()

    def status(self, link):
        return self.house.opened(link).get("/nouveau-mot-de-passe").status

    def count(self, word):
        return self.house.logs().count(word)

    def wait_count(self, word, count):
        wait_until(lambda: self.count(word) >= count, f"{count} {word}")

    def waiting(self):
        """{id: seconds until it is due} of what has been looked at."""
        store = self.house.store()
        seconds, micros = store.time()
        now = seconds + micros / 1e6
        return {name: due / 1000 - now for name, due in store.zrange(
            "rentree:due:mail", 0, -1, withscores=True)}

    def settled_link(self, person):
        """Its hour begins after the relay's yes, so a bit after the mail."""
        link = self.house.ask_link(person)
        self.house.wait_drained()
        return link

    def forward_to_mail(self, person):
        """Whatever waits is due in six minutes at the latest; an attempt may
        still find the directory's breaker open."""
        def look():
            self.house.clock.forward(minutes=7)
            return self.house.mails_to(person)

        mail = wait_until(look, "the mail", 20, 1.0)[0]
        self.house.wait_drained()
        return mail.links[0]

    def take_envelope(self, person):
        """Asks while nobody works; what the web process queued."""
        house = self.house
        house.worker.stop()
        ref = house.ask(person)
        envelope = house.store().lindex("rentree:in:mail", -1)
        house.start_worker()
        return envelope, ref

    def dropped(self):
        return int(self.house.store().hget("rentree:stats",
                                           "dropped-known") or 0)

    # --- links ---------------------------------------------------------------

    def test_a_link_lives_an_hour(self):
        house = self.house
        link = self.settled_link(house.add_person())
        house.clock.forward(minutes=59)
        self.assertEqual(self.status(link), 200)
        house.clock.forward(minutes=2)
        answer = house.opened(link).get("/nouveau-mot-de-passe")
        self.assertStatus(answer, 410)
        self.assertIn("/mot-de-passe-oublie", answer.text)
        self.assertStatus(house.opened(link).choose(self.PASSWORD), 410)

    def test_an_invitation_lives_a_fortnight(self):
        house = self.house
        person = house.add_person()
        house.command("account", "invite", person.login)
        link = house.wait_mail(person, link=True).links[0]
        house.wait_drained()
        house.clock.forward(days=13, hours=23)
        self.assertEqual(self.status(link), 200)
        house.clock.forward(hours=2)
        self.assertEqual(self.status(link), 410)

    def test_a_spent_link_is_remembered(self):
        """Ten minutes for who lost the answer, 25 hours as a tombstone, and
        it is no more a link afterwards."""
        house = self.house
        link = self.settled_link(house.add_person())
        self.assertGoes(house.opened(link).choose(self.PASSWORD),
                        "/mot-de-passe-change")
        house.clock.forward(minutes=9)
        self.assertGoes(house.opened(link).choose(self.PASSWORD),
                        "/mot-de-passe-change")
        house.clock.forward(minutes=2)
        self.assertStatus(house.opened(link).choose(self.PASSWORD), 410)
        house.clock.forward(hours=23)
        self.assertIn(b"spent", self.states())
        house.clock.forward(hours=2, minutes=1)
        self.assertNotIn(b"spent", self.states())
        self.assertStatus(house.opened(link).choose(self.PASSWORD), 410)

    def states(self):
        store = self.house.store()
        return [store.hget(key, "st") for key in
                store.scan_iter("rentree:tok:*")]

    # --- requests ------------------------------------------------------------

    def test_an_outage_of_23_hours_is_delivered(self):
        """The link's hour begins when the mail leaves."""
        house = self.house
        person = house.add_person()
        before = self.count("request.later")
        house.slapd.kill()
        house.ask(person)
        self.wait_count("request.later", before + 1)
        house.clock.forward(hours=23)
        self.wait_count("request.later", before + 2)
        house.slapd.again()
        link = self.forward_to_mail(person)
        house.clock.forward(minutes=50)
        self.assertEqual(self.status(link), 200)
        house.wait_drained()
        self.assertEqual(len(house.mails_to(person)), 1)

    def test_an_outage_of_25_hours_ends_with_an_event(self):
        house = self.house
        person = house.add_person()
        before = self.count("request.later")
        house.slapd.kill()
        ref = house.ask(person)
        self.wait_count("request.later", before + 1)
        house.clock.forward(hours=25)
        self.assertEqual(house.wait_audit(ref)[-1]["event"],
                         "recover.expired")
        house.slapd.again()
        house.wait_drained()
        self.assertEqual(house.mails_to(person), [])

    def test_the_back_off(self):
        """2 s, doubled, up to 5 minutes, with up to a quarter on top; no
        number of attempts ends a request that a back end refuses."""
        house = self.house
        person = house.add_person()
        before = self.count("request.later")
        house.slapd.kill()
        house.ask(person)
        for attempt in range(1, 15):
            self.wait_count("request.later", before + attempt)
            (due,) = wait_until(lambda: [x for x in self.waiting().values()
                                         if self.is_free()], "its end")
            pause = min(2 * 2 ** (attempt - 1), 300)
            self.assertLess(due, pause * 1.25 + 1)
            self.assertGreater(due, pause - 3, attempt)
            if attempt < 14:
                house.clock.forward(seconds=int(due) + 1)
        house.slapd.again()
        self.forward_to_mail(person)

    def is_free(self):
        return self.house.store().scard("rentree:held") == 0

    def test_a_lease_lasts_90_seconds(self):
        house = self.house
        person = house.add_person()
        store = house.store()
        house.pause(house.slapd)
        try:
            house.ask(person)
            wait_until(lambda: store.scard("rentree:held"), "a lease")
            house.worker.kill()
        finally:
            house.resume(house.slapd)
        house.start_worker()
        house.clock.forward(seconds=80)
        wait_until(lambda: store.time()[0], "Redis")
        self.assertEqual(store.scard("rentree:held"), 1)
        self.assertEqual(house.mails_to(person), [])
        house.clock.forward(seconds=15)
        house.wait_mail(person)
        house.wait_drained()
        self.assertEqual(len(house.mails_to(person)), 1)

    # --- the memory of what is done ------------------------------------------

    def test_a_replayed_envelope_is_one_request(self):
        """For 25 hours it is known; after that it is too old."""
        house = self.house
        person = house.add_person()
        envelope, ref = self.take_envelope(person)
        house.wait_mail(person)
        house.wait_drained()
        store = house.store()
        for hours in (0, 12, 12):
            house.clock.forward(hours=hours)
            before = self.dropped()
            store.rpush("rentree:in:mail", envelope)
            wait_until(lambda n=before: self.dropped() == n + 1, "the drop")
        house.clock.forward(hours=1, minutes=2)
        store.rpush("rentree:in:mail", envelope)
        wait_until(lambda: any(x["event"] == "recover.expired"
                               for x in house.wait_audit(ref)), "the end")
        house.wait_drained()
        self.assertEqual(len(house.mails_to(person)), 1)

    def test_without_that_memory_the_flags_hold(self):
        """The second line: a recipient that was served is not served again,
        whoever replays what."""
        house = self.house
        person = house.add_person()
        envelope, _ = self.take_envelope(person)
        link = house.wait_mail(person).links[0]
        house.wait_drained()
        store = house.store()
        for key in store.scan_iter("rentree:done:*"):
            store.delete(key)
        before = self.dropped()
        store.rpush("rentree:in:mail", envelope)
        wait_until(lambda: list(store.scan_iter("rentree:done:*")),
                   "the second end")
        self.assertEqual(self.dropped(), before)
        self.assertEqual(len(house.mails_to(person)), 1)
        self.assertEqual(self.status(link), 200)

    # --- limits --------------------------------------------------------------

    def test_a_mailbox_gets_three_an_hour(self):
        house = self.house
        person = house.add_person()
        for _ in range(3):
            self.settled_link(person)
        ref = house.ask(person)
        self.assertEqual(house.wait_audit(ref)[-1]["reason"], "mailbox-limit")
        house.clock.forward(minutes=61)
        house.ask_link(person)


if __name__ == "__main__":
    unittest.main()
