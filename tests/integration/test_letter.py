"""Issue 4: an account is activated by the code of a printed letter."""
import concurrent.futures
import json
import re

from house import House
from shared import Case, canaries, the_house
from test_doors import DoorCase, guarded, without_chance
from visitor import captcha_fields

REFUSED = "ne vont pas ensemble"


class LetterCase(DoorCase):
    def letter(self, person, *options, house=None):
        """The code of a fresh letter, as it is printed."""
        told = json.loads((house or self.house).command(
            "--json", "account", "letter", *options, person.login).stdout)
        if told["code"]:
            canaries.update((told["code"], told["code"].replace("-", "")))
        return told["code"]

    def type(self, code, birth, visitor=None, field="code", house=None):
        return guarded(visitor or (house or self.house).visitor(),
                       "/activation", {field: code, "naissance": birth})

    def opened(self, person, code=None, house=None):
        """A visitor whose code was accepted."""
        house = house or self.house
        code = code or self.letter(person, house=house)
        visitor = house.visitor()
        answer, took = self.type(code, person.typed_birth, visitor)
        self.assertGoes(answer, "/nouveau-mot-de-passe")
        self.assertOnMark(took)
        return visitor

    def activate(self, visitor, **more):
        return visitor.choose(self.PASSWORD, charter=True, **more)


class Letter(LetterCase):
    def test_from_the_qr_code_to_the_mailbox(self):
        person = self.house.add_person()
        code = self.letter(person)
        visitor = self.house.visitor()
        for _ in range(3):
            answer = visitor.open_link("/a/" + code.replace("-", ""))
            self.assertGoes(answer, "/activation")
            self.assertNotIn(code.replace("-", ""), answer.location)
            cookie = answer.headers["Set-Cookie"]
            for word in ("HttpOnly", "SameSite=Lax", "Max-Age=1800"):
                self.assertIn(word, cookie)
        page = visitor.get("/activation")
        self.assertEqual(self.field(page, "code"), code)
        self.assertNotIn('name="numen"', page.text)
        self.assertIn("no-store", page.headers["Cache-Control"])
        answer = visitor.post("/activation", {
            "naissance": person.typed_birth, **captcha_fields(page.text)})
        self.assertGoes(answer, "/nouveau-mot-de-passe")
        self.assertEqual(set(visitor.cookies), {"rentree_lien"})
        # Until a password is chosen, nothing is spent.
        self.assertIn("rentreeLetter", self.house.entry(person))
        page = visitor.get("/nouveau-mot-de-passe")
        self.assertIn("Charte d’utilisation", page.text)
        self.assertIn(person.login, page.text)
        answer = visitor.post("/nouveau-mot-de-passe", {
            "motdepasse": self.PASSWORD, "confirmation": self.PASSWORD,
            "courriel": ""})
        self.assertFault(answer, "charte", "accepter la charte")
        answer = self.activate(visitor)
        self.assertGoes(answer, "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))
        mail = self.house.wait_mail(person, "a été changé")
        self.assertIn("/pas-moi/", mail.text)
        self.house.wait_drained()
        entry = self.house.entry(person)
        self.assertIn("rentreeActivated", entry)
        self.assertIn("rentreeCharter", entry)
        self.assertNotIn("rentreeLetter", entry)
        self.assertNotIn("rentreeLetterEnd", entry)
        answer, _ = self.type(code, person.typed_birth)
        self.assertFault(answer, "code", REFUSED)

    def test_without_any_address(self):
        person = self.house.add_person(mail=None)
        self.assertGoes(self.activate(self.opened(person)),
                        "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))

    def test_it_is_read_as_people_type(self):
        person = self.house.add_person()
        code = self.letter(person)
        for typed in (code.lower(), code.replace("-", " "),
                      code.replace("-", ""),
                      code.replace("0", "o").replace("1", "l")):
            self.opened(person, typed)
        visitor = self.house.visitor()
        answer, _ = self.type(code, person.typed_birth, visitor, "numen")
        self.assertGoes(answer, "/nouveau-mot-de-passe")

    def test_what_is_wrong_with_the_form_is_said_at_once(self):
        person = self.house.add_person()
        code = self.letter(person)
        visitor = self.house.visitor()
        answer, took = self.type(code[:-1], "", visitor)
        self.assertFault(answer, "code", "16 lettres et chiffres")
        self.assertFault(answer, "naissance", "")
        self.assertLess(took, 1.0)
        self.assertTrue(self.field(answer, "captcha_pow"))
        self.assertEqual(self.field(answer, "code"), code[:-1])
        answer, _ = guarded(visitor, "/activation",
                            {"naissance": person.typed_birth})
        self.assertFault(answer, "numen", "le code de votre lettre")
        answer, _ = guarded(visitor, "/activation?lang=en",
                            {"code": "x", "naissance": person.typed_birth})
        self.assertFault(answer, "code", "not the code of a letter")
        wrong = {"captcha_id": "faux", "captcha_code": "123456"}
        answer = visitor.post("/activation", {
            "code": code, "naissance": person.typed_birth, **wrong})
        self.assertFault(answer, "captcha_code", "code")
        self.assertEqual(self.field(answer, "code"), code)

    def test_a_code_that_is_none(self):
        visitor = self.house.visitor()
        self.assertGoes(visitor.open_link("/a/quelque-chose"), "/activation")
        page = visitor.get("/activation")
        self.assertIn('name="numen"', page.text)
        self.assertEqual(self.field(page, "code"), "")

    def test_not_my_letter(self):
        person = self.house.add_person()
        visitor = self.house.visitor()
        visitor.open_link("/a/" + self.letter(person).replace("-", ""))
        page = visitor.get("/activation")
        way = re.search(r'href="(/activation\?lettre=[^"]+)"', page.text)[1]
        page = visitor.get(way)
        self.assertIn('name="numen"', page.text)
        self.assertEqual(self.field(page, "code"), "")
        self.assertEqual(visitor.cookies, {})

    def outsiders(self):
        """Codes that open nothing, each for its own reason."""
        house = self.house
        people = {who: house.add_person() for who in (
            "birth date", "activated", "expired", "left", "suspended",
            "replaced", "revoked")}
        codes = {who: self.letter(person) for who, person in people.items()}
        house.change(people["activated"],
                     rentreeActivated="20260901080000Z")
        house.change(people["expired"], rentreeLetterEnd="20260101000000Z")
        house.change(people["left"], rentreeState="I:SupannInactif")
        house.command("account", "suspend", people["suspended"].login)
        self.letter(people["replaced"])
        self.letter(people["revoked"], "--revoke")
        codes["unknown"] = "7K3M-9QXR-TB2W-5HC2"
        births = {who: "01/09/1975" for who in codes}
        births["birth date"] = "02/09/1975"
        return {who: (codes[who], births[who]) for who in codes}

    def test_nobody_is_told_apart(self):
        pages, reasons = {}, []
        before = len(self.house.audit())
        for who, (code, birth) in self.outsiders().items():
            answer, took = self.type(code, birth)
            self.assertFault(answer, "code", REFUSED)
            self.assertOnMark(took)
            self.assertLess(took, 3.0, who)
            self.assertEqual(self.field(answer, "code"), code)
            pages[who] = (
                without_chance(answer.text).replace(code, "CODE")
                .replace(f'value="{birth}"', "BIRTH"),
                [(k, v) for k, v in answer.headers.items() if k != "Date"])
        for who, page in pages.items():
            self.assertEqual(page, pages["unknown"], who)
        reasons = {x["reason"] for x in self.house.audit()[before:]
                   if x["event"] == "letter.refused"}
        self.assertEqual(reasons, {"birth-date", "activated", "expired",
                                   "left", "suspended", "unknown"})

    def test_a_letter_that_is_revoked_ends_the_form_it_opened(self):
        for options in (("--revoke",), ()):
            person = self.house.add_person()
            visitor = self.opened(person)
            self.assertStatus(visitor.get("/nouveau-mot-de-passe"), 200)
            self.letter(person, *options)
            self.assertStatus(self.activate(visitor), 410)
            self.assertFalse(self.house.can_log_in(person, self.PASSWORD))

    def test_an_invitation_lives_beside_it_until_one_of_them_is_used(self):
        person = self.house.add_person()
        self.house.command("account", "invite", person.login)
        mail = self.house.wait_mail(person, link=True)
        by_letter = self.opened(person)
        by_mail = self.house.opened(mail.links[0])
        self.assertStatus(by_mail.get("/nouveau-mot-de-passe"), 200)
        self.assertGoes(self.activate(by_mail), "/mot-de-passe-change")
        self.house.wait_drained()
        self.assertStatus(self.activate(by_letter), 410)
        self.assertNotIn("rentreeLetter", self.house.entry(person))

    def test_few_birth_dates_may_be_tried(self):
        person = self.house.add_person()
        code = self.letter(person)

        def guess(day):
            return self.type(code, f"{day:02}/01/1980")[0].status

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            self.assertEqual(set(pool.map(guess, range(1, 13))), {422})
        answer, _ = self.type(code, person.typed_birth)
        self.assertFault(answer, "code", REFUSED)
        last = [x for x in self.house.audit()
                if x["event"] == "letter.refused" and
                x.get("login") == person.login][-1]
        self.assertEqual(last["reason"], "letter-limit")

    def test_the_limit_is_the_same_for_nobody(self):
        house = the_house("letter-limits", threads=1, limits={
            "per_identity": "2/1h", "per_number": "3/1h"})
        letter = self.letter(house.add_person(), house=house)
        answers = set()
        for code in (letter, "A2C4-E6G8-J0KM-NP09"):
            for birth in ("02/02/1980",) * 3 + ("03/02/1980",) * 2:
                answer, _ = self.type(code, birth, house=house)
                answers.add((birth, answer.status,
                             answer.headers["Retry-After"],
                             without_chance(answer.text).replace(
                                 code, "CODE")))
        self.assertEqual(sorted(x[:2] for x in answers), [
            ("02/02/1980", 422), ("02/02/1980", 429),
            ("03/02/1980", 422), ("03/02/1980", 429)])


class Outage(LetterCase):
    def test_the_paper_outlives_redis(self):
        with House(threads=1) as house:
            person = house.add_person(mail=None)
            code = self.letter(person, house=house)
            house.store().flushdb()
            visitor = self.opened(person, code, house)
            house.store().flushdb()
            # What was opened is lost; the letter is not.
            self.assertStatus(visitor.get("/nouveau-mot-de-passe"), 410)
            visitor = self.opened(person, code, house)
            self.assertGoes(self.activate(visitor), "/mot-de-passe-change")
            self.assertTrue(house.can_log_in(person, self.PASSWORD))

    def test_nobody_answers(self):
        house = the_house("no-worker", threads=1)
        person = house.add_person()
        code = self.letter(person, house=house)
        house.worker.stop()
        try:
            answer, _ = self.type(code, person.typed_birth, house=house)
            self.assertStatus(answer, 503)
        finally:
            house.start_worker()
        self.opened(person, code, house)
