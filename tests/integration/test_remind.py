"""Issue 4, lines 1 and 5: "Identifiant perdu", and a mail sent again."""
import html
import re
import unittest

from house import fresh_ine, fresh_numen
from shared import Case, canaries, the_house

PAGE = "/identifiant-perdu"
AGAIN = "/courriel-non-recu"
SUBJECT = "Votre identifiant"
LONG_AGO = "20250901080000Z"


def institution(person):
    return f"{person.login}@ac-exemple.fr"


class Remind(Case):
    def send(self, number, family, given, birth=None, query="", visitor=None):
        visitor = visitor or self.house.visitor()
        fields = {"numen": number, "nom": family, "prenom": given,
                  **visitor.captcha(PAGE)}
        if birth is not None:
            fields["naissance"] = birth
        return visitor.post(PAGE + query, fields)

    def ask(self, *what, **more):
        """One request that is taken; its support reference."""
        answer = self.send(*what, **more)
        self.assertGoes(answer, "/demande-enregistree")
        return re.search(r"ref=([^&]+)", answer.location)[1]

    def lines(self, ref):
        return [(x["event"], x.get("reason")) for x in
                self.house.wait_audit(ref)]

    def reminders(self, person):
        return [x for x in self.house.mails_to(person)
                if x.subject == SUBJECT]


# Family, birth name, given, all given; then what is typed and fits …
FITS = [
    ("Dupont", None, "Jean", None, [
        ("DUPONT", "JEAN"), (" dupont ", "jean"), ("Düpônt", "Jéan")]),
    ("Lefèvre-Garçon", None, "Éloïse", None, [
        ("lefevre garcon", "eloise"), ("LEFEVREGARCON", "ELOISE"),
        ("Lefèvre–Garçon", "Éloïse"), ("Lefe\u0300vre-Garc\u0327on",
                                       "E\u0301loi\u0308se")]),
    ("Cœur", None, "Lætitia", None, [
        ("Coeur", "Laetitia"), ("CŒUR", "LÆTITIA")]),
    ("L’Hermitte", None, "Anne", None, [
        ("L'Hermitte", "Anne"), ("lhermitte", "anne"),
        ("L Hermitte", "Anne")]),
    ("de La Fontaine", None, "Jean", None, [
        ("La Fontaine", "Jean"), ("Fontaine", "Jean"),
        ("De la Fontaine", "Jean"), ("DELAFONTAINE", "JEAN")]),
    ("Van der Berg", None, "Piet", None, [
        ("van der berg", "piet"), ("vanderberg", "Piet")]),
    ("Durand", "Martin", "Marie", None, [
        ("Durand", "Marie"), ("Martin", "Marie"),
        ("Martin Durand", "Marie"), ("Durand-Martin", "Marie"),
        ("Martin épouse Durand", "Marie")]),
    ("Petit", None, "Jean-Pierre", "Jean-Pierre, Marie, Louis", [
        ("Petit", "Jean Pierre"), ("Petit", "JEANPIERRE"),
        ("Petit", "Jean"), ("Petit", "Marie"), ("Petit", "Louis")]),
]

# … and what does not.
MISFITS = [
    ("Dupont", "Jeanne"), ("Dupond", "Jean"), ("Dupon", "Jean"),
    ("Jean", "Dupont"), ("Dupont", "J"), ("Dupont Martin", "Jean"),
    ("*", "*"), ("de", "Jean"), ("---", "Jean"), ("Dupont)(uid=*", "Jean"),
]


class Names(Remind):
    def test_written_in_other_ways(self):
        asked = []
        for family, birth_name, given, all_given, typed in FITS:
            for wrote in typed:
                person = self.house.add_person(
                    given=given, family=family,
                    rentreeBirthName=birth_name,
                    rentreeGivenNames=all_given)
                asked.append((person, wrote))
        for person, wrote in asked:
            with self.subTest(wrote):
                self.ask(person.number, *wrote)
        for person, wrote in asked:
            with self.subTest("mail", wrote=wrote):
                mail = self.house.wait_mail(person, SUBJECT)
                self.assertIn(person.login, mail.text)
        canaries.update(person.number for person, _ in asked)

    def test_a_wrong_name_gets_nothing(self):
        person = self.house.add_person(given="Jean", family="Dupont")
        for family, given in MISFITS:
            with self.subTest((family, given)):
                ref = self.ask(person.number, family, given)
                self.assertEqual(self.lines(ref),
                                 [("remind.refused", "name")])
        self.house.wait_drained()
        self.assertEqual(self.house.mails_to(person), [])


class TheMail(Remind):
    def test_one_to_each_box_and_nothing_that_acts(self):
        person = self.house.add_person(
            given="Jean", family="Dupont", rentreeActivated=LONG_AGO)
        alias = f"{person.login}.alias@ac-exemple.fr"
        self.house.change(person, mail=[institution(person), alias])
        ref = self.ask(person.number, "Dupont", "Jean")
        rescue = self.house.wait_mail(person, SUBJECT)
        self.house.wait_drained()
        boxes = [x.recipients for x in self.house.box.find(
            lambda mail: f"Référence : {ref}" in mail.text)]
        self.assertCountEqual(
            boxes, [[person.mail], [institution(person)], [alias]])
        self.assertIn(f"Identifiant : {person.login}", rescue.text)
        self.assertIn(institution(person), rescue.text)
        self.assertNotIn("pas encore activé", rescue.text)
        self.assertEqual(rescue.message["Auto-Submitted"], "auto-generated")
        for mail in self.house.box.find(lambda x: ref in x.text):
            self.assertNotIn("/r/", mail.text)
            self.assertNotIn(person.number, mail.text)
        self.assertEqual(self.lines(ref), [("remind.sent", None)] * 3)

    def test_all_accounts_of_a_person_in_one_mail(self):
        first = self.house.add_person(given="Lou", family="Roux",
                                      rentreeActivated=LONG_AGO)
        second = self.house.add_person(
            number=first.number, mail=first.mail, given="Lou", family="Roux",
            rentreeActivated=LONG_AGO)
        other = self.house.add_person(
            number=first.number, given="Zoé", family="Blanc",
            rentreeActivated=LONG_AGO)
        self.ask(first.number, "Roux", "Lou")
        mail = self.house.wait_mail(first, SUBJECT)
        self.house.wait_drained()
        self.assertIn(first.login, mail.text)
        self.assertIn(second.login, mail.text)
        self.assertNotIn(other.login, mail.text)
        self.assertIn("vos comptes", mail.text)
        self.assertEqual(len(self.reminders(first)), 1)
        self.assertEqual(self.house.mails_to(other), [])

    def test_never_activated(self):
        """The copy to the rescue address alone carries the link, and it
        works."""
        person = self.house.add_person(given="Lou", family="Roux")
        self.ask(person.number, "Roux", "Lou")
        mail = self.house.wait_mail(person, SUBJECT)
        self.assertIn("pas encore activé", mail.text)
        self.assertEqual(len([x for x in mail.links if "/r/" in x]), 1)
        self.house.wait_drained()
        copies = self.house.box.find(
            lambda x: institution(person) in x.recipients)
        self.assertEqual(len(copies), 1)
        self.assertIn("pas encore activé", copies[0].text)
        self.assertIn("adresse de secours", copies[0].text)
        self.assertNotIn("/r/", copies[0].text)
        link = next(x for x in mail.links if "/r/" in x)
        visitor = self.house.opened(link)
        self.assertStatus(visitor.get("/nouveau-mot-de-passe"), 200)
        self.assertGoes(visitor.choose(self.PASSWORD, charter=True),
                        "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))
        self.house.wait_drained()
        self.ask(person.number, "Roux", "Lou")
        mail = self.house.wait_mail(person, SUBJECT, count=2)
        self.assertNotIn("/r/", mail.text)
        self.assertNotIn("pas encore activé", mail.text)

    def test_never_activated_without_a_rescue_address(self):
        person = self.house.add_person(mail=None, given="Lou", family="Roux")
        ref = self.ask(person.number, "Roux", "Lou")
        self.lines(ref)
        self.house.wait_drained()
        copies = self.house.box.find(
            lambda x: institution(person) in x.recipients)
        self.assertEqual(len(copies), 1)
        self.assertIn("secrétariat", copies[0].text)
        self.assertNotIn("/r/", copies[0].text)

    def test_in_english(self):
        person = self.house.add_person(given="Lou", family="Roux")
        self.ask(person.number, "Roux", "Lou", query="?lang=en")
        mail = self.house.wait_mail(person, "Your login")
        self.assertIn(f"Login: {person.login}", mail.text)
        self.assertEqual(mail.message["Content-Language"], "en")

    def test_a_box_that_is_refused_for_now_gets_one_and_the_others_no_second(
            self):
        person = self.house.add_person(given="Lou", family="Roux")
        own = institution(person)
        self.house.refused[own] = "451 4.3.0 try again"
        try:
            self.ask(person.number, "Roux", "Lou")
            self.house.wait_mail(person, SUBJECT)
        finally:
            self.house.refused.pop(own)
        self.assertTrue(self.house.box.wait(
            lambda x: own in x.recipients, 20))
        self.house.wait_drained()
        self.assertEqual(len(self.reminders(person)), 1)
        self.assertEqual(len(self.house.box.find(
            lambda x: own in x.recipients)), 1)

    def test_nothing_for_those_who_are_not_active(self):
        for state, reason in [
                ("S:SupannVerrouAdministratif", "suspended"),
                ("I:SupannInactif", "left")]:
            person = self.house.add_person(
                given="Lou", family="Roux", rentreeState=state)
            ref = self.ask(person.number, "Roux", "Lou")
            self.assertEqual(self.lines(ref), [("remind.refused", reason)])
            self.house.wait_drained()
            self.assertEqual(self.house.mails_to(person), [])


class WithAnIne(Remind):
    def student(self):
        return self.house.add_person(
            fresh_ine(), kind="INE", birth="2006-03-17",
            rentreeKind="etudiant", given="Lou", family="Roux")

    def test_the_birth_date_is_asked_for(self):
        person = self.student()
        for birth in (None, "", "hier", "31/02/2006"):
            with self.subTest(birth):
                answer = self.send(person.number, "Roux", "Lou", birth)
                self.assertFault(answer, "naissance", "")
                self.assertEqual(self.field(answer, "numen"), person.number)
                self.assertEqual(self.field(answer, "nom"), "Roux")
                self.assertEqual(self.field(answer, "prenom"), "Lou")
        self.ask(person.number, "Roux", "Lou", "17/03/2006")
        self.house.wait_mail(person, SUBJECT)

    def test_a_wrong_one_gets_nothing(self):
        person = self.student()
        ref = self.ask(person.number, "Roux", "Lou", "18/03/2006")
        self.assertEqual(self.lines(ref), [("remind.refused", "birth-date")])
        self.assertEqual(self.house.mails_to(person), [])

    def test_with_a_numen_it_is_not_looked_at(self):
        person = self.house.add_person(given="Lou", family="Roux")
        self.ask(person.number, "Roux", "Lou", "hier")
        self.house.wait_mail(person, SUBJECT)


class TheForm(Remind):
    def test_each_fault_has_its_sentence_beside_its_field(self):
        answer = self.send("", "", " ")
        self.assertFault(answer, "numen", "Indiquez votre NUMEN")
        self.assertFault(answer, "nom", "Indiquez votre nom")
        self.assertFault(answer, "prenom", "Indiquez votre prénom")
        self.assertNotIn('id="naissance-error"', answer.text)
        self.assertRegex(answer.text, "<title>3 erreurs – ")
        for field in ("numen", "nom", "prenom"):
            self.assertIn(f'href="#{field}"', answer.text)
        answer = self.send(fresh_numen(), "x" * 257, "é" * 129)
        self.assertFault(answer, "nom", "trop long")
        self.assertFault(answer, "prenom", "trop long")

    def test_what_was_typed_is_kept_and_escaped(self):
        answer = self.send("x", '"><b>', "<i>", "<u>'")
        for field, typed in [("nom", '"><b>'), ("prenom", "<i>"),
                             ("naissance", "<u>'")]:
            self.assertEqual(html.unescape(self.field(answer, field)), typed)
        for tag in ("<b>", "<i>", "<u>"):
            self.assertNotIn(tag, answer.text)

    def test_a_captcha_of_another_form(self):
        person = self.house.add_person(given="Lou", family="Roux")
        visitor = self.house.visitor()
        answer = visitor.post(PAGE, {
            "numen": person.number, "nom": "Roux", "prenom": "Lou",
            **visitor.captcha()})
        self.assertFault(answer, "captcha_code", "code de vérification")
        self.assertEqual(self.field(answer, "nom"), "Roux")

    def test_a_new_code_keeps_the_fields(self):
        visitor = self.house.visitor()
        answer = visitor.post(PAGE, {"nom": "Roux", "nouveau_code": "1"})
        self.assertStatus(answer, 200)
        self.assertEqual(self.field(answer, "nom"), "Roux")


class OneAnswer(Remind):
    def test_the_same_bytes_for_everyone_and_no_login(self):
        known = self.house.add_person(given="Lou", family="Roux")
        suspended = self.house.add_person(
            given="Lou", family="Roux",
            rentreeState="S:SupannVerrouAdministratif")
        pages, heads = set(), set()
        for number, family in [(known.number, "Roux"),
                               (known.number, "Blanc"),
                               (suspended.number, "Roux"),
                               (fresh_numen(), "Roux")]:
            visitor = self.house.visitor()
            answer = self.send(number, family, "Lou", visitor=visitor)
            self.assertGoes(answer, "/demande-enregistree")
            heads.add((len(answer.location), answer.raw, tuple(sorted(
                (k, v) for k, v in answer.headers.items()
                if k not in ("Date", "Location")))))
            page = visitor.get(answer.location)
            self.assertNotIn(known.login, page.text)
            self.assertNotIn(suspended.login, page.text)
            pages.add(re.sub(r"<code>[A-Z0-9]{8}</code>", "", page.text))
        self.assertEqual(len(pages), 1)
        self.assertEqual(len(heads), 1)
        self.house.wait_mail(known, SUBJECT)


class Limits(Remind):
    @property
    def house(self):
        return the_house("limited", limits={
            "per_identity": "2/1h", "per_number": "3/1h",
            "per_mailbox": "1/1h"})

    def test_an_identity_however_it_is_written(self):
        for person in (self.house.add_person(given="Lou", family="Le Roux"),
                       None):
            number = person.number if person else fresh_numen()
            self.ask(number, "Le Roux", "Lou")
            self.ask(number, "LE-ROUX", "lou")
            answer = self.send(number, "Lé Roux", "Lou")
            self.assertStatus(answer, 429)
            self.assertEqual(answer.headers["Retry-After"], "1800")
            self.ask(number, "Blanc", "Lou")
            answer = self.send(number, "Noir", "Lou")
            self.assertStatus(answer, 429)
            self.assertEqual(answer.headers["Retry-After"], "1200")

    def test_a_mailbox(self):
        person = self.house.add_person(given="Lou", family="Roux")
        self.ask(person.number, "Roux", "Lou")
        self.house.wait_mail(person, SUBJECT)
        self.house.wait_drained()
        ref = self.ask(person.number, "Roux", "Lou")
        self.assertEqual(set(self.lines(ref)),
                         {("remind.refused", "mailbox-limit")})
        self.house.wait_drained()
        self.assertEqual(len(self.reminders(person)), 1)


class SentAgain(Remind):
    def again(self, number, birth, visitor=None):
        visitor = visitor or self.house.visitor()
        return visitor.post(AGAIN, {"numen": number, "naissance": birth,
                                    **visitor.captcha(AGAIN)})

    def test_a_second_mail_whose_link_is_the_live_one(self):
        person = self.house.add_person()
        first = self.house.ask_link(person)
        self.assertGoes(self.again(person.number, person.typed_birth),
                        "/demande-enregistree")
        second = self.house.wait_mail(person, count=2).links[0]
        self.assertNotEqual(first, second)
        self.assertStatus(
            self.house.opened(first).get("/nouveau-mot-de-passe"), 410)
        self.assertStatus(
            self.house.opened(second).get("/nouveau-mot-de-passe"), 200)

    def test_what_was_asked_last_is_what_comes_again(self):
        """An activation asked for, or an invitation: not a bare new password
        without the charter."""
        person = self.house.add_person()
        visitor = self.house.visitor()
        self.assertGoes(visitor.post("/activation", {
            "numen": person.number, "naissance": person.typed_birth,
            **visitor.captcha("/activation")}), "/demande-enregistree")
        first = self.house.wait_mail(person, "activer votre compte").links[0]
        self.assertGoes(self.again(person.number, person.typed_birth),
                        "/demande-enregistree")
        second = self.house.wait_mail(person, "activer votre compte",
                                      count=2).links[0]
        self.assertStatus(
            self.house.opened(first).get("/nouveau-mot-de-passe"), 410)
        page = self.house.opened(second).get("/nouveau-mot-de-passe")
        self.assertIn("Charte d’utilisation", page.text)
        invited = self.house.add_person(rentreeInvited=LONG_AGO)
        self.assertGoes(self.again(invited.number, invited.typed_birth),
                        "/demande-enregistree")
        self.house.wait_mail(invited, "activer votre compte")

    def test_the_pause_is_the_same_for_known_and_unknown(self):
        person = self.house.add_person()
        pages = set()
        for number in (person.number, fresh_numen()):
            self.assertGoes(self.again(number, person.typed_birth),
                            "/demande-enregistree")
            answer = self.again(number, person.typed_birth)
            self.assertStatus(answer, 429)
            self.assertEqual(answer.headers["Retry-After"], "60")
            self.assertIn("une minute", answer.text)
            pages.add(re.sub(r"<code>[A-Z0-9]{8}</code>", "", answer.text))
            # Another person, from the same place, does not wait.
        self.assertEqual(len(pages), 1)
        self.assertGoes(self.again(fresh_numen(), "01/09/1975"),
                        "/demande-enregistree")
        self.house.wait_mail(person)

    def test_the_page(self):
        page = self.house.visitor().get(AGAIN)
        self.assertStatus(page, 200)
        for word in ("ne-pas-repondre@ac-exemple.fr", "Indésirables",
                     "quelques minutes", "secrétariat"):
            self.assertIn(word, page.text)
        self.assertNotIn("Assistance comptes", page.text)
        answer = self.again("x", "y")
        self.assertFault(answer, "numen", "13 caractères")
        self.assertFault(answer, "naissance", "le jour, le mois")
        page = self.house.visitor().get("/demande-enregistree")
        self.assertIn(f'href="{AGAIN}"', page.text)
        self.assertIn("ne-pas-repondre@ac-exemple.fr", page.text)


if __name__ == "__main__":
    unittest.main()
