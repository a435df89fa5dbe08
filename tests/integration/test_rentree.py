"""Issue 6, lines 0, 2, 4 to 7: `rentree provision` over an académie that
exists. The decisions themselves are tests/unit/lib/flow/test_provision_*."""
import datetime
import json
import os
import pty
import re
import subprocess
import termios
import unittest

import ldap

from house import House, fresh_ine, fresh_numen, servers, wait_until
from shared import Case, the_house
from test_cli import as_csv, row


class Academie(Case):
    """Everybody goes before each test: these runs are complete ones."""

    @property
    def house(self):
        return the_house("academie")

    def setUp(self):
        link = self.house.directory()
        for base in (servers.PEOPLE, servers.LOGINS):
            for dn, _ in link.search_s(base, ldap.SCOPE_ONELEVEL, attrlist=[
                    "1.1"]):
                link.delete_s(dn)
        link.unbind_s()
        (self.house.folder / "moderation.jsonl").unlink(missing_ok=True)

    def feed(self, rows, name="feed.csv"):
        path = self.house.folder / name
        path.write_text(as_csv(rows))
        return path

    def provision(self, *arguments, code=0, words=("--json",)):
        done = self.house.command(*words, "provision", *arguments,
                                  check=False)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done

    def run_it(self, rows, *options, code=0):
        done = self.provision("run", "--year", 2026, self.feed(rows),
                              *options, code=code)
        return json.loads(done.stdout), done.stderr

    def people(self, attributes=("*",)):
        link = self.house.directory()
        found = link.search_s(servers.PEOPLE, ldap.SCOPE_ONELEVEL,
                              attrlist=list(attributes))
        link.unbind_s()
        return {entry["uid"][0].decode(): {
            name: sorted(x.decode() for x in values)
            for name, values in entry.items()} for _, entry in found}

    def staff(self, count, uai="0590121L", word="V"):
        return [row(employe=f"{word}{n}", nom_naissance=f"Valve{word}",
                    prenoms="Zoé" + chr(97 + n // 26) + chr(97 + n % 26),
                    uai=uai) for n in range(count)]

    def stranger(self, login="dupontj", **more):
        attributes = {"objectClass": ["inetOrgPerson"], "uid": login,
                      "cn": "Jean Dupont", "sn": "Dupont",
                      "givenName": "Jean", "mail": f"{login}@ac-exemple.fr",
                      "userPassword": "{SSHA}nothing", **more}
        link = self.house.directory()
        link.add_s(f"uid={login},{servers.PEOPLE}", [
            (name, [x.encode() for x in
                    (value if isinstance(value, list) else [value])])
            for name, value in attributes.items()])
        link.unbind_s()

    # --- the valve -----------------------------------------------------------

    def test_a_truncated_file_changes_nothing(self):
        rows = self.staff(60) + self.staff(40, "0599001N", "W")
        self.run_it(rows)
        before = self.people(["*", "+"])
        report = self.house.folder / "valve.json"
        told, said = self.run_it(rows[:70], "--report", report, code=1)
        self.assertEqual(self.people(["*", "+"]), before)
        self.assertIn("0599001N", said)
        self.assertIn("--force 30", said)
        self.assertIn("0599001N", told["refused"])
        self.assertEqual(json.loads(report.read_text()), told)
        self.assertEqual(told["summary"]["establishments"]["0599001N"],
                         {"create": 0, "change": 0, "leave": 30})
        self.run_it(rows[:70], "--force", 29, code=1)
        self.assertEqual(self.people(["*", "+"]), before)
        # An empty file is refused whatever is forced.
        self.run_it([], "--force", 100, code=1)
        self.assertEqual(self.people(["*", "+"]), before)
        told, _ = self.run_it(rows[:70], "--force", 30)
        self.assertEqual(told["counts"]["changed"], 30)
        told, _ = self.run_it(rows[:70])
        self.assertEqual(told["counts"]["changed"], 0)

    def test_a_refused_plan_is_not_applied_either(self):
        rows = self.staff(20)
        self.run_it(rows)
        before = self.people(["*", "+"])
        plan = self.house.folder / "refused.plan"
        done = self.provision(
            "plan", "--year", 2026, self.feed(rows[:10]), "--out", plan,
            code=1, words=())
        self.assertIn(f"apply --force 10 {plan}", done.stdout)
        done = self.provision("apply", plan, code=1)
        self.assertEqual(self.people(["*", "+"]), before)
        self.assertIn("max_disable", done.stderr)
        self.provision("apply", "--force", 10, plan)
        self.assertEqual(sum("rentreeAbsentSince" in x
                             for x in self.people().values()), 10)

    def test_the_same_export_served_again_judges_nobody(self):
        rows = self.staff(20)
        self.run_it(rows)
        told, _ = self.run_it(rows[:19])
        self.assertEqual(told["counts"]["leaving"], 1)
        [login] = [login for login, entry in self.people().items()
                   if "rentreeAbsentSince" in entry]
        before = datetime.datetime.now(datetime.timezone.utc)
        noted = before - datetime.timedelta(days=3)
        self.ldapmodify(
            f"dn: uid={login},{servers.PEOPLE}\nchangetype: modify\n"
            "replace: rentreeAbsentSince\n"
            f"rentreeAbsentSince: {noted:%Y%m%d%H%M%SZ}\n")
        path = self.feed(rows[:19])
        os.utime(path, (noted.timestamp(), noted.timestamp() - 60))
        report = self.house.folder / "stale.json"
        done = self.provision("run", "--year", 2026, path, "--report", report)
        self.assertIn("judges nobody a second time (accounts: 1)", done.stderr)
        self.assertEqual(json.loads(report.read_text())["stale"], [
            {"type": "enseignant", "file": str(path), "accounts": 1}])
        self.assertEqual(self.people()[login]["rentreeState"],
                         ["A:SupannActif"])
        os.utime(path)
        told = json.loads(self.provision(
            "run", "--year", 2026, path, "--report", report).stdout)
        self.assertNotIn("stale", told)
        self.assertEqual(self.people()[login]["rentreeState"],
                         ["A:SupannSursis"])

    # --- moderation ----------------------------------------------------------

    def test_whoever_has_the_name_of_a_stranger_is_asked_about(self):
        self.stranger()
        rows = [row(nom_naissance="Dupont", prenoms="Jean")]
        told, said = self.run_it(rows, code=1)
        self.assertEqual(told["counts"]["pending"], 1)
        self.assertIn("dupontj", said)
        self.assertEqual(list(self.people()), ["dupontj"])
        [case] = json.loads(self.provision("moderate").stdout)
        self.assertEqual((case["login"], case["decision"]),
                         ("dupontj", "open"))
        self.assertEqual(case["account_mail"], "dupontj@ac-exemple.fr")
        self.assertIn("(Jean Dupont, dupontj@ac-exemple.fr)",
                      self.provision("moderate", words=()).stdout)
        path = self.house.folder / "moderation.jsonl"
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        for secret in (rows[0]["numen"], "1975"):
            self.assertNotIn(secret, path.read_text())
        self.provision("moderate", case["id"], "perhaps", code=64)
        self.provision("moderate", "00000000", "same", code=65)
        self.provision("moderate", case["id"], "later")
        told, _ = self.run_it(rows)
        self.assertEqual(told["counts"]["pending"], 1)
        self.provision("moderate", case["id"], "same")
        self.run_it(rows)
        entry = self.people()["dupontj"]
        self.assertEqual(entry["rentreeProof"],
                         [self.house.proof(rows[0]["numen"])])
        self.assertEqual(entry["userPassword"], ["{SSHA}nothing"])
        self.assertEqual(list(self.people()), ["dupontj"])
        told, _ = self.run_it(rows)
        self.assertEqual(told["counts"]["unchanged"], 1)

    def test_questions_on_a_terminal(self):
        self.stranger()
        rows = [row(nom_naissance="Dupont", prenoms="Jean")]
        self.run_it(rows, code=1)
        master, slave = pty.openpty()
        child = subprocess.Popen(
            [servers.BUILD / "rentree", "-c", self.house.config,
             "provision", "moderate"], stdin=slave, stdout=slave,
            stderr=slave, env=self.house.env)
        os.close(slave)
        os.write(master, b"x\nd\n")
        self.assertEqual(child.wait(timeout=20), 0)
        os.close(master)
        told, _ = self.run_it(rows)
        self.assertEqual(told["counts"]["created"], 1)
        self.assertEqual(sorted(self.people()), ["dupontj", "jdupont"])

    def on_a_terminal(self, columns, rows):
        """What a run draws on one that is so wide."""
        plan = self.house.folder / f"{columns}.plan"
        plan.unlink(missing_ok=True)
        self.provision("plan", "--year", 2026, self.feed(rows), "--partial",
                       "--out", plan)
        master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (24, columns))
        child = subprocess.Popen(
            [servers.BUILD / "rentree", "-c", self.house.config,
             "provision", "apply", plan], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=slave, env=self.house.env)
        os.close(slave)
        drawn = b""
        try:
            while more := os.read(master, 65536):
                drawn += more
        except OSError:  # its other end is closed
            pass
        os.close(master)
        self.assertEqual(child.wait(timeout=20), 0)
        return drawn.decode().replace("\033[K", "").split("\r")

    def test_progress_fits_the_terminal(self):
        for columns, word in ((60, "N"), (100, "W")):
            with self.subTest(columns):
                drawn = self.on_a_terminal(columns, self.staff(
                    200, word=word))
                steps = [x for x in drawn if " of 200)" in x]
                self.assertTrue(steps, drawn)
                for step in steps:
                    self.assertLessEqual(len(step), columns)
                    self.assertEqual("[" in step, columns == 100, step)

    def test_a_stranger_with_a_number_is_adopted(self):
        self.stranger(employeeNumber="E4711")
        rows = [row(employe="e4711", numen=fresh_numen(),
                    nom_naissance="DUPONT", prenoms="Jean",
                    courriel_perso="strange@courriel.example")]
        told, _ = self.run_it(rows)
        self.assertEqual((told["counts"]["created"],
                          told["counts"]["changed"]), (0, 1))
        entry = self.people()["dupontj"]
        self.assertIn("rentreeAccount", entry["objectClass"])
        self.assertEqual(entry["userPassword"], ["{SSHA}nothing"])
        self.assertEqual(entry["mail"], ["dupontj@ac-exemple.fr"])
        # who has a password is not invited
        told, _ = self.run_it(rows)
        self.assertEqual(told["counts"]["invited"], 0)
        self.assertEqual(told["counts"]["changed"], 0)

    # --- leaving -------------------------------------------------------------

    def test_the_leaver_is_warned_at_both_addresses(self):
        yesterday = datetime.datetime.now(
            datetime.timezone.utc) - datetime.timedelta(days=1)
        rows = [row(type="externe", employe="X1", nom_naissance="Partant",
                    prenoms="Luc", fin=yesterday.strftime("%d/%m/%Y"),
                    courriel_perso="partant@courriel.example")]
        self.run_it(rows)
        self.assertEqual(self.people()["lpartant"]["rentreeState"],
                         ["A:SupannSursis"])
        self.run_it(rows)

        def warned():
            return self.house.box.find(lambda mail: "fermer" in mail.subject)

        wait_until(lambda: len(warned()) >= 2, "both mails")
        told, _ = self.run_it(rows)
        self.assertEqual(told["counts"]["changed"], 0)
        self.house.wait_drained()
        self.assertEqual(sorted(mail.recipients[0] for mail in warned()), [
            "luc.partant@ac-exemple.fr", "partant@courriel.example"])
        self.assertIn("leaving.sent", [x["event"] for x in self.house.audit()])

    # --- the plan as LDIF ----------------------------------------------------

    def ldapmodify(self, ldif, *options, code=0):
        done = subprocess.run(
            [servers.program("ldapmodify"), "-x", "-H", self.house.slapd.uri,
             "-D", servers.ROOT_DN, "-w", self.house.folder.secret("root"),
             *options],
            input=ldif, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stderr)

    def test_ldif_does_what_the_plan_does_and_its_inverse_undoes_it(self):
        numbers = [fresh_numen() for _ in range(3)]
        old = [row(numen=n, nom_naissance="Été", prenoms=p,
                   date_naissance=f"0{i + 1}/09/1975")
               for i, (n, p) in enumerate(zip(numbers,
                                              ("Zoé", "Léa", "Noé")))]
        self.run_it(old)
        before = self.people()
        new = [dict(x) for x in old[1:]]
        new[0]["nom_usage"] = "Hiver d’Août"
        new[1]["uai"] = "0599001N"
        new.append(row(type="etudiant", ine=fresh_ine(),
                       nom_naissance="Printemps", prenoms="Ève"))
        plan = self.house.folder / "both.plan"
        self.provision("plan", "--year", 2026, self.feed(new), "--force", 1,
                       "--out", plan)
        changes = self.house.command("provision", "ldif", "--changes",
                                     plan).stdout
        inverse = self.house.command("provision", "ldif", "--inverse",
                                     plan).stdout
        entries = self.house.command("provision", "ldif", plan).stdout
        self.assertNotIn("changetype", entries)
        self.assertEqual(entries.count("dn: uid="), 1)
        self.provision("apply", plan)
        after = self.people()
        self.assertNotEqual(after, before)
        self.assertEqual(len(after), 4)
        self.ldapmodify(inverse)
        self.assertEqual(self.people(), before)
        link = self.house.directory()
        for name in ("eprintemps", "eve.printemps", "lea.hiver-daout"):
            link.delete_s(f"rentreeLogin={name},{servers.LOGINS}")
        link.unbind_s()
        self.ldapmodify(changes)
        self.assertEqual(self.people(), after)
        # the new address of somebody who was there is given out, too
        link = self.house.directory()
        self.assertEqual(len(link.search_s(
            f"rentreeLogin=lea.hiver-daout,{servers.LOGINS}",
            ldap.SCOPE_BASE)), 1)
        link.unbind_s()
        # and the plan itself finds everything done
        told = json.loads(self.provision("apply", plan).stdout)
        self.assertEqual((told["counts"]["created"],
                          told["counts"]["changed"]), (0, 0))
        self.house.command("provision", "ldif", "--changes", "--inverse",
                           plan, check=False)

    def test_the_inverse_leaves_whoever_is_active(self):
        plan = self.house.folder / "undo.plan"
        self.provision("plan", "--year", 2026, self.feed(self.staff(3)),
                       "--out", plan)
        self.provision("apply", plan)
        link = self.house.directory()
        link.modify_s(f"uid=zvalvev1,{servers.PEOPLE}", [
            (ldap.MOD_REPLACE, "rentreeActivated", [b"20260901080000Z"])])
        link.unbind_s()
        inverse = self.house.command("provision", "ldif", "--inverse",
                                     plan).stdout
        # 122: assertionFailed; -c goes on with the others
        self.ldapmodify(inverse, "-c", code=122)
        self.assertEqual(list(self.people()), ["zvalvev1"])

    def test_a_run_that_keeps_its_plan_can_be_undone(self):
        plan = self.house.folder / "night.plan"
        rows = self.staff(3)
        told, said = self.run_it(rows, "--out", plan)
        self.assertEqual(told["counts"]["created"], 3)
        self.assertNotIn("plan", told)
        self.assertEqual(plan.stat().st_mode & 0o777, 0o600)
        self.ldapmodify(self.house.command("provision", "ldif", "--inverse",
                                           plan).stdout)
        self.assertEqual(self.people(), {})
        # Refused by the valve: the plan is told, and can be forced.
        self.run_it(rows)
        told, said = self.run_it(rows[:1], "--out", plan, code=1)
        self.assertEqual(told["plan"], str(plan))
        self.provision("apply", "--force", 2, plan)

    def test_a_report_without_a_folder_is_told_first(self):
        for option in "--report", "--textfile":
            done = self.provision(
                "run", "--year", 2026, option, self.house.folder / "no" / "x",
                self.feed(self.staff(1)), code=65)
            self.assertIn("cannot write beside", done.stderr)
            self.assertEqual(self.people(), {})

    def test_a_wave_that_holds_nothing_back_is_told(self):
        plan = self.house.folder / "wave.plan"
        done = self.provision(
            "plan", "--year", 2026, "--wave", "0590121L,062", "--out", plan,
            self.feed(self.staff(1)))
        self.assertIn("wave 062: no establishment", done.stderr)
        self.assertNotIn("wave 0590121L", done.stderr)
        done = self.provision("apply", "--wave", "059", plan, code=64)
        self.assertIn("provision plan", done.stderr)
        self.assertEqual(self.people(), {})

    def test_show_tells_each_person(self):
        rows = self.staff(3)
        plan = self.house.folder / "show.plan"
        done = self.provision("plan", "--year", 2026, self.feed(rows),
                              "--out", plan, words=())
        self.assertRegex(done.stdout, r"enseignant +create +3 ")
        self.assertRegex(done.stdout, r"0590121L +create +3 ")
        shown = self.provision("show", plan, words=()).stdout
        self.assertRegex(shown, r"(?m)^create  zvalvev +enseignant +0590121L")
        told = json.loads(self.provision("show", plan).stdout)
        self.assertEqual([x["login"] for x in told["people"]],
                         ["zvalvev", "zvalvev1", "zvalvev2"])
        self.assertEqual(told["summary"]["kinds"]["enseignant"]["create"], 3)


class OtherSlapd(servers.Slapd):
    """With the addresses of other mail servers, and unique numbers, as
    ldap-schema/README.md says."""

    def write_files(self):
        super().write_files()
        conf = self.folder / "slapd.conf"
        readme = (servers.ROOT / "ldap-schema" / "README.md").read_text()
        unique = re.search(r'(?m)^unique_uri .*$', readme)[0].replace(
            "dc=example,dc=fr", servers.SUFFIX)
        text = conf.read_text().replace(
            "include /etc/ldap/schema/inetorgperson.schema\n",
            "include /etc/ldap/schema/inetorgperson.schema\n"
            "include /etc/ldap/schema/misc.schema\n").replace(
            "moduleload ppolicy\n", "moduleload ppolicy\nmoduleload unique\n")
        conf.write_text(f"{text}overlay unique\n{unique}\n")


class OtherHouse(House):
    slapd_class = OtherSlapd


class OtherServers(Case):
    def entry(self, house, login):
        link = house.directory()
        [(_, entry)] = link.search_s(servers.PEOPLE, ldap.SCOPE_ONELEVEL,
                                     f"(uid={login})")
        link.unbind_s()
        return {name: sorted(x.decode() for x in values)
                for name, values in entry.items()}

    def test_local_addresses_and_unique_numbers(self):
        with OtherHouse(settings={"provision": {
                "alias": "mailLocalAddress"}}) as house:
            path = house.folder / "feed.csv"

            def run(*rows):
                path.write_text(as_csv(rows))
                done = house.command("--json", "provision", "run", "--year",
                                     2026, path)
                return json.loads(done.stdout)["counts"]

            one = row(numen=fresh_numen(), nom_naissance="Été",
                      prenoms="Zoé")
            self.assertEqual(run(one)["created"], 1)
            entry = self.entry(house, "zete")
            self.assertNotIn("inetLocalMailRecipient", entry["objectClass"])
            married = {**one, "nom_usage": "Hiver"}
            self.assertEqual(run(married)["changed"], 1)
            entry = self.entry(house, "zete")
            self.assertIn("inetLocalMailRecipient", entry["objectClass"])
            self.assertEqual(entry["mailLocalAddress"],
                             ["zoe.hiver@ac-exemple.fr"])
            self.assertEqual(entry["mail"], ["zoe.ete@ac-exemple.fr"])
            self.assertEqual(run(married)["changed"], 0)
            # Nobody else gets that address.
            other = row(numen=fresh_numen(), nom_naissance="Hiver",
                        prenoms="Zoé", date_naissance="02/03/1980")
            self.assertEqual(run(married, other)["created"], 1)
            self.assertEqual(self.entry(house, "zhiver1")["mail"],
                             ["zoe.hiver1@ac-exemple.fr"])
            # A third one, and back: no further address, none is lost.
            run({**one, "nom_usage": "Printemps"}, other)
            run(one, other)
            entry = self.entry(house, "zete")
            self.assertEqual(entry["mailLocalAddress"], [
                "zoe.hiver@ac-exemple.fr", "zoe.printemps@ac-exemple.fr"])
            self.assertEqual(entry["sn"], ["Été"])
            # Whoever writes past us is refused by the server.
            link = house.directory()
            source = entry["rentreeSource"][0].encode()
            with self.assertRaises(ldap.CONSTRAINT_VIOLATION):
                link.modify_s(f"uid=zhiver1,{servers.PEOPLE}", [
                    (ldap.MOD_ADD, "rentreeSource", [source])])
            with self.assertRaises(ldap.CONSTRAINT_VIOLATION):
                link.add_s(f"uid=second,{servers.PEOPLE}", [
                    ("objectClass", [b"inetOrgPerson", b"rentreeAccount"]),
                    ("cn", [b"S"]), ("sn", [b"S"]),
                    ("rentreeSource", [source])])
            link.unbind_s()


if __name__ == "__main__":
    unittest.main()
