"""Issue 2, line 8: `rentree`, and the accounts it makes."""
import collections
import csv
import io
import json
import re
import shutil
import stat
import subprocess
import time
import unittest

import ldap

from house import House, Person, fresh_ine, fresh_numen, servers, wait_until
from shared import Case, canaries, crashes_of, the_house

HEAD = ("type", "numen", "ine", "employe", "civilite", "nom_naissance",
        "nom_usage", "prenoms", "date_naissance", "uai", "courriel_perso",
        "telephone", "debut", "fin")


def row(**cells):
    base = {"type": "enseignant", "numen": "", "prenoms": "Camille",
            "nom_naissance": "Essai", "date_naissance": "01/09/1975",
            "uai": "0590121L"}
    if "ine" not in cells and "employe" not in cells:
        base["numen"] = fresh_numen()
    base.update(cells)
    for name in ("numen", "ine"):
        if len(base.get(name, "")) > 10:
            canaries.add(base[name])
    return base


def as_csv(rows, delimiter=";"):
    out = io.StringIO()
    table = csv.DictWriter(out, HEAD, restval="", delimiter=delimiter,
                           lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


class Provision(Case):
    @property
    def house(self):
        return the_house("provision")

    def file(self, rows, name="people.csv", encoding="utf-8", **how):
        path = self.house.folder / name
        text = rows if isinstance(rows, str) else as_csv(rows, **how)
        path.write_bytes(text.encode(encoding))
        return path

    def run_it(self, *files, code=0, year=2026, options=()):
        """A delta: the tests of this house do not know each other's people."""
        done = self.house.command("provision", "run", "--partial", "--year",
                                  year, *options, *files, check=False)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done

    def people(self):
        """All of the directory: {login: attributes}."""
        link = self.house.directory()
        found = link.search_s(servers.PEOPLE, ldap.SCOPE_ONELEVEL,
                              attrlist=["*"])
        link.unbind_s()
        people = [{name: [value.decode("utf-8", "replace")
                          for value in values]
                   for name, values in entry.items()} for _, entry in found]
        return {entry["uid"][0]: entry for entry in people}

    def names(self):
        link = self.house.directory()
        found = link.search_s(servers.LOGINS, ldap.SCOPE_ONELEVEL)
        link.unbind_s()
        return {x["rentreeLogin"][0].decode() for _, x in found}

    def person_of(self, login, one):
        day, month, year = one["date_naissance"].split("/")
        return Person(login, one["numen"] or one["ine"],
                      f"{year}-{month}-{day}", one["courriel_perso"])

    def test_homonyms_accents_digests_and_the_invitation(self):
        numbers = [fresh_numen() for _ in range(3)]
        rows = [row(numen=n, nom_naissance="Quentinval", prenoms=p,
                    courriel_perso=f"q{i}@courriel.example")
                for i, (n, p) in enumerate(zip(
                    numbers, ("Julie", "Jean, Marie", "Jade")))]
        rows += [
            row(nom_naissance="Müller-Œuvrard", prenoms="Zoé"),
            row(nom_naissance="de La Tournelle", prenoms="Jean-Baptiste"),
            row(nom_naissance="O’Brienne", prenoms="Seán"),
            row(nom_naissance="DUBOISIN", nom_usage="LE GOFFIC",
                prenoms="Gwenaëlle"),
            row(type="etudiant", ine=fresh_ine(), nom_naissance="Traorine",
                prenoms="Moïse", date_naissance="17/03/2006"),
            row(type="externe", employe="E4711", nom_naissance="Externet",
                prenoms="Ève"),
        ]
        done = self.run_it(self.file(rows), options=["--report",
                           self.house.folder / "report.json"])
        people = self.people()
        for login in ("jquentinval", "jquentinval1", "jquentinval2",
                      "zmulleroeuvrard", "jdelatournelle", "sobrienne",
                      "glegoffic", "mtraorine", "eexternet"):
            self.assertIn(login, people, done.stdout)
            self.assertIn(login, self.names())
        # The order is that of the numbers, whatever the file's.
        for n, (login, number) in enumerate(zip(
                ("jquentinval", "jquentinval1", "jquentinval2"),
                sorted(numbers))):
            entry = people[login]
            self.assertEqual(entry["rentreeProof"],
                             [self.house.proof(number)])
            self.assertEqual(entry["rentreeBirth"],
                             [self.house.birth(login, "1975-09-01")])
            self.assertIn(self.house.source(number), entry["rentreeSource"])
            self.assertNotIn("userPassword", entry)
            self.assertEqual(entry["rentreeState"], ["A:SupannActif"])
            self.assertEqual(entry["rentreeKind"], ["enseignant"])
            self.assertEqual(entry["rentreeEstablishment"], ["0590121L"])
            self.assertEqual(set(entry["objectClass"]),
                             {"inetOrgPerson", "rentreeAccount"})
            self.assertTrue(entry["mail"][0].endswith("@ac-exemple.fr"))
        self.assertEqual(len({x["mail"][0] for x in people.values()}),
                         len(people))
        ine = rows[7]["ine"]
        self.assertEqual(people["mtraorine"]["rentreeProof"],
                         [self.house.proof(ine, "INE")])
        self.assertEqual(people["eexternet"]["rentreeSource"],
                         [self.house.source("E4711", "EMP")])
        self.assertNotIn("rentreeProof", people["eexternet"])
        self.assertEqual(people["glegoffic"]["rentreeBirthName"],
                         ["DUBOISIN"])
        report = json.loads((self.house.folder / "report.json").read_text())
        self.assertEqual(report["counts"]["created"], 9)
        # Each with a rescue address is invited, and the link opens.
        invited = Person("", "", "1975-09-01", "q0@courriel.example")
        mail = self.house.wait_mail(invited, "activez")
        visitor = self.house.opened(mail.links[0])
        page = visitor.get("/nouveau-mot-de-passe")
        self.assertStatus(page, 200)
        self.assertIn("Activer mon compte", page.text)
        self.assertGoes(visitor.choose(self.PASSWORD, charter=True),
                        "/mot-de-passe-change")
        login = next(x for x in people
                     if people[x].get("rentreeRecoveryMail") ==
                     ["q0@courriel.example"])
        self.assertTrue(self.house.can_log_in(
            Person(login, "", "1975-09-01", ""), self.PASSWORD))
        wait_until(lambda: "rentreeActivated" in self.house.entry(
            Person(login, "", "1975-09-01", "")), "the note")

    def test_provisioned_people_get_back_in(self):
        one = row(nom_naissance="Retourneau", prenoms="Lucie",
                  courriel_perso="retour@courriel.example")
        self.run_it(self.file([one]))
        person = self.person_of("lretourneau", one)
        self.house.wait_mail(person, "activez")
        link = self.house.ask_link(person)
        self.assertGoes(self.house.opened(link).choose(self.PASSWORD),
                        "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))

    def test_bad_rows_are_named_and_the_good_ones_applied(self):
        good = row(nom_naissance="Bonnerangee", prenoms="Anne")
        rows = [good,
                row(type="licorne"), row(numen="12E"),
                row(date_naissance="31/02/1975"), row(prenoms=""),
                row(nom_naissance=""),
                {**row(employe="x"), "employe": ""},
                row(ine="12345"), row(uai="0590121"), row(fin="demain")]
        path = self.file(rows)
        done = self.run_it(path, code=65, options=["--json", "--report",
                           self.house.folder / "bad.json"])
        for line, column in [(3, "type"), (4, "numen"),
                             (5, "date_naissance"), (6, "prenoms"),
                             (7, "nom_naissance"), (8, "numen"), (9, "ine"),
                             (10, "uai"), (11, "fin")]:
            self.assertRegex(done.stderr, rf"(?m)^{path}:{line}: "
                                          rf"{column}: \S")
        self.assertIn("abonnerangee", self.people())
        report = json.loads((self.house.folder / "bad.json").read_text())
        self.assertEqual(len(report["rejected"]), 9)
        self.assertEqual(
            set(report["rejected"][0]),
            {"file", "line", "column", "reason"})
        self.assertEqual(json.loads(done.stdout)["counts"]["created"], 1)
        for text in (done.stderr, done.stdout):
            self.assertNotIn("01/09/1975", text)
            self.assertNotIn(good["numen"], text)

    def test_encodings_delimiters_and_unknown_columns(self):
        one = row(nom_naissance="Windowsèle", prenoms="Noël")
        self.run_it(self.file([one], "w.csv", "cp1252"))
        two = row(nom_naissance="Marquebome", prenoms="Noé")
        self.run_it(self.file([two], "b.csv", "utf-8-sig", delimiter=","))
        three = row(nom_naissance="Colonnade", prenoms="Léa")
        text = as_csv([three]).replace("\n", ";couleur\n", 1).replace(
            "\n", ";bleu\n").replace(";couleur;bleu", ";couleur")
        done = self.run_it(self.file(text, "c.csv"))
        self.assertIn("couleur", done.stderr)
        people = self.people()
        self.assertEqual(people["nwindowsele"]["sn"], ["Windowsèle"])
        self.assertIn("nmarquebome", people)
        self.assertIn("lcolonnade", people)

    def test_a_second_run_changes_nothing(self):
        rows = [row(nom_naissance=f"Deuxfois{c}", prenoms="Al")
                for c in "abcdefgh"]
        path = self.file(rows)
        self.run_it(path)
        before, names = self.people(), self.names()
        stamps = self.stamps()
        done = self.run_it(path, options=["--json"])
        counts = json.loads(done.stdout)["counts"]
        self.assertEqual(counts["created"], 0)
        self.assertEqual(counts["unchanged"], 8)
        self.assertEqual(self.people(), before)
        self.assertEqual(self.names(), names)
        self.assertEqual(self.stamps(), stamps)

    def stamps(self):
        link = self.house.directory()
        found = link.search_s(servers.SUFFIX, ldap.SCOPE_SUBTREE,
                              attrlist=["entryCSN"])
        link.unbind_s()
        return sorted((dn, x["entryCSN"][0]) for dn, x in found
                      if "ou=services" not in dn and "rentreeInvited"
                      not in dn)

    def test_a_leaver_gets_no_link_and_no_invitation(self):
        gone = row(nom_naissance="Partie", prenoms="Hélène",
                   courriel_perso="partie@courriel.example",
                   debut="01/09/1999", fin="31/08/2020")
        self.run_it(self.file([gone]))
        person = self.person_of("hpartie", gone)
        ref = self.house.ask(person)
        self.assertEqual(self.house.wait_audit(ref)[0]["reason"], "left")
        self.house.wait_drained()
        self.assertEqual(self.house.mails_to(person), [])

    def test_an_address_of_our_own_domain_rescues_nobody(self):
        one = row(nom_naissance="Interne", prenoms="Rémi",
                  courriel_perso="remi@ac-exemple.fr")
        done = self.run_it(self.file([one]))
        self.assertIn("courriel_perso", done.stderr)
        self.assertNotIn("rentreeRecoveryMail", self.people()["rinterne"])

    def test_plan_then_apply_exactly_that(self):
        plan = self.house.folder / "the.plan"
        one = row(nom_naissance="Planifiee", prenoms="Rose")
        self.house.command("provision", "plan", "--partial",
                           "--year", 2026, self.file([one]), "--out", plan)
        self.assertNotIn("rplanifiee", self.people())
        self.assertEqual(stat.S_IMODE(plan.stat().st_mode), 0o600)
        text = plan.read_text()
        self.assertNotIn(one["numen"], text)
        self.assertNotIn("1975", text)
        changed = self.house.folder / "changed.plan"
        changed.write_text(text.replace("Rose", "Rosa"))
        done = self.house.command("provision", "apply", changed, check=False)
        self.assertEqual(done.returncode, 1)
        short = self.house.folder / "short.plan"
        short.write_text(text[:len(text) // 2])
        done = self.house.command("provision", "apply", short, check=False)
        self.assertIn(done.returncode, (1, 65))
        self.assertNotIn("rplanifiee", self.people())
        self.house.command("provision", "apply", plan)
        self.assertIn("rplanifiee", self.people())
        self.house.command("provision", "apply", plan)

    def test_two_runs_at_once_make_no_duplicates(self):
        """With one configuration the second is told to come back; with two
        copies of it they race, and the names decide."""
        rows = [row(nom_naissance="Course", prenoms=f"P{c}")
                for c in "abcdefghijklmnopqrstuvwxyz"]
        path = self.file(rows)
        copy = self.house.folder / "copy.conf"
        shutil.copy(self.house.config, copy)
        runs = [subprocess.Popen(
            [servers.BUILD / "rentree", "-c", config, "provision", "run",
             "--partial", "--year", "2026", path], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=self.house.env)
            for config in (self.house.config, copy, self.house.config)]
        ends = [run.communicate(timeout=60) + (run.returncode,)
                for run in runs]
        self.assertLessEqual({x[2] for x in ends}, {0, 1, 75}, ends)
        self.run_it(path)
        people = [x for x in self.people().values() if x["sn"] == ["Course"]]
        self.assertEqual(len(people), len(rows))
        for attribute in ("rentreeProof", "mail", "uid"):
            self.assertEqual(len({x[attribute][0] for x in people}),
                             len(rows))

    def test_killed_in_the_middle_and_run_again(self):
        rows = [row(nom_naissance="Coupure", prenoms=f"Q{i:03d}",
                    courriel_perso=f"coupure{i}@courriel.example")
                for i in range(300)]
        path = self.file(rows)

        def count():
            return sum(x["sn"] == ["Coupure"]
                       for x in self.people().values())

        cuts = 0
        for enough in (20, 80, 160, 230):
            child = subprocess.Popen(
                [servers.BUILD / "rentree", "-c", self.house.config,
                 "provision", "run", "--partial", "--year", "2026", path],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=self.house.env)
            while child.poll() is None and count() < enough:
                time.sleep(0.005)
            cuts += child.poll() is None
            child.kill()
            child.wait()
        self.assertGreater(cuts, 1, "it was never cut off")
        self.run_it(path)
        self.assertEqual(count(), 300)
        people = [x for x in self.people().values()
                  if x["sn"] == ["Coupure"]]
        self.assertEqual({x["rentreeProof"][0] for x in people},
                         {self.house.proof(x["numen"]) for x in rows})
        for attribute in ("mail", "uid"):
            self.assertEqual(len({x[attribute][0] for x in people}), 300)
        # Nobody pays for the kills: names have no holes, and everyone is
        # invited, once.
        self.assertEqual({x["uid"][0] for x in people},
                         {f"qcoupure{n or ''}" for n in range(300)})
        self.house.wait_drained(60)
        self.assertEqual(self.invited("coupure"), [1] * 300)
        # The plans that were cut off are still there, and harmless.
        plans = list(self.house.folder.path.glob("rentree-*.plan"))
        self.assertGreaterEqual(len(plans), cuts - 1)
        for plan in plans:
            self.house.command("provision", "apply", plan)
        self.assertEqual(count(), 300)
        self.house.wait_drained(60)
        self.assertEqual(self.invited("coupure"), [1] * 300)

    def invited(self, start):
        """How many mails came to each address that starts so."""
        mails = collections.Counter(
            mail.recipients[0] for mail in self.house.box.find(
                lambda mail: mail.recipients[0].startswith(start)))
        return list(mails.values())

    def test_usage(self):
        for arguments, code in [
                ((), 64), (("provision", "run"), 64),
                (("provision", "run", "--year", "26", "x.csv"), 64),
                (("provision", "run", "--year", "2026", "/nowhere.csv"), 65),
                (("account", "suspend"), 64),
                (("account", "suspend", "nobody-of-that-name"), 65),
                (("bogus",), 64), (("--help",), 0), (("--version",), 0)]:
            with self.subTest(arguments):
                done = self.house.command(*arguments, check=False)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertTrue(done.stderr if code else done.stdout)

    def test_usage_fits_a_narrow_terminal(self):
        for group in ("", "provision", "numen", "account", "desk", "limits",
                      "queue", "audit", "keys", "check", "mail"):
            for line in self.house.command(*group.split(), "--help") \
                    .stdout.splitlines():
                self.assertLessEqual(len(line), 60, line)

    def test_a_refusal_names_whom_it_is_about(self):
        for words in (("suspend", "nobody-x"), ("link", "nobody-x"),
                      ("set-recovery-mail", "nobody-x", "a@b.example")):
            done = self.house.command("account", *words, check=False)
            self.assertEqual(done.returncode, 65, done.stderr)
            self.assertIn("nobody-x: no account", done.stderr)

    def test_a_file_that_is_refused_whole_has_a_report(self):
        """Or cron would go on reading the report of yesterday."""
        report = self.house.folder / "refused.json"
        report.write_text('{"counts": {"rows": 7}}')
        path = self.house.folder / "refused.csv"
        path.write_text("type;prenoms\netudiant;Ada\n")
        done = self.house.command(
            "--json", "provision", "run", "--year", "2026", path,
            "--report", report, check=False)
        self.assertEqual(done.returncode, 65)
        told = json.loads(report.read_text())
        self.assertIn("date_naissance", told["error"])
        self.assertEqual(told["rejected"], [])
        self.assertEqual(json.loads(done.stdout), told)
        self.assertIn(f"{path}:1: ", done.stderr)

    def test_back_ends_away(self):
        path = self.file([row(nom_naissance="Absente", prenoms="Zoë")])
        for part in (self.house.slapd, self.house.redis):
            part.kill()
            try:
                self.run_it(path, code=69)
            finally:
                part.again()
        self.house.wait_ready()
        self.run_it(path)
        self.assertIn("zabsente", self.people())


class Keys(Case):
    def test_keys_init_in_json(self):
        folder = self.house.folder / "json-keys"
        for result in ("created", "kept"):
            done = self.house.command("--json", "keys", "init", "--dir",
                                      folder)
            items = json.loads(done.stdout)
            self.assertEqual({x["result"] for x in items}, {result})
            self.assertIn(str(folder / "public" / "worker.pub"),
                          [x["file"] for x in items])

    def test_keys_init_creates_what_is_missing_and_overwrites_nothing(self):
        folder = self.house.folder / "other-keys"
        self.house.command("keys", "init", "--dir", folder)
        files = {path.relative_to(folder): path.read_bytes()
                 for path in folder.rglob("*") if path.is_file()}
        self.assertEqual(
            {str(name) for name in files},
            {"web/captcha.key", "web/limiter.key", "worker/worker.key",
             "worker/record.key", "worker/numen-1.key", "worker/audit.key",
             "worker/operator.key", "public/worker.pub"})
        for name, content in files.items():
            mode = stat.S_IMODE((folder / name).stat().st_mode)
            self.assertEqual(mode, 0o444 if name.parts[0] == "public"
                             else 0o400, name)
            self.assertEqual(len(content), 32)
        self.assertEqual(len(set(files.values())), len(files))
        (folder / "web" / "limiter.key").unlink()
        self.house.command("keys", "init", "--dir", folder)
        for name, content in files.items():
            again = (folder / name).read_bytes()
            self.assertEqual(again == content,
                             str(name) != "web/limiter.key")

    def test_a_key_others_can_read_is_refused(self):
        house = self.house
        key = house.folder / "keys" / "web" / "captcha.key"
        key.chmod(0o444)
        try:
            done = subprocess.run(
                [servers.BUILD / "rentree-web", "-c", house.config, "-t"],
                capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 78, done.stderr)
            self.assertIn("captcha.key", done.stderr)
        finally:
            key.chmod(0o400)


class Check(Case):
    def test_all_is_well(self):
        done = self.house.command("check", check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotRegex(done.stdout, r"(?m)^fail")
        for word in ("config", "directory", "redis", "smtp|mail"):
            self.assertRegex(done.stdout, rf"(?m)^(ok|warn) .*({word})")
        told = json.loads(self.house.command("--json", "check").stdout)
        self.assertTrue(told)

    def test_what_is_away_is_said(self):
        house = the_house("provision")
        for part, word in ((house.slapd, "directory"),
                           (house.redis, "redis")):
            part.kill()
            try:
                done = house.command("check", check=False)
                self.assertEqual(done.returncode, 69, done.stdout)
                self.assertRegex(done.stdout, rf"(?m)^fail .*{word}")
            finally:
                part.again()
        house.wait_ready()

    def test_a_wrong_configuration_is_told_line_by_line(self):
        text = self.house.config.read_text()
        bad = self.house.folder / "bad.conf"
        bad.write_text(text.replace("[limits]", "[limits]\nper_adress = 1/1m")
                       .replace("[captcha]\nmode = pow_or_code",
                                "[captcha]\nmode = maybe"))
        lines = bad.read_text().splitlines()
        for program in ("rentree-web", "rentree-worker", "rentree"):
            arguments = ["check"] if program == "rentree" else ["-t"]
            done = subprocess.run(
                [servers.BUILD / program, "-c", bad, *arguments],
                capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 78, done.stderr)
            n = lines.index("per_adress = 1/1m") + 1
            self.assertRegex(done.stderr, rf"(?m)^{bad}:{n}: .*per_address")
            n = lines.index("mode = maybe") + 1
            self.assertRegex(done.stderr, rf"(?m)^{bad}:{n}: ")

    def test_a_wrong_line_hides_no_wrong_value(self):
        """Every error at once, whoever finds it; nothing twice."""
        bad = self.house.folder / "bad.conf"
        bad.write_text("[site]\nnam = x\nlanguages = de\n"
                       "[web]\nlisten = nowhere\nconnections = many\n"
                       "[mail]\nsmtp = gopher://x\n"
                       "[captcha]\nmode = off\n")
        for program in ("rentree-web", "rentree-worker", "rentree"):
            arguments = ["check"] if program == "rentree" else ["-t"]
            done = subprocess.run(
                [servers.BUILD / program, "-c", bad, *arguments],
                capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 78, done.stderr)
            for line, key in ((2, "nam"), (3, "languages"), (5, "listen"),
                              (6, "connections"), (8, "smtp"), (10, "mode"),
                              (0, "public_url")):
                found = re.findall(rf"(?m)^{bad}:{line}: .*\b{key}\b",
                                   done.stderr)
                self.assertEqual(len(found), 1, (key, done.stderr))

    def test_daemons_check_and_leave(self):
        for program in ("rentree-web", "rentree-worker"):
            for arguments, code in [(["-c", self.house.config, "-t"], 0),
                                    (["--version"], 0), (["--help"], 0),
                                    (["--bogus"], 64), (["x"], 64),
                                    (["-c", "/nowhere.conf"], 78)]:
                with self.subTest(program=program, arguments=arguments):
                    done = subprocess.run(
                        [servers.BUILD / program, *arguments],
                        capture_output=True, text=True, check=False,
                        timeout=20)
                    self.assertEqual(done.returncode, code, done.stderr)


class Account(Case):
    def test_find_and_show(self):
        person = self.house.add_person(given="Trouvée", family="Cherchons",
                                       rentreeNameKey=["CHERCHONS",
                                                       "TROUVEE"])
        for text in (person.login, "cherchons", "Cherchons",
                     f"{person.login}@ac-exemple.fr"):
            with self.subTest(text):
                done = self.house.command("account", "find", text)
                self.assertIn(person.login, done.stdout)
        done = self.house.command("--json", "account", "show", person.login)
        told = json.loads(done.stdout)
        self.assertEqual(told["login"], person.login)
        for hidden in (person.number, self.house.proof(person.number),
                       "{NUMEN}1$"):
            self.assertNotIn(hidden, done.stdout)

    def test_every_act_leaves_a_line(self):
        person = self.house.add_person()
        before = len(self.house.audit())
        for verb in ("suspend", "resume", "show"):
            self.house.command("account", verb, person.login)
        lines = self.house.audit()[before:]
        acts = [x["event"] for x in lines if x.get("login") == person.login]
        self.assertEqual(acts, ["account.suspend", "account.resume",
                                "account.show"])
        self.assertTrue(all(x["actor"].startswith("operator:")
                            for x in lines))
        self.house.command("audit", "verify")
        shown = self.house.command("audit", "show", person.login).stdout
        self.assertIn("account.suspend", shown)

    def letter(self, person, *options):
        return json.loads(self.house.command(
            "--json", "account", "letter", *options, person.login).stdout)

    def test_the_code_of_a_letter_is_shown_once_and_kept_by_nobody(self):
        person = self.house.add_person(mail=None)
        first = self.letter(person)
        self.assertRegex(first["code"], r"\A[0-9A-Z]{4}(-[0-9A-Z]{4}){3}\Z")
        bare = first["code"].replace("-", "")
        self.assertEqual(first["link"], f"{self.house.url}/a/{bare}")
        canaries.update((first["code"], bare))
        entry = self.house.entry(person)
        self.assertEqual(entry["rentreeLetter"],
                         [self.house.digest("rentree.letter", bare.encode())])
        shown = self.house.command("--json", "account", "show", person.login)
        self.assertEqual(json.loads(shown.stdout)["letter_until"],
                         first["until"])
        self.assertNotIn(entry["rentreeLetter"][0], shown.stdout)
        days = (time.mktime(time.strptime(first["until"][:10], "%Y-%m-%d"))
                - time.time()) / 86400
        self.assertTrue(88 < days < 91, days)
        second = self.letter(person)
        canaries.add(second["code"].replace("-", ""))
        self.assertNotEqual(second["code"], first["code"])
        self.assertNotEqual(self.house.entry(person)["rentreeLetter"],
                            entry["rentreeLetter"])
        self.letter(person, "--revoke")
        self.assertNotIn("rentreeLetter", self.house.entry(person))
        self.assertNotIn("rentreeLetterEnd", self.house.entry(person))
        acts = [(x["event"], x.get("reason")) for x in self.house.audit()
                if x.get("login") == person.login and
                x["event"] != "desk.followed"]
        self.assertEqual(acts, [("account.letter", None),
                                ("account.show", None),
                                ("account.letter", None),
                                ("account.letter", "revoked")])

    def test_who_gets_no_letter(self):
        cases = {
            "activated": self.house.add_person(
                password=self.PASSWORD, rentreeActivated="20250901080000Z"),
            "not active": self.house.add_person(
                rentreeState="I:SupannInactif"),
            "no birth date": self.house.add_person(rentreeBirth=None),
        }
        for sentence, person in cases.items():
            with self.subTest(sentence):
                done = self.house.command("account", "letter", person.login,
                                          check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn(sentence, done.stderr)
                self.assertEqual(done.stdout, "")
                self.assertNotIn("rentreeLetter", self.house.entry(person))

    def test_a_tampered_audit_shows(self):
        with House() as house:
            person = house.add_person()
            for verb in ("suspend", "resume"):
                house.command("account", verb, person.login)
            house.command("audit", "verify")
            text = house.audit_file.read_text()
            house.audit_file.write_text(text.replace("suspend", "unlocks"))
            done = house.command("audit", "verify", check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(crashes_of(house), [])


class Queue(Case):
    def test_the_queue_shows_no_content(self):
        house = the_house("provision")
        person = house.add_person()
        house.wait_drained(60)
        house.worker.stop()
        try:
            house.ask(person)
            done = house.command("--json", "queue", "list")
            told = json.loads(done.stdout)
            self.assertEqual(len(told["requests"]), 1, told)
            for hidden in (person.number, person.login, person.mail):
                self.assertNotIn(hidden, done.stdout)
        finally:
            house.start_worker()
        house.wait_mail(person)


class Limits(Case):
    def shown(self, house):
        told = json.loads(house.command("--json", "limits", "show").stdout)
        return {group["group"]: group for group in told["groups"]}

    def test_who_is_shut_out_is_seen_and_let_in_again(self):
        # A counter is gone when it is refilled: on a slow machine, too, that
        # of the first visitor must outlive what follows (a quarter of an hour).
        with House(limits={
                "per_identity": "2/1h", "per_address": "100/24h"}) as house:
            person, other = house.add_person(), house.add_person()
            for _ in range(2):
                house.ask(person)
            house.ask(other)
            refused = house.visitor().recover(
                person.number, person.typed_birth)
            self.assertEqual(refused.status, 429)
            shown = self.shown(house)
            self.assertEqual(shown["identity"]["counters"], 2)
            self.assertEqual(shown["identity"]["used_up"], 1)
            self.assertEqual(shown["number"]["used_up"], 0)
            self.assertGreater(shown["address"]["counters"], 1)
            self.assertEqual(shown["other"]["counters"], 0)
            self.assertLessEqual(shown["identity"]["refilled_in_s"], 3600)

            done = house.command("--json", "limits", "clear", "identity")
            self.assertEqual(json.loads(done.stdout), {"cleared": 2})
            after = self.shown(house)
            self.assertEqual(after["identity"]["counters"], 0)
            self.assertEqual(after["number"]["counters"],
                             shown["number"]["counters"])
            house.ask(person)
            self.assertIn('"event":"limits.clear"',
                          house.audit_file.read_text())

            house.wait_drained(30)
            house.command("limits", "clear", "all")
            left = {name: group["counters"]
                    for name, group in self.shown(house).items()}
            self.assertEqual(set(left.values()), {0}, left)
            # What the queue counts for itself is no limit.
            self.assertIsNotNone(house.store().get("rentree:lim:waiting"))

    def test_many_counters(self):
        house = the_house("provision")
        store = house.store()
        with store.pipeline(transaction=False) as pipe:
            for i in range(30000):
                pipe.set(f"rentree:lim:l0:{i:06x}", "1", px=60000)
            pipe.execute()
        self.assertEqual(self.shown(house)["letter"]["counters"], 30000)
        done = house.command("--json", "limits", "clear", "letter")
        self.assertEqual(json.loads(done.stdout), {"cleared": 30000})

    def test_usage(self):
        house = the_house("provision")
        for words in (["clear"], ["clear", "adress"],
                      ["clear", "all", "identity"], ["show", "x"]):
            done = house.command("limits", *words, check=False)
            self.assertEqual(done.returncode, 64, done.stderr)
        self.assertIn("identity", house.command(
            "limits", "clear", "adress", check=False).stderr)


if __name__ == "__main__":
    unittest.main()
