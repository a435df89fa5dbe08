"""Issue 4: the doors beside the forgotten password - a known password is
changed, a rescue address is set, "it was not me", activation."""
import concurrent.futures
import json
import re
import time
import unittest

from shared import Case, canaries, the_house
from visitor import captcha_fields

OLD = "Ancien-Tapis-93-Fleuve"
REFUSED = "Nous n’avons pas pu vous reconnaître"
MARK = 1.5


def guarded(visitor, path, fields):
    """Fills in a form with a captcha: the answer, and how long it took."""
    sent = dict(fields)
    sent.update(visitor.captcha(path))
    begin = time.monotonic()
    answer = visitor.post(path, sent)
    return answer, time.monotonic() - begin


def without_chance(text):
    """A page without what differs from one to the next by itself."""
    text = re.sub(r'[A-Za-z0-9_-]{70,}', "CAPTCHA", text)
    return re.sub(r"<code>[0-9A-Z]{8}</code>", "REF", text)


class DoorCase(Case):
    def change(self, name, current, password=None, visitor=None, **more):
        fields = {"identifiant": name, "motdepasse_actuel": current,
                  "motdepasse": password or self.PASSWORD,
                  "confirmation": password or self.PASSWORD}
        fields.update(more)
        return guarded(visitor or self.house.visitor(),
                       "/changer-mot-de-passe", fields)

    def assertOnMark(self, took):
        """At a mark or within a moment after it."""
        late = took % MARK
        self.assertGreaterEqual(took, MARK - 0.02)
        self.assertLess(late if late < MARK - 0.02 else 0, 0.35, took)


class Change(DoorCase):
    def test_a_known_password_is_changed(self):
        person = self.house.add_person(password=OLD)
        canaries.update((OLD, self.PASSWORD))
        answer, took = self.change(person.login, OLD)
        self.assertGoes(answer, "/mot-de-passe-change")
        self.assertIn('href="/adresse-de-secours"', self.house.visitor().get(
            answer.location).text)
        self.assertOnMark(took)
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))
        self.assertFalse(self.house.can_log_in(person, OLD))
        mail = self.house.wait_mail(person, "a été changé")
        self.assertIn("toujours la bonne", mail.text)
        self.assertIn(f"{self.house.url}/adresse-de-secours\r\n", mail.text)
        self.assertIn(person.login, mail.text)
        box = self.house.box.wait(
            lambda m: f"{person.login}@ac-exemple.fr" in m.recipients)
        self.assertTrue(box, "the institution's mailbox is told too")

    def test_a_mail_address_is_a_name_too(self):
        person = self.house.add_person(password=OLD)
        answer, _ = self.change(
            f" {person.login.upper()}@AC-exemple.fr ", OLD)
        self.assertGoes(answer, "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))

    def test_who_has_no_rescue_address_is_invited_to_give_one(self):
        person = self.house.add_person(password=OLD, mail=None)
        self.change(person.login, OLD)
        mail = self.house.box.wait(
            lambda m: f"{person.login}@ac-exemple.fr" in m.recipients)[0]
        self.assertIn("pas d’adresse de secours", mail.text)
        self.assertIn(f"{self.house.url}/adresse-de-secours\r\n", mail.text)

    def test_live_links_end_with_the_change(self):
        person = self.house.add_person(password=OLD)
        visitor = self.house.with_link(person)
        answer, _ = self.change(person.login, OLD)
        self.assertGoes(answer, "/mot-de-passe-change")
        self.house.wait_mail(person, "a été changé")
        self.assertStatus(visitor.choose("Autre-Cerise-58-Tapis"), 410)

    def test_our_faults_and_the_directorys(self):
        person = self.house.add_person(password=OLD)
        answer, took = self.change(person.login, OLD, "motdepasse12")
        self.assertFault(answer, "motdepasse", "courants")
        self.assertOnMark(took)
        answer, took = self.change(person.login, OLD, OLD)
        self.assertFault(answer, "motdepasse", "déjà utilisé")
        self.assertOnMark(took)
        self.assertTrue(self.house.can_log_in(person, OLD))

    def test_what_is_missing_is_said_at_once_and_the_captcha_stays(self):
        visitor = self.house.visitor()
        answer, took = self.change("", "", "a", visitor, confirmation="b")
        self.assertLess(took, 1.0)
        self.assertFault(answer, "identifiant", "Indiquez votre identifiant")
        self.assertFault(answer, "motdepasse_actuel", "Indiquez")
        self.assertFault(answer, "confirmation", "pas les mêmes")
        self.assertTrue(self.field(answer, "captcha_pow"))
        self.assertNotIn('name="motdepasse" type="password" value',
                         answer.text)

    def test_a_captcha_serves_once(self):
        person = self.house.add_person(password=OLD)
        visitor = self.house.visitor()
        captcha = visitor.captcha("/changer-mot-de-passe")
        fields = {"identifiant": person.login, "motdepasse_actuel": "faux",
                  "motdepasse": self.PASSWORD, "confirmation": self.PASSWORD}
        fields.update(captcha)
        answer = visitor.post("/changer-mot-de-passe", fields)
        self.assertFault(answer, "motdepasse_actuel", REFUSED)
        again = visitor.post("/changer-mot-de-passe",
                             {**fields, "motdepasse_actuel": OLD})
        self.assertFault(again, "captcha_code", "code")
        self.assertTrue(self.house.can_log_in(person, OLD))

    def test_another_forms_captcha_is_none(self):
        person = self.house.add_person(password=OLD)
        visitor = self.house.visitor()
        fields = {"identifiant": person.login, "motdepasse_actuel": OLD,
                  "motdepasse": self.PASSWORD, "confirmation": self.PASSWORD}
        fields.update(visitor.captcha("/mot-de-passe-oublie"))
        answer = visitor.post("/changer-mot-de-passe", fields)
        self.assertFault(answer, "captcha_code", "code")

    def outsiders(self):
        """One of each who must not be told apart; names of one length."""
        house = self.house
        locked = house.add_person(password=OLD)
        for _ in range(11):
            house.can_log_in(locked, "faux-mot-de-passe")
        left = house.add_person(password=OLD)
        house.change(left, rentreeState="I:SupannInactif")
        suspended = house.add_person(password=OLD)
        house.command("account", "suspend", suspended.login)
        return {
            "wrong": (house.add_person(password=OLD).login, "faux-12345"),
            "unknown": ("p0123456789", OLD),
            "never activated": (house.add_person().login, OLD),
            "locked": (locked.login, OLD),
            "left": (left.login, OLD),
            "suspended": (suspended.login, OLD),
            "no text": (house.add_person(password=OLD).login, "\udcff\udcfe"),
        }

    def test_nobody_is_told_apart(self):
        pages, headers = {}, {}
        for who, (name, current) in self.outsiders().items():
            sent = current.encode("utf-8", "surrogateescape")
            answer, took = self.change(name, sent)
            self.assertFault(answer, "motdepasse_actuel", REFUSED)
            self.assertOnMark(took)
            self.assertLess(took, 2 * MARK, who)
            pages[who] = without_chance(answer.text).replace(name, "NAME")
            headers[who] = [(k, v) for k, v in answer.headers.items()
                            if k != "Date"]
        for who, page in pages.items():
            self.assertEqual(page, pages["wrong"], who)
            self.assertEqual(headers[who], headers["wrong"], who)

    def test_a_victim_is_not_locked_out(self):
        person = self.house.add_person(password=OLD)
        names = (person.login, f"{person.login}@ac-exemple.fr")

        def attack(n):
            return self.change(names[n % 2], f"faux-{n}",
                               visitor=self.house.visitor())[0].status

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            ends = list(pool.map(attack, range(20)))
        self.assertEqual(set(ends), {422, 429}, ends)
        self.assertTrue(self.house.can_log_in(person, OLD))
        failures = self.house.entry(person).get("pwdFailureTime", [])
        self.assertLessEqual(len(failures), 5)

    def test_the_limit_of_a_name_is_the_same_for_nobody(self):
        person = self.house.add_person(password=OLD)
        answers = {}
        for name in (person.login, "p9876543210"):
            for _ in range(6):
                answer, took = self.change(name, "faux")
            self.assertStatus(answer, 429)
            self.assertLess(took, 1.0)
            answers[name] = (answer.headers["Retry-After"],
                             without_chance(answer.text))
        self.assertEqual(len(set(answers.values())), 1)

    def test_a_missing_decoy_is_a_warning(self):
        house = the_house("no-decoy", threads=1)
        link = house.directory()
        link.delete_s("cn=rentree-decoy,ou=services,dc=ac-exemple,dc=fr")
        link.unbind_s()
        answer, took = guarded(
            house.visitor(), "/changer-mot-de-passe",
            {"identifiant": "personne", "motdepasse_actuel": OLD,
             "motdepasse": self.PASSWORD, "confirmation": self.PASSWORD})
        self.assertFault(answer, "motdepasse_actuel", REFUSED)
        self.assertOnMark(took)
        self.assertIn("directory.no-decoy", house.logs())


def disown_link(mail):
    return re.search(r"https?://\S+(/pas-moi/[A-Za-z0-9_-]{43})", mail.text)[1]


def verify_link(mail):
    return re.search(r"https?://\S+(/v/[A-Za-z0-9_-]{43})", mail.text)[1]


class Activation(DoorCase):
    def ask(self, person):
        answer, _ = guarded(self.house.visitor(), "/activation",
                            {"numen": person.number,
                             "naissance": person.typed_birth})
        self.assertGoes(answer, "/demande-enregistree")

    def form(self, person):
        """A visitor at the form behind a fresh activation link."""
        self.ask(person)
        mail = self.house.wait_mail(person, "activer votre compte")
        return self.house.opened(mail.links[0]), mail

    def post(self, visitor, **more):
        fields = {"motdepasse": self.PASSWORD, "confirmation": self.PASSWORD,
                  "courriel": ""}
        fields.update(more)
        return visitor.post("/nouveau-mot-de-passe", fields)

    def test_the_charter_is_shown_accepted_and_noted(self):
        person = self.house.add_person()
        visitor, mail = self.form(person)
        self.assertIn("14 jours", mail.text)
        self.assertIn("/pas-moi/", mail.text)
        page = visitor.get("/nouveau-mot-de-passe")
        self.assertIn("Charte d’utilisation", page.text)
        version = re.search(r'data-version="([^"]+)"', page.text)[1]
        answer = self.post(visitor)
        self.assertFault(answer, "charte", "accepter la charte")
        self.assertIn("Charte d’utilisation", answer.text)
        answer = self.post(visitor, confirmation="autre chose")
        self.assertFault(answer, "confirmation", "pas les mêmes")
        self.assertFault(answer, "charte", "accepter la charte")
        answer = self.post(visitor, charte="1", motdepasse="motdepasse12",
                           confirmation="motdepasse12")
        self.assertFault(answer, "motdepasse", "courants")
        self.assertIn("checked", answer.text)
        self.assertFalse(self.house.can_log_in(person, self.PASSWORD))
        answer = self.post(visitor, charte="1")
        self.assertGoes(answer, "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))
        self.house.wait_mail(person, "a été changé")
        entry = self.house.entry(person)
        self.assertEqual(entry["rentreeCharter"], [version])
        self.assertIn("rentreeActivated", entry)

    def test_whoever_has_a_password_gets_a_recovery_link(self):
        person = self.house.add_person(password=OLD,
                                       rentreeActivated="20250901080000Z")
        self.ask(person)
        mail = self.house.wait_mail(person, "nouveau mot de passe")
        visitor = self.house.opened(mail.links[0])
        self.assertNotIn("Charte", visitor.get("/nouveau-mot-de-passe").text)
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-change")
        self.assertNotIn("rentreeCharter", self.house.entry(person))

    def test_a_rescue_address_given_with_it_is_verified(self):
        person = self.house.add_person()
        visitor, _ = self.form(person)
        answer = self.post(visitor, charte="1",
                           courriel=f"{person.login}@ac-exemple.fr")
        self.assertFault(answer, "courriel", "personnelle")
        answer = self.post(visitor, charte="1", courriel="pas une adresse")
        self.assertFault(answer, "courriel", "complète")
        new = f"{person.login}@autre.example"
        self.assertGoes(self.post(visitor, charte="1", courriel=new),
                        "/mot-de-passe-change")
        mail = self.house.box.wait(lambda m: new in m.recipients)[0]
        self.house.wait_mail(person, "nouvelle adresse de secours")
        self.house.wait_drained()
        answer = self.house.visitor().post(verify_link(mail), {})
        self.assertGoes(answer, "/adresse-confirmee")
        self.assertIn(new, self.house.entry(person)
                      ["rentreeRecoveryMailPending"][0])

    def test_known_and_unknown_are_answered_alike(self):
        known, unknown = self.house.add_person(), "09E9599999ZZZ"
        pages = []
        for number in (known.number, unknown):
            answer, _ = guarded(
                self.house.visitor(), "/activation",
                {"numen": number, "naissance": "01/09/1975"})
            self.assertGoes(answer, "/demande-enregistree")
            pages.append([(k, len(v)) for k, v in answer.headers.items()
                          if k != "Date"])
        self.assertEqual(pages[0], pages[1])

    def test_its_captcha_is_its_own(self):
        person = self.house.add_person()
        visitor = self.house.visitor()
        captcha = visitor.captcha("/activation")
        answer = visitor.recover(person.number, person.typed_birth, captcha)
        self.assertFault(answer, "captcha_code", "code")


class Rescue(DoorCase):
    def ask(self, person, new, current=OLD, house=None):
        return guarded((house or self.house).visitor(), "/adresse-de-secours",
                       {"identifiant": person.login,
                        "motdepasse_actuel": current, "courriel": new})

    def asked(self, person, new, house=None):
        """The path of the link that verifies the new address."""
        answer, took = self.ask(person, new, house=house)
        self.assertGoes(answer, "/adresse-enregistree")
        self.assertOnMark(took)
        house = house or self.house
        found = house.box.wait(
            lambda m: new in m.recipients and "/v/" in m.text)
        self.assertTrue(found, "the mail to the new address")
        return verify_link(found[-1])

    def test_the_first_one_counts_when_verified(self):
        person = self.house.add_person(password=OLD, mail=None)
        new = f"{person.login}@neuf.example"
        link = self.asked(person, new)
        visitor = self.house.visitor()
        for _ in range(3):
            answer = visitor.open_link(link)
            self.assertGoes(answer, "/confirmer-adresse")
            page = visitor.get(answer.location)
            self.assertStatus(page, 200)
            self.assertIn(new, page.text)
        self.assertNotIn("rentreeRecoveryMail", self.house.entry(person))
        answer = visitor.post("/confirmer-adresse", {})
        self.assertGoes(answer, "/adresse-confirmee")
        self.assertIn("dès maintenant", visitor.get(answer.location).text)
        self.assertEqual(visitor.cookies, {})
        entry = self.house.entry(person)
        self.assertEqual(entry["rentreeRecoveryMail"], [new])
        self.assertIn("rentreeRecoveryMailVerified", entry)
        self.assertStatus(self.house.visitor().get(
            self.house.visitor().open_link(link).location), 303)
        stale = self.house.visitor()
        stale.open_link(link)
        self.assertStatus(stale.get("/confirmer-adresse"), 410)

    def test_another_one_waits_and_the_old_one_is_told(self):
        person = self.house.add_person(password=OLD)
        new = f"{person.login}@neuf.example"
        link = self.asked(person, new)
        told = self.house.wait_mail(person, "nouvelle adresse de secours")
        self.assertIn("48 heures", told.text)
        self.assertNotIn(new, told.text)
        box = self.house.box.wait(
            lambda m: f"{person.login}@ac-exemple.fr" in m.recipients)
        self.assertIn("/pas-moi/", box[0].text)
        disown_link(told)
        answer = self.house.visitor().post(link, {})
        self.assertGoes(answer, "/adresse-confirmee")
        self.assertIn("48 heures",
                      self.house.visitor().get(answer.location).text)
        entry = self.house.entry(person)
        self.assertEqual(entry["rentreeRecoveryMail"], [person.mail])
        due, _, address = entry["rentreeRecoveryMailPending"][0].partition("$")
        self.assertEqual(address, new)
        self.assertAlmostEqual(
            time.mktime(time.strptime(due, "%Y%m%d%H%M%SZ")) - time.timezone,
            time.time() + 48 * 3600, delta=120)
        # Until then links go to the old one; when it is due, to the new one.
        self.house.ask_link(person)
        self.house.change(person, rentreeRecoveryMailPending=
                          f"20200101000000Z${new}")
        self.house.ask(person)
        found = self.house.box.wait(
            lambda m: new in m.recipients and "/r/" in m.text)
        self.assertTrue(found, "the link goes to the new address")
        entry = self.house.entry(person)
        self.assertEqual(entry["rentreeRecoveryMail"], [new])
        self.assertNotIn("rentreeRecoveryMailPending", entry)

    def test_without_a_cool_off_it_counts_at_once(self):
        house = the_house("no-cool-off",
                          limits={"recovery_mail_cooloff": "0s"})
        person = house.add_person(password=OLD)
        new = f"{person.login}@neuf.example"
        link = self.asked(person, new, house)
        self.assertGoes(house.visitor().post(link, {}), "/adresse-confirmee")
        self.assertEqual(house.entry(person)["rentreeRecoveryMail"], [new])

    def test_what_is_wrong_is_said(self):
        person = self.house.add_person(password=OLD)
        for typed, sentence in (
                ("", "Indiquez votre adresse"), ("moi@", "complète"),
                ("moi@ac-exemple.fr", "personnelle"),
                ("moi@sous.AC-exemple.fr", "personnelle")):
            answer, took = self.ask(person, typed)
            self.assertFault(answer, "courriel", sentence)
            self.assertLess(took, 1.0)
        answer, took = self.ask(person, "moi@neuf.example", "faux")
        self.assertFault(answer, "motdepasse_actuel", REFUSED)
        self.assertOnMark(took)
        nobody, took = guarded(
            self.house.visitor(), "/adresse-de-secours",
            {"identifiant": "p" + "0" * (len(person.login) - 1),
             "motdepasse_actuel": "faux", "courriel": "moi@neuf.example"})
        self.assertOnMark(took)
        self.assertEqual(
            without_chance(nobody.text).replace("p" + "0" * 10, "NAME"),
            without_chance(answer.text).replace(person.login, "NAME"))
        self.assertFalse(self.house.box.find(
            lambda m: "moi@neuf.example" in m.recipients))

    def test_a_change_of_the_password_ends_the_link(self):
        person = self.house.add_person(password=OLD, mail=None)
        link = self.asked(person, f"{person.login}@neuf.example")
        self.assertGoes(self.change(person.login, OLD)[0],
                        "/mot-de-passe-change")
        self.house.wait_drained()
        self.assertStatus(self.house.visitor().post(link, {}), 410)


class Disown(DoorCase):
    def lines(self, person):
        return [x for x in self.house.audit()
                if x["event"] == "disown.reported" and
                x.get("login") == person.login]

    def operator_sees(self, person):
        """… until it was looked into."""
        def told(*words):
            return json.loads(
                self.house.command("--json", "account", *words).stdout)

        since = told("show", person.login)["reported"]
        self.assertIn({"login": person.login, "reported": since,
                       "name": self.house.entry(person)["cn"][0]},
                      told("reported"))
        told("settle", person.login)
        self.assertFalse(told("show", person.login)["reported"])
        self.assertNotIn(person.login, [x["login"] for x in told("reported")])

    def test_looking_spends_nothing_and_the_button_kills_the_link(self):
        person = self.house.add_person(password=OLD)
        self.house.ask_link(person)
        mail = self.house.mails_to(person)[-1]
        link = disown_link(mail)
        visitor = self.house.opened(mail.links[0])
        for _ in range(3):
            page = self.house.visitor().get(link)
            self.assertStatus(page, 200)
            self.assertIn(f'action="{link}"', page.text)
        self.assertStatus(visitor.get("/nouveau-mot-de-passe"), 200)
        answer = self.house.visitor().post(link, {})
        self.assertGoes(answer, "/pas-moi-enregistre")
        self.assertStatus(visitor.choose(self.PASSWORD), 410)
        self.assertStatus(self.house.opened(mail.links[0]).get(
            "/nouveau-mot-de-passe"), 410)
        self.assertTrue(self.house.can_log_in(person, OLD))
        self.assertEqual(len(self.lines(person)), 1)
        self.assertIn("account.disowned", self.house.logs())
        self.operator_sees(person)
        # A second click is the same success, and does nothing more.
        self.assertGoes(self.house.visitor().post(link, {}),
                        "/pas-moi-enregistre")
        self.assertEqual(len(self.lines(person)), 1)
        self.house.wait_drained()
        self.assertEqual(len(self.house.mails_to(person)), 1)

    def test_after_a_change_the_holder_starts_over(self):
        person = self.house.add_person(password=OLD)
        self.assertGoes(self.change(person.login, OLD, "Intrus-Plume-55-Mer")
                        [0], "/mot-de-passe-change")
        notice = self.house.wait_mail(person, "a été changé")
        self.house.wait_drained()
        self.assertGoes(self.house.visitor().post(disown_link(notice), {}),
                        "/pas-moi-enregistre")
        mail = self.house.wait_mail(person, "nouveau mot de passe")
        visitor = self.house.opened(mail.links[0])
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))

    def test_the_link_of_an_older_mail_outlives_the_change(self):
        person = self.house.add_person(password=OLD)
        link = self.house.ask_link(person)
        disown = disown_link(self.house.mails_to(person)[-1])
        self.assertGoes(self.house.opened(link).choose(self.PASSWORD),
                        "/mot-de-passe-change")
        self.house.wait_drained()
        before = len(self.house.mails_to(person))
        self.assertGoes(self.house.visitor().post(disown, {}),
                        "/pas-moi-enregistre")
        # Somebody has changed it since: the holder gets a way back.
        mail = self.house.wait_mail(person, "nouveau mot de passe",
                                    count=2)
        self.assertEqual(len(self.house.mails_to(person)), before + 1)
        self.assertGoes(self.house.opened(mail.links[0]).choose(
            "Autre-Cerise-58-Tapis"), "/mot-de-passe-change")

    def test_a_waiting_address_is_cancelled(self):
        person = self.house.add_person(password=OLD)
        new = f"{person.login}@neuf.example"
        answer, _ = guarded(
            self.house.visitor(), "/adresse-de-secours",
            {"identifiant": person.login, "motdepasse_actuel": OLD,
             "courriel": new})
        self.assertGoes(answer, "/adresse-enregistree")
        told = self.house.wait_mail(person, "nouvelle adresse de secours")
        mail = self.house.box.wait(lambda m: new in m.recipients)[0]
        self.assertGoes(self.house.visitor().post(verify_link(mail), {}),
                        "/adresse-confirmee")
        self.assertIn("rentreeRecoveryMailPending", self.house.entry(person))
        self.assertGoes(self.house.visitor().post(disown_link(told), {}),
                        "/pas-moi-enregistre")
        entry = self.house.entry(person)
        self.assertNotIn("rentreeRecoveryMailPending", entry)
        self.assertEqual(entry["rentreeRecoveryMail"], [person.mail])

    def test_other_texts_and_other_links_are_dead(self):
        person = self.house.add_person(password=OLD)
        recovery = self.house.ask_link(person).rpartition("/")[2]
        for text in ("x", "A" * 43, recovery, "../" + "A" * 40):
            for ask in ("get", "post"):
                more = () if ask == "get" else ({},)
                answer = getattr(self.house.visitor(), ask)(
                    "/pas-moi/" + text, *more)
                self.assertStatus(answer, 410)
        self.assertStatus(
            self.house.visitor().post("/v/" + recovery, {}), 410)
        self.assertFalse(self.lines(person))


if __name__ == "__main__":
    unittest.main()
