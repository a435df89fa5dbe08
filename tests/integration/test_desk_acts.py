"""Issue 7, lines 4 to 8: what is done at the desk, from the command line."""
import concurrent.futures
import getpass
import json
import re
import subprocess
import time

import ldap
import ldap.modlist

import faults
from crash import CrashHouse
from house import Person, fresh_numen, servers, wait_until
from shared import Case, canaries, the_house
from test_cli import as_csv, row
from test_doors import disown_link, guarded

GROUPS = f"ou=groups,{servers.SUFFIX}"
DESK = f"cn=secretariat,{GROUPS}"
PROTECTED = f"cn=rentree-protected,{GROUPS}"
CODE = re.compile(r"\A[A-Z][0-9A-Z]{3}(-[0-9A-Z]{4}){2}-[0-9A-Z]\Z")
OLD = "Ancien-Tapis-93-Fleuve"
ACTIVE = {"password": OLD, "rentreeActivated": "20250901080000Z"}
GUARDED = {"desk": {"group": DESK, "protected_group": PROTECTED}}


def put(house, dn, **attributes):
    link = house.directory()
    try:
        link.add_s(dn, ldap.modlist.addModlist(
            {name: [x.encode() for x in (
                value if isinstance(value, list) else [value])]
             for name, value in attributes.items()}))
    finally:
        link.unbind_s()


def add_groups(house):
    """An operator of the desk, somebody protected, and somebody in a group of
    the protected group."""
    people = [house.add_person(**ACTIVE) for _ in range(3)]
    inner = f"cn=direction,{GROUPS}"
    for dn, members in ((DESK, [people[0].dn]), (inner, [people[2].dn]),
                        (PROTECTED, [people[1].dn, inner])):
        put(house, dn, objectClass="groupOfNames", cn=dn.split(",")[0][3:],
            member=members)
    return people


class DeskCase(Case):
    @property
    def house(self):
        house = the_house("desk-acts", settings=GUARDED)
        if not hasattr(house, "members"):
            house.members = add_groups(house)
        return house

    def run_it(self, *arguments, code=0, typed=None):
        done = subprocess.run(
            [servers.BUILD / "rentree", "-c", self.house.config, *arguments],
            input=typed or "", capture_output=True, text=True, check=False,
            timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def reissue(self, person, *options, **how):
        done = self.run_it("numen", "reissue", person.login, "--id-document",
                           "cni", *options, **how)
        if CODE.match(done.stdout.strip()):
            code = done.stdout.strip()
            canaries.update((code, code.replace("-", "")))
            return code
        return done

    def numbers(self, person):
        return sorted(x for x in self.house.entry(person).get(
            "rentreeProof", []))

    def acts(self, person):
        return [x for x in self.house.audit()
                if x.get("login") == person.login]

    def refused(self, person, number):
        """Asked with it, nobody is sent anything."""
        ref = self.house.ask(person, number=number)
        lines = self.house.wait_audit(ref)
        self.assertEqual([x["event"] for x in lines], ["recover.refused"])

    def page_of(self, link):
        return self.house.opened(link).get("/nouveau-mot-de-passe").status


class Reissue(DeskCase):
    def test_a_code_takes_the_place_of_the_number(self):
        person = self.house.add_person(
            rentreeEstablishment=["0590121L", "0599001N"], **ACTIVE)
        link = self.house.ask_link(person)
        self.house.wait_drained()
        opened = self.house.opened(link)
        begin = time.time()
        time.sleep(1)  # the directory keeps whole seconds
        code = self.reissue(person)
        self.assertRegex(code, CODE)
        # At once, whatever the worker does and Redis remembers.
        self.assertStatus(opened.choose(self.PASSWORD), 410)
        entry = self.house.entry(person)
        bare = code.replace("-", "")
        self.assertEqual(entry["rentreeProof"],
                         [self.house.proof(bare, "CODE")])
        days = (time.mktime(time.strptime(
            entry["rentreeCodeEnd"][0], "%Y%m%d%H%M%SZ")) - begin) / 86400
        self.assertTrue(88 < days < 91, days)
        self.assertIn("rentreeReissued", entry)
        shown = json.loads(self.run_it(
            "--json", "account", "show", person.login).stdout)
        self.assertEqual(shown["reissued"][:4], entry["rentreeReissued"][0][:4])
        self.assertIn("T", shown["code_until"])
        for to in (person.mail, f"{person.login}@ac-exemple.fr"):
            found = self.house.box.wait(
                lambda mail, to=to: to in mail.recipients and
                "au guichet" in mail.subject, 15)
            self.assertEqual(len(found), 1, to)
            text = found[0].text
            self.assertIn("nouveau code confidentiel", text)
            self.assertIn("pièce d’identité", text)
            self.assertIn("/pas-moi/", text)
            for secret in (code, bare, person.number):
                self.assertNotIn(secret, text)
        self.house.wait_drained()
        self.assertEqual(self.page_of(link), 410)
        acts = self.acts(person)
        [line] = [x for x in acts if x["event"] == "numen.reissue"]
        self.assertEqual(line["actor"], f"operator:{getpass.getuser()}")
        self.assertEqual(line["document"], "cni")
        self.assertEqual(line["establishment"], "0590121L")
        self.assertRegex(line["ref"], r"\A[0-9A-Z]{8}\Z")
        [after] = [x for x in acts if x["event"] == "desk.followed"]
        self.assertEqual((after["ref"], after["actor"], after["reason"]),
                         (line["ref"], line["actor"], "numen.reissue"))
        self.assertEqual((after["document"], after["establishment"]),
                         ("cni", "0590121L"))
        self.assertNotIn(bare, self.house.audit_file.read_text())
        # It is accepted where the number was, and the number is not.
        self.refused(person, person.number)
        link = self.house.ask_link(person, number=code.lower())
        answer = self.house.opened(link).choose(self.PASSWORD)
        self.assertGoes(answer, "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))

    def test_a_code_finds_a_login(self):
        person = self.house.add_person(family="Guichetier", **ACTIVE)
        code = self.reissue(person)
        answer, _ = guarded(self.house.visitor(), "/identifiant-perdu", {
            "numen": code, "nom": "Guichetier", "prenom": "Camille"})
        self.assertGoes(answer, "/demande-enregistree")
        self.assertIn(person.login, self.house.wait_mail(
            person, "Votre identifiant").text)

    def test_a_code_ends(self):
        person = self.house.add_person(**ACTIVE)
        code = self.reissue(person)
        self.house.change(person, rentreeCodeEnd=time.strftime(
            "%Y%m%d%H%M%SZ", time.gmtime(time.time() - 1)))
        self.refused(person, code)
        answer, _ = guarded(self.house.visitor(), "/identifiant-perdu", {
            "numen": code, "nom": "x", "prenom": "Camille"})
        self.assertGoes(answer, "/demande-enregistree")
        self.house.wait_drained()
        self.assertFalse([x for x in self.house.mails_to(person)
                          if "identifiant" in x.subject])
        # Another one, while it is still good, ends the first.
        second = self.reissue(person)
        third = self.reissue(person)
        self.refused(person, second)
        self.house.ask_link(person, number=third)

    def test_in_english_for_who_reads_english(self):
        person = self.house.add_person(preferredLanguage="en", **ACTIVE)
        self.reissue(person)
        mail = self.house.wait_mail(person, "at the office")
        self.assertIn("new confidential code", mail.text)
        self.assertIn("An identity document was shown", mail.text)

    def test_the_numen_of_the_rectorat(self):
        person = self.house.add_person(**ACTIVE)
        new = fresh_numen()
        canaries.add(new)
        done = self.reissue(person, "--numen", "-", typed=f" {new.lower()}\n")
        self.assertIn("recorded", done.stdout)
        self.assertNotIn(new, done.stdout + done.stderr)
        entry = self.house.entry(person)
        self.assertEqual(entry["rentreeProof"], [self.house.proof(new)])
        self.assertNotIn("rentreeCodeEnd", entry)
        self.refused(person, person.number)
        self.house.ask_link(person, number=new)
        self.house.wait_mail(person, "au guichet")
        done = self.reissue(person, "--numen", "-", typed=new + "\n")
        self.assertIn("already", done.stdout)
        # Again: a code gives way to it, too.
        self.reissue(person)
        self.reissue(person, "--numen", "-", typed=new)
        entry = self.house.entry(person)
        self.assertEqual(entry["rentreeProof"], [self.house.proof(new)])
        self.assertNotIn("rentreeCodeEnd", entry)

    def test_what_is_no_numen_changes_nothing(self):
        person, other = (self.house.add_person(**ACTIVE) for _ in range(2))
        before = self.house.entry(person)
        for typed, code in (("", 65), ("\n", 65), ("09E95\n", 65),
                            ("123456789XY\n", 65), ("\xff\xfe\n", 65),
                            ("A" * 5000, 65), (other.number + "\n", 1)):
            with self.subTest(typed[:20]):
                done = self.reissue(person, "--numen", "-", typed=typed,
                                    code=code)
                self.assertEqual(done.stdout, "")
        for arguments in (("--numen", fresh_numen()), ):
            self.reissue(person, *arguments, code=64)
        self.run_it("numen", "reissue", person.login, code=64)
        self.run_it("numen", "reissue", person.login, "--id-document",
                    "permis", code=64)
        self.run_it("numen", "reissue", "--id-document", "cni", code=64)
        self.assertEqual(self.house.entry(person), before)
        self.run_it("numen", "reissue", "nobody.at-all", "--id-document",
                    "cni", code=65)
        line = self.house.audit()[-1]
        self.assertEqual((line["event"], line["reason"]),
                         ("numen.reissue", "unknown"))
        self.assertNotIn("login", line)

    def test_an_ine_is_for_life(self):
        person = self.house.add_person(kind="INE", **ACTIVE)
        code = self.reissue(person)
        self.assertEqual(self.numbers(person), sorted([
            self.house.proof(person.number, "INE"),
            self.house.proof(code.replace("-", ""), "CODE")]))
        self.house.ask_link(person)
        self.house.ask_link(person, number=code)
        # A second one: the first code goes, the INE stays.
        second = self.reissue(person)
        self.refused(person, code)
        self.assertEqual(self.numbers(person), sorted([
            self.house.proof(person.number, "INE"),
            self.house.proof(second.replace("-", ""), "CODE")]))

    def test_a_letter_ends_with_it(self):
        person = self.house.add_person()
        letter = json.loads(self.run_it(
            "--json", "account", "letter", person.login).stdout)["code"]
        canaries.update((letter, letter.replace("-", "")))
        self.reissue(person)
        entry = self.house.entry(person)
        self.assertNotIn("rentreeLetter", entry)
        self.assertNotIn("rentreeLetterEnd", entry)

    def test_in_json(self):
        person = self.house.add_person(**ACTIVE)
        told = json.loads(self.run_it(
            "--json", "numen", "reissue", person.login, "--id-document",
            "passeport").stdout)
        canaries.update((told["code"], told["code"].replace("-", "")))
        self.assertRegex(told["code"], CODE)
        self.assertEqual(told["login"], person.login)
        self.assertEqual(self.acts(person)[0]["ref"], told["ref"])
        self.assertEqual(self.acts(person)[0]["document"], "passeport")

    def test_back_ends_away(self):
        person = self.house.add_person(**ACTIVE)
        before = self.house.entry(person)
        for part in (self.house.slapd, self.house.redis):
            part.kill()
            try:
                self.reissue(person, code=69)
            finally:
                part.again()
        self.house.wait_ready()
        self.assertEqual(self.house.entry(person), before)
        self.reissue(person)


class Fences(DeskCase):
    def every_act(self, person):
        number = fresh_numen()
        return [
            (("numen", "reissue", person.login, "--id-document", "cni"), None),
            (("numen", "reissue", person.login, "--id-document", "cni",
              "--numen", "-"), number),
            (("account", "invite", person.login), None),
            (("account", "link", person.login), None),
            (("account", "unlock", person.login), None),
            (("account", "letter", person.login), None),
            (("account", "phone-code", person.login), None),
            (("account", "set-recovery-mail", person.login,
              "neuf@courriel.example"), None)]

    def assertFenced(self, person, code, reason):
        before = self.house.entry(person)
        for arguments, typed in self.every_act(person):
            with self.subTest(f"{reason}: {' '.join(arguments[:2])}"):
                done = self.run_it(*arguments, typed=typed, code=code)
                self.assertEqual(done.stdout, "")
                line = self.acts(person)[-1]
                self.assertEqual(line["reason"], reason)
                self.assertTrue(line["actor"].startswith("operator:"))
        self.assertEqual(self.house.entry(person), before)

    def test_not_a_colleague_and_not_who_is_protected(self):
        operator, protected, nested = self.house.members
        self.assertFenced(operator, 77, "desk-operator")
        self.assertFenced(protected, 77, "protected")
        self.assertFenced(nested, 77, "protected")

    def test_not_oneself(self):
        me = getpass.getuser()
        person = Person(me, fresh_numen(), "1975-09-01",
                        f"{me}@courriel.example")
        put(self.house, person.dn,
            objectClass=["inetOrgPerson", "rentreeAccount"], uid=me, sn="Moi",
            givenName="Camille", cn="Camille Moi",
            mail=f"{me}@ac-exemple.fr",
            rentreeProof=self.house.proof(person.number),
            rentreeBirth=self.house.birth(me, person.birth),
            rentreeState="A:SupannActif")
        self.assertFenced(person, 77, "own-account")

    def test_not_who_is_suspended_or_has_left(self):
        suspended = self.house.add_person(**ACTIVE)
        self.house.command("account", "suspend", suspended.login)
        before = self.house.entry(suspended)
        for arguments, typed in self.every_act(suspended):
            self.run_it(*arguments, typed=typed, code=1)
        self.assertEqual(self.house.entry(suspended), before)
        left = self.house.add_person(**{
            **ACTIVE, "rentreeState": "I:SupannInactif"})
        self.assertFenced(left, 1, "left")

    def test_a_protected_group_that_is_not_there_protects_all(self):
        person = self.house.add_person(**ACTIVE)
        self.house.write_config(desk={
            **GUARDED["desk"], "protected_group": f"cn=nobody,{GROUPS}"})
        try:
            self.assertFenced(person, 78, "failed")
        finally:
            self.house.write_config()

    def test_so_many_in_an_hour_and_no_more(self):
        people = [self.house.add_person(**ACTIVE) for _ in range(5)]
        self.house.write_config(desk={**GUARDED["desk"], "reissues_per_hour": 4})
        store = self.house.store()
        for key in store.scan_iter("rentree:quota:*"):
            store.delete(key)
        before = len(self.alarms())
        try:
            self.reissue(people[0])
            self.run_it("account", "link", people[1].login)
            # What is refused, or opens nothing, does not count.
            self.reissue(self.house.members[0], code=77)
            self.run_it("account", "unlock", people[2].login)
            self.run_it("account", "set-recovery-mail", people[2].login,
                        "autre@courriel.example")
            self.run_it("account", "phone-code", people[3].login)
            entry = self.house.entry(people[4])
            for arguments, typed in self.every_act(people[4]):
                if arguments[1] not in ("unlock", "invite", "letter"):
                    done = self.run_it(*arguments, typed=typed, code=75)
                    self.assertEqual(done.stdout, "")
                    self.assertEqual(self.acts(people[4])[-1]["reason"],
                                     "quota")
            self.assertEqual(self.house.entry(people[4]), entry)
            self.run_it("account", "unlock", people[4].login)
            wait_until(lambda: len(self.alarms()) > before, "the alarm")
            self.house.wait_drained()
            self.assertEqual(len(self.alarms()), before + 1)
            self.assertIn(f"operator:{getpass.getuser()}",
                          self.alarms()[-1].text)
            self.assertNotIn(people[4].login, self.alarms()[-1].text)
            # An hour later it may go on: the oldest has left.
            key = f"rentree:quota:cli:{getpass.getuser()}"
            oldest = store.zrange(key, 0, 0)[0]
            store.zincrby(key, -3600 * 1000, oldest)
            self.reissue(people[4])
            self.reissue(people[4], code=75)
        finally:
            self.house.write_config()
            store.delete(f"rentree:quota:cli:{getpass.getuser()}")
            store.close()

    def alarms(self):
        return self.house.box.find(
            lambda mail: "limite d’opérations" in mail.subject)

    def test_they_get_no_link_and_are_told_to_ask_the_support(self):
        """The directory denies the worker their passwords."""
        for person in self.house.members:
            lines = self.house.wait_audit(self.house.ask(person))
            self.assertEqual([(x["event"], x["reason"]) for x in lines],
                             [("recover.refused", "protected")])
            answer, _ = guarded(
                self.house.visitor(), "/changer-mot-de-passe", {
                    "identifiant": person.login, "motdepasse_actuel": OLD,
                    "motdepasse": self.PASSWORD,
                    "confirmation": self.PASSWORD})
            self.assertStatus(answer, 422)
            self.assertIn("adressez-vous à l’assistance", answer.text)
            self.assertTrue(self.house.can_log_in(person, OLD))

    def test_check_says_whom_the_directory_keeps_from_the_worker(self):
        self.house.add_person()
        done = self.run_it("check")
        for key in ("group", "protected_group"):
            self.assertIn(f"[desk] {key}: their passwords are kept",
                          done.stdout)
        self.assertIn("may write userPassword", done.stdout)
        other = f"cn=autre,{GROUPS}"
        put(self.house, other, objectClass="groupOfNames", cn="autre",
            member=self.house.add_person().dn)
        self.house.write_config(desk={"group": other, "protected_group":
                                      f"cn=personne,{GROUPS}"})
        try:
            done = self.run_it("check")
        finally:
            self.house.write_config()
        self.assertRegex(done.stdout, "(?m)^warn .*may write the password of")
        self.assertRegex(done.stdout, "(?m)^warn .*protected_group: there is "
                                      "no such group")

    def test_the_directory_denies_the_worker_their_passwords(self):
        """Even one that was stolen, with our programs thrown away."""
        anybody = self.house.add_person(**ACTIVE)
        link = ldap.initialize(self.house.slapd.uri)
        link.simple_bind_s(servers.WORKER_DN,
                           self.house.folder.secret("directory"))
        try:
            for person in self.house.members:
                with self.assertRaises(ldap.INSUFFICIENT_ACCESS):
                    link.passwd_s(person.dn, None, self.PASSWORD)
                with self.assertRaises(ldap.INSUFFICIENT_ACCESS):
                    link.modify_s(person.dn, [(
                        ldap.MOD_REPLACE, "userPassword",
                        [self.PASSWORD.encode()])])
                with self.assertRaises(ldap.INSUFFICIENT_ACCESS):
                    link.modify_s(person.dn, [(
                        ldap.MOD_ADD, "rentreeProof", [b"{CODE}1$x"])])
                self.assertTrue(self.house.can_log_in(person, OLD))
            link.passwd_s(anybody.dn, None, self.PASSWORD)
            link.modify_s(anybody.dn, [(
                ldap.MOD_ADD, "rentreeProof", [b"{CODE}1$x"])])
        finally:
            link.unbind_s()
        self.assertTrue(self.house.can_log_in(anybody, self.PASSWORD))


class Account(DeskCase):
    def set_address(self, person, address, *options, code=0):
        return self.run_it("account", "set-recovery-mail", person.login,
                           address, *options, code=code)

    def test_a_first_address_counts_at_once(self):
        person = self.house.add_person(mail=None, **ACTIVE)
        self.set_address(person, "premiere@courriel.example",
                         "--id-document", "titre-sejour")
        entry = self.house.entry(person)
        self.assertEqual(entry["rentreeRecoveryMail"],
                         ["premiere@courriel.example"])
        self.assertIn("rentreeRecoveryMailVerified", entry)
        [line] = [x for x in self.acts(person)
                  if x["event"] == "account.recovery-mail"]
        self.assertEqual(line["document"], "titre-sejour")
        self.assertNotIn("reason", line)
        person.mail = "premiere@courriel.example"
        self.house.ask_link(person)

    def test_another_one_waits_a_day_and_both_are_told(self):
        person = self.house.add_person(**ACTIVE)
        link = self.house.ask_link(person)
        done = self.set_address(person, "Seconde@courriel.example",
                                "--id-document", "cni")
        self.assertIn("until", done.stdout)
        entry = self.house.entry(person)
        self.assertEqual(entry["rentreeRecoveryMail"], [person.mail])
        due, _, address = entry["rentreeRecoveryMailPending"][0].partition("$")
        self.assertEqual(address.lower(), "seconde@courriel.example")
        hours = (time.mktime(time.strptime(due, "%Y%m%d%H%M%SZ")) -
                 time.mktime(time.gmtime())) / 3600
        self.assertTrue(23.9 < hours < 24.1, hours)
        for to in (person.mail, f"{person.login}@ac-exemple.fr"):
            found = self.house.box.wait(
                lambda mail, to=to: to in mail.recipients and
                "au guichet" in mail.subject, 15)
            self.assertIn("nouvelle adresse de secours", found[0].text)
            self.assertIn("Elle remplacera", found[0].text)
            self.assertNotIn("econde@", found[0].text)
        self.house.wait_drained()
        # The link in the old mailbox is over; a new one still goes there.
        self.assertEqual(self.page_of(link), 410)
        self.house.ask_link(person)
        self.house.change(person, rentreeRecoveryMailPending=re.sub(
            r"\A\d{8}", "20260101",
            entry["rentreeRecoveryMailPending"][0]))
        person.mail = address
        self.house.ask_link(person)

    def test_the_operators_own_word_counts_at_once(self):
        person = self.house.add_person(**ACTIVE)
        old, link = person.mail, self.house.ask_link(person)
        done = self.set_address(person, "nouvelle@courriel.example")
        self.assertNotIn("until", done.stdout)
        self.house.wait_drained()
        self.assertEqual(self.page_of(link), 410)
        self.assertTrue(self.house.box.wait(
            lambda mail: old in mail.recipients and
            "au guichet" in mail.subject, 15))
        person.mail = "nouvelle@courriel.example"
        self.house.ask_link(person)

    def test_not_me_cancels_it(self):
        person = self.house.add_person(**ACTIVE)
        self.set_address(person, "voleur@courriel.example",
                         "--id-document", "cni")
        mail = self.house.wait_mail(person, "au guichet")
        self.assertGoes(self.house.visitor().post(disown_link(mail), {}),
                        "/pas-moi-enregistre")
        self.assertNotIn("rentreeRecoveryMailPending",
                         self.house.entry(person))
        self.assertIn("rentreeDisowned", self.house.entry(person))

    def test_what_is_no_rescue_address(self):
        person = self.house.add_person(**ACTIVE)
        before = self.house.entry(person)
        for address in ("nothing", f"{person.login}@ac-exemple.fr"):
            self.set_address(person, address, code=65)
        self.set_address(person, "a@courriel.example", "--id-document", "x",
                         code=64)
        self.assertEqual(self.house.entry(person), before)

    def test_a_lock_of_wrong_passwords_and_no_other(self):
        person = self.house.add_person(**ACTIVE)
        for _ in range(10):
            self.house.can_log_in(person, "wrong")
        self.assertFalse(self.house.can_log_in(person, OLD))
        done = self.run_it("account", "unlock", person.login)
        self.assertIn("not locked any more", done.stdout)
        # One more wrong password is one, not the eleventh.
        self.assertNotIn("pwdFailureTime", self.house.entry(person))
        self.house.can_log_in(person, "wrong")
        self.assertTrue(self.house.can_log_in(person, OLD))
        done = self.run_it("account", "unlock", person.login)
        self.assertIn("was not locked", done.stdout)
        self.house.change(person, pwdAccountLockedTime="000001010000Z")
        done = self.run_it("account", "unlock", person.login, code=1)
        self.assertIn("rentree account resume", done.stderr)
        self.assertEqual(
            [x.get("reason") for x in self.acts(person)
             if x["event"] == "account.unlock"],
            [None, "not-needed", "admin-lock"])

    def test_a_link(self):
        person = self.house.add_person(**ACTIVE)
        self.run_it("account", "link", person.login)
        mail = self.house.wait_mail(person, "nouveau mot de passe")
        self.assertGoes(self.house.opened(mail.links[0]).choose(
            self.PASSWORD), "/mot-de-passe-change")
        dormant = self.house.add_person()
        self.run_it("account", "link", dormant.login)
        self.house.wait_mail(dormant, "activer votre compte")
        nowhere = self.house.add_person(mail=None, **ACTIVE)
        done = self.run_it("account", "link", nowhere.login, code=1)
        self.assertIn("no rescue address", done.stderr)

    def test_a_code_for_the_telephone(self):
        person = self.house.add_person(**ACTIVE)
        done = self.run_it("account", "phone-code", person.login)
        code = done.stdout.strip()
        canaries.update((code, code.replace("-", "")))
        self.assertRegex(code, CODE)
        end = self.house.entry(person)["rentreeCodeEnd"][0]
        hours = (time.mktime(time.strptime(end, "%Y%m%d%H%M%SZ")) -
                 time.mktime(time.gmtime())) / 3600
        self.assertTrue(23.9 < hours < 24.1, hours)
        self.assertIn("par téléphone",
                      self.house.wait_mail(person, "au guichet").text)
        # Beside the number, which was not lost.
        self.house.ask_link(person, number=code)
        self.house.ask_link(person)
        second = self.run_it("account", "phone-code",
                             person.login).stdout.strip()
        canaries.update((second, second.replace("-", "")))
        self.refused(person, code)
        self.assertEqual(len(self.numbers(person)), 2)


class Feed(DeskCase):
    """What a feed makes of what the desk did."""

    def provision(self, *rows):
        path = self.house.folder / "desk.csv"
        path.write_text(as_csv(rows))
        self.house.command("provision", "run", "--partial", "--year", 2026,
                           path)

    def people(self, family):
        link = self.house.directory()
        try:
            return link.search_s(servers.PEOPLE, ldap.SCOPE_ONELEVEL,
                                 f"(sn={family})")
        finally:
            link.unbind_s()

    def one(self, family):
        [(dn, _)] = self.people(family)
        login = dn.partition(",")[0].partition("=")[2]
        return Person(login, None, "1975-09-01", None)

    def test_the_old_number_again(self):
        """It neither makes somebody new nor comes back."""
        old, new = fresh_numen(), fresh_numen()
        cells = row(numen=old, nom_naissance="Guichetard", prenoms="Zoé",
                    courriel_perso="guichetard@courriel.example")
        self.provision(cells)
        person = self.one("Guichetard")
        code = self.reissue(person)
        want = [self.house.proof(code.replace("-", ""), "CODE")]
        for _ in range(2):
            self.provision(cells)
            self.assertEqual(self.numbers(self.one("Guichetard")), want)
        self.reissue(person, "--numen", "-", typed=new)
        for _ in range(2):
            self.provision(cells)
            self.assertEqual(self.numbers(self.one("Guichetard")),
                             [self.house.proof(new)])
        # The staff office has it at last: the same person, the same number.
        cells["numen"] = new
        canaries.add(new)
        for _ in range(2):
            self.provision(cells)
            self.assertEqual(self.numbers(self.one("Guichetard")),
                             [self.house.proof(new)])
        self.assertIn(self.house.source(new),
                      self.house.entry(person)["rentreeSource"])

    def test_an_address_set_at_the_desk_stays(self):
        cells = row(nom_naissance="Guichetin", prenoms="Zoé")
        self.provision(cells)
        person = self.one("Guichetin")
        self.run_it("account", "set-recovery-mail", person.login,
                    "guichet@courriel.example", "--id-document", "cni")
        cells["courriel_perso"] = "export@courriel.example"
        self.provision(cells)
        self.assertEqual(self.house.entry(person)["rentreeRecoveryMail"],
                         ["guichet@courriel.example"])


class Together(DeskCase):
    """Several at once: all have looked before one writes."""
    COUNT = 5

    @classmethod
    def setUpClass(cls):
        cls.crash = CrashHouse(settings=GUARDED)
        CrashHouse.opened_all(cls, cls.crash)
        add_groups(cls.crash)

    @property
    def house(self):
        return self.crash

    def at_once(self, person, *arguments):
        self.crash.arm("cli", "queue.put=pause:1500")
        with concurrent.futures.ThreadPoolExecutor(self.COUNT) as pool:
            runs = [pool.submit(self.crash.operate, *arguments)
                    for _ in range(self.COUNT)]
            ends = [run.result() for run in runs]
        self.crash.disarm()
        return ends

    def check(self, person, ends):
        codes = [x.stdout.strip() for x in ends if x.returncode == 0]
        for code in codes:
            canaries.update((code, code.replace("-", "")))
        self.assertEqual(sorted(x.returncode for x in ends),
                         [0] + [1] * (self.COUNT - 1),
                         [x.stderr for x in ends])
        held = [x for x in self.numbers(person) if x.startswith("{CODE}")]
        self.assertEqual(held, [self.house.proof(
            codes[0].replace("-", ""), "CODE")])
        acts = [x.get("reason") for x in self.acts(person)
                if x["event"] != "desk.followed"]
        self.assertEqual(sorted(acts, key=str), sorted(
            [None] + ["changed-meanwhile"] * (self.COUNT - 1), key=str))
        self.crash.settle()
        self.assertEqual(len([x for x in self.house.mails_to(person)
                              if "au guichet" in x.subject]), 1)

    def test_exactly_one_wins(self):
        for how in ({}, {"kind": "INE"}, {"rentreeProof": None}):
            with self.subTest(str(how)):
                person = self.house.add_person(**how, **ACTIVE)
                self.check(person, self.at_once(
                    person, "numen", "reissue", person.login,
                    "--id-document", "cni"))

    def test_exactly_one_code_by_telephone(self):
        person = self.house.add_person(**ACTIVE)
        self.check(person, self.at_once(
            person, "account", "phone-code", person.login))


class Trail(DeskCase):
    """What the audit has of one person, for who asks what we know of them."""

    def test_all_of_it(self):
        person, other = (self.house.add_person(**ACTIVE) for _ in range(2))
        self.run_it("account", "show", person.login)
        self.reissue(person)
        self.reissue(other)
        wait_until(lambda: "desk.followed" in [
            x["event"] for x in self.acts(person)], "what follows")
        lines = [json.loads(x) for x in self.run_it(
            "audit", "export", person.login).stdout.splitlines()]
        self.assertEqual(lines, self.acts(person)[:-1])
        self.assertEqual(self.acts(person)[-1]["event"], "audit.export")
        self.assertEqual({x["login"] for x in lines}, {person.login})
        events = [x["event"] for x in lines]
        for event in ("account.show", "numen.reissue", "desk.followed"):
            self.assertIn(event, events)
        told = json.loads(self.run_it(
            "--json", "audit", "export", person.login).stdout)
        self.assertEqual(told[:len(lines)], lines)
        self.assertEqual(told[-1]["event"], "audit.export")
        self.run_it("audit", "verify")
        # A file that was rotated away is part of it.
        events = [x["event"] for x in self.acts(person)]
        whole = self.house.audit_file
        whole.rename(f"{whole}.1")
        packed = whole.with_name(f"{whole.name}.2.gz")
        packed.write_bytes(b"")
        self.run_it("account", "show", person.login)
        done = self.run_it("--json", "audit", "export", person.login)
        self.assertIn(packed.name, done.stderr)
        self.assertEqual([x["event"] for x in json.loads(done.stdout)],
                         events + ["account.show"])
