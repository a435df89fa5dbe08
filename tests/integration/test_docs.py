"""Issue 9, line 7: what the documents name is there. Commands, options,
keys, events, numbers, alerts, files, targets of make, links and pictures of
README.md, deploy/docs and the READMEs of deploy; the batch that they show."""
import json
import os
import re
import shutil
import struct
import subprocess
import unittest
from pathlib import Path

import vocabulary
from house import House, fresh_numen, servers
from shared import Case

ROOT = servers.ROOT
DOCS = ROOT / "deploy" / "docs"
LINK = re.compile(r"!?\[[^]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`]+)`")
PICTURE_MAX, PICTURES_MAX = 60_000, 400_000
# Words of our form that are no events: files, hosts, other programs' settings.
NO_EVENT = re.compile(
    r"\.(md|csv|json|jsonl|py|c|h|conf|plan|key|pub|html|txt|lua|png|ldif|acl|"
    r"rules|env|yml|service|socket|timer|unfinished|config|po|inc|php)$")


def documents():
    found = sorted(DOCS.glob("*.md"))
    return {path: path.read_text() for path in
            [ROOT / "README.md", ROOT / "SECURITY.md", *found,
             *sorted((ROOT / "deploy").glob("*/README.md")),
             ROOT / "ldap-schema" / "README.md"]}


def code(text):
    """Everything in backquotes, and the lines of blocks."""
    fenced = re.findall(r"(?s)```.*?\n(.*?)```", text)
    plain = re.sub(r"(?s)```.*?```", "", text)
    blocks = re.findall(r"(?m)^(?:    |\t)(.*)$", plain)
    inline = CODE.findall(re.sub(r"(?m)^(?:    |\t).*$", "", plain))
    return [line for part in fenced for line in part.splitlines()] + \
        blocks + [" ".join(x.split()) for x in inline]


def anchor(title):
    """As GitHub makes it of a heading."""
    word = re.sub(r"[^\w\- ]", "", title.strip().lower())
    return word.replace(" ", "-")


def sample():
    """{section: {key: value}} of what is shipped."""
    found, section = {}, None
    for line in (ROOT / "deploy/rentree.conf").read_text().splitlines():
        if line.startswith("["):
            section = found.setdefault(line.strip("[]"), {})
        elif " =" in line:
            key, _, value = line.lstrip("; ").partition(" =")
            section[key] = value.strip()
    return found


class Names(unittest.TestCase):
    def setUp(self):
        self.docs = documents()
        self.path = DOCS

    def each(self):
        for self.path, text in self.docs.items():
            yield self.path, text

    def fail(self, msg=None):
        super().fail(f"{self.path.relative_to(ROOT)}: {msg}")

    def test_links_lead_somewhere(self):
        for path, text in self.each():
            for link in LINK.findall(text):
                if re.match(r"https?:|mailto:", link):
                    continue
                name, _, part = link.partition("#")
                target = (path.parent / name) if name else path
                self.assertTrue(target.exists(), link)
                if part:
                    titles = re.findall(r"(?m)^#+ (.*)$", target.read_text())
                    self.assertIn(part, [anchor(x) for x in titles], link)

    def test_each_document_is_in_the_list(self):
        listed = (DOCS / "README.md").read_text()
        for path in DOCS.glob("*.md"):
            if path.name != "README.md":
                self.assertIn(f"[{path.name}]({path.name})", listed)
        self.assertIn("deploy/docs", (ROOT / "README.md").read_text())

    def test_pictures_are_small_and_used(self):
        used = {Path(x).name for text in self.docs.values()
                for x in LINK.findall(text) if x.endswith(".png")}
        whole = 0
        for path in DOCS.glob("*.png"):
            data = path.read_bytes()
            self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n", path.name)
            self.assertGreater(min(struct.unpack(">II", data[16:24])), 100)
            self.assertLess(len(data), PICTURE_MAX, path.name)
            self.assertIn(path.name, used)
            whole += len(data)
        self.assertTrue(whole)
        self.assertLess(whole, PICTURES_MAX)

    def test_targets_of_make(self):
        known = set(re.findall(r"(?m)^([a-z-]+):",
                               (ROOT / "Makefile").read_text()))
        for _, text in self.each():
            for line in code(text):
                for target in re.findall(r"(?:^|[ &;(])make ([a-z][a-z-]+)\b",
                                         line):
                    self.assertIn(target, known)

    def test_commands_and_their_options(self):
        """Each by the help of the program itself."""
        done = subprocess.run([servers.BUILD / "rentree", "--help"],
                              capture_output=True, text=True, check=True)
        first = set(re.findall(r"(?m)^ +(?:rentree )?([a-z]+)\b", done.stdout))
        self.assertIn("provision", first)
        usages, seen = {}, 0
        for _, text in self.each():
            for line in code(text):
                for said in re.findall(
                        r"(?:^|[|;&$(] ?|sudo )rentree((?: [^|;&`]+)+)", line):
                    words = said.split("  ")[0].split("#")[0].split()
                    words = [x for x in words if x != "--json"]
                    if not words or not re.match(r"[a-z-]+$", words[0]) or \
                            words[0].startswith("-") or words[:1] == ["is"]:
                        continue
                    seen += 1
                    self.judge(words, first, usages)
        self.assertGreater(seen, 60)

    def judge(self, words, first, usages):
        self.assertIn(words[0], first, words)
        name = words[0] if words[0] in ("check",) else " ".join(words[:2])
        if len(words) == 1 and name != "check":
            return  # a group, as in `rentree queue`
        if name not in usages:
            done = subprocess.run(
                [servers.BUILD / "rentree", *name.split(), "--help"],
                capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, f"rentree {name}")
            usages[name] = done.stdout
        self.assertRegex(usages[name], rf"(?m)^  {name}\b")
        for option in (x for x in words if re.match(r"--[a-z]", x)):
            self.assertIn(option, usages[name], words)
        usage = re.search(rf"(?m)^  {name}(.*)$", usages[name])[1]
        rest = words[len(name.split()):]
        if not usage.strip():
            self.assertEqual([x for x in rest if x != ">"], [], words)

    def test_keys_of_the_configuration(self):
        """`[section] key`, and keys in a block that has sections."""
        known = sample()
        named = 0
        for _, text in self.each():
            for section, rest in re.findall(
                    r"`\[([a-z.]+)\] ?([^`]*)`", text):
                self.assertIn(section, known)
                key = rest.split("=")[0].split()
                named += len(key)
                for one in key[:1]:
                    self.assertIn(one.rstrip(","), known[section], rest)
            section = None
            for line in re.findall(r"(?m)^    (.*)$", text):
                head = re.fullmatch(r"\[([a-z.]+)\]", line)
                if head and head[1] in known:
                    section = known[head[1]]
                key = re.fullmatch(r"([a-z_.]+) = .*", line)
                if key and section is not None:
                    self.assertIn(key[1], section)
                    named += 1
                elif not head:
                    section = None
        self.assertGreater(named, 40)

    def test_defaults_that_are_told(self):
        """`key` value, in the sheet for the registre."""
        text = (DOCS / "protection-des-donnees.md").read_text()
        known = sample()
        for section, key, value in (
                ("limits", "token_lifetime", "1h"),
                ("limits", "activation_lifetime", "14d"),
                ("limits", "code_lifetime", "90d"),
                ("limits", "recovery_mail_cooloff", "48h"),
                ("limits", "per_address", "20/10m"),
                ("limits", "per_identity", "5/1h"),
                ("limits", "per_number", "30/1h"),
                ("limits", "per_mailbox", "3/1h 6/24h"),
                ("audit", "retention", "365d"),
                ("desk", "session_idle", "15m"),
                ("provision", "grace.student", "92d"),
                ("provision", "grace.staff", "62d"),
                ("provision", "grace.external", "1d"),
                ("password", "min_length", "12"),
                ("password", "min_bits", "50"),
                ("password", "min_guess_bits", "36")):
            self.assertIn(key, text)
            self.assertEqual(known[section][key], value, key)
        for path, words in (
                ("lib/flow/recover.h", "RECOVER_LIFE_MS = 24 * 3600 * 1000"),
                ("lib/flow/remind.h", "REMIND_LIFE_MS = 24 * 3600 * 1000"),
                ("lib/store/rentree.lua", "DEAD_MS = 30 * 24 * 3600 * 1000"),
                ("lib/store/token.h", "TOKEN_TOMBSTONE_S = 25 * 3600"),
                ("lib/flow/desk_act.h", "DESK_PHONE_S = 24 * 3600"),
                ("lib/flow/disown.h", "DISOWN_LIFETIME_S = 7 * 86400"),
                ("lib/flow/errand.h", "ERRAND_VERIFY_S = 24 * 3600"),
                ("captcha/captcha.h", "CAPTCHA_LIFE_S = 1800"),
                ("lib/web/cookie.h", "COOKIE_S = 1800"),
                ("ldap-schema/ppolicy.ldif", "pwdInHistory: 5"),
                ("ldap-schema/ppolicy.ldif", "pwdMaxFailure: 10"),
                ("ldap-schema/ppolicy.ldif", "pwdLockoutDuration: 900"),
                ("deploy/logrotate/rentree", "maxage 365")):
            self.assertIn(words, (ROOT / path).read_text(), path)
            self.assertIn(words.split(" =")[0].split(":")[0].split()[0]
                          if path.startswith(("lib/flow/rec", "lib/store"))
                          else Path(path).name, text)

    def test_events_numbers_and_alerts(self):
        logged = {event for table in vocabulary.events().values()
                  for event in table}
        numbers = {name for table in vocabulary.numbers(["fr"]).values()
                   for name in table}
        rules = (ROOT / "deploy/prometheus/rules.yml").read_text()
        alerts = set(re.findall(r"alert: (\w+)", rules))
        batch = set(re.findall(r"rentree_provision_\w+", rules))
        families = {x.partition(".")[0] for x in logged}
        for _, text in self.each():
            for word in CODE.findall(text):
                if re.fullmatch(r"[a-z]+\.[a-z-]+", word) and \
                        word.partition(".")[0] in families and \
                        not NO_EVENT.search(word):
                    self.assertIn(word, logged)
                number = re.match(r"rentree_[a-z_]+", word)
                if number and number[0] not in ("rentree_one", "rentree_"):
                    self.assertTrue(
                        {number[0], re.sub("_(bucket|sum|count)$", "",
                                           number[0])} & (numbers | batch),
                        word)
                if re.fullmatch(r"Rentree[A-Z]\w+", word):
                    self.assertIn(word, alerts)
        self.assertEqual(
            alerts - set(re.findall(r"Rentree[A-Z]\w+", self.runbook())),
            {"RentreeInvitationsStand", "RentreeNobodyComesBack",
             "RentreeWorkersBusy", "RentreeBatchFailed", "RentreeBatchMissed"})

    def runbook(self):
        return (DOCS / "runbook.md").read_text()

    def test_files(self):
        """What stands in backquotes with a folder of the project."""
        tops = {x.name for x in ROOT.iterdir() if x.is_dir()} - {"build"}
        places = {DOCS: (ROOT,), ROOT: (ROOT,)}
        for path, text in self.each():
            for word in CODE.findall(text):
                if not re.fullmatch(r"[\w.*/-]+", word) or \
                        word.partition("/")[0] not in tops or "/" not in word:
                    continue
                for place in places.get(path.parent, (ROOT, path.parent)):
                    if list(place.glob(word.rstrip("/"))):
                        break
                else:
                    if not re.search(r"\.\w+$", word) and list(
                            ROOT.glob(word + ".*")):
                        continue  # a module
                    self.fail(word)

    def test_keys_that_may_be_lost(self):
        made = set(re.findall(r"\b(?:web|worker|public)/[\w<>-]+\.(?:key|pub)",
                              (ROOT / "cmd/common_keys.h").read_text()))
        made = {x.replace("<kid>", "1") for x in made}
        named = set(re.findall(
            r"`((?:web|worker|public)/[\w-]+\.(?:key|pub))`", self.runbook()))
        self.assertEqual(named, made)

    def test_modules_and_attributes(self):
        schema = (ROOT / "ldap-schema/rentree.schema").read_text()
        known = set(re.findall(r"NAME '(\w+)'", schema))
        for _, text in self.each():
            for word in re.findall(r"\brentree[A-Z]\w+", text):
                self.assertIn(word, known)


class Done(Case):
    """What the documents tell people to do, done."""

    def test_the_configuration_of_install(self):
        """The block of install.md, put into the sample, is one."""
        text = (DOCS / "install.md").read_text()
        block = re.search(r"(?ms)^    \[site\]\n.*?(?=^\S)", text)[0]
        lines = (ROOT / "deploy/rentree.conf").read_text().splitlines()
        section, said = None, 0
        for line in (x.strip() for x in block.splitlines()):
            if line.startswith("["):
                section = lines.index(line)
            elif line:
                key = line.partition(" =")[0]
                at = next(i for i in range(section + 1, len(lines))
                          if re.match(rf"(; )?{key} =", lines[i]))
                end = next((i for i in range(section + 1, len(lines))
                            if lines[i].startswith("[")), len(lines))
                self.assertLess(at, end, line)
                lines[at] = line
                said += 1
        self.assertGreater(said, 20)
        config = self.house.folder / "install.conf"
        config.write_text("\n".join(lines) + "\n")
        done = servers.command(config, "--json", "check", check=False)
        first, = (x for x in json.loads(done.stdout) if x["name"] == "config")
        self.assertEqual(first["verdict"], "ok", first)

    def test_the_batch_of_the_tour_and_its_inverse(self):
        text = (DOCS / "install.md").read_text()
        rows = re.search(r"(?ms)<<END\n(    type;.*?)\n    END$", text)[1]
        rows = re.sub(r"(?m)^    ", "", rows) + "\n"
        rows = rows.replace("09E9501234ABC", fresh_numen())
        house = self.house
        feed = house.folder / "rh.csv"
        feed.write_text(rows)
        plan = house.folder / "rentree-2026.plan"
        done = house.command("provision", "plan", "--year", 2026, "--partial",
                             "--out", plan, feed)
        shown = re.findall(r"(?m)^    ([a-z ]+?) +\d+$",
                           (DOCS / "tour.md").read_text())
        said = done.stdout
        house.command("provision", "show", plan)
        said += house.command("provision", "apply", plan).stdout
        for word in shown:
            self.assertRegex(said, rf"(?m)^{word} +\d+$")
        inverse = house.command("provision", "ldif", "--inverse", plan).stdout
        ldap = [servers.program("ldapmodify"), "-c", "-x", "-H",
                house.slapd.uri, "-D", servers.ROOT_DN, "-w",
                house.folder.secret("root")]
        subprocess.run(ldap, input=inverse, text=True, check=True,
                       capture_output=True)
        self.assertIn("nobody found", house.command(
            "account", "find", "Dupont").stderr)

    def test_who_asks_for_their_data(self):
        house = self.house
        person = house.add_person()
        house.command("account", "suspend", person.login)
        house.command("account", "resume", person.login)
        self.assertIn(person.mail, house.command(
            "account", "show", "--full", person.login).stdout)
        lines = [json.loads(x) for x in house.command(
            "audit", "export", person.login).stdout.splitlines()]
        self.assertEqual([x["event"] for x in lines][:2],
                         ["account.suspend", "account.resume"])
        for line in lines:  # as the sheet says: and no address among them
            self.assertLessEqual(set(line), {
                "seq", "ts", "event", "login", "uuid", "actor", "ref",
                "reason", "subject", "establishment", "document", "mac"})
        self.assertTrue(json.loads(house.command(
            "--json", "audit", "export", person.login).stdout))
        # backup.md: who was suspended since
        pattern = re.search(r"`grep -hE '([^']+)'",
                            (DOCS / "backup.md").read_text())[1]
        found = subprocess.run(
            ["grep", "-hE", pattern.replace("\\|", "|"), house.audit_file],
            capture_output=True, text=True, check=True).stdout
        self.assertIn(person.login, found)
        house.command("audit", "verify")

    def test_whose_account_has_been_closed_for_long(self):
        house = self.house
        old, new = (house.add_person(
            rentreeState="I:SupannInactif", rentreeStateEnd=end)
            for end in ("20250901000000Z", "20260901000000Z"))
        text = (DOCS / "protection-des-donnees.md").read_text()
        words = re.search(r"(?m)^ +'(\(&\(rentreeState.*\))' dn$", text)[1]
        link = house.directory()
        try:
            found = [dn for dn, _ in link.search_s(
                servers.PEOPLE, 2, words, ["1.1"])]
        finally:
            link.unbind_s()
        self.assertIn(old.dn, found)
        self.assertNotIn(new.dn, found)

    def test_redis_of_yesterday_and_an_empty_one(self):
        """backup.md: a spent link that comes back opens nothing; an empty
        Redis is enough."""
        with House() as house:
            data, kept = house.folder / "redis", house.folder / "kept"
            person = house.add_person()
            link = house.ask_link(person)
            house.wait_drained()
            house.redis.stop()
            shutil.copytree(data, kept)
            house.redis.again()
            house.wait_ready()
            answer = house.opened(link).choose("Bateau-Cerise-47-Lune")
            self.assertEqual(answer.status, 303)
            house.wait_drained(40)
            for restored in (True, False):
                house.redis.stop()
                shutil.rmtree(data)
                if restored:
                    shutil.copytree(kept, data)
                else:
                    data.mkdir()
                house.redis.again()
                house.wait_ready(30)
                visitor = house.visitor()
                visitor.open_link(link)
                answer = visitor.choose("Autre-Cerise-48-Lune")
                self.assertEqual(answer.status, 410)
                self.assertTrue(
                    house.can_log_in(person, "Bateau-Cerise-47-Lune"))
                house.ask_link(house.add_person())

    def test_a_key_that_is_lost(self):
        """The runbook's table: the programs do not start, `keys init` makes
        another one, and a worker's key is known by its public half."""
        with House() as house:
            keys = house.folder / "keys"
            for name, program in (("worker/numen-1.key", "rentree-worker"),
                                  ("worker/worker.key", "rentree-worker"),
                                  ("worker/record.key", "rentree-worker"),
                                  ("worker/operator.key", "rentree-worker"),
                                  ("worker/audit.key", "rentree-worker"),
                                  ("web/captcha.key", "rentree-web"),
                                  ("web/limiter.key", "rentree-web")):
                kept = (keys / name).read_bytes()
                (keys / name).unlink()
                with self.subTest(name):
                    done = subprocess.run(
                        [servers.BUILD / program, "-t", "-c", house.config],
                        check=False, capture_output=True)
                    self.assertEqual(done.returncode, 78)
                (keys / name).write_bytes(kept)
                (keys / name).chmod(0o400)
            house.worker.stop()
            lost, person = house.add_person(), house.add_person()
            house.ask(lost)
            (keys / "worker" / "worker.key").unlink()
            house.command("keys", "init")
            done = subprocess.run(
                [servers.BUILD / "rentree-worker", "-t", "-c", house.config],
                check=False, capture_output=True, text=True)
            self.assertEqual(done.returncode, 78)
            self.assertIn("are no pair", done.stderr)
            # … with its own public half, and everybody restarted
            (keys / "public" / "worker.pub").unlink()
            house.command("keys", "init")
            house.start_worker()
            house.worker.wait_for(
                lambda: "sealed request does not open" in house.logs())
            house.web.stop()
            house.start_web()
            house.ask_link(person)
            self.assertEqual(house.mails_to(lost), [])


# As Debian's slapd is after its installation, at another place.
FRESH = """dn: cn=config
objectClass: olcGlobal
cn: config

dn: cn=module{{0}},cn=config
objectClass: olcModuleList
cn: module{{0}}
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif
include: file:///etc/ldap/schema/cosine.ldif
include: file:///etc/ldap/schema/nis.ldif
include: file:///etc/ldap/schema/inetorgperson.ldif

dn: olcDatabase={{0}}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {{0}}config
olcAccess: to * by dn.exact=gidNumber={gid}+uidNumber={uid},cn=peercred,cn=external,cn=auth manage

dn: olcDatabase={{1}}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {{1}}mdb
olcDbDirectory: {folder}/fresh
olcSuffix: {suffix}
olcRootDN: cn=admin,{suffix}
olcRootPW: {password}
olcAccess: to attrs=userPassword by self write by anonymous auth by * none
olcAccess: to * by * read
"""


class FreshSlapd(servers.Slapd):
    """Without anything of ours."""

    def start(self):
        folder = self.folder
        (folder / "fresh").mkdir()
        (folder / "slapd.d").mkdir()
        self.password = folder.secret("root")
        ldif = folder / "fresh.ldif"
        ldif.write_text(FRESH.format(
            gid=os.getgid(), uid=os.getuid(), folder=folder.path,
            suffix=servers.SUFFIX, password=self.password))
        subprocess.run([servers.program("slapadd"), "-n", "0", "-F",
                        folder / "slapd.d", "-l", ldif], check=True,
                       capture_output=True)
        self.argv[1:3] = ["-F", folder / "slapd.d"]
        self.again()


class SchemaReadme(unittest.TestCase):
    """The commands of ldap-schema/README.md, in their order."""

    def test_a_fresh_directory(self):
        folder = servers.Folder()
        slapd = FreshSlapd(folder)
        try:
            slapd.start()
            self.follow(folder, slapd)
        finally:
            slapd.kill()
            folder.remove()

    def blocks(self, folder, slapd):
        text = (ROOT / "ldap-schema/README.md").read_text()
        secret = folder.sockets / "asked"
        secret.write_text(slapd.password)
        secret.chmod(0o600)
        for block in re.findall(r"(?ms)^```\n(.*?)^```$", text):
            yield re.sub(r" -W\b", f" -y {secret}", block).replace(
                "ldapi:///", slapd.ldapi).replace(
                "dc=ac-lille,dc=fr", servers.SUFFIX)

    def follow(self, folder, slapd):
        """suffix, schema | overlay, policy, rules | identities | decoy |
        slapd.conf's unique | cn=config's."""
        start, policy, identities, decoy, _, unique = self.blocks(
            folder, slapd)
        add = (f"ldapadd -x -D cn=admin,$suffix -y {folder.sockets}/asked "
               f"-H {slapd.ldapi} <<END\n")
        word = servers.SUFFIX.partition(",")[0].removeprefix("dc=")
        tree = (f"dn: $suffix\nobjectClass: organization\n"
                f"objectClass: dcObject\no: x\ndc: {word}\n\n" + "\n\n".join(
                    f"dn: ou={x},$suffix\nobjectClass: organizationalUnit"
                    for x in ("people", "logins", "groups", "services")))
        identities = identities.replace(
            "dc=example,dc=fr", "$suffix").replace("{SSHA}...", "geheim")
        script = "\n".join((
            "set -e", start, f"{add}{tree}\nEND", policy,
            f"{add}{identities}END", decoy, unique))
        done = subprocess.run(
            ["bash", "-c", script], cwd=ROOT / "ldap-schema",
            capture_output=True, text=True, check=False,
            env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"})
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in ("cn=rentree,cn=schema,cn=config", "olcOverlay=ppolicy",
                      f"cn=rentree-decoy,ou=services,{servers.SUFFIX}"):
            self.assertIn(words, done.stdout)


if __name__ == "__main__":
    unittest.main()
