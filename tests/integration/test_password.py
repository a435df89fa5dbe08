"""Issue 2, line 6: what a new password may be, in words people can use; and
what the directory's own policy says, in French too."""
import secrets
import unicodedata
import unittest

import ldap

from house import servers
from shared import Case, canaries


class Rules(Case):
    def test_refusals_are_told_and_the_link_stays_good(self):
        person = self.house.add_person(
            "09E9577001QRS", birth="1968-11-30", given="Ghislaine",
            family="Vanderbeken")
        canaries.add(person.number)
        visitor = self.house.with_link(person)
        for password, sentence in [
                ("", "trop court"), ("Court-7", "trop court"),
                ("motdepasse12", "courants|deviner"),
                ("password1234", "courants|deviner"),
                ("azertyuiop12", "courants|deviner"),
                ("123456789012", "variété|deviner|courants"),
                ("Ghislaine.1968", "votre nom|date de naissance"),
                ("vanderbeken59", "votre nom"),
                (person.login + "12", "identifiant"),
                (person.number, "NUMEN"),
                (f"x{person.number.lower()}y", "NUMEN"),
                ("30/11/1968-abc", "date de naissance"),
                ("Bateau\tCerise-47-Lune", "caractère invisible"),
                ("Bateau-Cerise" * 20, "trop long"),
                ("é" * 257, "trop long|deviner"),
                ("x" * 3000, "trop long")]:
            with self.subTest(password[:40]):
                answer = visitor.choose(password)
                self.assertStatus(answer, 422)
                self.assertRegex(answer.text, sentence)
                self.assertIn("motdepasse-error", answer.text)
                if len(password) > 3:
                    self.assertNotIn(f'value="{password}"', answer.text)
        answer = visitor.choose(self.PASSWORD, self.PASSWORD + "x")
        self.assertFault(answer, "confirmation", "pas les mêmes")
        self.assertNotIn("userPassword", self.house.entry(person))
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))

    def test_any_unicode_and_256_characters(self):
        words = "Bateau Cerise 47 Lune Tapis Orage Violon Granit "
        long = (words * 6)[:255] + "!"
        for password in ["Éléphant où naît l’été 47", "  espaces  autour 8472 ",
                         "田中さん-и-Ωμέγα-🎈-47", long,
                         "&amp;<b>%41+=;\"'\\ Tapis-88"]:
            with self.subTest(password[:30]):
                person = self.house.add_person()
                visitor = self.house.with_link(person)
                self.assertGoes(visitor.choose(password),
                                "/mot-de-passe-change")
                self.assertTrue(self.house.can_log_in(person, password))

    def test_it_is_written_in_nfc(self):
        composed = "Éléphant-où-naît-l’été-47"
        taken_apart = unicodedata.normalize("NFD", composed)
        self.assertNotEqual(composed, taken_apart)
        person = self.house.add_person()
        visitor = self.house.with_link(person)
        self.assertGoes(visitor.choose(taken_apart), "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, composed))

    def test_bytes_that_are_no_text(self):
        person = self.house.add_person()
        visitor = self.house.with_link(person)
        answer = visitor.choose(b"Bateau-\xff-Cerise-47-Lune")
        self.assertFault(answer, "motdepasse", "illisibles")
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-change")


class DirectoryPolicy(Case):
    def policy(self, **values):
        """A password policy entry of its own; its DN."""
        dn = f"cn={secrets.token_hex(4)},ou=policies,{servers.SUFFIX}"
        entry = {"objectClass": ["device", "pwdPolicy"],
                 "pwdAttribute": "userPassword", "pwdCheckQuality": "2",
                 "pwdLockout": "TRUE", **values}
        link = self.house.directory()
        link.add_s(dn, ldap.modlist.addModlist(
            {k: [x.encode() for x in (v if isinstance(v, list) else [v])]
             for k, v in entry.items()}))
        link.unbind_s()
        return dn

    def refused_then_taken(self, person, refused, sentence, fine):
        visitor = self.house.with_link(person)
        answer = visitor.choose(refused)
        self.assertFault(answer, "motdepasse", sentence)
        self.assertFalse(self.house.can_log_in(person, refused)
                         and refused != self.PASSWORD)
        self.assertStatus(visitor.get("/nouveau-mot-de-passe"), 200)
        self.assertGoes(visitor.choose(fine), "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, fine))

    def test_history(self):
        person = self.house.add_person()
        visitor = self.house.with_link(person)
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-change")
        self.refused_then_taken(person, self.PASSWORD, "déjà utilisé",
                                "Tapis-Violon-93-Orage")
        self.refused_then_taken(person, self.PASSWORD, "déjà utilisé",
                                "Granit-Pomme-61-Nuage")

    def test_too_short_for_the_directory(self):
        person = self.house.add_person(
            pwdPolicySubentry=self.policy(pwdMinLength="30"))
        self.refused_then_taken(person, self.PASSWORD, "trop court",
                                self.PASSWORD + "-Tapis-Violon")

    def test_too_long_for_the_directory(self):
        person = self.house.add_person(
            pwdPolicySubentry=self.policy(pwdMaxLength="22"))
        self.refused_then_taken(person, self.PASSWORD + "-Tapis", "trop long",
                                self.PASSWORD)

    def test_too_young_a_password(self):
        dn = self.policy(pwdMinAge="86400")
        person = self.house.add_person(password="l'ancien-Passe-93-Mot",
                                       pwdPolicySubentry=dn)
        visitor = self.house.with_link(person)
        answer = visitor.choose(self.PASSWORD)
        self.assertFault(answer, "motdepasse", "d’attendre")
        self.assertFalse(self.house.can_log_in(person, self.PASSWORD))

    def test_a_lock_by_wrong_passwords_ends_with_the_new_one(self):
        person = self.house.add_person(password="l'ancien-Passe-93-Mot")
        for _ in range(11):
            self.house.can_log_in(person, "faux")
        self.assertFalse(
            self.house.can_log_in(person, "l'ancien-Passe-93-Mot"))
        visitor = self.house.with_link(person)
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))


if __name__ == "__main__":
    unittest.main()
