"""Issue 6, line 10: letters for those without a rescue address, invitations in
waves, and another one for those who have not answered."""
import collections
import itertools
import json
import re
import shutil
import signal
import stat
import subprocess
import time
import unittest

import ldap

import faults
from house import House, Person, fresh_numen, servers
from shared import Case, crashes_of, the_house
from test_cli import as_csv, row

NAMES = (("Nguyễn", "Thị Ánh"), ("Œuvrard-Müller", "Zoé"),
         ("Šimůnek", "Ľubomír"), ("ÇELİK", "İpek"),
         ("Ștefănescu", "Ioană"), ("Łukasiewicz", "Stanisław"),
         ("de La Tour d’Auvergne", "Marie-Éléonore"))
POINTS = ("handout.part-written", "handout.journalled",
          "handout.letter-kept", "handout.named")
CODE = re.compile(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b")


def text_of(pdf):
    """The pages of a PDF."""
    done = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True,
                          capture_output=True, text=True)
    return done.stdout.split("\f")[:-1]


class Letters(Case):
    @property
    def house(self):
        return the_house("letters")

    def folder(self, name):
        folder = self.house.folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def feed(self, rows, name="letters.csv"):
        path = self.house.folder / name
        path.write_text(as_csv(rows))
        return path

    def run_it(self, path, *options, code=0):
        # A delta: the house has people of other tests.
        done = self.house.command("provision", "run", "--year", 2026,
                                  "--partial", *options, path, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def entries(self, family):
        link = self.house.directory()
        found = link.search_s(servers.PEOPLE, ldap.SCOPE_ONELEVEL,
                              f"(sn={family})")
        link.unbind_s()
        return {x["uid"][0].decode(): x for _, x in found}

    def test_one_pdf_an_establishment_one_page_a_person(self):
        rows = [row(numen=fresh_numen(), nom_naissance=family, prenoms=given,
                    uai=("0590121L", "0590119J")[n % 2])
                for n, (family, given) in enumerate(NAMES)]
        rows.append(row(numen=fresh_numen(), nom_naissance="Joignable",
                        uai="0590121L",
                        courriel_perso="joignable@courriel.example"))
        folder = self.folder("paper")
        done = self.run_it(self.feed(rows), "--letters", folder)
        self.assertRegex(done.stdout, r"(?m)^letters +7$")
        self.assertRegex(done.stdout, r"(?m)^letter files +2$")
        files = sorted(folder.iterdir())
        self.assertEqual([x.name[:17] for x in files],
                         ["lettres-0590119J-", "lettres-0590121L-"])
        pages, codes = [], []
        for pdf in files:
            self.assertEqual(stat.S_IMODE(pdf.stat().st_mode), 0o600)
            found = text_of(pdf)
            pages += found
            codes += [CODE.search(page)[0] for page in found]
        self.assertEqual(len(pages), 7)
        self.assertEqual(len(set(codes)), 7)
        for family, given in NAMES:  # every accent as it is
            self.assertEqual(sum(f"{given} {family}" in page
                                 for page in pages), 1, family)
        self.assertFalse(any("Joignable" in page for page in pages))
        # The code is on the paper, and nowhere else.
        plain = codes[0].replace("-", "")
        for path in self.house.folder.path.rglob("*"):
            if path.is_file() and path.suffix != ".pdf":
                content = path.read_bytes()
                for word in (plain, codes[0]):
                    self.assertNotIn(word.encode(), content, path)
        # The QR code is the link, and the link opens the door.
        image = self.house.folder / "page"
        subprocess.run(["pdftoppm", "-r", "100", "-png", "-f", "1", "-l", "1",
                        "-singlefile", files[0], image], check=True)
        read = subprocess.run(["zbarimg", "-q", "--raw", f"{image}.png"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(read.stdout.strip(),
                         f"{self.house.url}/a/{plain}")
        self.assertEqual(
            self.house.visitor().get(f"/a/{plain}").status, 303)
        # Once: a second run prints nothing, and invites nobody twice.
        self.run_it(self.feed(rows), "--letters", folder)
        done = self.house.command("provision", "letters", folder)
        self.assertRegex(done.stdout,
                         r"\Aletters +0\nletter files +0\n\Z")
        self.assertEqual(sorted(folder.iterdir()), files)
        self.house.wait_drained(60)
        self.assertEqual(len(self.house.box.find(
            lambda m: "joignable@courriel.example" in m.recipients)), 1)
        # Everybody's letter is in the audit.
        login = next(iter(self.entries("Œuvrard-Müller")))
        self.assertIn("account.letter",
                      self.house.command("audit", "show", login).stdout)

    def test_a_letter_that_was_lost(self):
        rows = [row(numen=fresh_numen(), nom_naissance="Perdue",
                    prenoms="Zoé")]
        folder = self.folder("lost")
        self.run_it(self.feed(rows), "--letters", folder)
        before = self.entries("Perdue")["zperdue"]["rentreeLetter"]
        done = self.house.command("account", "letter", "zperdue")
        self.assertRegex(done.stdout, CODE)
        after = self.entries("Perdue")["zperdue"]["rentreeLetter"]
        self.assertNotEqual(before, after)
        # That of the desk is a letter: none is printed beside it.
        self.house.command("provision", "letters", folder)
        self.assertEqual(len(list(folder.iterdir())), 1)
        # One that has ended is printed again.
        person = Person("zperdue", "", "", "")
        self.house.change(person, rentreeLetterEnd="20200101000000Z")
        self.house.command("provision", "letters", folder)
        self.assertEqual(len(list(folder.iterdir())), 2)

    def test_where_letters_may_not_be(self):
        path = self.feed([row(numen=fresh_numen(), nom_naissance="Ouverte")])
        folder = self.house.folder / "open"
        folder.mkdir(mode=0o755, exist_ok=True)
        done = self.run_it(path, "--letters", folder, code=78)
        self.assertIn("chmod 700", done.stderr)
        self.run_it(path, "--letters", self.house.folder / "nowhere",
                    code=65)
        self.assertEqual(self.entries("Ouverte"), {})  # before anything

    def test_all_points_are_known(self):
        found = {x for x in faults.points() if x.startswith("handout.")}
        self.assertEqual(found, set(POINTS))

    def test_killed_at_every_point(self):
        """Paper and directory agree after the next run."""
        tried = 0
        for point in POINTS:
            for nth in (1, 2, 3):
                word = "Tuee" + "abcdefghijkl"[tried]
                tried += 1
                folder = self.folder(f"killed{tried}")
                path = self.feed([
                    row(numen=fresh_numen(), nom_naissance=word,
                        prenoms=f"Zoé{'abcdef'[n]}",
                        uai=("0590121L", "0590119J")[n % 2])
                    for n in range(6)])
                self.run_it(path)
                trace = self.house.folder / "trace"
                trace.write_text("")
                done = subprocess.run(
                    [faults.BUILD / "rentree", "-c", self.house.config,
                     "provision", "letters", folder], check=False,
                    capture_output=True, text=True,
                    env={**self.house.env,
                         "RENTREE_FAULT_TRACE": str(trace),
                         "RENTREE_FAULT": f"{point}:{nth}=kill"})
                killed = trace.read_text().split().count(point) == nth
                self.assertEqual(done.returncode,
                                 -signal.SIGKILL if killed else 0,
                                 done.stderr)
                self.house.command("provision", "letters", folder)
                with self.subTest(point=point, nth=nth):
                    self.assertEqual({x.suffix for x in folder.iterdir()},
                                     {".pdf"})
                    codes = collections.defaultdict(set)
                    for pdf in folder.iterdir():
                        for page in text_of(pdf):
                            login = re.search(r"(?m)^ +(z\S+)", page)[1]
                            codes[login].add(
                                CODE.search(page)[0].replace("-", ""))
                    for login, entry in self.entries(word).items():
                        kept = entry["rentreeLetter"][0].decode()
                        made = {self.house.digest("rentree.letter",
                                                  code.encode())
                                for code in codes[login]}
                        self.assertIn(kept, made, login)
        self.assertEqual(crashes_of(self.house), [])


class Invitations(Case):
    def test_waves_and_relance(self):
        settings = {"provision": {"waves": "0590121L",
                                  "relance_after": "10d",
                                  "relance_max": "2"}}
        with House(settings=settings) as house:
            rows = [row(numen=fresh_numen(), nom_naissance="Vague",
                        prenoms=f"Zoé{'abcdef'[n]}",
                        uai=("0590121L", "0590119J", "0620001V")[n % 3],
                        courriel_perso=f"vague{n}@courriel.example")
                    for n in range(6)]
            path = house.folder / "w.csv"
            path.write_text(as_csv(rows))

            def mails():
                house.wait_drained(60)
                return [len(house.box.find(
                    lambda m, n=n: f"vague{n}@courriel.example"
                    in m.recipients)) for n in range(6)]

            def run(*options):
                house.command("provision", "run", "--year", 2026, *options,
                              path)
                return mails()

            self.assertEqual(run(), [1, 0, 0, 1, 0, 0])
            self.assertEqual(run(), [1, 0, 0, 1, 0, 0])
            self.assertEqual(run("--wave", "0590119j"), [1, 1, 0, 1, 1, 0])
            self.assertEqual(run("--wave", "0590121L,062"),
                             [1, 1, 1, 1, 1, 1])
            told = house.command("provision", "invitations").stdout
            self.assertRegex(told, r"(?m)^invited +6$")
            # Nobody is due yet.
            house.command("provision", "relance")
            self.assertEqual(mails(), [1] * 6)
            link = house.directory()
            people = {x["rentreeRecoveryMail"][0].decode(): (dn, x)
                      for dn, x in link.search_s(
                          servers.PEOPLE, 1, "(sn=Vague)")}
            link.unbind_s()

            # Two invitations of one person are never of one second.
            days = itertools.count(12)

            def age(n, **more):
                dn, _ = people[f"vague{n}@courriel.example"]
                person = Person(dn[4:].partition(",")[0], "", "", "")
                house.change(person, rentreeInvited=time.strftime(
                    "%Y%m%d%H%M%SZ", time.gmtime(time.time() - 86400 * next(days))),
                    **more)

            age(0)
            age(1)  # of a wave that is closed now
            age(3, rentreeActivated="20261101000000Z")
            for _ in range(2):
                house.command("provision", "relance")
                self.assertEqual(mails(), [2, 1, 1, 1, 1, 1])
            age(0)
            house.command("provision", "relance")
            self.assertEqual(mails(), [3, 1, 1, 1, 1, 1])
            age(0)  # that was the second further one
            done = house.command("--json", "provision", "relance")
            self.assertEqual(mails(), [3, 1, 1, 1, 1, 1])
            self.assertRegex(done.stdout, r'"given_up":1\b')
            # An old plan invites nobody again, even when Redis forgot.
            plan = house.folder / "old.plan"
            house.command("provision", "plan", "--year", 2026, "--out", plan,
                          "--wave", "059", path)
            store = house.store()
            for key in store.keys("rentree:done:*"):
                store.delete(key)
            store.close()
            house.command("provision", "apply", plan)
            self.assertEqual(mails(), [3, 1, 1, 1, 1, 1])
            self.assertEqual(crashes_of(house), [])


class BeyondMail(Case):
    """A rescue address that is dead, and people who do not answer."""

    def states(self, house):
        told = json.loads(house.command(
            "--json", "provision", "invitations").stdout)
        return {name: number for name, number in told.items() if number}

    def test_a_letter_for_whom_no_mail_reaches(self):
        with House(settings={"provision": {"relance_after": "10d",
                                           "relance_max": "1"}}) as house:
            dead, silent, alive = (f"{x}@courriel.example"
                                   for x in ("dead", "silent", "alive"))
            house.refused[dead] = "550 5.1.1 nobody here"
            rows = [row(numen=fresh_numen(), nom_naissance="Muette",
                        prenoms=given, courriel_perso=mail)
                    for given, mail in (("Zoé", dead), ("Ève", silent),
                                        ("Léa", alive))]
            path = house.folder / "b.csv"
            letters = house.folder / "beyond"
            letters.mkdir(mode=0o700)

            def run():
                path.write_text(as_csv(rows))
                house.command("provision", "run", "--year", 2026, path)
                house.wait_drained(60)

            def events():
                return [x["event"] for x in house.audit()
                        if x["event"].startswith("invite.")]

            def printed():
                house.command("provision", "letters", letters)
                return sorted(
                    re.search(r"(?m)^ +([a-z]+muette)", page)[1]
                    for pdf in letters.iterdir() for page in text_of(pdf))

            run()
            self.assertEqual(self.states(house),
                             {"refused": 1, "invited": 2})
            self.assertIn("mail refused", house.command(
                "account", "show", "zmuette").stdout)
            # The night after: nobody is written to again.
            before = events()
            self.assertEqual(sorted(before), [
                "invite.sent"] * 2 + ["invite.undeliverable"])
            store = house.store()
            for key in store.keys("rentree:done:*"):
                store.delete(key)
            store.close()
            run()
            self.assertEqual(events(), before)
            # Ève was invited twice and lets ten days pass.
            person = Person("emuette", "", "", "")
            house.change(person, rentreeInvitations="2",
                         rentreeInvited=time.strftime(
                             "%Y%m%d%H%M%SZ",
                             time.gmtime(time.time() - 11 * 86400)))
            self.assertEqual(self.states(house)["given_up"], 1)
            self.assertEqual(printed(), ["emuette", "zmuette"])
            self.assertEqual(self.states(house),
                             {"letter": 2, "invited": 1})
            # Once; and another address is written to.
            self.assertEqual(printed(), ["emuette", "zmuette"])
            house.change(Person("zmuette", "", "", ""),
                         rentreeLetterEnd="20200101000000Z")
            rows[0]["courriel_perso"] = "zoe.muette@courriel.example"
            run()
            run()
            self.assertEqual(len(house.box.find(
                lambda m: "zoe.muette@courriel.example" in m.recipients)), 1)
            self.assertEqual(self.states(house), {"letter": 1, "invited": 2})
            self.assertNotIn("rentreeMailRefused",
                             house.entry(Person("zmuette", "", "", "")))
            self.assertEqual(crashes_of(house), [])


class Alone(Case):
    """From cron."""

    @property
    def house(self):
        return the_house("letters")

    def test_quiet_and_textfile(self):
        good = self.house.folder / "quiet.csv"
        good.write_text(as_csv([row(numen=fresh_numen(),
                                    nom_naissance="Calme")]))
        bad = self.house.folder / "loud.csv"
        bad.write_text(good.read_text() + "x;y\n")
        metrics = self.house.folder / "rentree.prom"
        done = self.house.command(
            "provision", "run", "--year", 2026, "--quiet", "--textfile",
            metrics, "--partial", good)
        self.assertEqual((done.stdout, done.stderr), ("", ""))
        text = metrics.read_text()
        self.assertIn("\nrentree_provision_exit_code 0\n", text)
        self.assertIn('rentree_provision_last{count="created"} 1\n', text)
        self.assertEqual(stat.S_IMODE(metrics.stat().st_mode), 0o644)
        for line in text.splitlines():
            self.assertRegex(
                line, r"^(# (HELP|TYPE) \w+ .+|\w+(\{\w+=\"\w+\"\})? \d+)$")
        done = self.house.command(
            "provision", "run", "--year", 2026, "--quiet", "--textfile",
            metrics, "--partial", bad, check=False)
        self.assertEqual(done.returncode, 65)
        self.assertRegex(done.stderr, r"loud\.csv:3: ")
        self.assertRegex(done.stdout, r"provision run, begun \d{4}-")
        self.assertRegex(done.stdout, r"(?m)^rejected +1$")
        self.assertIn("\nrentree_provision_exit_code 65\n",
                      metrics.read_text())
        self.house.slapd.kill()
        try:
            done = self.house.command(
                "provision", "run", "--year", 2026, "--quiet", "--textfile",
                metrics, "--partial", good, check=False)
        finally:
            self.house.slapd.again()
        self.assertEqual(done.returncode, 69)
        self.assertIn("\nrentree_provision_exit_code 69\n",
                      metrics.read_text())
        self.house.wait_ready()

    def test_what_is_shipped_is_what_the_program_takes(self):
        deploy = servers.ROOT / "deploy"
        files = [deploy / "cron" / "rentree-provision",
                 deploy / "systemd" / "rentree-provision.service"]
        commands = []
        for path in files:
            text = path.read_text().replace("\\\n", " ")
            commands += re.findall(
                r"(?m)^[^#\n]*\brentree (provision \w+) (.*)$", text)
        self.assertEqual(len(commands), 3)
        for command, rest in commands:
            usage = self.house.command(*command.split(), "--help").stdout
            for option in re.findall(r"--\w+", rest):
                self.assertIn(option, usage)
        for command, rest in commands:
            if command == "provision run":
                self.assertIn("--textfile", rest)
        # Installed, and with the folder of the programs.
        target = self.house.folder / "stage"
        subprocess.run(["make", "-s", "install", f"DESTDIR={target}",
                        "PREFIX=/opt/r"], cwd=servers.ROOT, check=True,
                       stdout=subprocess.DEVNULL)
        units = target / "opt/r/lib/systemd/system"
        service = (units / "rentree-provision.service").read_text()
        self.assertIn("ExecStart=/opt/r/bin/rentree provision", service)
        self.assertTrue((units / "rentree-provision.timer").exists())
        analyze = shutil.which("systemd-analyze")
        if analyze and (target / "opt/r/bin/rentree").exists():
            (units / "rentree-provision.service").write_text(
                service.replace("/opt/r/bin/rentree",
                                str(target / "opt/r/bin/rentree")))
            done = subprocess.run(
                [analyze, "verify", "--man=no",
                 units / "rentree-provision.service",
                 units / "rentree-provision.timer"],
                capture_output=True, text=True, check=False)
            self.assertNotIn("rentree-provision", done.stderr)


if __name__ == "__main__":
    unittest.main()
