"""Issue 5: the captcha, with its code, as people without JavaScript meet it,
and as scripts do."""
import concurrent.futures
import hashlib
import html
import re
import unittest

from house import fresh_address, fresh_numen, wait_until
from sealed import PURPOSES, code_of, opened, sealed
from shared import Case, the_house
from visitor import Visitor, solve

FORM = "/mot-de-passe-oublie"
WRONG, OVER = "n’est pas le bon", "trop longtemps"
# What is typed on each form, and stays when another code is wanted.
TYPED = {
    "/mot-de-passe-oublie": {"numen": "09E9501234ABC",
                             "naissance": "01/09/1975"},
    "/identifiant-perdu": {"numen": "09E9501234ABC", "nom": "D’Été",
                           "prenom": "Zoé"},
    "/activation": {"numen": "09E9501234ABC", "naissance": "01/09/1975"},
    "/courriel-non-recu": {"numen": "09E9501234ABC",
                           "naissance": "01/09/1975"},
    "/changer-mot-de-passe": {"identifiant": "zoe.dete"},
    "/adresse-de-secours": {"identifiant": "zoe.dete",
                            "courriel": "zoe@exemple.fr"},
}
HIDDEN = {"/changer-mot-de-passe": {"motdepasse_actuel": "Ancien-Tapis-93",
                                    "motdepasse": Case.PASSWORD,
                                    "confirmation": Case.PASSWORD},
          "/adresse-de-secours": {"motdepasse_actuel": "Ancien-Tapis-93"}}


class CaptchaCase(Case):
    def fresh(self, path=FORM, visitor=None):
        """An id, as a form has it now."""
        page = (visitor or self.house.visitor()).get(path)
        self.assertStatus(page, 200)
        return self.field(page, "captcha_id")

    def send(self, path, name, code="", pow="", typed=None, **more):
        return self.house.visitor().post(path, {
            **(typed or {**TYPED[path], **HIDDEN.get(path, {})}),
            "captcha_id": name, "captcha_code": code, "captcha_pow": pow},
            **more)

    def recover(self, person, name, code):
        return self.send(FORM, name, code, typed={
            "numen": person.number, "naissance": person.typed_birth})

    def wrong(self, code):
        return str((int(code) + 1) % 1000000).zfill(6)


class Code(CaptchaCase):
    def test_the_code_lets_in(self):
        for shape in ("{}{}{}{}{}{}", " {}{}{} {}{}{} ",
                      "{}\u00a0{}\u202f{} {}\t{} {}"):
            person = self.house.add_person()
            name = self.fresh()
            code = shape.format(*code_of(self.house, name))
            self.assertGoes(self.recover(person, name, code),
                            "/demande-enregistree")
            self.house.wait_mail(person)

    def test_one_try_whatever_its_end(self):
        person = self.house.add_person()
        for first in ("wrong", "empty", "right"):
            name = self.fresh()
            code = code_of(self.house, name)
            if first == "right":
                self.assertGoes(self.recover(person, name, code),
                                "/demande-enregistree")
                other = self.house.add_person()
                # The same request again is a double click; of anybody else
                # it queues nothing.
                self.recover(other, name, code)
                self.house.wait_drained()
                self.assertEqual(self.house.mails_to(other), [])
                continue
            tried = {"wrong": self.wrong(code), "empty": ""}[first]
            self.assertFault(self.recover(person, name, tried),
                             "captcha_code", WRONG)
            again = self.recover(person, name, code)
            self.assertFault(again, "captcha_code", WRONG)
            self.assertNotEqual(self.field(again, "captcha_id"), name)

    def test_a_calculation_is_not_replayed(self):
        name = self.fresh()
        pow = solve(name, opened(self.house, name)[1])
        self.assertFault(self.send(FORM, name, pow="1"), "captcha_code", WRONG)
        self.assertFault(self.send(FORM, name, pow=pow), "captcha_code", WRONG)
        name = self.fresh("/changer-mot-de-passe")
        pow = solve(name, opened(self.house, name)[1])
        self.send("/changer-mot-de-passe", name, pow=pow)
        self.assertFault(self.send("/changer-mot-de-passe", name, pow=pow),
                         "captcha_code", WRONG)

    def test_each_form_has_its_own(self):
        for path in PURPOSES:
            name = self.fresh(path)
            self.assertEqual(opened(self.house, name)[0], PURPOSES[path])
            code = code_of(self.house, name)
            for other in PURPOSES:
                if other == path:
                    continue
                with self.subTest(made_for=path, tried_at=other):
                    self.assertFault(self.send(other, name, code),
                                     "captcha_code", WRONG)
            # … and that was its one try.
            self.assertFault(self.send(path, name, code),
                             "captcha_code", WRONG)

    def test_one_that_is_over_says_so_and_keeps_the_fields(self):
        for path, typed in TYPED.items():
            with self.subTest(path):
                name = sealed(self.house, path, age_s=1801)
                answer = self.send(path, name, "314159")
                self.assertFault(answer, "captcha_code", OVER)
                for field, value in typed.items():
                    self.assertEqual(
                        html.unescape(self.field(answer, field)), value)
                self.assertNotEqual(self.field(answer, "captcha_id"), name)
                for kind in ("png", "wav"):
                    self.assertStatus(self.house.visitor().get(
                        f"/captcha/{name}.{kind}"), 404)
        # A minute earlier it was still good: the test seals as the form does.
        person = self.house.add_person()
        name = sealed(self.house, FORM, age_s=1740)
        self.assertGoes(self.recover(person, name, "314159"),
                        "/demande-enregistree")

    def test_another_code_keeps_what_was_typed(self):
        for path, typed in TYPED.items():
            with self.subTest(path):
                name = self.fresh(path)
                answer = self.house.visitor().post(path, {
                    **typed, "captcha_id": name, "captcha_code": "12",
                    "nouveau_code": "1"})
                self.assertStatus(answer, 200)
                for field, value in typed.items():
                    self.assertEqual(
                        html.unescape(self.field(answer, field)), value)
                self.assertNotEqual(self.field(answer, "captcha_id"), name)
                self.assertEqual(self.field(answer, "captcha_code"), "")
                self.assertNotIn('role="alert"', answer.text)


class Page(CaptchaCase):
    def test_what_stands_around_it(self):
        """Words, ways for eyes and ears, and the third way."""
        for query, words in [
                ("", ["Code de vérification (6 chiffres)", "Nouveau code",
                      "Image contenant un code à 6 chiffres\u202f; une "
                      "version audio suit.", "Télécharger le code en audio",
                      "Le secrétariat de votre établissement",
                      'href="/numen-perdu"', ".wav?lang=fr"]),
                ("?lang=en", ["Verification code (6 digits)", "New code",
                              "Picture of a 6-digit code", "Download the code",
                              "The secretariat of your school or ",
                              'href="/numen-perdu?lang=en"',
                              ".wav?lang=en"])]:
            for path in PURPOSES:
                page = self.house.visitor().get(path + query).text
                found = re.search(r'<div class="captcha".*?<script', page,
                                  re.S)[0]
                for word in words + ["<audio controls", " download>",
                                     'href="tel:0320000000"', 'role="status"',
                                     'inputmode="numeric"',
                                     'autocomplete="off"']:
                    self.assertIn(word, found, path)

    def test_a_voice_for_each_language(self):
        name = self.fresh()
        ask = self.house.visitor().get
        french, english, other = (ask(f"/captcha/{name}.wav?lang={x}").raw
                                  for x in ("fr", "en", "tlh"))
        self.assertNotEqual(french, english)
        self.assertEqual(french, other)
        self.assertEqual(french, ask(f"/captcha/{name}.wav?lang=fr").raw)

    def test_nothing_but_the_id_goes_through_cookies_or_caches(self):
        visitor = self.house.visitor()
        name = self.fresh(visitor=visitor)
        self.assertEqual(visitor.cookies, {})
        for kind in ("png", "wav"):
            answer = visitor.get(f"/captcha/{name}.{kind}")
            self.assertEqual(answer.headers["Cache-Control"], "no-store")
            self.assertNotIn("Set-Cookie", answer.headers)


class Answers(CaptchaCase):
    def kept(self):
        """{file: bytes} of all logs and of Redis' files."""
        return {path: path.read_bytes()
                for folder in ("log", "redis")
                for path in (self.house.folder / folder).rglob("*")
                if path.is_file()}

    def test_they_stand_nowhere(self):
        """Of twenty codes none is in a page, a header or an address before it
        is typed, nor in what was logged or stored since."""
        before = {path: len(text) for path, text in self.kept().items()}
        codes = []
        for n in range(20):
            path = list(PURPOSES)[n % len(PURPOSES)]
            visitor = self.house.visitor()
            page = visitor.get(path)
            name = self.field(page, "captcha_id")
            code = code_of(self.house, name)
            codes.append(code)
            told = page.text.replace(name, "") + str(page.headers)
            for kind in ("png", "wav"):
                answer = visitor.get(f"/captcha/{name}.{kind}")
                told += str(answer.headers)
                self.assertNotIn(code.encode(), answer.raw)
                self.assertNotIn(bytes(int(x) for x in code), answer.raw[:44])
            tried = code if n % 2 else self.wrong(code)
            answer = self.send(path, name, tried)
            told += str(answer.headers) + (answer.text if n % 2 else "")
            self.assertNotIn(code, told, path)
        self.house.wait_drained()
        self.house.store().bgsave()
        wait_until(lambda: not self.house.store().info("persistence")
                   ["rdb_bgsave_in_progress"], "the dump")
        for path, text in self.kept().items():
            text = text[before.get(path, 0):]
            for code in codes:
                for tried in (code, self.wrong(code)):
                    self.assertIsNone(re.search(
                        rb"(?<![0-9A-Za-z])" + tried.encode() +
                        rb"(?![0-9A-Za-z])", text), path.name)

    def test_the_search_can_find(self):
        self.house.visitor().get("/healthz?123456")
        self.assertTrue(any(b"web.ready" in text or b"started" in text
                            for text in self.kept().values()))
        self.assertTrue(any(b"cap:" in text for path, text
                            in self.kept().items()
                            if "appendonly" in path.name))

    def test_made_up_ids_leave_nothing_in_redis(self):
        store = self.house.store()

        def names():
            return set(store.scan_iter("rentree:cap:*"))

        before = names()
        for name in ("", "x", "A" * 76, self.fresh()[:-1],
                     sealed(self.house, FORM, age_s=4000)):
            self.send(FORM, name, "123456")
        self.assertEqual(names(), before)
        for path in (FORM, "/changer-mot-de-passe"):
            self.send(path, self.fresh(path), "12345")
        added = names() - before
        self.assertEqual(len(added), 2)
        for key in added:
            self.assertLessEqual(store.ttl(key), 1800)
            self.assertGreater(store.ttl(key), 0)
            self.assertLess(store.memory_usage(key), 256)


class Price(CaptchaCase):
    @property
    def house(self):
        return the_house("price", settings={"captcha": {
            "mode": "pow_or_code", "calm_per_minute": "10"}})

    def bits(self):
        page = self.house.visitor().get(FORM).text
        bits = int(re.search(r'data-pow-bits="(\d+)"', page)[1])
        name = re.search(r'data-captcha-id="([^"]+)"', page)[1]
        self.assertEqual(opened(self.house, name)[1], bits)
        return bits

    def zero_bits(self, name, n):
        digest = hashlib.sha256(f"{name}.{n}".encode()).digest()
        return 256 - int.from_bytes(digest, "big").bit_length()

    def test_it_rises_with_the_answers_and_falls_again(self):
        self.house.store().delete("rentree:lim:answered")
        wait_until(lambda: self.bits() == 17, "the least price")
        for n in range(40):
            name = self.fresh()
            self.send(FORM, name, "" if n % 2 else "000")
        self.assertEqual(self.bits(), 17, "wrong answers make nothing dear")
        calm = self.fresh()
        for _ in range(80):
            name = self.fresh()
            answer = self.send(
                FORM, name, code_of(self.house, name),
                typed={"numen": fresh_numen(), "naissance": "01/09/1975"})
            self.assertGoes(answer, "/demande-enregistree")
        wait_until(lambda: self.bits() == 19, "the highest price")
        self.assertIn("event=captcha.toll bits=19",
                      self.house.web_log.read_text())

        # Who pays what was asked while it was calm is let in …
        self.assertGoes(self.send(FORM, calm, pow=solve(calm, 17)),
                        "/demande-enregistree")
        # … and less than what is asked now is not enough.
        name = self.fresh()
        n = next(n for n in range(10000000)
                 if self.zero_bits(name, n) in (17, 18))
        self.assertFault(self.send(FORM, name, pow=str(n)), "captcha_code",
                         WRONG)

        self.house.store().delete("rentree:lim:answered")
        wait_until(lambda: self.bits() == 17, "the least price again")


class Burst(CaptchaCase):
    """Four places at the gate, one for each guest."""

    @property
    def house(self):
        return the_house("burst", settings={"web": {"connections": "16"}})

    def show(self, visitor, path):
        """Sixteen connections are few for who opens one for each page: on a
        busy machine those that were hung up still count, and the next is reset
        (a proxy would wait with it). Then once more."""
        def look():
            try:
                return visitor.get(path)
            except ConnectionError:
                return None

        return wait_until(look, f"an answer for {path}", 20, 0.05)

    def test_a_burst_is_refused_and_forms_are_not(self):
        name = self.fresh()
        statuses = []

        def burst(_):
            visitor = Visitor(self.house.port, "203.0.113.7")
            for _ in range(300):
                answer = self.show(visitor, f"/captcha/{name}.wav")
                statuses.append(answer.status)
                if answer.status == 503:
                    return answer
            return None

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            running = [pool.submit(burst, n) for n in range(4)]
            forms = [self.show(self.house.visitor(), FORM).status
                     for _ in range(40)]
            refused = [x.result() for x in running if x.result()]
        self.assertEqual(set(forms), {200})
        self.assertEqual(set(statuses), {200, 503})
        for answer in refused:
            self.assertGreater(int(answer.headers["Retry-After"]), 0)
            self.assertIn("réessayez", answer.text)
            self.assertIn("Content-Security-Policy", answer.headers)
        # When it is over, everything is shown again.
        visitor = Visitor(self.house.port, fresh_address())
        for kind in ("png", "wav"):
            self.assertStatus(visitor.get(f"/captcha/{name}.{kind}"), 200)

    def test_the_same_picture_from_another_process(self):
        """One has it ready, the other draws it."""
        names = [self.fresh() for _ in range(20)]
        show = [self.house.visitor().get(f"/captcha/{x}.png").raw
                for x in names]
        self.house.web.stop()
        self.house.start_web()
        again = [self.house.visitor().get(f"/captcha/{x}.png").raw
                 for x in names]
        self.assertEqual(show, again)


if __name__ == "__main__":
    unittest.main()
