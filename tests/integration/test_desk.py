"""Issue 7: the secrétariat's pages - a full day at the desk."""
import base64
import concurrent.futures
import hashlib
import json
import re
import time
import unittest

from crash import CrashHouse
from desk import (ENROL, GROUP, HERE, HOME, PASSWORD, PERSON, PROTECTED, SIGNIN,
                  THERE, Operator, add_group, code_of, hidden, join, totp, uuid_of)
from house import fresh_numen, servers
from shared import Case, canaries, the_house
from test_doors import MARK

SETTINGS = {"desk": {"group": GROUP, "protected_group": PROTECTED,
                     "reissues_per_hour": 4},
            "site": {"establishments": servers.ROOT / "deploy" / "demo" /
                     "establishments.csv"}}
SPARE = 12
SANITIZED = "san-" in str(servers.BUILD)
# Time is put forward there, by a library that no sanitizer allows.
ahead = unittest.skipIf(SANITIZED, "a sanitizer allows no preload")
REFUSED = "mot de passe ou code incorrect"
ACTIVE = {"password": "Ancien-Tapis-93-Fleuve",
          "rentreeActivated": "20250901080000Z"}


def without_chance(text):
    return re.sub(r"<code>[0-9A-Z]{8}</code>", "REF", text)


def record_name(cookie):
    """Of a session, in Redis: the hash of what the browser holds."""
    hashed = hashlib.blake2b(base64.urlsafe_b64decode(cookie + "="),
                             digest_size=32, person=b"rentree.token").digest()
    return "rentree:desk:" + base64.urlsafe_b64encode(
        hashed).rstrip(b"=").decode()


def together(call, inputs):
    """All at once: each waits for its mark. (answer, how long it took) of
    each, in order."""
    def one(value):
        begin = time.monotonic()
        return call(value), time.monotonic() - begin

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return list(pool.map(one, inputs))


class DeskCase(Case):
    @property
    def house(self):
        house = the_house("desk", settings=SETTINGS,
                          simulated=not SANITIZED)
        if not hasattr(house, "desk"):
            house.desk = self.open(house)
        return house

    def open(self, house):
        people = [Operator(house, HERE), Operator(house, HERE),
                  Operator(house, THERE), Operator(house)]
        add_group(house, GROUP, [x.dn for x in people])
        chief = house.add_person(rentreeEstablishment=HERE, family="Recteur",
                                 rentreeNameKey="RECTEUR")
        add_group(house, PROTECTED, [chief.dn])
        house.chief = chief
        house.spare = [Operator(house, HERE) for _ in range(SPARE)]
        for one in house.spare:
            join(house, one.dn)
        together(lambda x: x.ready(), people + house.spare)
        return people

    def operator(self, which=0):
        """Signed in; another test may have signed them out."""
        operator = self.house.desk[which]
        if operator.visitor.get(HOME).status != 200:
            operator.sign_in()
        return operator

    def signed_in(self):
        """One more, of this test alone, signed in."""
        if not self.house.desk or not self.house.spare:
            return self.new_operator().ready()
        operator = self.house.spare.pop()
        if operator.visitor.get(HOME).status != 200:
            operator.sign_in()
        return operator

    def new_operator(self, *places):
        """One more, of this test alone."""
        operator = Operator(self.house, *places or (HERE,))
        join(self.house, operator.dn)
        return operator

    def add(self, family, place=HERE, given="Camille", **more):
        sent = {"rentreeEstablishment": place,
                "rentreeNameKey": [family.upper(),
                                   given.upper().replace("-", "")],
                **ACTIVE, **more}
        return self.house.add_person(family=family, given=given, **sent)

    def lines(self, event, **members):
        return [x for x in self.house.audit() if x["event"] == event and
                all(x.get(k) == v for k, v in members.items())]


class Door(DeskCase):
    def test_from_the_invitation_to_the_first_page(self):
        operator = self.new_operator()
        page = operator.enrol()
        self.assertIn('<svg class="qr"', page.text)
        self.assertIn("no-store", page.headers["Cache-Control"])
        answer = operator.sign_in()
        cookie = answer.headers["Set-Cookie"]
        for word in ("HttpOnly", "SameSite=Strict", "Path=/"):
            self.assertIn(word, cookie)
        self.assertNotIn("Max-Age", cookie)
        page = operator.visitor.get(HOME)
        self.assertStatus(page, 200)
        self.assertIn(operator.login, page.text)
        self.assertIn("no-store", page.headers["Cache-Control"])
        actor = f"desk:{operator.login}"
        for event in ("desk.enrolled", "desk.signed-in"):
            self.assertTrue(self.lines(event, actor=actor), event)
        self.assertTrue(self.lines("desk.enrol", login=operator.login))
        value = self.house.entry(operator.person)["rentreeDeskSecret"][0]
        self.assertTrue(value.startswith("2$"))
        self.assertNotIn(operator.phone.secret, value)

    def test_a_password_alone_enrols_nobody(self):
        operator = self.new_operator()
        thief = self.house.visitor()
        good = operator.invite()
        wrong = good[:-1] + ("A" if good[-1] != "A" else "B")
        for code in ("7K3D-92MX-QA5T-B8CR", wrong):
            answer = operator.type(ENROL, code, visitor=thief)
            self.assertStatus(answer, 422)
        self.assertStatus(operator.type(ENROL, good, "rien de bon"), 422)
        # An older invitation ends with a newer one.
        newer = operator.invite()
        self.assertFault(operator.type(ENROL, good), "motdepasse_actuel",
                         "code d’inscription incorrect")
        operator.enrol(newer)
        self.assertFault(operator.type(ENROL, newer), "motdepasse_actuel",
                         "code d’inscription incorrect")

    @ahead
    def test_an_invitation_ends(self):
        operator = self.new_operator()
        code = operator.invite()
        self.house.clock.forward(hours=24, seconds=1)
        self.assertStatus(operator.type(ENROL, code), 422)

    def test_an_invitation_is_for_one_person(self):
        mine, other = self.new_operator(), self.new_operator()
        code = mine.invite()
        self.house.change(other.person, rentreeDeskSecret=self.house.entry(
            mine.person)["rentreeDeskSecret"][0])
        self.assertStatus(other.type(ENROL, code), 422)
        mine.enrol(code)
        self.house.change(other.person, rentreeDeskSecret=self.house.entry(
            mine.person)["rentreeDeskSecret"][0])
        answer = other.type(SIGNIN, mine.phone.code())
        self.assertFault(answer, "motdepasse_actuel", REFUSED)

    def test_one_sentence_for_every_refusal(self):
        """At a mark, and the same page: unknown, wrong, suspended, not in the
        group, not enrolled, wrong and used code."""
        operator = self.new_operator()
        operator.enrol()
        operator.sign_in()
        pages = set()

        def refused(who, code, password):
            begin = time.monotonic()
            answer = who.type(SIGNIN, code, password, self.house.visitor())
            took = time.monotonic() - begin
            self.assertFault(answer, "motdepasse_actuel", REFUSED)
            self.assertGreaterEqual(took, MARK - 0.02)
            pages.add(without_chance(answer.text).replace(who.login, "LOGIN"))

        refused(operator, operator.phone.same_code(), PASSWORD)
        outside = Operator(self.house, HERE)
        fresh = self.new_operator()
        closed = self.new_operator()
        closed.enrol()
        self.house.change(closed.person,
                          rentreeState="S:SupannVerrouAdministratif")
        tries = [(outside, "123456", PASSWORD),
                 (operator, operator.phone.wrong_code(), PASSWORD),
                 (operator, "123456", "faux"), (fresh, "123456", PASSWORD),
                 (closed, closed.phone.code(), PASSWORD)]
        for who, code, password in tries:
            refused(who, code, password)
        answer = operator.type(SIGNIN, "123456", login="p-personne",
                               visitor=self.house.visitor())
        pages.add(without_chance(answer.text).replace("p-personne", "LOGIN"))
        self.assertEqual(len(pages), 1)
        reasons = {x["reason"] for x in self.lines("desk.refused")}
        self.assertTrue({"used-code", "wrong-code", "not-in-group",
                         "not-enrolled", "wrong-password", "unknown",
                         "suspended"} <= reasons, reasons)

    @ahead
    def test_wrong_codes_are_counted_by_the_directory(self):
        operator = self.signed_in()
        person = self.add("Compteur")
        uuid = uuid_of(self.house, person)
        form = operator.form(uuid, "numero")
        for _ in range(5):
            answer = operator.send(uuid, "numero", form, piece="cni",
                                   choix="code",
                                   code=operator.phone.wrong_code())
            self.assertFault(answer, "code", "n’est pas bon")
            form = hidden(answer)
        answer = operator.send(uuid, "numero", form, piece="cni",
                               choix="code")
        self.assertFault(answer, "code", "15 minutes")
        self.house.clock.forward(minutes=14)
        answer = operator.do(uuid, "numero", piece="cni", choix="code")
        self.assertFault(answer, "code", "15 minutes")
        self.house.clock.forward(minutes=1, seconds=2)
        answer = operator.type(SIGNIN, operator.phone.code())
        self.assertGoes(answer, HOME)

    @ahead
    def test_reset_and_a_new_telephone(self):
        operator = self.signed_in()
        self.house.command("desk", "reset", operator.login)
        self.assertGoes(operator.visitor.get(HOME), SIGNIN)
        self.assertNotIn("rentreeDeskSecret",
                         self.house.entry(operator.person))
        old = operator.phone
        self.assertStatus(operator.type(SIGNIN, old.code()), 422)
        operator.enrol()
        self.assertStatus(operator.type(SIGNIN, old.code()), 422)
        operator.sign_in()
        self.assertTrue(self.lines("desk.reset", login=operator.login))

    def test_enrol_wants_a_member(self):
        outside = Operator(self.house, HERE)
        done = self.house.command("desk", "enrol", outside.login, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not in", done.stderr)
        done = self.house.command("desk", "enrol", "p-personne", check=False)
        self.assertEqual(done.returncode, 65)

    def test_what_is_missing_is_said(self):
        answer = self.house.visitor().post(SIGNIN, {})
        self.assertFault(answer, "identifiant", "")
        self.assertFault(answer, "motdepasse_actuel", "")
        self.assertFault(answer, "code", "6 chiffres")
        answer = self.house.visitor().post(ENROL, {
            "identifiant": "x", "motdepasse_actuel": "y", "code": "123456"})
        self.assertFault(answer, "code", "16 lettres et chiffres")


class Session(DeskCase):
    def assertOut(self, operator):
        answer = operator.visitor.get(HOME)
        self.assertGoes(answer, SIGNIN)
        self.assertIn("fin=1", answer.location)
        self.assertIsNone(operator.cookie)

    @ahead
    def test_idle_and_eight_hours(self):
        operator = self.signed_in()
        self.house.clock.forward(minutes=14)
        self.assertStatus(operator.visitor.get(HOME), 200)
        self.house.clock.forward(minutes=14)
        self.assertStatus(operator.visitor.get(HOME), 200)
        self.house.clock.forward(minutes=15, seconds=1)
        self.assertOut(operator)
        operator.sign_in()
        for _ in range(34):
            self.house.clock.forward(minutes=14)
            # The web process may have asked Redis the time just then.
            self.house.wait_ready(60)
            self.assertStatus(operator.visitor.get(HOME), 200)
        self.house.clock.forward(minutes=5)
        self.assertOut(operator)

    def test_sign_out(self):
        operator = self.signed_in()
        cookie = operator.cookie
        # An address that leads there (a GET) signs nobody out.
        self.assertGoes(operator.visitor.get(HOME + "deconnexion"), HOME)
        self.assertStatus(operator.visitor.get(HOME), 200)
        answer = operator.visitor.post(HOME + "deconnexion", {})
        self.assertGoes(answer, SIGNIN)
        self.assertIsNone(operator.cookie)
        self.assertTrue(self.lines("desk.signed-out",
                                   actor=f"desk:{operator.login}"))
        operator.visitor.cookies["rentree_secretariat"] = cookie
        self.assertOut(operator)

    def test_a_session_without_a_factor_ends_when_one_is_required(self):
        house = self.house
        operator = Operator(house, HERE)
        join(house, operator.dn)
        person = self.add("Sansfacteur")
        uuid = uuid_of(house, person)

        def restart(factor):
            house.write_config(desk={**SETTINGS["desk"],
                                     "second_factor": factor})
            house.worker.stop(60)
            house.start_worker()
            house.wait_ready()

        restart("optional")
        try:
            # The page asks whoever has a telephone only: the worker knows.
            house.web.stop(60)
            house.start_web()
            self.assertGoes(operator.type(SIGNIN, ""), HOME)
            form = operator.form(uuid, "numero")
            self.assertGoes(operator.visitor.post(
                f"{PERSON}{uuid}/lien", {**operator.form(uuid, "lien")}),
                PERSON + uuid)
        finally:
            restart("required")
            house.web.stop(60)
            house.start_web()
        answer = operator.visitor.post(f"{PERSON}{uuid}/numero", {
            **form, "piece": "cni", "choix": "code"})
        self.assertGoes(answer, SIGNIN)
        self.assertIn("fin=1", answer.location)
        self.assertIsNone(operator.cookie)
        self.assertEqual(house.entry(person)["rentreeProof"],
                         [house.proof(person.number)])

    def test_whoever_leaves_the_group_is_out_at_the_next_request(self):
        operator = self.signed_in()
        join(self.house, operator.dn, leave=True)
        self.assertOut(operator)
        join(self.house, operator.dn)
        operator.sign_in()
        self.house.change(operator.person,
                          rentreeState="S:SupannVerrouAdministratif")
        self.assertOut(operator)

    def test_a_new_password_ends_it(self):
        operator = self.signed_in()
        time.sleep(1)
        factor = self.house.entry(operator.person)["rentreeDeskSecret"]
        self.house.change(operator.person, userPassword="Autre-Tilleul-58-Foin")
        self.assertOut(operator)
        # … and not the second factor: the new password alone is nothing.
        self.assertEqual(
            self.house.entry(operator.person)["rentreeDeskSecret"], factor)
        new = {"password": "Autre-Tilleul-58-Foin"}
        self.assertStatus(
            operator.type(SIGNIN, operator.phone.wrong_code(), **new), 422)
        self.assertGoes(operator.type(SIGNIN, operator.phone.code, **new),
                        HOME)

    def test_nobody_makes_a_session(self):
        """Whoever writes Redis has records without our MAC, and other names
        for a record that has it."""
        store = self.house.store()
        operator = self.signed_in()
        cookie = operator.cookie
        mine = record_name(cookie)
        record = store.get(mine)
        for forged in (b"", b"x" * 100, record[:-1], record + b"x",
                       record[:2] + bytes([record[2] ^ 1]) + record[3:],
                       record[:-1] + bytes([record[-1] ^ 1])):
            store.set(mine, forged)
            self.assertOut(operator)
            operator.visitor.cookies["rentree_secretariat"] = cookie
        store.set(mine, record)
        self.assertStatus(operator.visitor.get(HOME), 200)
        # A session's record under another name is nobody's.
        other = self.house.visitor()
        token = base64.urlsafe_b64encode(bytes(32)).rstrip(b"=").decode()
        name = record_name(token)
        store.set(name, record)
        other.cookies["rentree_secretariat"] = token
        self.assertGoes(other.get(HOME), SIGNIN)
        self.assertIn("desk.forged-session", self.house.logs())
        store.close()
        self.assertStatus(operator.visitor.get(HOME), 200)

    def test_forged_cookies(self):
        for cookie in ("", "x", "A" * 43, "é" * 20, "A" * 5000, "%00", "a;b"):
            visitor = self.house.visitor()
            visitor.cookies["rentree_secretariat"] = \
                cookie.encode().decode("latin-1")
            for path in (HOME, PERSON + "x", PERSON + "x/numero"):
                answer = visitor.get(path)
                if answer.status != 400:
                    self.assertGoes(answer, SIGNIN)

    def test_without_a_session_nothing_is_there(self):
        visitor = self.house.visitor()
        for path in (HOME, PERSON + "x", PERSON + "x/numero"):
            self.assertGoes(visitor.get(path), SIGNIN)
        self.assertGoes(visitor.post(HOME, {"q": "Dupont"}), SIGNIN)
        self.assertGoes(visitor.post(PERSON + "x/numero", {}), SIGNIN)
        self.assertStatus(visitor.get(PERSON + "x/rien"), 404)
        self.assertGoes(visitor.get("/secretariat"), HOME)

    def test_from_another_site(self):
        operator = self.signed_in()
        answer = operator.visitor.post(
            HOME, {"q": "Dupont"}, headers={"Origin": "https://mal.example"})
        self.assertStatus(answer, 403)


class Search(DeskCase):
    def test_by_name_login_and_address(self):
        operator = self.operator()
        person = self.add("Desmoulins", given="Anne-Sophie")
        uuid = uuid_of(self.house, person)
        right = ("Desmoulins", "desmoul", "DES MOULINS", "moulins",
                 "Anne Desmoulins", "anne-sophie desmoulins", person.login,
                 person.mail, person.mail.upper(),
                 f"{person.login}@ac-exemple.fr")
        wrong = ("Desmoulinz", "Bernard Desmoulins", "mou*ns", "*)(uid=*",
                 "x@courriel.example")
        answers = together(operator.search, right + wrong)
        for text, (answer, _) in zip(right + wrong, answers):
            self.assertStatus(answer, 200)
            self.assertEqual(uuid in operator.found(answer), text in right,
                             text)
        self.assertFault(operator.search("d"), "q", "deux lettres")
        self.assertStatus(operator.search(""), 200)

    def test_elsewhere_is_nobody_byte_for_byte(self):
        """A name, a login, an address and a page of somebody of another
        establishment: as of nobody at all, and at the same mark."""
        here, there = self.operator(), self.operator(2)
        person = self.add("Zzfaraway", THERE)
        uuid = uuid_of(self.house, person)
        self.assertIn(uuid, there.found(there.search("Zzfaraway")))
        nobody = "0" * 8 + uuid[8:]
        def same(call, *pairs):
            """Both of each pair: one page, and no sooner than the mark."""
            answers = together(call, [x for pair in pairs for x in pair])
            pages = []
            for name, (answer, took) in zip(
                    [x for pair in pairs for x in pair], answers):
                self.assertGreaterEqual(took, MARK - 0.02)
                pages.append(without_chance(answer.text).replace(name, "X"))
            for at in range(0, len(pages), 2):
                self.assertEqual(pages[at], pages[at + 1])
            return {answer.status for answer, _ in answers}

        self.assertEqual(same(
            here.search, ("Zzfaraway", "Zznobodyy"),
            (person.login, "p0123456789"),
            (person.mail, "p0123456789@courriel.example")), {200})
        for path in ("", "/numero", "/lettre", "/telephone"):
            self.assertEqual(same(
                lambda name, path=path: here.look(name, path),
                (uuid, nobody)), {404})
        # … and with a form of a page of somebody who is theirs.
        mine = self.add("Zznearby")
        form = here.form(uuid_of(self.house, mine), "numero")
        pages = []
        for name in (uuid, nobody):
            answer = here.send(name, "numero", form, piece="cni", choix="code")
            self.assertStatus(answer, 409)
            pages.append(without_chance(answer.text).replace(name, "X"))
        self.assertEqual(*pages)
        self.assertTrue(self.lines("desk.look", reason="unknown"))
        self.assertFalse(self.lines("desk.look", login=person.login))

    def test_an_operator_of_no_establishment_finds_nobody(self):
        operator = self.operator(3)
        self.add("Zzanybody")
        page = operator.search("Zzanybody")
        self.assertEqual(operator.found(page), {})
        self.assertIn("rattaché à aucun établissement", page.text)

    def test_homonyms_and_too_many(self):
        operator = self.operator()
        people = [self.add("Lhomonyme", birth=f"19{50 + i}-03-0{i + 1}")
                  for i in range(3)]
        answer = operator.search("Lhomonyme")
        self.assertEqual(len(operator.found(answer)), 3)
        self.assertIn("Plusieurs personnes", answer.text)
        answer = operator.search("Lhomonyme", "02/03/1951")
        self.assertEqual(list(operator.found(answer)),
                         [uuid_of(self.house, people[1])])
        for date in ("1951-03-02", "1950-03-01"):
            self.assertNotIn(date, answer.text)
        self.assertEqual(operator.found(
            operator.search("Lhomonyme", "02/03/1952")), {})
        self.assertFault(operator.search("Lhomonyme", "31/02/1950"),
                         "naissance", "")
        for i in range(11):
            self.add("Tresnombreux", birth=f"1960-01-{i + 1:02d}")
        answer = operator.search("Tresnombreux")
        self.assertEqual(len(operator.found(answer)), 10)
        self.assertIn("précisez", answer.text)
        answer = operator.search("Tresnombreux", "11/01/1960")
        self.assertEqual(len(operator.found(answer)), 1)
        canaries.update(("02/03/1951", "11/01/1960"))

    def test_searches_are_audited(self):
        operator = self.signed_in()
        operator.search("Desmoulins-Inconnue")
        [line] = self.lines("desk.search", actor=f"desk:{operator.login}")
        self.assertEqual(line["reason"], "nobody")
        self.assertTrue(line["subject"])
        self.assertNotIn("Inconnue", json.dumps(line))
        person = self.add("Desmoulinstrouvee")
        operator.search("Desmoulinstrouvee")
        line = self.lines("desk.search", actor=f"desk:{operator.login}")[-1]
        self.assertEqual((line["reason"], line["login"],
                          line["establishment"]),
                         ("one", person.login, HERE))


class PersonPage(DeskCase):
    def test_what_it_says_and_what_it_does_not(self):
        operator = self.operator()
        person = self.add("Pageblanche", birth="1961-07-14")
        self.house.ask_link(person)
        self.house.wait_drained()
        page = operator.look(uuid_of(self.house, person))
        self.assertStatus(page, 200)
        for text in ("Pageblanche", person.login, "Ouvert.", "NUMEN connu",
                     "p***@c***.example", "Lien de nouveau mot de passe envoyé",
                     "Rééditer le numéro", "Envoyer un lien"):
            self.assertIn(text, page.text)
        for text in (person.mail, person.number, "1961", "14/07",
                     "rentreeProof"):
            self.assertNotIn(text, page.text)
        self.assertTrue(self.lines("desk.look", login=person.login,
                                   actor=f"desk:{operator.login}"))

    def test_why_not(self):
        operator = self.operator()
        suspended = self.add("Suspendue",
                             rentreeState="S:SupannVerrouAdministratif")
        cases = ((operator.person, "votre propre compte"),
                 (self.house.desk[1].person, "travaille au secrétariat"),
                 (self.house.chief, "protégé"),
                 (suspended, "suspendu"),
                 (self.add("Sansadresse", mail=None),
                  "aucune adresse de secours"))
        pages = together(operator.look, [
            uuid_of(self.house, person) for person, _ in cases])
        for (page, _), (_, sentence) in zip(pages, cases):
            self.assertIn("pas possible, et pourquoi", page.text)
            self.assertIn(sentence, page.text)
        for act, (person, _) in zip(
                ("numero", "lien", "adresse", "telephone"), cases):
            uuid = uuid_of(self.house, person)
            self.assertGoes(operator.look(uuid, "/" + act), PERSON + uuid)


class Reissue(DeskCase):
    def test_two_minutes_with_the_person_standing_there(self):
        operator = self.signed_in()
        person = self.add("Perdu", birth="1970-05-06")
        [uuid] = operator.found(operator.search("Perdu", "06/05/1970"))
        form = operator.form(uuid, "numero")
        answer = operator.send(uuid, "numero", form, piece="cni",
                               choix="code")
        self.assertStatus(answer, 200)
        self.assertIn("no-store", answer.headers["Cache-Control"])
        code = code_of(answer)
        for text in (person.login, "Perdu", "Imprimez cette fiche",
                     "/mot-de-passe-oublie"):
            self.assertIn(text, answer.text)
        # Once: the same form again, with the same code and with a new one.
        for more in ({"code": operator.phone.same_code()}, {}):
            again = operator.send(uuid, "numero", form, piece="cni",
                                  choix="code", **more)
            self.assertStatus(again, 410)
            self.assertNotIn(code, again.text)
        self.assertEqual(len(self.lines(
            "desk.refused", reason="form-again",
            actor=f"desk:{operator.login}")), 2)
        # It serves, and the former number does not.
        ref = self.house.ask(person)
        [line] = self.house.wait_audit(ref)
        self.assertEqual(line["event"], "recover.refused")
        link = self.house.ask_link(person, number=code)
        self.assertGoes(self.house.opened(link).choose(self.PASSWORD),
                        "/mot-de-passe-change")
        [line] = self.lines("numen.reissue", login=person.login)
        self.assertEqual((line["actor"], line["document"],
                          line["establishment"]),
                         (f"desk:{operator.login}", "cni", HERE))
        page = operator.look(uuid)
        self.assertIn("Réédité le", page.text)
        # As after an answer that was lost on its way.
        self.assertIn("fiche non affichée", operator.look(
            uuid, "?apres=1").text)
        self.assertIn("Numéro réédité au guichet", page.text)
        self.assertNotIn(code, page.text)

    def test_the_numen_of_the_rectorat(self):
        operator = self.signed_in()
        person, numen = self.add("Rectorat"), fresh_numen()
        canaries.add(numen)
        uuid = uuid_of(self.house, person)
        answer = operator.do(uuid, "numero", piece="passeport", choix="numen",
                             numen="09E95")
        self.assertFault(answer, "numen", "pas un NUMEN")
        answer = operator.do(uuid, "numero", piece="passeport", choix="numen",
                             numen=numen.lower())
        self.assertStatus(answer, 200)
        self.assertEqual(code_of(answer), numen)
        self.assertEqual(self.house.entry(person)["rentreeProof"],
                         [self.house.proof(numen)])

    def test_what_is_missing(self):
        operator = self.operator()
        uuid = uuid_of(self.house, self.add("Oublis"))
        answer = operator.do(uuid, "numero", code="")
        for field in ("piece", "choix", "code"):
            self.assertIn(f'id="{field}-error"', answer.text)
        self.assertStatus(answer, 422)

    def test_a_step_is_for_one_act(self):
        operator = self.signed_in()
        first, second = (uuid_of(self.house, self.add("Pas"))
                         for _ in range(2))
        self.assertStatus(operator.do(first, "numero", piece="cni",
                                      choix="code"), 200)
        answer = operator.do(second, "numero", piece="cni", choix="code",
                             code=operator.phone.same_code())
        self.assertFault(answer, "code", "déjà servi")

    def test_a_form_belongs_to_a_session_and_a_person(self):
        mine, other = self.operator(0), self.operator(1)
        first, second = (uuid_of(self.house, self.add("Jeton"))
                         for _ in range(2))
        form = mine.form(first, "numero")
        for who, uuid, fields in (
                (mine, second, form), (other, first, form),
                (mine, first, {**form, "jeton": "0" * 32}),
                (mine, first, {**form, "formulaire": "0" * 32}),
                (mine, first, {})):
            answer = who.send(uuid, "numero", fields, piece="cni",
                              choix="code", code="000000")
            self.assertStatus(answer, 409)
        answer = mine.send(first, "lien", form, code="000000")
        self.assertStatus(answer, 409)
        # What was shown belongs to it: without it nobody knows what goes.
        for seen in ("", "x"):
            answer = mine.do(first, "numero", piece="cni", choix="code",
                             vu=seen)
            self.assertStatus(answer, 409)
            self.assertIn("changé", answer.text)

    def test_several_at_once(self):
        """Of one person, by two operators: one sheet, and the other is told."""
        one, two = self.signed_in(), self.signed_in()
        person = self.add("Disputee")
        uuid = uuid_of(self.house, person)
        forms = [(who, who.form(uuid, "numero"), who.phone.code())
                 for who in (one, two)]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda x: x[0].send(
                uuid, "numero", x[1], piece="cni", choix="code", code=x[2]),
                forms))
        self.assertEqual(sorted(x.status for x in answers), [200, 409])
        code = code_of(next(x for x in answers if x.status == 200))
        self.assertEqual(
            self.house.entry(person)["rentreeProof"],
            [self.house.proof(code.replace("-", ""), "CODE")])
        self.assertEqual(
            sorted(x.get("reason") or "done" for x in self.lines(
                "numen.reissue", login=person.login)),
            ["changed-meanwhile", "done"])

    def test_a_worker_that_does_not_answer(self):
        """The page says what is, and not \"try again\"."""
        operator = self.signed_in()
        person = self.add("Sansreponse")
        uuid = uuid_of(self.house, person)
        form, code = operator.form(uuid, "numero"), operator.phone.code()
        self.house.pause(self.house.slapd)
        try:
            answer = operator.send(uuid, "numero", form, piece="cni",
                                   choix="code", code=code)
        finally:
            self.house.resume(self.house.slapd)
        self.assertGoes(answer, PERSON + uuid)
        self.assertIn("apres=1", answer.location)
        page = operator.visitor.get(answer.location)
        self.assertStatus(page, 200)
        self.assertIn("pas arrivée à temps", page.text)

    def test_the_quota(self):
        operator = self.signed_in()
        uuid = uuid_of(self.house, self.add("Quota"))
        forms = together(lambda n: operator.form(uuid, "lien"), range(5))
        statuses = [operator.send(uuid, "lien", form).status
                    for form, _ in forms]
        self.assertEqual(statuses, [303] * 4 + [429])
        self.assertTrue(self.lines("account.link", reason="quota",
                                   actor=f"desk:{operator.login}"))
        told = [x for x in self.house.logs().splitlines()
                if "event=desk.quota" in x]
        self.assertRegex(told[-1], r" operator=\S{12} ")
        self.assertNotIn(operator.login, told[-1])


class OtherActs(DeskCase):
    def test_a_link(self):
        operator = self.operator()
        person = self.add("Lienparti")
        uuid = uuid_of(self.house, person)
        answer = operator.do(uuid, "lien")
        self.assertGoes(answer, PERSON + uuid)
        self.assertIn("Le lien part", operator.visitor.get(
            answer.location).text)
        link = self.house.wait_mail(person, link=True).links[0]
        self.assertGoes(self.house.opened(link).choose(self.PASSWORD),
                        "/mot-de-passe-change")

    def test_an_address(self):
        operator = self.operator()
        person = self.add("Adresseneuve", mail=None)
        uuid = uuid_of(self.house, person)
        self.assertIn("ne recevra pas de lien",
                      operator.look(uuid, "/numero").text)
        answer = operator.do(uuid, "adresse", piece="cni",
                             courriel="moi@ac-exemple.fr")
        self.assertStatus(answer, 422)
        self.assertIn('id="courriel-error"', answer.text)
        answer = operator.do(uuid, "adresse", piece="cni",
                             courriel=f"{person.login}@perso.example")
        self.assertGoes(answer, PERSON + uuid)
        self.assertNotIn("ne recevra pas de lien",
                         operator.look(uuid, "/numero").text)
        page = operator.visitor.get(answer.location)
        self.assertIn("p***@p***.example", page.text)
        self.assertNotIn("@perso.example", page.text)

    def test_unlock(self):
        operator = self.operator()
        person = self.add("Bloquee")
        uuid = uuid_of(self.house, person)
        self.assertIn("pas bloqué", operator.look(uuid).text)
        for _ in range(12):
            self.house.can_log_in(person, "faux")
        page = operator.look(uuid)
        self.assertIn("Bloqué après trop", page.text)
        answer = operator.do(uuid, "deblocage")
        self.assertGoes(answer, PERSON + uuid)
        self.assertTrue(self.house.can_log_in(person, ACTIVE["password"]))

    def test_a_slip_right_after_an_unlock(self):
        """The directory's own count is out of reach without manage: the page
        says so."""
        operator = self.operator()
        person = self.add("Debloquee")
        for _ in range(12):
            self.house.can_log_in(person, "faux")
        answer = operator.do(uuid_of(self.house, person), "deblocage")
        self.assertIn("un de plus le bloque de nouveau",
                      operator.visitor.get(answer.location).text)
        self.house.can_log_in(person, "faux")
        self.assertFalse(self.house.can_log_in(person, ACTIVE["password"]))

    def test_a_letter(self):
        operator = self.operator()
        person = self.add("Lettreneuve", password=None, rentreeActivated=None,
                          birth="1980-10-11")
        uuid = uuid_of(self.house, person)
        answer = operator.do(uuid, "lettre", piece="titre-sejour")
        self.assertStatus(answer, 200)
        self.assertIn('<svg class="qr"', answer.text)
        visitor = self.house.visitor()
        sent = {"code": code_of(answer), "naissance": person.typed_birth,
                **visitor.captcha("/activation")}
        self.assertGoes(visitor.post("/activation", sent),
                        "/nouveau-mot-de-passe")

    def test_a_code_by_telephone(self):
        operator = self.operator()
        person = self.add("Autelephone")
        uuid = uuid_of(self.house, person)
        answer = operator.do(uuid, "telephone")
        self.assertFault(answer, "rappel", "Rappelez")
        answer = operator.do(uuid, "telephone", rappel="1")
        self.assertStatus(answer, 200)
        code = code_of(answer)
        self.assertIn(self.house.proof(person.number),
                      self.house.entry(person)["rentreeProof"])
        self.house.ask_link(person, number=code)


class Killed(DeskCase):
    """The worker dies in the middle of an act that a page asked for."""
    # The telephone's step is the first change of the directory.
    POINTS = (("desk.form-taken", False), ("directory.changed:1", False),
              ("queue.put", False), ("directory.changed:2", True))

    @classmethod
    def setUpClass(cls):
        cls.crash = CrashHouse(settings=SETTINGS)
        CrashHouse.opened_all(cls, cls.crash)
        add_group(cls.crash, PROTECTED, [cls.crash.add_person().dn])

    @property
    def house(self):
        return self.crash

    def check(self, operator, person, point, is_done):
        uuid = uuid_of(self.house, person)
        form, code = operator.form(uuid, "numero"), operator.phone.code()
        self.house.arm("worker", f"{point}=kill")
        answer = operator.visitor.post(
            f"{PERSON}{uuid}/numero",
            {**form, "piece": "cni", "choix": "code", "code": code})
        self.assertTrue(self.house.dead("worker"), "nobody died")
        self.house.disarm()
        self.assertGoes(answer, PERSON + uuid)
        self.assertIn("apres=1", answer.location)
        self.house.revive()
        self.house.wait_ready()
        page = operator.visitor.get(answer.location)
        self.assertIn("fiche non affichée" if is_done
                      else "pas arrivée à temps", page.text)
        # The form is over, whatever became of it.
        self.assertStatus(operator.visitor.post(
            f"{PERSON}{uuid}/numero",
            {**form, "piece": "cni", "choix": "code", "code": code}), 410)
        self.house.settle()
        held = self.house.entry(person)["rentreeProof"]
        self.assertEqual(held != [self.house.proof(person.number)], is_done)
        self.assertEqual(len([x for x in self.house.mails_to(person)
                              if "au guichet" in x.subject]), int(is_done))
        followed = self.lines("desk.followed", login=person.login)
        self.assertEqual([(x["actor"], x["document"], x["establishment"])
                          for x in followed],
                         [(f"desk:{operator.login}", "cni", HERE)] * is_done)

    def test_what_is_the_page_says(self):
        operators = [self.new_operator() for _ in self.POINTS]
        together(lambda x: x.ready(), operators)
        for operator, (point, is_done) in zip(operators, self.POINTS):
            with self.subTest(point):
                self.check(operator, self.add("Tuee"), point, is_done)


class Optional(Case):
    """[desk] second_factor = optional: the telephone is for who has one."""

    def test_without_a_telephone_and_with_one(self):
        house = the_house("desk-optional", settings={"desk": {
            "group": GROUP, "second_factor": "optional"}})
        operator = Operator(house, HERE)
        join(house, operator.dn)
        self.assertStatus(operator.type(SIGNIN, "123456"), 422)
        self.assertGoes(operator.type(SIGNIN, ""), HOME)
        uuid = uuid_of(house, house.add_person(
            rentreeEstablishment=HERE, **ACTIVE))
        page = operator.look(uuid, "/numero")
        self.assertNotIn('name="code"', page.text)
        answer = operator.visitor.post(f"{PERSON}{uuid}/numero", {
            **hidden(page), "piece": "cni", "choix": "code"})
        self.assertStatus(answer, 200)
        code_of(answer)
        # Enrolled, the code is asked for, and the session before is over.
        operator.enrol()
        self.assertGoes(operator.visitor.get(HOME), SIGNIN)
        self.assertStatus(operator.type(SIGNIN, ""), 422)
        operator.sign_in()
        form = operator.form(uuid, "lien")
        answer = operator.visitor.post(f"{PERSON}{uuid}/lien", form)
        self.assertFault(answer, "code", "")


class Bare(Case):
    def test_without_a_group_there_is_no_desk(self):
        for path in (HOME, SIGNIN, ENROL, PERSON + "x"):
            self.assertStatus(self.house.visitor().get(path), 404)
        done = self.house.command(
            "desk", "enrol", self.house.add_person().login, check=False)
        self.assertEqual(done.returncode, 78)


class TheTelephone(unittest.TestCase):
    def test_rfc_6238(self):
        """Appendix B, the last six of its eight digits."""
        secret = base64.b32encode(b"12345678901234567890").decode()
        for at, code in ((59, "287082"), (1111111109, "081804"),
                         (20000000000, "353130")):
            self.assertEqual(totp(secret, at // 30), code)


if __name__ == "__main__":
    unittest.main()
