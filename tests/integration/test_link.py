"""Issue 2, line 5: the link that a mail carries."""
import collections
import re
import threading
import unittest

from shared import Case, canaries
from visitor import Visitor

DEAD = "Ce lien ne marche plus"


class Link(Case):
    def assertDead(self, answer):
        self.assertStatus(answer, 410)
        self.assertIn(DEAD, answer.text)
        self.assertIn("/mot-de-passe-oublie", answer.text)

    def test_the_whole_journey(self):
        person = self.house.add_person(password="l'ancien-Passe-93-Mot")
        link = self.house.ask_link(person)
        canaries.update((link.rpartition("/")[2], self.PASSWORD,
                         person.number))
        visitor = self.house.visitor()
        answer = visitor.open_link(link)
        self.assertGoes(answer, "/nouveau-mot-de-passe")
        cookie = answer.headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="):
            self.assertIn(part, cookie)
        self.assertNotIn("Domain", cookie)
        page = visitor.get(answer.location)
        self.assertStatus(page, 200)
        self.assertIn(person.login, page.text)
        self.assertIn("Au moins 12 caractères", page.text)
        self.assertIn('autocomplete="new-password"', page.text)
        answer = visitor.choose(self.PASSWORD)
        self.assertGoes(answer, "/mot-de-passe-change")
        self.assertEqual(visitor.cookies, {})
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))
        self.assertFalse(
            self.house.can_log_in(person, "l'ancien-Passe-93-Mot"))
        stored = self.house.entry(person)["userPassword"]
        self.assertEqual(len(stored), 1)
        self.assertTrue(stored[0].startswith("{ARGON2}$argon2"), stored)

    def test_a_scanner_spends_nothing(self):
        person = self.house.add_person()
        link = self.house.ask_link(person)
        for _ in range(20):
            scanner = self.house.visitor()
            answer = scanner.open_link(link)
            self.assertGoes(answer, "/nouveau-mot-de-passe")
            scanner.get(answer.location)
        visitor = self.house.opened(link)
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))

    def test_fifty_racing_posts_spend_it_once(self):
        person = self.house.add_person()
        link = self.house.ask_link(person)
        visitors = [self.house.opened(link) for _ in range(50)]
        gate = threading.Barrier(len(visitors))
        ends = {}

        def choose(n, visitor):
            gate.wait()
            ends[n] = visitor.choose(f"Bateau-Cerise-{n}-Lune-Tapis").status

        threads = [threading.Thread(target=choose, args=x)
                   for x in enumerate(visitors)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tally = collections.Counter(ends.values())
        winners = [n for n, status in ends.items() if status == 303]
        self.assertEqual(len(winners), 1, tally)
        self.assertLessEqual(set(tally), {303, 409, 410, 503}, tally)
        self.house.wait_drained()
        good = [n for n in winners + [n for n in ends if ends[n] != 303][:8]
                if self.house.can_log_in(
                    person, f"Bateau-Cerise-{n}-Lune-Tapis")]
        self.assertEqual(good, winners)
        notices = [x for x in self.house.mails_to(person)
                   if "activé" in x.text or "changé" in x.subject]
        self.assertEqual(len(notices), 1)
        self.assertDead(self.house.opened(link).get("/nouveau-mot-de-passe"))

    def test_a_double_click_with_one_password_is_one_success(self):
        person = self.house.add_person()
        link = self.house.ask_link(person)
        first, second = self.house.opened(link), self.house.opened(link)
        self.assertGoes(first.choose(self.PASSWORD), "/mot-de-passe-change")
        self.assertGoes(second.choose(self.PASSWORD), "/mot-de-passe-change")
        third = self.house.opened(link)
        self.assertDead(third.choose(self.PASSWORD + "-autre"))
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))

    def test_a_second_request_kills_the_first_link(self):
        person = self.house.add_person()
        first = self.house.ask_link(person)
        second = self.house.ask_link(person)
        self.assertNotEqual(first, second)
        visitor = self.house.opened(first)
        self.assertDead(visitor.get("/nouveau-mot-de-passe"))
        self.assertDead(self.house.opened(first).choose(self.PASSWORD))
        self.assertGoes(self.house.opened(second).choose(self.PASSWORD),
                        "/mot-de-passe-change")

    def test_used_superseded_unknown_and_shapeless_links_are_one_page(self):
        person = self.house.add_person()
        used = self.house.ask_link(person)
        self.assertGoes(self.house.opened(used).choose(self.PASSWORD),
                        "/mot-de-passe-change")
        old = self.house.add_person()
        superseded = self.house.ask_link(old)
        self.house.ask_link(old)
        unknown = f"{self.house.url}/r/" + "A" * 43
        shapeless = f"{self.house.url}/r/xyz"
        pages = set()
        for link in (used, superseded, unknown, shapeless):
            visitor = self.house.opened(link)
            answer = visitor.get("/nouveau-mot-de-passe")
            self.assertDead(answer)
            pages.add(self.without_ref(answer.text))
            self.assertDead(self.house.opened(link).choose("Autre-Passe-88-x"))
        self.assertEqual(len(pages), 1)

    def test_expired_and_forgotten(self):
        """What Redis removes at the end of a record's life."""
        person = self.house.add_person()
        before = set(self.house.store().scan_iter("rentree:tok:*"))
        link = self.house.ask_link(person)
        store = self.house.store()
        self.house.wait_drained()
        fresh = set(store.scan_iter("rentree:tok:*")) - before
        self.assertTrue(fresh)
        store.delete(*fresh)
        self.assertDead(
            self.house.opened(link).get("/nouveau-mot-de-passe"))

    def test_it_dies_when_the_password_changes_meanwhile(self):
        person = self.house.add_person(password="l'ancien-Passe-93-Mot")
        link = self.house.ask_link(person)
        self.house.change(person, userPassword="posé-par-un-Autre-12")
        visitor = self.house.opened(link)
        self.assertDead(visitor.choose(self.PASSWORD))
        self.assertFalse(self.house.can_log_in(person, self.PASSWORD))

    def test_without_a_cookie(self):
        visitor = self.house.visitor()
        self.assertGoes(visitor.get("/nouveau-mot-de-passe"),
                        "/mot-de-passe-oublie")
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-oublie")

    def test_the_link_comes_from_public_url_alone(self):
        person = self.house.add_person()
        visitor = Visitor(self.house.port, "10.9.9.9")
        visitor.recover(person.number, person.typed_birth,
                        headers={"Host": "evil.example",
                                 "X-Forwarded-Host": "evil.example"})
        mail = self.house.wait_mail(person)
        self.assertTrue(mail.links[0].startswith(self.house.url + "/r/"))
        self.assertNotIn("evil", mail.text)

    def test_suspended_after_the_mail(self):
        person = self.house.add_person()
        link = self.house.ask_link(person)
        self.house.command("account", "suspend", person.login)
        self.assertDead(self.house.opened(link).choose(self.PASSWORD))
        self.assertFalse(self.house.can_log_in(person, self.PASSWORD))

    @staticmethod
    def without_ref(text):
        return re.sub(r"<code>[A-Z0-9]+</code>", "", text)


if __name__ == "__main__":
    unittest.main()
