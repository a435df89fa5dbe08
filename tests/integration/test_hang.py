"""Issue 3, line 3: peers that accept and then say nothing, little, or half.

Every call ends by its deadline, whoever else is served meanwhile, the
processor rests, and threads and descriptors come back to their level. What is
measured is order ("it ended while the peer still hung") and processor time;
wall times are bounded generously.
"""
import collections
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import servers
from house import wait_until
from shared import Case, the_house
from storm import WiredHouse
from wire import Wire

# Seconds of processor time somebody who waits may use: a spin uses them all.
REST = 1.0
# A call's deadline is 1 to 3 s here; a worker's attempt has several calls.
PATIENCE = 40


def cpu(process):
    stat = Path(f"/proc/{process.child.pid}/stat").read_text()
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def level(process):
    """(threads, descriptors)."""
    folder = Path(f"/proc/{process.child.pid}")
    return tuple(len(list((folder / name).iterdir()))
                 for name in ("task", "fd"))


def peers(process):
    """Who the descriptors lead to: {"port of the other end" or path: count}."""
    folder = Path(f"/proc/{process.child.pid}")
    ends = {line.split()[9]: str(int(line.split()[2].partition(":")[2], 16))
            for line in (folder / "net" / "tcp").read_text().splitlines()[1:]}
    found = collections.Counter()
    for path in (folder / "fd").iterdir():
        try:
            where = os.readlink(path)
        except OSError:
            continue
        inode = where.removeprefix("socket:[").rstrip("]")
        found[ends.get(inode, where.partition("[")[0])] += 1
    return dict(found)


class TlsSlapd(servers.Slapd):
    """slapd that offers StartTLS, and ldaps:// at secure_port."""

    def __init__(self, folder, *more):
        super().__init__(folder, *more)
        self.secure_port = servers.free_port()
        at = self.argv.index("-h") + 1
        self.argv[at] += f" ldaps://127.0.0.1:{self.secure_port}"
        self.certificate = folder / "slapd.pem"

    def write_files(self):
        super().write_files()
        key = self.folder / "slapd.key"
        if not self.certificate.exists():
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                 "/CN=localhost", "-addext",
                 "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key,
                 "-out", self.certificate], check=True, capture_output=True)
        conf = self.folder / "slapd.conf"
        conf.write_text(f"TLSCertificateFile {self.certificate}\n"
                        f"TLSCertificateKeyFile {key}\n" + conf.read_text())


class HangHouse(WiredHouse):
    """One thread for each lane, so that who is connected is known."""
    slapd_class = TlsSlapd
    cache = None

    def write_config(self, directory=None, **changes):
        self.cache = self.cache or Wire(None, b"NOT_FOUND\r\n" * 40)
        super().write_config(
            {"timeout_ms": 1000, "ca_file": self.slapd.certificate,
             **(directory or {})},
            hooks={"sogo_memcached": f"127.0.0.1:{self.cache.port}"},
            **changes)

    def use_directory(self, scheme, starttls="no"):
        """Another way to the same slapd, for a worker that starts anew."""
        wire = self.wires["slapd"]
        wire.target = ("127.0.0.1", self.slapd.secure_port
                       if scheme == "ldaps" else self.slapd.port)
        self.worker.stop(60)
        self.write_config({"uri": f"{scheme}://127.0.0.1:{wire.port}",
                           "starttls": starttls})
        self.start_worker()
        self.wait_ready()


class HangCase(Case):
    """What is done and looked at while a peer hangs; the house has wires."""

    def setUp(self):
        self.wire = self.house.wires["slapd"]
        self.connect()

    def connect(self):
        """Each thread to everybody it speaks to; that is the level."""
        house = self.house
        for _ in range(2):
            _, link = self.ask_and_wait()
            self.assertGoes(house.opened(link).choose(self.PASSWORD),
                            "/mot-de-passe-change")
        # Hooks that failed wait in the lane of the invitations.
        house.command("account", "invite", house.add_person().login)
        house.wait_drained()
        # The tests before cut wires: who only waits for Redis connects anew
        # when it wakes. The most there is within a second is the level.
        self.before, self.peers = {}, {}
        end = time.monotonic() + 1
        while time.monotonic() < end:
            for one in (house.worker, house.web):
                was = self.before.get(one.name, (0, 0))
                self.before[one.name] = tuple(map(max, was, level(one)))
                self.peers[one.name] = peers(one)
            time.sleep(0.1)

    def tearDown(self):
        house = self.house
        for wire in house.wires.values():
            wire.heal()
            wire.cut()
        if not house.worker.is_running():
            house.start_worker()
        house.wait_ready()
        self.drain()

    def drain(self, leases=False):
        store = self.house.store()

        def look():
            self.hurry(leases)
            for lock in store.scan_iter("rentree:lock:*"):
                store.delete(lock)
            return not store.exists("rentree:req", "rentree:in:mail")

        wait_until(look, "the queue to drain", PATIENCE, 0.5)

    def hurry(self, leases=False):
        """What is in nobody's hands is due now; leases: all runs out."""
        store = self.house.store()
        held = () if leases else store.smembers("rentree:held")
        names = {name: 1 for name in store.zrange("rentree:due:mail", 0, -1)
                 if name not in held}
        if names:
            store.zadd("rentree:due:mail", names, xx=True)
        store.close()

    def ask_and_wait(self):
        person = self.house.add_person()
        self.house.ask(person)

        def look():
            self.hurry()
            return self.house.mails_to(person)

        mail = wait_until(look, "the mail", PATIENCE, 0.1)[0]
        self.house.wait_drained()
        return person, mail.links[0]

    def logged(self, word):
        return self.house.logs().count(word)

    def wait_logged(self, word, more):
        def look():
            self.hurry()
            return self.logged(word) >= more

        return wait_until(look, word, PATIENCE, 0.1)

    def is_responsive(self):
        visitor = self.house.visitor()
        self.assertStatus(visitor.get("/healthz"), 200)
        self.assertStatus(visitor.get("/"), 200)

    def back_to_level(self):
        """No descriptor and no thread stayed behind."""
        house = self.house
        for process in (house.worker, house.web):
            threads, fds = self.before[process.name]

            def is_level(p=process, t=threads, f=fds):
                now = level(p)
                return now[0] <= t and now[1] <= f

            try:
                wait_until(is_level, "level", 20, 0.2)
            except servers.Trouble:
                self.fail(f"{process.name}: {level(process)} threads and "
                          f"descriptors, {(threads, fds)} before; "
                          f"{peers(process)}, {self.peers[process.name]} "
                          f"before")

    def hang(self, name, wire, attempts=1, **settings):
        """New connections meet a peer that hangs; then it is well again.
        The request and the click that met it end while it still hangs.
        attempts: the first meets it on a connection that was well, the second
        connects."""
        house = self.house
        person, link = self.ask_and_wait()
        other = house.opened(link)
        late = house.add_person()
        with self.subTest(name):
            for key, value in settings.items():
                setattr(wire, key, value)
            used = cpu(house.worker)
            before = self.logged("request.later")
            house.ask(late)
            answers = []
            click = threading.Thread(target=lambda: answers.append(
                other.choose(self.PASSWORD)))
            click.start()
            self.is_responsive()
            self.wait_logged("request.later", before + attempts)
            click.join(PATIENCE)
            self.assertStatus(answers[0], 503)
            self.assertEqual(house.mails_to(late), [])
            self.assertLess(cpu(house.worker) - used, REST, "it spins")
            wire.heal()
            wire.cut()
            self.drain()
            house.wait_mail(late)
            self.back_to_level()


class Hanging(HangCase):
    @property
    def house(self):
        return the_house("hang", cls=HangHouse, threads=1)

    # --- the directory -------------------------------------------------------

    def test_directory(self):
        """Plain: silence at once, after the bind (14 bytes), in the middle of
        an answer, a byte a second; also on connections that were well."""
        wire = self.wire
        self.hang("falls silent while connected", wire, quiet=True)
        for name, settings in [
                ("accepts, no more", {"quiet": True}),
                ("bind answered, no more", {"after": 14}),
                ("half an answer", {"after": 60}),
                ("a byte a second", {"pace": 1})]:
            wire.cut()
            self.hang(name, wire, **settings)

    def test_directory_and_the_command(self):
        house = self.house
        person = house.add_person()
        wire = self.wire
        for name, settings in [("quiet", {"quiet": True}),
                               ("after the bind", {"after": 14}),
                               ("a byte a second", {"pace": 1})]:
            with self.subTest(name):
                for key, value in settings.items():
                    setattr(wire, key, value)
                done = house.command("account", "show", person.login,
                                     check=False, seconds=PATIENCE)
                self.assertEqual(done.returncode, 69, done.stderr)
                self.assertIn("directory", done.stderr)
                wire.heal()

    def test_directory_in_tls(self):
        """Silence before, in and after the handshake. libldap 2.5 with GnuTLS
        would never come back from there, and spin."""
        house = self.house
        try:
            for scheme, starttls, cuts in [
                    ("ldaps", "no", (0, 300)),
                    ("ldap", "yes", (14, 700))]:
                house.use_directory(scheme, starttls)
                self.connect()
                way = f"{scheme} starttls={starttls}"
                self.hang(f"{way}, silent while connected", self.wire,
                          quiet=True)
                for cut in cuts:
                    self.wire.cut()
                    self.hang(f"{way}, {cut} bytes", self.wire, 2, after=cut)
                self.wire.cut()
                self.hang(f"{way}, a byte a second", self.wire, 2, pace=1)
        finally:
            house.use_directory("ldap")

    def test_sigterm_while_the_directory_hangs(self):
        house = self.house
        person = house.add_person()
        self.wire.quiet = True
        house.ask(person)
        store = house.store()
        wait_until(lambda: store.scard("rentree:held"), "an attempt")
        self.assertEqual(house.worker.stop(PATIENCE), 0)
        self.wire.heal()
        house.start_worker()
        self.drain()
        house.wait_mail(person)

    # --- Redis ---------------------------------------------------------------

    def test_redis(self):
        """Forms are closed at once, the rest of the site is there, both
        daemons rest, and all is well when it speaks again."""
        house, wire = self.house, self.house.wires["redis"]
        for name, settings in [("quiet", {"quiet": True}),
                               ("half an answer", {"after": 2}),
                               ("a byte a second", {"pace": 1})]:
            with self.subTest(name):
                visitor = house.visitor()
                person = house.add_person()
                captcha = visitor.captcha()
                for key, value in settings.items():
                    setattr(wire, key, value)
                if not wire.quiet:
                    wire.cut()
                used = cpu(house.worker) + cpu(house.web)
                answer = visitor.recover(person.number, person.typed_birth,
                                         captcha)
                self.assertStatus(answer, 503)
                wait_until(lambda v=visitor: v.get("/readyz").status == 503,
                           "a 503", PATIENCE)
                self.is_responsive()
                time.sleep(3)
                self.assertLess(cpu(house.worker) + cpu(house.web) - used,
                                REST, "it spins")
                wire.heal()
                wire.cut()
                house.wait_ready(PATIENCE)
                # An answer of take() was lost: nobody knows of that lease.
                self.drain(leases=True)
                _, link = self.ask_and_wait()
                self.assertGoes(house.opened(link).choose(self.PASSWORD),
                                "/mot-de-passe-change")
                self.back_to_level()

    def test_sigterm_while_redis_hangs(self):
        house = self.house
        house.wires["redis"].quiet = True
        time.sleep(0.5)
        self.assertEqual(house.worker.stop(PATIENCE), 0)
        self.assertEqual(house.web.stop(PATIENCE), 0)
        house.wires["redis"].heal()
        house.start_worker()
        house.start_web()

    # --- the relay -----------------------------------------------------------

    def test_relay(self):
        """Greets a byte at a time. Its lane waits, nobody else does, and
        SIGTERM ends it all; nothing is lost."""
        house, wire = self.house, self.house.wires["smtp"]
        _, link = self.ask_and_wait()
        wire.cut()
        wire.pace = 1
        person = house.add_person()
        house.ask(person)
        store = house.store()
        wait_until(lambda: store.scard("rentree:held"), "an attempt")
        used = cpu(house.worker)
        self.assertGoes(house.opened(link).choose(self.PASSWORD),
                        "/mot-de-passe-change")
        self.is_responsive()
        house.worker.signal(signal.SIGTERM)
        wait_until(lambda: self.logged("event=stopping"), "SIGTERM")
        self.assertLess(cpu(house.worker) - used, REST, "it spins")
        self.assertEqual(house.worker.stop(2 * PATIENCE), 0)
        self.assertEqual(house.mails_to(person), [])
        wire.heal()
        house.start_worker()
        self.drain()
        house.wait_mail(person)

    def test_sigterm_while_the_relay_keeps_silent(self):
        """A connection kept from the last mail, whose good-bye nobody
        answers: 20 s a thread, when it was waited for."""
        house = self.house
        house.wires["smtp"].quiet = True
        self.assertEqual(house.worker.stop(10), 0)

    # --- SOGo's memcached ----------------------------------------------------

    def test_memcached(self):
        """It hangs in the middle of a line: the visitor has their answer, and
        what SOGo should forget is owed."""
        house = self.house
        before, failed = house.cache.accepted, self.logged("hook.failed")
        _, link = self.ask_and_wait()
        used = cpu(house.worker)
        house.cache.after = 5
        try:
            self.assertGoes(house.opened(link).choose(self.PASSWORD),
                            "/mot-de-passe-change")
            wait_until(lambda: house.cache.accepted > before, "its call")
            self.wait_logged("hook.failed", failed + 1)
            self.assertLess(cpu(house.worker) - used, REST, "it spins")
        finally:
            house.cache.heal()
            house.cache.cut()
        self.drain()
        self.back_to_level()
