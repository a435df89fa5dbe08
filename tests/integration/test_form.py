"""Issue 2, line 3: "Mot de passe oublié", as typed by people in a hurry."""
import html
import unittest

from house import fresh_address, fresh_ine, wait_until
from nasty import NASTY
from shared import Case, canaries
from visitor import Visitor, captcha_fields

PAGE = "/mot-de-passe-oublie"

NBSP, NARROW = "\u00a0", "\u202f"
# The normal form, and what somebody types for it.
NUMBERS = [
    ("09E9500101ABC", "09e9500101abc"),
    ("09E9500102ABC", "  09 E 95 00102 ABC "),
    ("09E9500103ABC", f"09{NBSP}E{NBSP}95{NARROW}00103{NBSP}abc"),
    ("09E9500104ABC", "09-E-95-00104-ABC"),
    ("09E9500105ABC", "09.E.95.00105.ABC"),
    ("09E9500106ABC", "O9E95OO1O6ABC"),
    ("09E9511107ABC", "09E95III07ABC"),
    ("09E9511108ABC", "09E95llL08ABC"),
    ("09E9500109OIA", "09E950010901A"),
    ("17EE012345KLM", "17ee012345klm"),
    ("09E9500110ABC", "０９Ｅ９５００１１０ＡＢＣ"),
    ("09E9500111ABC", "09E95\t00111ABC"),
    ("012345670AB", "0123 456 70 ab"),
    ("0A12345671B", "0a12345671b"),
]

DATES = [
    ("1975-09-01", "01/09/1975"), ("1975-09-01", "1/9/75"),
    ("1975-09-01", "01091975"), ("1975-09-01", "1975-09-01"),
    ("1975-09-01", "01-09-1975"), ("1975-09-01", "01.09.1975"),
    ("1975-09-01", " 1 / 9 / 1975 "), ("1975-09-01", f"01{NBSP}09{NBSP}75"),
    ("1975-09-01", "010975"), ("2005-11-30", "30/11/05"),
    ("2004-02-29", "29/02/2004"), ("1951-00-00", "00/00/1951"),
]


class TolerantInput(Case):
    def test_numbers_and_dates_as_people_type_them(self):
        asked = []
        for number, typed in NUMBERS:
            kind = "INE" if len(number) == 11 else "NUMEN"
            person = self.house.add_person(number, kind=kind)
            asked.append((person, typed, person.typed_birth))
        for birth, typed in DATES:
            person = self.house.add_person(birth=birth)
            asked.append((person, person.number, typed))
        for person, number, birth in asked:
            with self.subTest(number=number, birth=birth):
                self.house.ask(person, number=number, birth=birth)
        for person, number, birth in asked:
            with self.subTest("mail", number=number, birth=birth):
                self.house.wait_mail(person, "nouveau mot de passe")
        canaries.update(person.number for person, _, _ in asked)

    def test_an_ine_of_a_student(self):
        person = self.house.add_person(fresh_ine(), kind="INE",
                                       birth="2006-03-17",
                                       rentreeKind="etudiant")
        self.assertIn("/r/", self.house.ask_link(person))


class FieldErrors(Case):
    def send(self, number, birth, query=""):
        return self.house.visitor().recover(number, birth, query=query)

    def test_each_fault_has_its_sentence_beside_its_field(self):
        for number, sentence in [
                ("", "Indiquez votre NUMEN"),
                ("09E95", "13 caractères"),
                ("09E9501234ABCD", "13 caractères"),
                ("09E9501234AB€", "chiffres et des lettres sans accent"),
                ("1234567890123", "forme d’un NUMEN")]:
            with self.subTest(number):
                answer = self.send(number, "01/09/1975")
                self.assertFault(answer, "numen", sentence)
                self.assertNotIn('id="naissance-error"', answer.text)
        for birth, sentence in [
                ("", "Indiquez votre date"), ("hier", "le jour, le mois"),
                ("31/02/1975", "pas dans le calendrier"),
                ("29/02/1975", "pas dans le calendrier"),
                ("01/09/1875", "Vérifiez l’année"),
                ("01/09/2099", "Vérifiez l’année")]:
            with self.subTest(birth):
                answer = self.send("09E9501234ABC", birth)
                self.assertFault(answer, "naissance", sentence)
                self.assertNotIn('id="numen-error"', answer.text)

    def test_both_faults_at_once_and_a_summary(self):
        answer = self.send("x", "y")
        self.assertFault(answer, "numen", "13 caractères")
        self.assertFault(answer, "naissance", "le jour, le mois")
        self.assertIn('href="#numen"', answer.text)
        self.assertIn('href="#naissance"', answer.text)
        self.assertRegex(answer.text, "<title>2 erreurs – Mot de passe oublié – ")

    def test_what_was_typed_is_kept_and_escaped(self):
        number, birth = '"><b>é & \'x', "31/02/75 <i>"
        answer = self.send(number, birth)
        self.assertEqual(html.unescape(self.field(answer, "numen")), number)
        self.assertEqual(html.unescape(self.field(answer, "naissance")),
                         birth)
        self.assertNotIn("<b>", answer.text)
        self.assertNotIn("<i>", answer.text)

    def test_a_solved_captcha_is_kept_for_the_next_try(self):
        person = self.house.add_person()
        visitor = self.house.visitor()
        captcha = visitor.captcha()
        answer = visitor.recover(person.number, "01/13/1975", captcha)
        self.assertStatus(answer, 422)
        self.assertEqual(self.field(answer, "captcha_id"),
                         captcha["captcha_id"])
        self.assertEqual(self.field(answer, "captcha_pow"),
                         captcha["captcha_pow"])
        answer = visitor.recover(person.number, person.typed_birth, captcha)
        self.assertGoes(answer, "/demande-enregistree")
        self.house.wait_mail(person)

    def test_english(self):
        answer = self.send("x", "y", "?lang=en")
        self.assertStatus(answer, 422)
        self.assertIn('<html lang="en">', answer.text)
        self.assertNotIn("caractères", answer.text)


class Captcha(Case):
    def refused(self, captcha, person, visitor=None):
        answer = (visitor or self.house.visitor()).recover(
            person.number, person.typed_birth, captcha)
        self.assertFault(answer, "captcha_code", "code de vérification")
        self.assertEqual(self.field(answer, "numen"), person.number)
        self.assertEqual(self.field(answer, "naissance"), person.typed_birth)
        fresh = self.field(answer, "captcha_id")
        self.assertNotEqual(fresh, captcha.get("captcha_id"))
        return answer

    def test_wrong_answers_give_a_new_captcha_and_keep_the_fields(self):
        person = self.house.add_person()
        good = self.house.visitor().captcha()
        for wrong in [
                {}, {"captcha_id": good["captcha_id"]},
                {"captcha_id": "", "captcha_pow": "1"},
                {"captcha_id": "x" * 100, "captcha_pow": "1"},
                {"captcha_id": self.house.visitor().captcha()["captcha_id"],
                 "captcha_code": "000000"},
                {"captcha_id": self.house.visitor().captcha()["captcha_id"],
                 "captcha_pow": "-1"},
                {"captcha_id": self.house.visitor().captcha()["captcha_id"],
                 "captcha_pow": "9" * 19}]:
            with self.subTest(wrong):
                self.refused(wrong, person)

    def test_a_wrong_answer_uses_the_captcha_up(self):
        person = self.house.add_person()
        visitor = self.house.visitor()
        captcha = visitor.captcha()
        self.refused({**captcha, "captcha_pow": "1"}, person, visitor)
        self.refused(captcha, person, visitor)

    def test_a_captcha_of_another_form_or_house(self):
        """Seven of its bytes changed: of another purpose, time or key, none
        of which can be told from outside."""
        person = self.house.add_person()
        captcha = self.house.visitor().captcha()
        start = captcha["captcha_id"]
        for at in (0, 1, 5, 20, 40, len(start) - 2, len(start) - 1):
            other = "A" if start[at] != "A" else "B"
            self.refused({**captcha, "captcha_id":
                          start[:at] + other + start[at + 1:]}, person)

    def test_a_double_click_is_one_request(self):
        person = self.house.add_person()
        visitor = self.house.visitor()
        captcha = visitor.captcha()
        for _ in range(4):
            self.assertGoes(visitor.recover(
                person.number, person.typed_birth, captcha),
                "/demande-enregistree")
        self.house.wait_mail(person)
        self.house.wait_drained()
        self.assertGoes(visitor.recover(
            person.number, person.typed_birth, captcha),
            "/demande-enregistree")
        self.house.wait_drained()
        self.assertEqual(len(self.house.mails_to(person)), 1)

    def test_a_used_captcha_lets_nobody_else_in(self):
        first, second = self.house.add_person(), self.house.add_person()
        visitor = self.house.visitor()
        captcha = visitor.captcha()
        for person in (first, second):
            visitor.recover(person.number, person.typed_birth, captcha)
        self.house.wait_mail(first)
        self.house.wait_drained()
        self.assertEqual(self.house.mails_to(second), [])

    def test_a_new_code_on_demand_keeps_the_fields(self):
        visitor = self.house.visitor()
        captcha = visitor.captcha()
        answer = visitor.post(PAGE, {
            "numen": "09E9501234ABC", "naissance": "01/09/1975",
            "captcha_id": captcha["captcha_id"], "nouveau_code": "1"})
        self.assertStatus(answer, 200)
        self.assertEqual(self.field(answer, "numen"), "09E9501234ABC")
        self.assertNotEqual(self.field(answer, "captcha_id"),
                            captcha["captcha_id"])

    def test_picture_and_sound(self):
        visitor = self.house.visitor()
        name = visitor.captcha()["captcha_id"]
        picture = visitor.get(f"/captcha/{name}.png")
        self.assertStatus(picture, 200)
        self.assertEqual(picture.headers["Content-Type"], "image/png")
        self.assertEqual(picture.raw[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(visitor.get(f"/captcha/{name}.png").raw, picture.raw)
        other = visitor.captcha()["captcha_id"]
        self.assertNotEqual(visitor.get(f"/captcha/{other}.png").raw,
                            picture.raw)
        sounds = set()
        for language in ("fr", "en"):
            sound = visitor.get(f"/captcha/{name}.wav?lang={language}")
            self.assertStatus(sound, 200)
            self.assertEqual(sound.headers["Content-Type"], "audio/wav")
            self.assertEqual(sound.raw[:4], b"RIFF")
            sounds.add(sound.raw)
        self.assertEqual(len(sounds), 2)
        for path in ("/captcha/.png", "/captcha/x.wav", "/captcha/",
                     f"/captcha/{name}", f"/captcha/{name}.gif",
                     f"/captcha/{name[:-1]}.png"):
            self.assertStatus(visitor.get(path), 404)

    def test_the_code_field_is_there_without_javascript(self):
        page = self.house.visitor().get(PAGE).text
        for part in ('name="captcha_code"', "<img", "<audio", ".wav"):
            self.assertIn(part, page)
        self.assertNotRegex(page, r'class="captcha-code[^"]*"[^>]*hidden')


class HostileStrings(Case):
    """No 5xx, whatever is typed, in any field of any form."""

    def check(self, answer, where):
        self.assertLess(answer.status, 500, where)
        # libmicrohttpd itself answers what is no HTTP.
        if answer.status not in (400, 431):
            self.assertIn("Content-Security-Policy", answer.headers)
        for piece in (b"<script>alert", b"<img src=x"):
            self.assertNotIn(piece, answer.raw, where)

    def test_every_field_of_the_form(self):
        visitor = self.house.visitor()
        captcha = visitor.captcha()
        fine = {"numen": "09E9501234ABC", "naissance": "01/09/1975",
                **captcha, "captcha_code": ""}
        for name in fine:
            for text in NASTY:
                with self.subTest(field=name, text=text[:40]):
                    answer = visitor.post(PAGE, {**fine, name: text})
                    self.check(answer, (name, text))
        self.assertEqual(visitor.get("/healthz").status, 200)

    def test_every_field_of_the_new_password(self):
        person = self.house.add_person()
        visitor = self.house.with_link(person)
        for text in NASTY:
            with self.subTest(text=text[:40]):
                answer = visitor.choose(text, text + b"!" if
                                        isinstance(text, bytes)
                                        else text + "!")
                self.check(answer, text)
        self.assertGoes(visitor.choose(self.PASSWORD),
                        "/mot-de-passe-change")

    def test_hostile_passwords_meant(self):
        """Typed twice alike: refused by a rule, or taken and good."""
        for text in NASTY:
            person = None
            with self.subTest(text=text[:40]):
                if person is None:
                    person = self.house.add_person()
                    visitor = self.house.visitor()
                    visitor.cookies["rentree_lien"] = "A" * 43
                self.check(visitor.choose(text), text)

    def test_paths_queries_cookies_and_headers(self):
        visitor = self.house.visitor()
        for text in NASTY:
            raw = text if isinstance(text, bytes) else \
                text.encode("utf-8", "surrogatepass")
            quoted = "".join(f"%{byte:02X}" for byte in raw[:600])
            for path in (f"/{quoted}", f"/r/{quoted}",
                         f"/captcha/{quoted}.png", f"/static/{quoted}",
                         f"{PAGE}?lang={quoted}&x={quoted}",
                         f"/demande-enregistree?ref={quoted}"):
                with self.subTest(path=path[:60]):
                    self.check(visitor.get(path), path)
            printable = "".join(chr(b) for b in raw[:300]
                                if 32 <= b < 127)
            for name in ("Cookie", "Origin", "Sec-Fetch-Site", "Accept",
                         "X-Forwarded-For", "Content-Type"):
                lonely = Visitor(self.house.port)
                value = f"rentree_lien={printable}" if name == "Cookie" \
                    else printable
                with self.subTest(header=name, text=printable[:40]):
                    self.check(lonely.post(
                        "/nouveau-mot-de-passe", {"motdepasse": "x"},
                        headers={name: value}), (name, printable))

    def test_bodies_that_are_no_form(self):
        visitor = self.house.visitor()
        for body in (b"", b"&", b"=", b"&&&&", b"=&=", b"numen", b"%",
                     b"numen=%", b"numen=%4", b"numen=%zz", b"numen=%00",
                     b"\xff\xfe\x00", b"numen=" + b"%F0%9F%98%80" * 900,
                     b"a=b&" * 4000, b"numen=1&" * 900,
                     b"numen=1&numen=2", b"{\"numen\": 1}",
                     b"------x\r\nContent-Disposition: form-data; "
                     b"name=\"numen\"\r\n\r\n1\r\n------x--\r\n"):
            with self.subTest(body=body[:40]):
                self.check(visitor.ask("POST", PAGE, body), body[:40])

    def test_methods(self):
        visitor = self.house.visitor()
        for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "TRACE",
                       "PROPFIND", "X"):
            answer = visitor.ask(method, PAGE)
            self.assertStatus(answer, 405)
            self.assertEqual(answer.headers["Allow"], "GET, HEAD, POST")
        head = visitor.ask("HEAD", PAGE)
        self.assertStatus(head, 200)
        self.assertEqual(head.raw, b"")


class OtherPages(Case):
    def test_pages_that_only_show(self):
        visitor = self.house.visitor()
        for path, words in [("/", "Mot de passe oublié"),
                            (PAGE, "NUMEN ou INE"),
                            ("/demande-enregistree", "Rien n’arrive"),
                            ("/mot-de-passe-change", "Vous pouvez vous")]:
            answer = visitor.get(path)
            self.assertStatus(answer, 200)
            self.assertIn(words, answer.text)
            self.assertNotIn("Set-Cookie", answer.headers)
            english = visitor.get(path + "?lang=en")
            self.assertIn('<html lang="en">', english.text)

    def test_errors_for_people_and_for_programs(self):
        visitor = self.house.visitor()
        answer = visitor.get("/rien")
        self.assertStatus(answer, 404)
        self.assertIn("Page introuvable", answer.text)
        self.assertRegex(answer.text, r"<code>[A-Z0-9]{8}</code>")
        answer = visitor.get("/rien", headers={"Accept": "application/json"})
        self.assertStatus(answer, 404)
        self.assertIn("application/problem+json",
                      answer.headers["Content-Type"])
        self.assertIn('"title"', answer.text)

    def test_well_known(self):
        visitor = self.house.visitor()
        answer = visitor.get("/.well-known/change-password")
        self.assertGoes(answer, "/changer-mot-de-passe")
        answer = visitor.get("/.well-known/security.txt")
        self.assertIn("Contact: mailto:", answer.text)
        self.assertIn("Expires: ", answer.text)
        self.assertStatus(visitor.get(
            "/.well-known/resource-that-should-not-exist-whose-status-"
            "code-should-not-be-200"), 404)

    def test_a_request_is_taken_in_english_and_answered_so(self):
        person = self.house.add_person()
        visitor = self.house.visitor()
        answer = visitor.recover(person.number, person.typed_birth,
                                 query="?lang=en")
        self.assertGoes(answer, "/demande-enregistree")
        self.assertIn("lang=en", answer.location)
        mail = self.house.wait_mail(person)
        self.assertEqual(mail.message["Content-Language"], "en")
        self.assertNotIn("Bonjour", mail.text)

    def test_the_page_after_is_one_for_all(self):
        visitor = Visitor(self.house.port, fresh_address())
        page = visitor.get(PAGE)
        captcha = captcha_fields(page.text)
        answer = visitor.recover("09E9599999ZZZ", "01/09/1975", captcha)
        self.assertGoes(answer, "/demande-enregistree")
        page = visitor.get(answer.location)
        self.assertIn("Demande enregistrée", page.text)
        self.assertIn(answer.location.partition("ref=")[2], page.text)


if __name__ == "__main__":
    unittest.main()
