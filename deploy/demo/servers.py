"""Private servers for the demo and for the integration tests: slapd, Redis
and the two daemons, in a folder of their own, ended with the process that
started them. Nothing of the system is touched.

Only the standard library is used here.
"""
import base64
import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("RENTREE_BUILD") or ROOT / "build")

SUFFIX = "dc=ac-exemple,dc=fr"
PEOPLE = "ou=people," + SUFFIX
LOGINS = "ou=logins," + SUFFIX
ROOT_DN = "cn=admin," + SUFFIX
WORKER_DN = "cn=rentree,ou=services," + SUFFIX
DECOY_DN = "cn=rentree-decoy,ou=services," + SUFFIX
PROVISION_DN = "cn=rentree-provision,ou=services," + SUFFIX

SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


class Trouble(Exception):
    """What cannot go on, in one sentence for the person at the terminal."""


def program(name):
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":" + SBIN)
    if path is None:
        raise Trouble(f"{name} is not installed: run deploy/deps build")
    return path


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


def port_is_free(port):
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def wait_until(question, what, seconds=20.0, step=0.02):
    """Asks until the answer is true; returns it."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Trouble(f"{what}: not within {seconds:g} s")
        time.sleep(step)


def answers(place):
    """Does somebody listen at (host, port) or at the path of a socket?"""
    family = socket.AF_INET if isinstance(place, tuple) else socket.AF_UNIX
    with socket.socket(family) as door:
        door.settimeout(1)
        try:
            door.connect(place if family == socket.AF_INET else str(place))
        except OSError:
            return False
        return True


def ssha(password):
    salt = secrets.token_bytes(8)
    hashed = hashlib.sha1(password.encode() + salt).digest()
    return "{SSHA}" + base64.b64encode(hashed + salt).decode()


# Our programs that died of a fault of their own, in words: no signal of ours.
crashed = []
FAULTS = {signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL,
          signal.SIGSEGV, signal.SIGSYS, signal.SIGTRAP}


def note_end(name, code):
    """code: of subprocess, the negative number of a signal."""
    if name.startswith("rentree") and -(code or 0) in FAULTS:
        crashed.append(f"{name} died of {signal.Signals(-code).name}")


class Process:
    """One program, its output in a log. It dies with us, however we end."""

    def __init__(self, name, argv, log, env=None):
        self.name, self.argv, self.log, self.env = name, argv, log, env
        self.child = None

    def start(self):
        # A session of its own: Ctrl-C is for us, who end all in order.
        self.note_end()
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(
                [program("setpriv"), "--pdeathsig", "KILL", "--", *self.argv],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, env=self.env)

    def note_end(self):
        """What the child that we had died of, when it did; it is gone then."""
        if self.child is not None and self.child.poll() is not None:
            note_end(self.name, self.child.returncode)
            self.child = None

    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def check(self):
        if not self.is_running():
            tail = self.log.read_text(errors="replace").splitlines()[-8:]
            raise Trouble(f"{self.name} does not start:\n  " +
                          "\n  ".join(tail))

    def wait_for(self, question, seconds=20.0):
        def look():
            self.check()
            return question()

        try:
            wait_until(look, self.name, seconds)
        except BaseException:
            self.kill()
            raise

    def signal(self, number):
        if self.is_running():
            self.child.send_signal(number)

    def stop(self, seconds=20.0):
        """SIGTERM; the exit code."""
        if self.child is None:
            return None
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            code = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Trouble(f"{self.name} does not end on SIGTERM") from None
        self.note_end()
        return code

    def kill(self):
        if self.child is not None:
            self.signal(signal.SIGKILL)
            self.child.wait()
            self.note_end()


class Folder:
    """Where everything lives: files and logs, and short paths for sockets."""

    def __init__(self, path=None):
        self.keep = path is not None
        self.path = Path(path) if path else \
            Path(tempfile.mkdtemp(prefix="rentree-"))
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.sockets = Path(tempfile.mkdtemp(prefix="rentree-"))
        (self / "log").mkdir(exist_ok=True)

    def __truediv__(self, name):
        return self.path / name

    def secret(self, name):
        """A password of ours, kept in a file that only we read."""
        path = self / f"{name}.password"
        if not path.exists():
            with open(path, "x", opener=lambda p, f: os.open(p, f, 0o400)) \
                    as out:
                out.write(secrets.token_urlsafe(24) + "\n")
        return path.read_text().strip()

    def remove(self):
        shutil.rmtree(self.sockets, ignore_errors=True)
        if not self.keep:
            shutil.rmtree(self.path, ignore_errors=True)


# --- slapd -------------------------------------------------------------------

def plain(path):
    """A file of ours with our suffix, without its comments."""
    text = (ROOT / path).read_text().replace("dc=example,dc=fr", SUFFIX)
    return "".join(line for line in text.splitlines(True)
                   if not line.startswith("#"))


def replaced(text, changes):
    """With other lines in place of those that begin with a word."""
    lines = []
    for line in text.splitlines():
        word = line.partition(" ")[0]
        lines.append(changes.get(line, changes.get(word, line)))
    return "\n".join(lines) + "\n"


def from_schema(name):
    return plain(f"ldap-schema/{name}")


class Slapd(Process):
    def __init__(self, folder, argon2="m=19456 t=2 p=1", policy=None,
                 more_acl="", more_ldif=""):
        """more_acl, more_ldif: of others who use this directory."""
        self.folder, self.port = folder, free_port()
        self.more_acl, self.more_ldif = more_acl, more_ldif
        self.socket = folder.sockets / "ldapi"
        self.uri = f"ldap://127.0.0.1:{self.port}"
        self.ldapi = "ldapi://" + str(self.socket).replace("/", "%2F")
        self.argon2 = argon2
        self.policy = policy or {}
        super().__init__(
            "slapd", [program("slapd"), "-f", folder / "slapd.conf", "-h",
                      f"{self.ldapi} {self.uri}", "-d", "0"],
            folder / "log" / "slapd.log")

    def ppolicy(self):
        """The default policy as wished; the decoy's as it is."""
        lines = from_schema("ppolicy.ldif").splitlines()
        out, entry = [], ""
        for line in lines:
            name, _, value = line.partition(":")
            if name == "dn":
                entry = value
            out.append(f"{name}: {self.policy[name]}"
                       if name in self.policy and "decoy" not in entry
                       else line)
        return "\n".join(out)

    def write_files(self):
        folder = self.folder
        schema = "include /etc/ldap/schema/rentree.schema"
        (folder / "slapd.conf").write_text(replaced(
            plain("deploy/openldap/slapd.conf"), {
                schema: f"include {ROOT}/ldap-schema/rentree.schema",
                "moduleload argon2 m=19456 t=2 p=1":
                    f"moduleload argon2 {self.argon2}",
                "pidfile": f"pidfile {folder.path}/slapd.pid",
                "argsfile": f"argsfile {folder.path}/slapd.args",
                "loglevel": "loglevel none",
                "rootpw": f"rootpw {ssha(folder.secret('root'))}",
                "directory": f"directory {folder.path}/ldap",
                "@acl@": from_schema("acl.conf") + self.more_acl,
            }))
        base = plain("deploy/openldap/base.ldif").replace(
            "dc: example\n", f"dc: {SUFFIX[3:].partition(',')[0]}\n")
        for who, password in (("worker", folder.secret("directory")),
                              ("provision", folder.secret("provision")),
                              ("decoy", secrets.token_urlsafe(24))):
            base = base.replace(f"{{SSHA}}{who}", ssha(password))
        (folder / "start.ldif").write_text(
            f"{base}{self.ppolicy()}\n\n{self.more_ldif}")

    def start(self):
        fresh = not (self.folder / "ldap").exists()
        self.write_files()
        if fresh:
            (self.folder / "ldap").mkdir(mode=0o700)
            done = subprocess.run(
                [program("slapadd"), "-q", "-f", self.folder / "slapd.conf",
                 "-l", self.folder / "start.ldif"],
                capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Trouble("slapadd: " + done.stderr.strip())
        self.again()
        if fresh:
            self.hash_decoy()

    def hash_decoy(self):
        """By the server, so that it costs what everybody's password costs."""
        root = self.folder.sockets / "root-password"
        root.write_text(self.folder.secret("root"))
        new = self.folder.sockets / "decoy-password"
        new.write_text(secrets.token_urlsafe(24))
        done = subprocess.run(
            [program("ldappasswd"), "-x", "-H", self.ldapi, "-D", ROOT_DN,
             "-y", root, "-T", new, DECOY_DN],
            capture_output=True, text=True, check=False)
        new.unlink()
        root.unlink()
        if done.returncode != 0:
            raise Trouble("ldappasswd: " + done.stderr.strip())

    def again(self):
        self.socket.unlink(missing_ok=True)
        super().start()
        self.wait_for(lambda: answers(("127.0.0.1", self.port)) and
                      answers(self.socket))


# --- Redis -------------------------------------------------------------------

class Redis(Process):
    USERS = ("web", "worker", "cli")

    def __init__(self, folder, tcp=False, maxmemory="64mb"):
        self.folder, self.maxmemory = folder, maxmemory
        self.socket = folder.sockets / "redis"
        self.port = free_port() if tcp else 0
        self.uri = f"redis://127.0.0.1:{self.port}/0" if tcp else \
            f"unix://{self.socket}"
        super().__init__(
            "redis", [program("redis-server"), folder / "redis.conf"],
            folder / "log" / "redis.log")

    def write_files(self, extra_users=""):
        folder = self.folder
        acl = (ROOT / "deploy" / "redis" / "users.acl").read_text()
        for user in self.USERS:
            acl = acl.replace(f"{user.upper()}_PASSWORD",
                              folder.secret(f"redis-{user}"))
        lines = [x for x in acl.splitlines() if x.startswith("user ")]
        (folder / "users.acl").write_text(
            "\n".join(lines) + "\n" + extra_users)
        (folder / "users.acl").chmod(0o600)
        (folder / "redis").mkdir(mode=0o700, exist_ok=True)
        (folder / "redis.conf").write_text(replaced(
            plain("deploy/redis/redis.conf"), {
                "bind": "bind 127.0.0.1",
                "port": f"port {self.port}\nunixsocket {self.socket}\n"
                        f"unixsocketperm 700\ndir {folder.path}/redis",
                "aclfile": f"aclfile {folder.path}/users.acl",
                "maxmemory": f"maxmemory {self.maxmemory}",
            }))

    def start(self):
        self.write_files()
        self.again()

    def again(self):
        self.socket.unlink(missing_ok=True)
        super().start()
        self.wait_for(self.is_loaded)

    def is_loaded(self):
        """Redis answers while it reads its files: with LOADING."""
        try:
            with socket.socket(socket.AF_UNIX) as door:
                door.settimeout(1)
                door.connect(str(self.socket))
                door.sendall(b"PING\r\n")
                return b"LOADING" not in door.recv(64)
        except OSError:
            return False


# --- memcached ---------------------------------------------------------------

class Memcached(Process):
    def __init__(self, log):
        self.port = free_port()
        super().__init__("memcached", [
            program("memcached"), "-l", "127.0.0.1", "-p", str(self.port),
            "-U", "0", "-u", "nobody", "-m", "16"], log)

    def start(self):
        super().start()
        self.wait_for(lambda: answers(("127.0.0.1", self.port)))

    @property
    def where(self):
        return f"127.0.0.1:{self.port}"


# --- our programs ------------------------------------------------------------

def settings(folder, slapd, redis, smtp_port, web_port):
    """The configuration: {section: {key: value}}, in the file's order."""
    for user in ("directory", "provision"):
        folder.secret(user)
    return {
        "site": {
            "name": "Académie d'exemple",
            "public_url": f"http://127.0.0.1:{web_port}",
            "support_mail": "assistance@ac-exemple.fr",
            "support_phone": "03 20 00 00 00",
            "webmail_url": "",
            "languages": "fr en",
            "own_domains": "ac-exemple.fr",
        },
        "web": {"listen": f"127.0.0.1:{web_port}", "metrics_listen": ""},
        "redis": {
            "uri": redis.uri,
            "user": "web",
            "password_file": folder / "redis-web.password",
        },
        "redis.worker": {
            "user": "worker",
            "password_file": folder / "redis-worker.password",
        },
        "redis.cli": {
            "user": "cli",
            "password_file": folder / "redis-cli.password",
        },
        "directory": {
            "uri": slapd.ldapi,
            "starttls": "no",
            "base": PEOPLE,
            "bind_dn": WORKER_DN,
            "bind_password_file": folder / "directory.password",
        },
        "mail": {
            "smtp": f"smtp://127.0.0.1:{smtp_port}",
            "starttls": "no",
            "from": "Assistance comptes <ne-pas-repondre@ac-exemple.fr>",
            "envelope_from": "retours-comptes@ac-exemple.fr",
        },
        "captcha": {"mode": "pow_or_code"},
        "limits": {},
        "password": {},
        "keys": {"dir": folder / "keys"},
        "provision": {
            "bind_dn": PROVISION_DN,
            "bind_password_file": folder / "provision.password",
            "registry_base": LOGINS,
            "state": folder.path,
            "mail": "{given}.{family}@ac-exemple.fr",
        },
        "worker": {"metrics_listen": ""},
        "audit": {"file": folder / "audit.jsonl"},
    }


def write_settings(values, path):
    text = "".join(
        f"[{section}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items()) +
        "\n" for section, keys in values.items())
    path.write_text(text)


def daemon(name, config, log):
    path = BUILD / name
    if not path.exists():
        raise Trouble(f"{path} is not there: run make")
    return Process(name, [path, "-c", config], log)


def command(config, *arguments, check=True, env=None, seconds=120):
    """Runs `rentree`; the finished process."""
    done = subprocess.run(
        [BUILD / "rentree", "-c", config, *map(str, arguments)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, env=env, timeout=seconds)
    note_end("rentree", done.returncode)
    if check and done.returncode != 0:
        raise Trouble(f"rentree {' '.join(map(str, arguments))}: exit code "
                      f"{done.returncode}\n{done.stderr.strip()}")
    return done
