"""Issue 6, line 8: `rentree provision`, killed at every point it has and run
again, leaves what one clean run leaves; who holds the lock is told."""
import collections
import hashlib
import json
import os
import re
import signal
import subprocess
import time
import unittest

import ldap

import faults
from house import House, base64url, servers, wait_until
from shared import Case, the_house
from test_cli import as_csv, fresh_numen, row

POINTS = ("provision.planned", "provision.name-reserved",
          "provision.alone", "provision.account-added", "provision.account-changed",
          "provision.invited")
# Different in every house: our keys are.
KEYED = ("rentreeProof", "rentreeSource", "rentreeBirth")
PEOPLE = 6


def plan_file(path, lines):
    """A plan as lib/flow/provision.h describes it, made by hand."""
    text = "".join(json.dumps(x, separators=(",", ":")) + "\n"
                   for x in lines)
    digest = base64url(hashlib.blake2b(text.encode(), digest_size=32).digest())
    path.write_text(text + '{"hash":"%s"}\n' % digest)
    return path


class Killed(Case):
    """One house whose batches are killed, one whose are not."""

    def setUp(self):
        self.killed = the_house("provision")
        self.clean = the_house("clean provision")

    def rows(self, word):
        """Homonyms, and people without a rescue address among them."""
        return [row(numen=fresh_numen(), nom_naissance=f"K{word}",
                    prenoms="Zoé" if n % 2 else "Zélie",
                    date_naissance=f"{n + 1:02}/09/1975",
                    courriel_perso=f"k{word}{n}@courriel.example"
                    if n % 3 else "") for n in range(PEOPLE)]

    def run_it(self, house, *arguments, orders=None):
        """With the programs that can be killed. Passes of every point."""
        trace = house.folder / "trace"
        trace.write_text("")
        env = {**house.env, "RENTREE_FAULT_TRACE": str(trace)}
        if orders:
            env["RENTREE_FAULT"] = orders
        done = subprocess.run(
            [faults.BUILD / "rentree", "-c", house.config, "provision",
             *map(str, arguments)], env=env, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, check=False, timeout=60)
        wanted = (0, -signal.SIGKILL) if orders else (0,)
        self.assertIn(done.returncode, wanted, done.stderr)
        return done, collections.Counter(trace.read_text().split())

    def entries(self, house, family):
        """What stands in the directory of these people, keyed parts aside."""
        link = house.directory()
        found = link.search_s(servers.PEOPLE, ldap.SCOPE_ONELEVEL,
                              f"(sn={family})", ["*"])
        names = link.search_s(servers.LOGINS, ldap.SCOPE_ONELEVEL,
                              f"(rentreeLogin=*{family.lower()}*)",
                              ["rentreeLogin"])
        link.unbind_s()
        return ({entry["uid"][0]: {
            name: sorted(values) for name, values in entry.items()
            if name not in (*KEYED, "rentreeInvited",
                            "rentreeInvitations")}
            for _, entry in found},
            sorted(x["rentreeLogin"][0] for _, x in names))

    def mails(self, house, word):
        return collections.Counter(
            mail.recipients[0] for mail in house.box.find(
                lambda mail: mail.recipients[0].startswith(word)))

    def test_all_points_are_known(self):
        found = {x for x in faults.points() if x.startswith("provision.")}
        self.assertEqual(found, set(POINTS))

    def test_run_killed_at_every_pass_of_every_point(self):
        tried = 0
        for point in POINTS:
            nth, passes = 1, 1
            while nth <= passes:
                word = f"{point[-4:].replace('-', '')}x{tried}x"
                word = word.translate(str.maketrans("0123456789",
                                                    "abcdefghij"))
                rows = self.rows(word)
                for house in (self.clean, self.killed):
                    (house.folder / "k.csv").write_text(as_csv(rows))
                run = ("run", "--partial", "--year", 2026)
                _, counted = self.run_it(self.clean, *run,
                                         self.clean.folder / "k.csv")
                passes = counted[point]
                if nth <= passes:
                    done, _ = self.run_it(
                        self.killed, *run, self.killed.folder / "k.csv",
                        orders=f"{point}:{nth}=kill")
                    self.assertEqual(done.returncode, -signal.SIGKILL)
                _, after = self.run_it(self.killed, *run,
                                       self.killed.folder / "k.csv")
                with self.subTest(point=point, nth=nth):
                    self.assertEqual(self.entries(self.killed, f"K{word}"),
                                     self.entries(self.clean, f"K{word}"))
                    # … and nothing is left to do.
                    done, again = self.run_it(self.killed, *run,
                                              self.killed.folder / "k.csv")
                    self.assertEqual(again["provision.account-added"], 0)
                    self.assertEqual(again["provision.name-reserved"], 0)
                nth, tried = nth + 1, tried + 1
        self.assertGreater(tried, PEOPLE * 3)
        for house in (self.killed, self.clean):
            house.wait_drained(60)
        mails = self.mails(self.clean, "k")
        for address, count in mails.items():
            if "x" in address.partition("@")[0]:
                self.assertEqual(count, 1, address)
                self.assertEqual(self.mails(self.killed, address)[address],
                                 1, address)

    def test_changes_killed_at_every_pass(self):
        house = self.killed
        for nth in range(1, PEOPLE + 2):
            people = [house.add_person(family=f"Change{nth}")
                      for _ in range(PEOPLE)]
            uuids = {p.login: house.entry(p)["entryUUID"][0] for p in people}
            lines = [{"plan": 1, "year": 2026, "made": "now",
                      "base": servers.PEOPLE, "files": []}]
            lines += [{
                "change": p.login, "dn": p.dn, "uuid": uuids[p.login],
                "why": ["name"],
                "before": [{"name": "sn", "values": [f"Change{nth}"]},
                           {"name": "displayName", "values": []}],
                "after": [{"name": "sn", "values": ["Changée"]},
                          {"name": "displayName", "values": ["É"]}],
                "names": [f"alias-{p.login}"], "source": "{EMP}1$" + p.login,
                "notices": [], "establishment": "", "kind": "enseignant",
            } for p in people]
            # Somebody changed one of them since: a conflict, and alone.
            house.change(people[0], sn="Autrement")
            plan = plan_file(house.folder / f"change{nth}.plan", lines)
            for orders in (f"provision.account-changed:{nth}=kill", None):
                trace = house.folder / "trace"
                trace.write_text("")
                env = {**house.env, "RENTREE_FAULT_TRACE": str(trace)}
                if orders:
                    env["RENTREE_FAULT"] = orders
                done = subprocess.run(
                    [faults.BUILD / "rentree", "-c", house.config,
                     "provision", "apply", plan], env=env, check=False,
                    capture_output=True, text=True, timeout=60)
                killed = orders and nth < PEOPLE
                self.assertEqual(done.returncode,
                                 -signal.SIGKILL if killed else 1,
                                 done.stderr)
            self.assertRegex(done.stderr,
                             rf"(?m)^{people[0].login}: not changed")
            self.assertEqual(house.entry(people[0])["sn"], ["Autrement"])
            for person in people[1:]:
                entry = house.entry(person)
                self.assertEqual(entry["sn"], ["Changée"])
                self.assertEqual(entry["displayName"], ["É"])

    def test_killed_at_random_moments(self):
        rows = self.rows("hasard") + [
            row(date_naissance=f"{n % 28 + 1:02d}/01/1980", numen=fresh_numen(), nom_naissance="Khasard",
                prenoms=f"Zoé{chr(97 + n // 26)}{chr(97 + n % 26)}",
                courriel_perso=f"khasard{n}@ailleurs.example")
            for n in range(150)]
        for house in (self.killed, self.clean):
            (house.folder / "h.csv").write_text(as_csv(rows))
        self.run_it(self.clean, "run", "--partial", "--year", 2026,
                    self.clean.folder / "h.csv")
        cuts = 0
        for milliseconds in (20, 35, 50, 80, 120, 170, 230, 300):
            child = subprocess.Popen(
                [servers.BUILD / "rentree", "-c", self.killed.config,
                 "provision", "run", "--partial", "--year", "2026",
                 self.killed.folder / "h.csv"], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env=self.killed.env)
            time.sleep(milliseconds / 1000)
            cuts += child.poll() is None
            child.kill()
            child.wait()
        self.assertGreater(cuts, 0, "it was never cut off")
        self.run_it(self.killed, "run", "--partial", "--year", 2026,
                    self.killed.folder / "h.csv")
        self.assertEqual(self.entries(self.killed, "Khasard"),
                         self.entries(self.clean, "Khasard"))
        for house in (self.killed, self.clean):
            house.wait_drained(60)
        self.assertEqual(self.mails(self.killed, "khasard"),
                         self.mails(self.clean, "khasard"))


class FirstLoad(Case):
    def test_ldif_into_slapadd_and_nothing_is_left_to_do(self):
        """perf.md 4: a first load goes by the server's own loader."""
        with House() as house:
            path = house.folder / "all.csv"
            path.write_text(as_csv(
                [row(numen=fresh_numen(), nom_naissance="Chargée",
                     prenoms=f"Zoé{chr(97 + n)}",
                     courriel_perso=f"load{n}@courriel.example")
                 for n in range(20)]))
            plan, ldif = house.folder / "plan", house.folder / "ldif"
            house.command("provision", "plan", "--year", 2026, "--out", plan,
                          path)
            ldif.write_text(house.command("provision", "ldif", plan).stdout)
            house.slapd.stop()
            done = subprocess.run(
                [servers.program("slapadd"), "-q", "-f",
                 house.folder / "slapd.conf", "-l", ldif],
                capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            house.slapd.again()
            house.wait_ready()
            told = json.loads(house.command(
                "--json", "provision", "apply", plan).stdout)["counts"]
            self.assertEqual((told["created"], told["unchanged"],
                              told["invited"]), (0, 20, 20))
            told = json.loads(house.command(
                "--json", "provision", "run", "--year", 2026,
                path).stdout)["counts"]
            self.assertEqual((told["to_create"], told["to_change"],
                              told["unchanged"]), (0, 0, 20))
            house.wait_drained(60)
            self.assertEqual(len(house.box.find(
                lambda m: m.recipients[0].startswith("load"))), 20)


class Together(Case):
    @property
    def house(self):
        return the_house("provision")

    def test_the_lock_tells_who_holds_it(self):
        path = self.house.folder / "lock.csv"
        path.write_text(as_csv([row(nom_naissance="Verrouillon")]))
        trace = self.house.folder / "trace"
        trace.write_text("")
        child = subprocess.Popen(
            [faults.BUILD / "rentree", "-c", self.house.config, "provision",
             "run", "--partial", "--year", "2026", path], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**self.house.env, "RENTREE_FAULT_TRACE": str(trace),
                 "RENTREE_FAULT": "provision.planned=pause:60000"})
        try:
            wait_until(lambda: "provision.planned" in trace.read_text(),
                       "the first batch to be at work")
            # Somebody edits the configuration meanwhile.
            copy = self.house.folder / "edited.conf"
            copy.write_bytes(self.house.config.read_bytes())
            copy.rename(self.house.config)
            done = self.house.command("provision", "run", "--partial", "--year", 2026,
                                      path, check=False)
            self.assertEqual(done.returncode, 75, done.stderr)
            self.assertRegex(
                done.stderr, rf"process {child.pid} of \S+ on "
                rf"{re.escape(os.uname().nodename)} since "
                r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*: "
                r".*rentree -c .* provision run")
        finally:
            child.kill()
            child.wait()
        # A holder that was killed holds nothing.
        self.house.command("provision", "run", "--partial", "--year", 2026, path)

    def other_host(self):
        """A configuration whose batches do not see our lock."""
        state = self.house.folder / "other-host"
        config = self.house.folder / "other-host.conf"
        config.write_text(re.sub(r"(?m)^state = .*$", f"state = {state}",
                                 self.house.config.read_text()))
        return config

    def start(self, config, feed, orders=""):
        return subprocess.Popen(
            [faults.BUILD / "rentree", "-c", config, "provision", "run",
             "--partial", "--year", "2026", feed], stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
            env={**self.house.env, "RENTREE_FAULT": orders,
                 "RENTREE_FAULT_TRACE": str(self.house.folder / "trace")})

    def accounts(self, rows):
        link = self.house.directory()
        found = [len(link.search_s(
            servers.PEOPLE, ldap.SCOPE_ONELEVEL, "(rentreeSource="
            + self.house.source(x["numen"]) + ")", ["uid"])) for x in rows]
        link.unbind_s()
        return found

    def two_hosts(self, count, word, orders):
        """The same people under two names: at most one account each, and
        after one more run exactly one."""
        rows = [row(numen=fresh_numen(), nom_naissance=f"Hote{word}",
                    prenoms=f"Zoé{chr(97 + n // 26)}{chr(97 + n % 26)}")
                for n in range(count)]
        ours, theirs = (self.house.folder / x for x in ("h1.csv", "h2.csv"))
        ours.write_text(as_csv(rows))
        theirs.write_text(as_csv([{**x, "nom_usage": f"Autre{word}"}
                                  for x in rows]))
        trace = self.house.folder / "trace"
        trace.write_text("")
        first = self.start(self.house.config, ours, orders)
        if orders:
            wait_until(lambda: orders.partition(":")[0] in trace.read_text(),
                       "the first to be there")
        second = self.start(self.other_host(), theirs)
        said = [x.communicate(timeout=60)[1] for x in (first, second)]
        self.assertLessEqual(max(self.accounts(rows)), 1, said)
        for child, text in zip((first, second), said):
            self.assertIn(child.returncode, (0, 1), text)
        # Where theirs came first everywhere, this renames all: no accident.
        willing = self.house.folder / "willing.conf"
        willing.write_text(re.sub(r"(?m)^state = .*$",
                                  r"\g<0>\nmax_rename = 100%",
                                  self.house.config.read_text()))
        servers.command(willing, "provision", "run", "--partial", "--year",
                        2026, ours, env=self.house.env)
        self.assertEqual(self.accounts(rows), [1] * count)
        return said

    def test_two_hosts_give_one_person_one_account(self):
        for n, point in enumerate(("planned", "name-reserved", "alone")):
            said = self.two_hosts(1, "abc"[n],
                                  f"provision.{point}:1=pause:3000")
            # Later, the second finds the login that the first has reserved.
            if point == "planned":
                self.assertRegex("".join(said),
                                 "not done: this person has been given")
        for n in range(3):
            self.two_hosts(60, "def"[n], "")

    def test_a_plan_that_was_broken_off_is_kept(self):
        rows = [row(numen=fresh_numen(), nom_naissance="Reste",
                    prenoms=f"Zoé{chr(97 + n)}") for n in range(20)]
        path, plan = (self.house.folder / x for x in ("r.csv", "night.plan"))
        path.write_text(as_csv(rows))
        run = ("provision", "run", "--partial", "--year", 2026, "--out", plan,
               path)
        done = subprocess.run(
            [faults.BUILD / "rentree", "-c", self.house.config,
             *map(str, run)], check=False, capture_output=True, text=True,
            env={**self.house.env,
                 "RENTREE_FAULT": "provision.account-added:3=kill",
                 "RENTREE_FAULT_TRACE": str(self.house.folder / "trace")})
        self.assertEqual(done.returncode, -signal.SIGKILL, done.stderr)
        unfinished = self.house.folder / "night.plan.unfinished"
        text = unfinished.read_text()
        self.assertFalse(plan.exists())
        done = self.house.command(*run)
        [kept] = self.house.folder.path.glob("night.plan.unfinished-*")
        self.assertIn(str(kept), done.stderr)
        self.assertEqual(kept.read_text(), text)
        self.assertFalse(unfinished.exists())
        self.assertEqual(self.accounts(rows), [1] * 20)
        # Both nights can be undone, the last first.
        for name in plan, kept:
            inverse = self.house.command("provision", "ldif", "--inverse",
                                         name).stdout
            subprocess.run(
                [servers.program("ldapmodify"), "-c", "-x", "-H",
                 self.house.slapd.uri, "-D", servers.ROOT_DN, "-w",
                 self.house.folder.secret("root")], input=inverse,
                capture_output=True, text=True, check=False)
        self.assertEqual(self.accounts(rows), [0] * 20)

    def test_the_directory_dies_in_the_middle(self):
        rows = [row(numen=fresh_numen(), nom_naissance="Panne",
                    prenoms=f"Zo{chr(97 + n // 26)}{chr(97 + n % 26)}")
                for n in range(300)]
        path = self.house.folder / "outage.csv"
        path.write_text(as_csv(rows))

        def count():
            link = self.house.directory()
            found = link.search_s(servers.PEOPLE, ldap.SCOPE_ONELEVEL,
                                  "(sn=Panne)", ["uid"])
            link.unbind_s()
            return len(found)

        child = subprocess.Popen(
            [servers.BUILD / "rentree", "-c", self.house.config, "provision",
             "run", "--partial", "--year", "2026", path], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=self.house.env)
        while child.poll() is None and count() < 20:
            pass
        self.house.slapd.kill()
        out, said = child.communicate(timeout=30)
        self.house.slapd.again()
        if child.returncode != 0:  # it may have been quicker than we
            self.assertEqual(child.returncode, 69, said)
            self.assertIn("directory", said)
            self.assertLess(count(), 300)
            self.assertIn("created", out)
        self.house.wait_ready()
        self.house.command("provision", "run", "--partial", "--year", 2026, path)
        self.assertEqual(count(), 300)

    def test_one_entry_is_refused_and_its_neighbours_are_not(self):
        """The directory has a rule of its own about one of them."""
        lines = [{"plan": 1, "year": 2026, "made": "now",
                  "base": servers.PEOPLE, "files": []}]
        for n in range(100):
            login = f"voisin{n}"
            attributes = {
                "objectClass": ["inetOrgPerson", "rentreeAccount"],
                "uid": [login], "cn": ["V"], "sn": ["Voisin"],
                "rentreeSource": ["{EMP}1$" + login]}
            if n == 50:
                attributes["rentreeLastSeen"] = ["no year"]
                attributes["noSuchAttribute"] = ["x"]
            if n == 60:
                del attributes["sn"]
            lines.append({"create": login, "names": [login], "invite": False,
                          "attributes": [{"name": k, "values": v} for k, v in
                                         attributes.items()]})
        del lines[51]  # an unknown attribute is the schema's matter: below
        plan = plan_file(self.house.folder / "refused.plan", lines)
        done = self.house.command("--json", "provision", "apply", plan,
                                  check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, r"(?m)^voisin60: refused: .*sn")
        told = json.loads(done.stdout)["counts"]
        self.assertEqual((told["created"], told["failed"]), (98, 1))
        for line in lines[1:]:  # now none of them can be right
            line["create"] += "x"
            line["names"] = [line["create"]]
            line["attributes"] = [x for x in line["attributes"]
                                  if x["name"] not in ("sn", "rentreeSource")]
            line["attributes"].append({"name": "rentreeSource",
                                       "values": ["{EMP}1$" + line["create"]]})
        plan = plan_file(self.house.folder / "refused.plan", lines)
        done = self.house.command("provision", "apply", plan, check=False)
        self.assertEqual(done.returncode, 70, done.stderr)
        self.assertIn("in a row", done.stderr)


if __name__ == "__main__":
    unittest.main()
