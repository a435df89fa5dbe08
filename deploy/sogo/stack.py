"""The reference stack of an académie, private: what deploy/demo/servers.py
starts, and SOGo, Dovecot, Postfix, PostgreSQL, memcached and nginx.

It runs in a mount and a process namespace of its own (see run): the folders of
/etc and /var that these daemons use are ours there, so the files beside this
one stand where an operator puts them. Only names, ports, passwords and the
folder of the boxes are replaced in them (installed()).

Only the standard library is used here.
"""
import base64
import os
import pwd
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "demo"))

import servers  # noqa: E402
from servers import Process, Trouble, answers, free_port, program  # noqa: E402

DOMAIN = "ac-exemple.fr"
LOOPBACK = "127.0.0.1"
# What the packages made, and what stands in its place.
PLACES = ("/etc/sogo", "/etc/dovecot", "/etc/postfix", "/var/spool/postfix",
          "/var/lib/postfix", "/var/spool/sogo", "/usr/local/lib")
MAIL_LOG = "/var/lib/postfix/mail.log"
NEEDED = ("sogod", "dovecot", "postfix", "slapd", "redis-server", "memcached",
          "nginx", "unshare", "mount", "openssl")


def postgres_folder():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"),
                   key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


def dovecot_version():
    return call([program("dovecot"), "--version"]).split()[0]


def missing():
    """What is not installed, in words; empty when nothing."""
    gone = [name for name in NEEDED if shutil.which(
        name, path=os.environ.get("PATH", "") + ":" + servers.SBIN) is None]
    for name, path in (
            ("dovecot-imapd", "/usr/lib/dovecot/imap"),
            ("dovecot-lmtpd", "/usr/lib/dovecot/lmtp"),
            ("dovecot-ldap", "/usr/lib/dovecot/modules/auth/"
             "libauthdb_ldap.so"),
            ("dovecot-sieve", "/usr/lib/dovecot/modules/"
             "lib90_sieve_plugin.so"),
            ("postfix-ldap", "/usr/lib/postfix/postfix-ldap.so")):
        if not Path(path).exists():
            gone.append(name)
    if postgres_folder() is None:
        gone.append("postgresql")
    if not gone and not dovecot_version().startswith("2.3."):
        gone.append(f"Dovecot 2.3 (here is {dovecot_version()}, which reads "
                    "another syntax)")
    return gone


def namespaces():
    """The command in front of ours. Not root: the ranges of /etc/subuid make
    us root of our own, with all the users these daemons want."""
    argv = [program("unshare"), "--mount", "--pid", "--fork", "--mount-proc",
            "--kill-child"]
    if os.geteuid() != 0:
        argv += ["--user", "--map-root-user", "--map-auto"]
    return argv


def no_namespace():
    """Why we cannot have any; None when we can."""
    done = subprocess.run([*namespaces(), "true"], capture_output=True,
                          text=True, check=False)
    return None if done.returncode == 0 else \
        "no namespaces (root, or uidmap and /etc/subuid): " + \
        done.stderr.strip()


def as_user(name, argv):
    return [program("setpriv"), "--reuid", name, "--regid",
            str(pwd.getpwnam(name).pw_gid), "--clear-groups", "--", *argv]


def call(argv, **more):
    done = subprocess.run(list(map(str, argv)), capture_output=True, text=True,
                          check=False, **more)
    if done.returncode != 0:
        raise Trouble(f"{Path(str(argv[0])).name}: exit code "
                      f"{done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Stack:
    """Everything, started in order. say(text) tells how far it is."""

    def __init__(self, folder, web_port, sogo_port, relay_port, say):
        self.folder, self.say = folder, say
        self.web_port, self.sogo_port = web_port, sogo_port
        self.relay_port = relay_port  # who takes mail for elsewhere
        self.ports = {name: free_port() for name in (
            "sql", "sogod", "imap", "smtp", "submission", "sogo_submission",
            "doveadm")}
        self.config = folder / "rentree.conf"
        self.running = []
        # Users without a right pass through; they read nothing in it.
        for path in (folder.path, folder.sockets):
            path.chmod(0o711)
        self.slapd = servers.Slapd(
            folder, more_acl=self.installed("ldap/acl.conf", comments=False),
            more_ldif=self.installed("ldap/services.ldif", comments=False))
        self.redis = servers.Redis(folder)
        self.memcached = servers.Memcached(self.log("memcached"))

    # --- the files -----------------------------------------------------------

    def log(self, name):
        return self.folder / "log" / f"{name}.log"

    def secret(self, name):
        return self.folder.secret(name)

    def installed(self, name, changes=(), comments=True):
        """A file beside this one, as an operator would have made it his own.
        Each change must find what it replaces."""
        text = (HERE / name).read_text(encoding="utf-8")
        hidden = {"SOGO_PASSWORD": "sogo", "MAIL_PASSWORD": "mail",
                  "SQL_PASSWORD": "sql", "DOVEADM_KEY": "doveadm"}
        for old, new in changes:
            if old not in text:
                raise Trouble(f"deploy/sogo/{name}: {old!r} is not there")
            text = text.replace(old, str(new))
        for word, of in hidden.items():
            if word in text:
                text = text.replace(word, self.secret(of))
        text = text.replace("dc=example,dc=fr", servers.SUFFIX)
        text = text.replace("example.fr", DOMAIN)
        if not comments:
            text = "".join(line for line in text.splitlines(True)
                           if not line.startswith("#"))
        return text

    def put(self, path, text, mode=0o644, owner=None):
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        if owner:
            shutil.chown(path, owner, owner)

    def mount_places(self):
        """From here on these folders are ours, for us and our children."""
        call([program("mount"), "-t", "tmpfs", "-o", "mode=755", "tmpfs",
              "/run"])
        for place in PLACES:
            own = self.folder / "root" / place.lstrip("/")
            for parent in reversed(own.relative_to(self.folder.path).parents):
                (self.folder.path / parent).mkdir(mode=0o755, exist_ok=True)
            shutil.copytree(place, own, symlinks=True, dirs_exist_ok=True) \
                if place == "/etc/postfix" else own.mkdir(exist_ok=True)
            call([program("mount"), "--bind", own, place])

    @property
    def slapd_change(self):
        return ("ldap://127.0.0.1:389", self.slapd.uri)

    # --- one daemon after the other ------------------------------------------

    def start(self, process, ready=None, seconds=30.0):
        process.start()
        self.running.append(process)
        if ready:
            process.wait_for(ready, seconds)

    def listens(self, name):
        return lambda: answers((LOOPBACK, self.ports[name]))

    def start_sql(self):
        data, tools = self.folder / "sql", postgres_folder()
        sockets = Path("/run/postgresql")
        for path in (data, sockets):
            path.mkdir(mode=0o700)
            shutil.chown(path, "postgres", "postgres")
        call(as_user("postgres", [
            tools / "initdb", "-D", data, "-E", "UTF8", "--locale", "C.UTF-8",
            "--auth-local", "peer", "--auth-host", "scram-sha-256",
            "--no-sync"]), cwd="/")
        server = Process("postgres", as_user("postgres", [
            tools / "postgres", "-D", data, "-p", str(self.ports["sql"]),
            "-c", f"listen_addresses={LOOPBACK}", "-c", "max_connections=60",
            "-c", f"unix_socket_directories={sockets}", "-c", "fsync=off"]),
            self.log("postgres"))
        self.start(server, lambda: subprocess.run(
            [tools / "pg_isready", "-q", "-h", sockets, "-p",
             str(self.ports["sql"])], check=False).returncode == 0)
        call(as_user("postgres", [
            tools / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", sockets, "-p",
            str(self.ports["sql"])]), cwd="/", input=(
                f"CREATE ROLE sogo LOGIN PASSWORD '{self.secret('sql')}';\n"
                "CREATE DATABASE sogo OWNER sogo;\n"))

    def start_dovecot(self):
        place, mail = Path("/etc/dovecot"), self.folder / "mail"
        mail.mkdir(mode=0o700)
        shutil.chown(mail, "mail", "mail")
        self.put(place / "dovecot.conf", self.installed(
            "dovecot/dovecot.conf", [
                ("/etc/ssl/certs/mail.pem", place / "mail.pem"),
                ("/etc/ssl/private/mail.key", place / "mail.key"),
                ("port = 8979", f"port = {self.ports['doveadm']}"),
                ("vmail\n", "mail\n"),
            ]) + "# --- here alone: no system user, ports of our own ---\n"
            f"listen = {LOOPBACK}\nfirst_valid_uid = 1\n"
            "first_valid_gid = 1\nlog_path = /dev/stderr\n"
            "service imap-login {\n"
            f"  inet_listener imap {{\n    port = {self.ports['imap']}\n  }}\n"
            "  inet_listener imaps {\n    port = 0\n  }\n}\n", 0o600)
        self.put(place / "people.conf.ext", self.installed(
            "dovecot/people.conf.ext", [
                self.slapd_change, ("/var/vmail", mail)]), 0o600)
        self.put(place / "sieve" / "pourriel.sieve",
                 self.installed("dovecot/pourriel.sieve"))
        call([program("sievec"), place / "sieve" / "pourriel.sieve"])
        Path("/run/dovecot").mkdir(mode=0o755)
        self.start(Process("dovecot", [program("dovecot"), "-F"],
                           self.log("dovecot")), self.listens("imap"))

    def make_certificate(self):
        place = Path("/etc/dovecot")
        call([program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
              "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
              f"/CN=mail.{DOMAIN}", "-keyout", place / "mail.key", "-out",
              place / "mail.pem"])
        (place / "mail.key").chmod(0o600)

    def start_postfix(self):
        place = Path("/etc/postfix")
        self.put(place / "main.cf", self.installed("postfix/main.cf", [
            ("/etc/ssl/certs/mail.pem", "/etc/dovecot/mail.pem"),
            ("/etc/ssl/private/mail.key", "/etc/dovecot/mail.key"),
        ]) + "# --- here alone: mail for elsewhere goes to the catcher ---\n"
            f"relayhost = [{LOOPBACK}]:{self.relay_port}\n"
            f"inet_interfaces = {LOOPBACK}\ninet_protocols = ipv4\n"
            f"maillog_file = {MAIL_LOG}\n"
            "queue_run_delay = 5s\nminimal_backoff_time = 5s\n"
            # A smtpd that waits for a client does not hold the end up.
            "max_idle = 10s\n")
        own = self.installed("postfix/master.cf", [
            ("\nsubmission inet", f"\n{LOOPBACK}:{self.ports['submission']} "
             "inet"),
            (":10587", f":{self.ports['sogo_submission']}")])
        lines = []
        for line in (place / "master.cf").read_text().splitlines():
            if line.startswith("smtp ") and " inet " in line:
                line = line.replace(
                    "smtp ", f"{LOOPBACK}:{self.ports['smtp']} ", 1)
            lines.append(line)
        # No chroot here: its folder would want copies of half of /etc.
        self.put(place / "master.cf",
                 unchrooted("\n".join(lines) + "\n" + own))
        for name in ("people.cf", "senders.cf"):
            self.put(place / name, self.installed(
                f"postfix/{name}", [self.slapd_change]), 0o640)
            shutil.chown(place / name, "root", "postfix")
        self.put(place / "virtual", self.installed("postfix/virtual"))
        shutil.chown("/var/lib/postfix", "postfix", "postfix")
        # Postfix loads what root owns; who is root by name has a copy.
        shutil.copy("/usr/lib/postfix/postfix-ldap.so", place)
        self.put(place / "dynamicmaps.cf",
                 f"ldap\t{place / 'postfix-ldap.so'}\tdict_ldap_open\n")
        self.log("mail").symlink_to(
            self.folder / "root" / MAIL_LOG.lstrip("/"))
        self.start(Process("postfix", [program("postfix"), "start-fg"],
                           self.log("postfix")), self.listens("smtp"))

    def start_sogo(self):
        gnustep = "lib/GNUstep/SOGo"
        call([HERE / "login-link", f"http://{LOOPBACK}:{self.web_port}/"])
        for path in ("/run/sogo", "/var/spool/sogo"):
            Path(path).mkdir(mode=0o750, exist_ok=True)
            shutil.chown(path, "sogo", "sogo")
        self.put("/etc/sogo/sogo.conf", self.installed("sogo/sogo.conf", [
            self.slapd_change,
            ("127.0.0.1:5432", f"{LOOPBACK}:{self.ports['sql']}"),
            ("127.0.0.1:11211", self.memcached.where),
            ("127.0.0.1:143", f"{LOOPBACK}:{self.ports['imap']}"),
            ("127.0.0.1:10587", f"{LOOPBACK}:{self.ports['sogo_submission']}"),
            ("127.0.0.1:20000", f"{LOOPBACK}:{self.ports['sogod']}"),
        ]), 0o640, "sogo")
        (Path("/usr/local") / gnustep).chmod(0o755)
        sogod = Process("sogod", as_user("sogo", [
            program("sogod"), "-WONoDetach", "YES", "-WOPidFile",
            "/run/sogo/sogo.pid", "-WOLogFile", "-"]), self.log("sogo"))
        self.start(sogod, self.listens("sogod"))

    def start_nginx(self):
        snippet = Path("/run/nginx/sogo.conf")
        self.put(snippet, self.installed("nginx/sogo.conf", [
            ("127.0.0.1:20000", f"{LOOPBACK}:{self.ports['sogod']}"),
            ("https://comptes.example.fr",
             f"http://{LOOPBACK}:{self.web_port}"),
        ]))
        self.put("/run/nginx/nginx.conf", NGINX.format(
            port=self.sogo_port, snippet=snippet))
        nginx = Process("nginx", [program("nginx"), "-e", "stderr", "-c",
                                  "/run/nginx/nginx.conf"], self.log("nginx"))
        self.start(nginx, lambda: answers((LOOPBACK, self.sogo_port)))

    def write_settings(self, more):
        """Ours: mail through Postfix, hooks for SOGo and Dovecot."""
        values = servers.settings(self.folder, self.slapd, self.redis,
                                  self.ports["smtp"], self.web_port)
        values["site"]["webmail_url"] = \
            f"http://{LOOPBACK}:{self.sogo_port}/SOGo/"
        self.secret("doveadm")
        self.put(self.folder / "dovecot-kick.conf", self.installed(
            "dovecot-kick.conf", [
                ("127.0.0.1:8979", f"{LOOPBACK}:{self.ports['doveadm']}"),
                ("/etc/rentree/dovecot.key",
                 self.folder / "doveadm.password")]))
        hook = self.folder / "hook"
        self.put(hook, f"#!/bin/sh\nexec {HERE / 'dovecot-kick'} -c "
                 f"{self.folder / 'dovecot-kick.conf'}\n", 0o755)
        values["hooks"] = {"after_password_change": hook,
                           "sogo_memcached": self.memcached.where}
        for section, keys in more.items():
            values.setdefault(section, {}).update(keys)
        servers.write_settings(values, self.config)

    def start_rentree(self):
        servers.command(self.config, "keys", "init", "--dir",
                        self.folder / "keys")
        worker = servers.daemon("rentree-worker", self.config,
                                self.log("worker"))
        self.start(worker, lambda: "started" in worker.log.read_text())
        self.start(servers.daemon("rentree-web", self.config, self.log("web")),
                   lambda: answers((LOOPBACK, self.web_port)))

    def open(self, settings=None):
        self.mount_places()
        for process in (self.slapd, self.redis, self.memcached):
            self.start(process)
        self.say("slapd, Redis, memcached")
        self.start_sql()
        self.say("PostgreSQL")
        # Postfix makes the folder where Dovecot's sockets are.
        self.make_certificate()
        self.start_postfix()
        self.start_dovecot()
        self.say("Dovecot, Postfix")
        self.start_sogo()
        self.start_nginx()
        self.say("SOGo, nginx")
        self.write_settings(settings or {})
        self.start_rentree()
        self.say("rentree-worker, rentree-web")

    def close(self):
        """In order, ours first; what does not end is ended by our leaving."""
        for process in reversed(self.running):
            if process.name == "sogod":
                process.kill()  # it waits for its clients for long
                continue
            try:
                process.stop(5)
            except Trouble:
                pass


def unchrooted(master):
    """Every service of a master.cf with "n" in the column of chroot."""
    out = []
    for line in master.splitlines():
        words = line.split()
        if len(words) >= 8 and not line.startswith(("#", " ", "\t")):
            words[4] = "n"
            line = " ".join(words)
        out.append(line)
    return "\n".join(out) + "\n"


NGINX = """\
daemon off;
pid /run/nginx/pid;
user nobody nogroup;
worker_processes 1;
error_log stderr;
events {{ worker_connections 128; }}
http {{
	include /etc/nginx/mime.types;
	access_log off;
	client_body_temp_path /run/nginx/body;
	proxy_temp_path /run/nginx/proxy;
	fastcgi_temp_path /run/nginx/fastcgi;
	uwsgi_temp_path /run/nginx/uwsgi;
	scgi_temp_path /run/nginx/scgi;
	server {{
		listen 127.0.0.1:{port};
		server_name localhost;
		include {snippet};
	}}
}}
"""
