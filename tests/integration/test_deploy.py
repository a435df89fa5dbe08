"""Issue 9, lines 1 to 3: what an operator copies from deploy/, run."""
import getpass
import grp
import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor

import ldap

from house import House, servers, wait_until
from shared import Case, the_house
from visitor import Visitor

ROOT = servers.ROOT
DEPLOY = ROOT / "deploy"


def missing(name):
    """Why a test is skipped: printed, because nobody else says so."""
    if shutil.which(name, path=f"{os.environ['PATH']}:{servers.SBIN}"):
        return None
    return f"{name} is not installed"


# --- nginx -------------------------------------------------------------------

# What a distribution writes around a site.
NGINX_CONF = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.error.log error;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Nginx(servers.Process):
    """deploy/nginx/rentree.conf with other ports, folders and certificates;
    every other word as it is."""

    def __init__(self, house):
        self.folder = house.folder / "nginx"
        self.folder.mkdir()
        self.port, self.plain_port = servers.free_port(), servers.free_port()
        self.access = self.folder / "rentree.access.log"
        self.error = self.folder / "rentree.error.log"
        self.write_certificate()
        site = (DEPLOY / "nginx" / "rentree.conf").read_text()
        for old, new in (
                ("unix:/run/rentree/web.sock", f"127.0.0.1:{house.port}"),
                ("listen 80;", f"listen 127.0.0.1:{self.plain_port};"),
                ("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;"),
                ("\tlisten [::]:80;\n", ""),
                ("\tlisten [::]:443 ssl;\n", ""),
                ("/etc/ssl/certs/comptes.ac-lille.fr.pem",
                 f"{self.folder}/site.pem"),
                ("/etc/ssl/private/comptes.ac-lille.fr.key",
                 f"{self.folder}/site.key"),
                # For a machine that is slower than the limit.
                ("rate=10r/s", "rate=10r/m"),
                ("/var/log/nginx", str(self.folder))):
            if old not in site:
                raise servers.Trouble(f"{old} is not in the site")
            site = site.replace(old, new)
        (self.folder / "site.conf").write_text(site)
        (self.folder / "nginx.conf").write_text(
            NGINX_CONF.format(folder=self.folder))
        super().__init__(
            "nginx", [servers.program("nginx"), "-p", self.folder, "-e",
                      self.folder / "nginx.error.log",
                      "-c", self.folder / "nginx.conf"],
            house.folder / "log" / "nginx.log")

    def write_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-keyout", self.folder / "site.key", "-out",
             self.folder / "site.pem"],
            check=True, capture_output=True)

    def open(self):
        self.start()
        self.wait_for(lambda: servers.answers(("127.0.0.1", self.port)))


class SecureVisitor(Visitor):
    """Comes through nginx, from an address of loopback of its own."""

    CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    CONTEXT.check_hostname = False
    CONTEXT.verify_mode = ssl.CERT_NONE

    def __init__(self, port, source):
        super().__init__(port)
        self.source = (source, 0)

    def line(self, timeout):
        return http.client.HTTPSConnection(
            self.host, self.port, timeout=timeout, context=self.CONTEXT,
            source_address=self.source)


@unittest.skipIf(missing("nginx"), missing("nginx"))
class BehindNginx(Case):
    PER_ADDRESS = 6

    @classmethod
    def setUpClass(cls):
        cls.home = the_house(
            "nginx", limits={"per_address": f"{cls.PER_ADDRESS}/24h"})
        cls.nginx = Nginx(cls.home)
        cls.home.parts.append(cls.nginx)
        cls.nginx.open()

    def visitor(self, last):
        return SecureVisitor(self.nginx.port, f"127.0.1.{last}")

    def logs(self):
        return "".join(path.read_text() for path in
                       sorted(self.nginx.folder.glob("*.log")))

    def logged(self, words):
        """Waits until the access log has a line with these words."""
        return wait_until(
            lambda: [x for x in self.nginx.access.read_text().splitlines()
                     if words in x], words)

    def test_no_link_stands_in_a_log(self):
        house, visitor = self.home, self.visitor(1)
        person = house.add_person()
        answer = visitor.recover(person.number, person.typed_birth)
        self.assertGoes(answer, "/demande-enregistree")
        link = house.wait_mail(person, link=True).links[0]
        token = link.rpartition("/")[2]
        self.assertGreater(len(token), 40)
        answer = visitor.open_link(link)
        self.assertGoes(answer, "/nouveau-mot-de-passe")
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-change")
        self.assertTrue(house.can_log_in(person, self.PASSWORD))
        code = "7K3M9QXR4TWZ8HYN"
        for path in (f"/a/{code}", f"/v/{token}", f"/pas-moi/{token}",
                     f"/R/{token}", f"/%72/{token}", f"//r/{token}",
                     f"/r/{token}/{token}", f"/x/../r/{token}",
                     f"/aide?token={token}",
                     f"/demande-enregistree?code={code}"):
            visitor.get(path, headers={"Referer": f"https://localhost{path}"})
        for path in (f"/r/{token}", f"/a/{code}"):
            line = http.client.HTTPConnection(
                "127.0.0.1", self.nginx.plain_port, timeout=10)
            line.request("GET", path)
            moved = line.getresponse()
            self.assertEqual(moved.status, 301)
            self.assertNotIn(path, moved.headers["Location"])
            line.close()
        house.web.stop()
        try:
            self.assertEqual(visitor.get(f"/r/{token}").status, 502)
            self.assertEqual(visitor.post(f"/pas-moi/{token}", {}).status, 502)
        finally:
            house.start_web()
        self.logged('"POST /pas-moi/*** HTTP/1.1" 502')
        text = self.logs()
        for path in ("/r/***", "/a/***", "/v/***", "/pas-moi/***"):
            self.assertIn(path, text)
        for secret in (token, code, person.number, self.PASSWORD):
            self.assertNotIn(secret, text)

    def test_the_address_is_the_one_that_nginx_sees(self):
        """Whatever the visitor says; and another address is another one."""
        first, second = self.visitor(2), self.visitor(3)
        statuses = []
        for n in range(self.PER_ADDRESS + 1):
            first.address = f"192.0.2.{n}"
            answer = first.recover(f"09E96{n:05d}ABC", "01/09/1975",
                                   headers={"Forwarded": f"for=192.0.2.{n}"})
            statuses.append(answer.status)
        self.assertEqual(statuses, [303] * self.PER_ADDRESS + [429])
        self.assertStatus(
            second.recover("09E9700001ABC", "01/09/1975"), 303)

    def test_a_flood_is_answered_by_nginx(self):
        visitor = self.visitor(4)
        with ThreadPoolExecutor(8) as crowd:
            statuses = list(crowd.map(
                lambda _: visitor.get("/static/none").status, range(200)))
        self.assertEqual(set(statuses), {404, 429})
        self.assertGreater(statuses.count(404), 60)
        self.assertStatus(self.visitor(5).get("/aide"), 200)

    def test_old_tls_is_refused(self):
        for version, accepted in ((ssl.TLSVersion.TLSv1_1, False),
                                  (ssl.TLSVersion.TLSv1_2, True),
                                  (ssl.TLSVersion.TLSv1_3, True)):
            with self.subTest(version.name):
                done = subprocess.run(
                    ["openssl", "s_client", "-connect",
                     f"127.0.0.1:{self.nginx.port}", "-cipher",
                     "ALL:@SECLEVEL=0",
                     "-" + version.name.lower().replace("v1_", "1_")],
                    stdin=subprocess.DEVNULL, capture_output=True, text=True,
                    timeout=20, check=False)
                self.assertEqual("Cipher is ECDHE" in done.stdout or
                                 "Cipher is TLS_" in done.stdout, accepted,
                                 done.stdout + done.stderr)

    def test_large_bodies_and_the_metrics_stay_outside(self):
        visitor = self.visitor(6)
        answer = visitor.ask("POST", "/mot-de-passe-oublie", b"x" * 70000)
        self.assertEqual(answer.status, 413)
        self.assertEqual(visitor.get("/metrics").status, 404)
        self.assertNotIn("nginx/", str(answer.headers))

    @unittest.skipIf(missing("fail2ban-regex"), missing("fail2ban-regex"))
    def test_fail2ban_reads_what_nginx_wrote(self):
        """Of the log of a visitor within the limits, one beyond them and one
        who tries links, the right lines and addresses."""
        calm, eager, trying = (self.visitor(n) for n in (11, 12, 13))
        self.assertStatus(calm.get("/aide"), 200)
        self.assertStatus(calm.get("/nothing"), 404)
        calm.recover("09E9800001ABC", "01/09/1975")
        for n in range(self.PER_ADDRESS + 3):
            eager.recover(f"09E981{n:04d}ABC", "01/09/1975")
        for n in range(4):
            gone = trying.get(f"/pas-moi/{'A' * 42}{n}")
            self.assertStatus(gone, 410)
        self.logged("127.0.1.13 - - ")
        wait_until(lambda: len(self.logged("127.0.1.13 ")) == 4, "four lines")
        log = self.nginx.folder / "banned.log"
        log.write_text("".join(
            line for line in self.nginx.access.read_text().splitlines(True)
            if re.match(r"127\.0\.1\.1[123] ", line)))
        done = subprocess.run(
            ["fail2ban-regex", "-o", "ip", log,
             DEPLOY / "fail2ban" / "filter.conf"],
            capture_output=True, text=True, check=True, timeout=60)
        found = [line for line in done.stdout.split() if line[0].isdigit()]
        self.assertEqual(sorted(found),
                         ["127.0.1.12"] * 3 + ["127.0.1.13"] * 4)

    @unittest.skipIf(missing("fail2ban-client"), missing("fail2ban-client"))
    def test_fail2ban_takes_the_jail(self):
        folder = self.nginx.folder / "fail2ban"
        shutil.copytree("/etc/fail2ban", folder)
        for old in (folder / "jail.d").glob("*"):
            old.unlink()
        shutil.copy(DEPLOY / "fail2ban" / "filter.conf",
                    folder / "filter.d" / "rentree.conf")
        (folder / "jail.d" / "rentree.conf").write_text(
            (DEPLOY / "fail2ban" / "jail.conf").read_text().replace(
                "/var/log/nginx", str(self.nginx.folder)))
        done = subprocess.run(
            ["fail2ban-client", "-c", folder, "-d"],
            capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("['add', 'rentree', ", done.stdout)
        self.assertIn(f"['set', 'rentree', 'addlogpath', '{self.nginx.access}'",
                      done.stdout)


# --- logrotate ---------------------------------------------------------------

@unittest.skipIf(missing("logrotate"), missing("logrotate"))
class Rotation(Case):
    def test_the_chain_goes_on_in_the_next_file(self):
        house = the_house("rotation")
        person = house.add_person()
        house.wait_audit(house.ask(person))
        house.wait_drained()
        before = house.audit()
        me, mine = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
        config = house.folder / "logrotate.conf"
        config.write_text(
            (DEPLOY / "logrotate" / "rentree").read_text()
            .replace("/var/log/rentree", str(house.folder.path))
            .replace("rentree-worker adm", f"{me} {mine}"))
        done = subprocess.run(
            [servers.program("logrotate"), "--force", "--state",
             house.folder / "logrotate.state", config],
            capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        old = house.folder / "audit.jsonl.1"
        self.assertEqual(house.audit_file.stat().st_mode & 0o777, 0o640)
        house.wait_audit(house.ask(person))
        after = house.audit()
        self.assertEqual(after[0]["event"], "audit.continued")
        self.assertEqual(after[0]["seq"], before[-1]["seq"] + 1)
        for path in (old, house.audit_file):
            self.assertIn(str(path), house.command(
                "audit", "verify", path).stdout)
        # What is told to a person who asks is in both.
        told = [json.loads(x)["event"] for x in house.command(
            "audit", "export", person.login).stdout.splitlines()]
        self.assertEqual(told.count("recover.sent"), 2)
        old.write_text(old.read_text().replace("recover.sent", "recover.none"))
        house.command("audit", "verify")
        broken = house.command("audit", "verify", old, check=False)
        self.assertEqual(broken.returncode, 1)


# --- OpenLDAP ----------------------------------------------------------------

class Provider(servers.Slapd):
    """deploy/openldap/slapd.conf with its lines for a provider."""

    def write_files(self):
        shipped = servers.plain
        servers.plain = self.with_provider_lines
        try:
            super().write_files()
        finally:
            servers.plain = shipped
        start = self.folder / "start.ldif"
        start.write_text(start.read_text().replace(
            f"dn: {servers.DECOY_DN}\n",
            f"dn: cn=replicator,ou=services,{servers.SUFFIX}\n"
            "objectClass: organizationalRole\n"
            "objectClass: simpleSecurityObject\ncn: replicator\n"
            f"userPassword: {servers.ssha(self.folder.secret('copy'))}\n\n"
            f"dn: {servers.DECOY_DN}\n", 1))

    @staticmethod
    def with_provider_lines(path):
        text = (ROOT / path).read_text().replace(
            "dc=example,dc=fr", servers.SUFFIX)
        return "".join(
            line.removeprefix("#provider ")
            for line in text.splitlines(True)
            if line.startswith("#provider ") or not line.startswith("#"))


class Replica(servers.Slapd):
    """The same without people, and deploy/openldap/replica.conf."""

    def __init__(self, folder, provider, password):
        super().__init__(folder, "m=4096 t=1 p=1")
        self.provider, self.password = provider, password

    def start(self):
        self.write_files()
        conf = self.folder / "slapd.conf"
        copy = servers.plain("deploy/openldap/replica.conf")
        for old, new in (("ldap://ldap1.example.fr:389", self.provider.uri),
                         ("\tstarttls=critical\n", ""),
                         ("credentials=secret",
                          f"credentials={self.password}")):
            if old not in copy:
                raise servers.Trouble(f"{old} is not in replica.conf")
            copy = copy.replace(old, new)
        conf.write_text(conf.read_text() + copy)
        (self.folder / "ldap").mkdir(mode=0o700)
        self.again()


class Converted(Case):
    def test_the_commands_of_slapd_conf(self):
        """The sed of its comment, the tree, then cn=config by slaptest."""
        text = (DEPLOY / "openldap" / "slapd.conf").read_text()
        script = "".join(
            re.findall(r"(?m)^# {4,}((?:sed|    sed) .*)$", text))
        self.assertEqual(script.count("sed "), 2)
        with servers.tempfile.TemporaryDirectory() as name:
            folder = servers.Path(name)
            (folder / "ldap").mkdir()
            (folder / "slapd.d").mkdir()
            for source in (DEPLOY / "openldap" / "slapd.conf",
                           ROOT / "ldap-schema" / "acl.conf"):
                shutil.copy(source, folder)
            subprocess.run(
                ["bash", "-c", script.replace("\\", "").replace(
                    "/etc/ldap/slapd.conf", "made.conf")],
                cwd=folder, check=True)
            made = (folder / "made.conf").read_text()
            self.assertNotIn("dc=example", made)
            self.assertNotRegex(made, r"(?m)^@")
            (folder / "made.conf").write_text(
                made.replace("/etc/ldap/schema/rentree.schema",
                             f"{ROOT}/ldap-schema/rentree.schema")
                .replace("/var/lib/ldap", f"{folder}/ldap")
                # Not there where no slapd of the system has ever started.
                .replace("/run/slapd", str(folder)))
            # The tree first: a database has to be there.
            (folder / "base.ldif").write_text(
                servers.plain("deploy/openldap/base.ldif").replace(
                    servers.SUFFIX, "dc=ac-lille,dc=fr")
                .replace("dc: example\n", "dc: ac-lille\n"))
            subprocess.run(
                [servers.program("slapadd"), "-f", folder / "made.conf", "-l",
                 folder / "base.ldif"], check=True, capture_output=True)
            done = subprocess.run(
                [servers.program("slaptest"), "-f", folder / "made.conf",
                 "-F", folder / "slapd.d"],
                capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            made = "".join(path.read_text() for path in
                           (folder / "slapd.d").rglob("*.ldif"))
            for words in ("olcPasswordHash: {ARGON2}", "rentreeAccount",
                          "olcPPolicyHashCleartext: TRUE"):
                self.assertIn(words, made)


class ProviderHouse(House):
    slapd_class = Provider


class Replication(Case):
    def test_a_new_password_and_a_suspension_reach_the_replica(self):
        house = the_house("provider", ProviderHouse)
        folder = servers.Folder()
        self.addCleanup(folder.remove)
        replica = Replica(folder, house.slapd, house.folder.secret("copy"))
        self.addCleanup(replica.kill)
        replica.start()
        person = house.add_person()

        def can_bind():
            link = ldap.initialize(replica.uri)
            try:
                link.simple_bind_s(person.dn, self.PASSWORD)
            except (ldap.INVALID_CREDENTIALS, ldap.UNWILLING_TO_PERFORM,
                    ldap.NO_SUCH_OBJECT):
                return False
            finally:
                link.unbind_s()
            return True

        self.assertFalse(can_bind())
        visitor = house.with_link(person)
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-change")
        wait_until(can_bind, "the new password on the replica", 30)
        house.command("account", "suspend", person.login)
        wait_until(lambda: not can_bind(), "the suspension", 30)
        house.command("account", "resume", person.login)
        wait_until(can_bind, "the end of the suspension", 30)


# --- Prometheus --------------------------------------------------------------

class Alerts(Case):
    RULES = (DEPLOY / "prometheus" / "rules.yml").read_text()
    MANUAL = ROOT / "cmd" / "rentree-metrics.5"

    def test_each_alert_is_tried(self):
        tried = (DEPLOY / "prometheus" / "rules_test.yml").read_text()
        for name in re.findall(r"- alert: (\w+)", self.RULES):
            self.assertRegex(tried, rf"alertname: {name}\n {{8}}exp_alerts:")

    def test_promtool(self):
        if reason := missing("promtool"):
            print(f"  alerts not tried: {reason}")
            self.skipTest(reason)
        for verb, name in (("check", "rules.yml"), ("test", "rules_test.yml")):
            done = subprocess.run(
                ["promtool", verb, "rules", name], capture_output=True,
                text=True, check=False, cwd=DEPLOY / "prometheus")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_they_ask_for_what_is_told(self):
        """Names and labels: of the daemons by their manual, which is compared
        with what they say; of the batch by its source."""
        if not self.MANUAL.exists():
            print("  names of metrics not compared: no rentree-metrics(5)")
            self.skipTest("no rentree-metrics(5)")
        told = dict(re.findall(
            r"(?m)^\.It (?:gauge|counter|histogram) (rentree_\w+)(.*)$",
            self.MANUAL.read_text()))
        source = (ROOT / "cmd" / "cli_batch_report.c").read_text()
        told.update((f"rentree_provision_{x}", "") for x in
                    re.findall(r'gauge\(&out, "(\w+)"', source))
        asked = re.findall(r"\b(rentree_\w+?)(?:_bucket)?\b(?:\{(\w+)[!=]+~?"
                           r'"([^"]*)"\})?',
                           "\n".join(re.findall(
                               r"(?s)expr: (.*?)\n +(?:for|labels):",
                               self.RULES)))
        self.assertGreater(len(asked), 15)
        for name, label, values in asked:
            with self.subTest(name):
                self.assertIn(name, told)
                for value in filter(None, values.split("|")):
                    self.assertIn(label, told[name])
                    if f"{label}=" in told[name]:
                        self.assertRegex(told[name], rf"[=|]{value}[|,}}]")


# --- bash completion ---------------------------------------------------------

ASK = r"""
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_rentree
printf '%s\n' "${COMPREPLY[@]}"
"""


class Completion(Case):
    # The table, from its source: not from what the completion itself reads.
    TABLE = re.findall(
        r'^\s+\{"([a-z]+(?: [a-z-]+)?)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+),',
        (ROOT / "cmd" / "cli.c").read_text(), re.M)

    def offered(self, *words, **more):
        done = subprocess.run(
            ["bash", "-c", ASK, "bash", DEPLOY / "completion" / "rentree",
             servers.BUILD / "rentree", *words],
            capture_output=True, text=True, check=True, **more)
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split())

    def test_every_command_of_the_table(self):
        self.assertGreater(len(self.TABLE), 25)
        groups = {}
        for name, _ in self.TABLE:
            first, _, second = name.partition(" ")
            groups.setdefault(first, set()).add(second)
        self.assertEqual(
            {x for x in self.offered("") if x[0] != "-"}, set(groups))
        for first, seconds in groups.items():
            if seconds != {""}:
                self.assertEqual(self.offered(first, ""),
                                 seconds | {"--help"}, first)
        self.assertEqual(self.offered("acc"), {"account"})
        self.assertEqual(self.offered("-c", "x", "--json", "account", "su"),
                         {"suspend"})

    def test_every_option_of_a_command(self):
        for name, operands in self.TABLE:
            with self.subTest(name):
                self.assertEqual(
                    self.offered(*name.split(), "--"),
                    set(re.findall(r"--[a-z]+", operands)) |
                    {"--json", "--help"})

    def test_files_and_folders(self):
        with servers.tempfile.TemporaryDirectory() as folder:
            os.mkdir(f"{folder}/letters")
            open(f"{folder}/rh.csv", "w", encoding="utf-8").close()
            both, one = {"letters", "rh.csv"}, {"letters"}
            for words, expected in (
                    (("provision", "run", "--year", "2026", ""), both),
                    (("provision", "run", "--letters", ""), one),
                    (("provision", "run", "--report", ""), both),
                    (("provision", "apply", ""), both),
                    (("provision", "letters", ""), one),
                    (("keys", "init", "--dir", ""), one),
                    (("-c", ""), both),
                    (("provision", "run", "--year", ""), set()),
                    (("account", "show", ""), set()),
                    (("provision", "moderate", "7", "s"), {"same"})):
                with self.subTest(words):
                    self.assertEqual(self.offered(*words, cwd=folder),
                                     expected)


# --- units and `make install` ------------------------------------------------

class Units(Case):
    EXPOSURE = 1.5

    @classmethod
    def setUpClass(cls):
        cls.place = servers.tempfile.TemporaryDirectory()
        cls.root = servers.Path(cls.place.name) / "root"
        cls.addClassCleanup(cls.place.cleanup)
        subprocess.run(
            ["make", "-s", "-C", ROOT, "install", f"DESTDIR={cls.root}",
             "PREFIX=/opt/rentree"], check=True, capture_output=True,
            env={k: v for k, v in os.environ.items()
                 if not k.startswith("MAKE") and k != "MFLAGS"})
        cls.home = cls.root / "opt" / "rentree"

    def test_everything_is_installed_where_it_belongs(self):
        for path in ("sbin/rentree-web", "sbin/rentree-worker", "bin/rentree",
                     "share/man/man1/rentree.1",
                     "share/man/man5/rentree-csv.5",
                     "share/man/man8/rentree-web.8",
                     "share/bash-completion/completions/rentree",
                     "share/rentree/rentree.conf",
                     "share/rentree/nginx/rentree.conf",
                     "share/rentree/ldap-schema/rentree.schema",
                     "lib/sysusers.d/rentree.conf",
                     "lib/tmpfiles.d/rentree.conf",
                     "lib/systemd/system/rentree-web.socket"):
            self.assertTrue((self.home / path).is_file(), path)
        outside = [x for x in self.root.rglob("*")
                   if x.is_file() and self.home not in x.parents]
        self.assertEqual(outside, [])
        for unit in (self.home / "lib/systemd/system").iterdir():
            text = "".join(x for x in unit.read_text().splitlines(True)
                           if not x.startswith("#"))
            self.assertNotRegex(text, r"/usr/s?bin/rentree", unit.name)

    def test_the_package_is_built_with_what_a_build_wants(self):
        """Libraries and tools of deploy/deps; not what the demo runs."""
        deps = (DEPLOY / "deps").read_text()
        wanted = set(re.search(r"(?s)BUILD='(.*?)'", deps)[1].split())
        control = (DEPLOY / "debian" / "control").read_text()
        named = set(re.search(r"(?s)Build-Depends:(.*?)\n\n",
                              control)[1].replace(",", " ").split())
        self.assertEqual(
            wanted - named - {"gcc", "make", "python3", "python3-aiosmtpd",
                              "slapd", "ldap-utils", "redis-server",
                              "openssl"}, set())

    def test_users_and_folders_are_read_by_systemd(self):
        if reason := missing("systemd-sysusers"):
            self.skipTest(reason)
        (self.root / "etc").mkdir(exist_ok=True)
        for name, group in (("passwd", "root:x:0:0::/root:/bin/sh"),
                            ("group", "root:x:0:\nadm:x:4:")):
            (self.root / "etc" / name).write_text(group + "\n")
        subprocess.run(
            ["systemd-sysusers", f"--root={self.root}",
             self.home / "lib/sysusers.d/rentree.conf"],
            check=True, capture_output=True)
        users = (self.root / "etc" / "passwd").read_text()
        for user in ("rentree-web", "rentree-worker", "rentree-provision"):
            self.assertRegex(users, rf"(?m)^{user}:.*:/usr/sbin/nologin$")
        self.assertRegex(
            (self.root / "etc" / "group").read_text(),
            r"(?m)^rentree:x:\d+:rentree-\w+,rentree-\w+,rentree-\w+$")

    def units(self, kind):
        return sorted((self.home / "lib/systemd/system").glob(kind))

    def test_units_are_understood(self):
        if reason := missing("systemd-analyze"):
            self.skipTest(reason)
        folder = self.root / "verified"
        folder.mkdir()
        for unit in self.units("*"):
            (folder / unit.name).write_text(unit.read_text().replace(
                "/opt/rentree/", f"{self.home}/"))
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no",
             *sorted(folder.iterdir())],
            capture_output=True, text=True, check=False)
        ours = [x for x in done.stderr.splitlines() if "rentree" in x and
                "No such file" not in x]
        self.assertEqual((done.returncode, ours), (0, []), done.stderr)

    def test_what_they_may_do(self):
        if reason := missing("systemd-analyze"):
            self.skipTest(reason)
        for unit in self.units("*.service"):
            with self.subTest(unit.name):
                done = subprocess.run(
                    ["systemd-analyze", "security", "--offline=true",
                     "--no-pager", unit],
                    capture_output=True, text=True, check=True)
                level = re.search(r"exposure level for \S+: ([\d.]+)",
                                  done.stdout)
                self.assertLessEqual(float(level[1]), self.EXPOSURE)


if __name__ == "__main__":
    unittest.main()
