"""Issue 3, line 3: a name server that is slow, or says nothing. The daemons see
a resolv.conf of our own, in a namespace of mounts; the name they ask for is
"localhost", which needs no TLS. Skipped where there are no namespaces, or where
port 53 is not ours to open."""
import itertools
import os
import shutil
import socket
import struct
import subprocess
import threading
import time
import unittest

from house import wait_until
from shared import the_house
from storm import WiredHouse
from test_hang import PATIENCE, REST, HangCase, cpu

# The shell becomes the daemon: the same process, that we end.
MOUNT = """\
for file in resolv.conf hosts nsswitch.conf; do
    mount --bind "$0/$file" "/etc/$file" || exit 1
done
exec "$@"
"""
FILES = {"hosts": "", "nsswitch.conf": "passwd: files\nhosts: dns\n"}


def namespace():
    """The words that give a command mounts of its own, or None."""
    if not shutil.which("unshare"):
        return None
    for words in (["unshare", "-m"], ["unshare", "-rm"]):
        done = subprocess.run([*words, "mount", "--bind", "/etc/hosts",
                               "/etc/hosts"], capture_output=True,
                              check=False)
        if done.returncode == 0:
            return words
    return None


class NameServer:
    """localhost is 127.0.0.1. quiet: no answer; delay: seconds before it.
    Setting either cuts the wires that depend on it."""

    def __init__(self):
        self.door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for n in itertools.count(1):  # many of us may run at a time
            self.address = f"127.53.{os.getpid() % 250 + 1}.{n}"
            try:
                self.door.bind((self.address, 53))
                break
            except PermissionError:
                self.door.close()
                raise
            except OSError:
                if n > 200:
                    self.door.close()
                    raise
        self.asked, self.ways = 0, {"quiet": False, "delay": 0}
        self.wires = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                query, who = self.door.recvfrom(4096)
            except OSError:
                return
            if not query:
                return
            self.asked += 1
            if not self.ways["quiet"]:
                threading.Timer(self.ways["delay"], self.answer,
                                (query, who)).start()

    def answer(self, query, who):
        end = query.index(b"\0", 12) + 5
        question = query[12:end]
        name, kind = question[:-4], struct.unpack("!H", question[-4:-2])[0]
        right = name.lower() == b"\x09localhost\0"
        found = right and kind == 1
        head = query[:2] + struct.pack(
            "!HHHHH", 0x8580 if right else 0x8583, 1, found, 0, 0)
        record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0, 4) + \
            socket.inet_aton("127.0.0.1")
        try:
            self.door.sendto(head + question + (record if found else b""),
                             who)
        except OSError:
            pass  # it was closed, or nobody waits any more

    def become(self, wires=(), **ways):
        self.wires = list(wires) or self.wires
        self.ways.update(ways)
        self.cut()

    def heal(self):
        self.ways = {"quiet": False, "delay": 0}

    def cut(self):
        for wire in self.wires:
            wire.cut()

    def close(self):
        self.door.close()


class NamedHouse(WiredHouse):
    """Its daemons know no name but those our server tells them."""

    names = None

    def open(self):
        self.names = NameServer()
        super().open()

    def write_config(self, directory=None, **changes):
        super().write_config({"timeout_ms": 1000, **(directory or {})},
                             **changes)
        text = self.config.read_text()
        for scheme in ("redis", "smtp"):
            text = text.replace(f"{scheme}://127.0.0.1:",
                                f"{scheme}://localhost:")
        self.config.write_text(text)
        for name, text in {**FILES, "resolv.conf":
                           f"nameserver {self.names.address}\n"
                           "options timeout:3 attempts:2\n"}.items():
            (self.folder / name).write_text(text)

    def daemon(self, name, log):
        part = super().daemon(name, log)
        part.argv[:0] = [*namespace(), "sh", "-c", MOUNT, self.folder.path]
        return part

    def close(self):
        super().close()
        if self.names:
            self.names.close()


class Names(HangCase):
    @property
    def house(self):
        return the_house("names", cls=NamedHouse, threads=1)

    def setUp(self):
        if namespace() is None:
            self.skipTest("no namespace of mounts may be made here")
        try:
            NameServer().close()
        except OSError as error:
            self.skipTest(f"port 53 of loopback: {error.strerror}")
        self.names = self.house.names
        super().setUp()
        self.assertGreater(self.names.asked, 0, "nobody asks our server")

    def tearDown(self):
        self.names.heal()
        super().tearDown()

    def test_of_the_directory(self):
        """The attempt and the click end by their deadline, not by that of
        resolv.conf; both find their way when the server speaks again."""
        house, wire = self.house, self.house.wires["slapd"]
        person, link = self.ask_and_wait()
        visitor, late = house.opened(link), house.add_person()
        used, before = cpu(house.worker), self.logged("request.later")
        self.names.become([wire], quiet=True)
        house.ask(late)
        begin = time.monotonic()
        self.assertStatus(visitor.choose(self.PASSWORD), 503)
        self.assertLess(time.monotonic() - begin, 6)
        self.is_responsive()
        self.wait_logged("request.later", before + 1)
        self.assertLess(cpu(house.worker) - used, REST, "it spins")
        self.names.heal()
        self.drain()
        house.wait_mail(late, seconds=PATIENCE)
        self.assertGoes(wait_until(lambda: self.chosen(link), "the link",
                                   PATIENCE, 0.5), "/mot-de-passe-change")
        self.back_to_level()

    def chosen(self, link):
        answer = self.house.opened(link).choose(self.PASSWORD)
        return answer if answer.status not in (409, 503) else None

    def test_of_the_directory_slower_than_our_deadline(self):
        """An answer that comes too late for one attempt serves the next."""
        self.names.become([self.house.wires["slapd"]], delay=1.5)
        _, link = self.ask_and_wait()
        self.assertGoes(wait_until(lambda: self.chosen(link), "the link",
                                   PATIENCE, 0.1), "/mot-de-passe-change")
        self.names.heal()
        self.drain()
        self.back_to_level()

    def test_of_redis(self):
        """Forms are closed at once, the rest of the site is there."""
        house = self.house
        visitor, person = house.visitor(), house.add_person()
        captcha = visitor.captcha()
        used = cpu(house.worker) + cpu(house.web)
        self.names.become([house.wires["redis"]], quiet=True)
        for _ in range(3):
            begin = time.monotonic()
            answer = visitor.recover(person.number, person.typed_birth,
                                     captcha)
            self.assertStatus(answer, 503)
            self.assertLess(time.monotonic() - begin, 5)
            self.is_responsive()
        wait_until(lambda: visitor.get("/readyz").status == 503, "a 503",
                   PATIENCE)
        self.assertLess(cpu(house.worker) + cpu(house.web) - used, REST,
                        "it spins")
        self.names.heal()
        house.wait_ready(PATIENCE)
        self.drain(leases=True)
        _, link = self.ask_and_wait()
        self.assertGoes(house.opened(link).choose(self.PASSWORD),
                        "/mot-de-passe-change")
        self.back_to_level()

    def test_of_the_relay(self):
        """Its lane waits for its deadline, nobody else does."""
        house = self.house
        _, link = self.ask_and_wait()
        late = house.add_person()
        # Where the relay is stays known for a minute: to a worker that has
        # not asked yet, and needs no name for the directory.
        house.worker.stop(PATIENCE)
        house.write_config({"uri": "ldap://127.0.0.1:"
                            f"{house.wires['slapd'].port}"})
        house.start_worker()
        house.wait_ready()
        self.addCleanup(house.write_config)
        # Redis has a name, too.
        self.assertStatus(house.opened(link).get("/nouveau-mot-de-passe"), 200)
        used, before = cpu(house.worker), self.logged("request.later")
        self.names.become([house.wires["smtp"]], quiet=True)
        house.ask(late)
        self.assertGoes(house.opened(link).choose(self.PASSWORD),
                        "/mot-de-passe-change")
        self.is_responsive()
        self.wait_logged("request.later", before + 1)
        self.assertEqual(house.mails_to(late), [])
        self.assertLess(cpu(house.worker) - used, REST, "it spins")
        self.names.heal()
        self.drain()
        house.wait_mail(late, seconds=PATIENCE)
        self.back_to_level()

    def test_sigterm_while_nobody_answers(self):
        """A look-up that was given up, or goes on, holds up no end."""
        house = self.house
        self.names.become([house.wires["slapd"], house.wires["redis"]],
                          quiet=True)
        time.sleep(0.5)
        begin = time.monotonic()
        self.assertEqual(house.web.stop(PATIENCE), 0)
        self.assertEqual(house.worker.stop(PATIENCE), 0)
        self.assertLess(time.monotonic() - begin, PATIENCE)
        self.names.heal()
        house.start_worker()
        house.start_web()


if __name__ == "__main__":
    unittest.main()
