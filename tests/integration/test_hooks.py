"""Issue 4: what follows a password change - SOGo's cache in a real memcached,
and the operator's program."""
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

from house import House, servers, wait_until
from shared import canaries, crashes_of
from test_doors import OLD, DoorCase

PATIENCE = 20  # what a test waits; a slow machine is no failure


class Memcached(servers.Memcached):
    def say(self, text):
        with socket.create_connection(("127.0.0.1", self.port), 5) as line:
            line.sendall(text.encode() + b"\r\n")
            return line.recv(4096).decode()

    def put(self, key):
        assert self.say(f"set {key} 0 0 3\r\nabc") == "STORED\r\n"

    def has(self, key):
        return self.say(f"get {key}").startswith("VALUE")


class Hooked(House):
    """A house with two memcached and a program."""

    def __init__(self):
        self.place = Path(tempfile.mkdtemp(prefix="rentree-hook-"))
        self.place.chmod(0o755)
        self.caches = [Memcached(self.place / f"memcached{n}.log")
                       for n in (1, 2)]
        self.program = self.place / "program"
        self.heard = self.place / "heard"
        self.write_program("")
        super().__init__(settings={"hooks": {
            "after_password_change": self.program,
            "sogo_memcached": " ".join(x.where for x in self.caches)}})

    def write_program(self, more):
        """What it hears is noted; then more."""
        self.program.write_text(
            f"#!/bin/sh\nread line\nenv | sort >{self.place}/env\n"
            f"printf '%s\\n' \"$line\" >>{self.heard}\n{more}\n")
        self.program.chmod(0o755)

    def lines(self, login):
        if not self.heard.exists():
            return []
        return [x for x in map(json.loads,
                               self.heard.read_text().splitlines())
                if x["login"] == login]

    def wait_line(self, login, count=1, seconds=PATIENCE):
        return wait_until(
            lambda: (found := self.lines(login))[count - 1:] and found,
            f"line {count} about {login}", seconds)

    def push(self):
        """What waits for its time, or for the end of a lease, is due."""
        store = self.store()
        for due in ("rentree:due:mail", "rentree:due:bulk"):
            for one in store.zrange(due, 0, -1):
                store.zadd(due, {one: 1}, xx=True)
        store.close()

    def open(self):
        for cache in self.caches:
            cache.start()
        super().open()

    def close(self):
        super().close()
        for cache in self.caches:
            cache.kill()
        shutil.rmtree(self.place, ignore_errors=True)


class Hooks(DoorCase):
    @classmethod
    def setUpClass(cls):
        cls.hooked = Hooked()
        cls.hooked.__enter__()

    @classmethod
    def tearDownClass(cls):
        crashed = crashes_of(cls.hooked)
        cls.hooked.close()
        if crashed:
            raise AssertionError(crashed)

    @property
    def house(self):
        return self.hooked

    def setUp(self):
        self.house.write_program("")

    def keys(self, person):
        return [f"{name}+attributes" for name in (
            person.login, f"{person.login}@ac-exemple.fr",
            f"alias.{person.login}@ac-exemple.fr")]

    def known_person(self):
        person = self.house.add_person(password=OLD)
        self.house.change(person, mail=[
            f"{person.login}@ac-exemple.fr",
            f"alias.{person.login}@ac-exemple.fr"])
        canaries.update((OLD, self.PASSWORD))
        return person

    def fill(self, person, caches=None):
        for cache in caches or self.house.caches:
            for key in self.keys(person):
                cache.put(key)

    def left(self, person):
        return [key for cache in self.house.caches
                for key in self.keys(person) if cache.has(key)]

    def wait_gone(self, person):
        """How long it took."""
        begin = time.monotonic()
        wait_until(lambda: not self.left(person), "SOGo's keys to be gone",
                   PATIENCE, 0.05)
        return time.monotonic() - begin

    def test_the_old_password_dies_everywhere(self):
        person, other = self.known_person(), self.known_person()
        self.fill(person)
        self.fill(other)
        answer, _ = self.change(person.login, OLD)
        self.assertGoes(answer, "/mot-de-passe-change")
        took = self.wait_gone(person)
        self.assertFalse(self.house.can_log_in(person, OLD))
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))
        self.assertEqual(len(self.left(other)), 6)
        print(f"  SOGo's keys were gone after {took:.2f} s",
              file=sys.stderr)

    def test_behind_a_link_too(self):
        person = self.known_person()
        self.fill(person)
        visitor = self.house.with_link(person)
        self.assertGoes(visitor.choose(self.PASSWORD),
                        "/mot-de-passe-change")
        self.wait_gone(person)
        self.assertFalse(self.house.can_log_in(person, OLD))
        self.house.wait_line(person.login)

    def test_a_suspension_ends_what_is_open(self):
        person = self.known_person()
        self.fill(person)
        self.house.command("account", "suspend", person.login)
        self.wait_gone(person)
        line = self.house.wait_line(person.login)[0]
        self.assertEqual(line["event"], "account-suspended")
        self.assertEqual(line["mails"][0], f"{person.login}@ac-exemple.fr")
        self.assertFalse(self.house.can_log_in(person, OLD))

    def test_a_resumption_is_told(self):
        person = self.known_person()
        self.house.command("account", "suspend", person.login)
        self.house.wait_line(person.login)
        self.house.command("account", "resume", person.login)
        lines = self.house.wait_line(person.login, 2)
        self.assertEqual([x["event"] for x in lines],
                         ["account-suspended", "account-resumed"])
        self.assertTrue(self.house.can_log_in(person, OLD))
        # It was open: nothing has changed, and nobody is told.
        self.house.command("account", "resume", person.login)
        self.house.wait_drained()
        self.assertEqual(len(self.house.lines(person.login)), 2)

    def test_a_suspension_waits_for_nothing(self):
        person = self.known_person()
        self.house.redis.stop()
        done = self.house.command("account", "suspend", person.login,
                                  check=False)
        self.house.redis.again()
        self.assertEqual(done.returncode, 69)
        self.assertIn("it is suspended, but what is open stays open; "
                      "suspend it again", done.stderr)
        self.assertFalse(self.house.can_log_in(person, OLD))
        self.house.wait_ready()
        self.house.command("account", "suspend", person.login)
        self.house.wait_line(person.login)

    def test_a_cache_that_is_away_is_asked_again(self):
        person = self.known_person()
        away, here = self.house.caches
        self.fill(person, [here])
        away.kill()
        try:
            self.assertGoes(self.change(person.login, OLD)[0],
                            "/mot-de-passe-change")
            wait_until(lambda: not any(map(here.has, self.keys(person))),
                       "the other one's keys to be gone", PATIENCE)
        finally:
            away.start()
        self.fill(person, [away])
        wait_until(lambda: self.house.push() or not self.left(person),
                   "the keys to be gone", PATIENCE, 0.3)
        self.assertIn("hook.failed", self.house.logs())
        self.house.wait_drained()

    def test_what_the_program_hears(self):
        person = self.known_person()
        self.house.write_program("echo 'a word\tof its own'; exit 0")
        self.assertGoes(self.change(person.login, OLD)[0],
                        "/mot-de-passe-change")
        line = self.house.wait_line(person.login)[0]
        self.assertEqual(set(line), {"id", "event", "login", "mails", "ref"})
        self.assertEqual(line["event"], "password-changed")
        self.assertEqual(line["mails"], [
            f"{person.login}@ac-exemple.fr",
            f"alias.{person.login}@ac-exemple.fr"])
        env = (self.house.place / "env").read_text().splitlines()
        self.assertEqual([x for x in env if not x.startswith(
            ("PWD=", "_=", "OLDPWD=", "SHLVL="))],
            ["LANG=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
        self.house.wait_drained()
        self.assertEqual(len(self.house.lines(person.login)), 1)
        self.assertIn(r'event=hook.done', self.house.logs())
        self.assertIn(r'a word\x09of its own', self.house.logs())

    def test_a_program_that_fails_runs_again(self):
        person = self.known_person()
        self.house.write_program(
            f"[ $(grep -c {person.login} {self.house.heard}) -ge 3 ]")
        self.assertGoes(self.change(person.login, OLD)[0],
                        "/mot-de-passe-change")
        wait_until(lambda: self.house.push() or
                   len(self.house.lines(person.login)) >= 3,
                   "three runs", PATIENCE, 0.3)
        self.house.wait_drained()
        lines = self.house.lines(person.login)
        self.assertEqual(len(lines), 3)
        self.assertEqual(len({x["id"] for x in lines}), 1)
        # The mails did not wait for it.
        self.assertTrue(self.house.wait_mail(person, "a été changé"))

    def test_a_worker_that_dies_meanwhile_loses_nothing(self):
        person = self.known_person()
        self.house.write_program("sleep 30")
        self.assertGoes(self.change(person.login, OLD)[0],
                        "/mot-de-passe-change")
        self.house.wait_line(person.login)
        self.house.worker.kill()
        self.house.write_program("")
        self.house.start_worker()
        wait_until(lambda: self.house.push() or
                   len(self.house.lines(person.login)) >= 2,
                   "another run", PATIENCE, 0.3)
        self.house.wait_drained()
        ids = {x["id"] for x in self.house.lines(person.login)}
        self.assertEqual(len(ids), 1)

    def runner(self):
        pid = self.house.worker.child.pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        return int(children.read_text().split()[0])

    def test_a_dead_runner_ends_the_worker(self):
        os.kill(self.runner(), signal.SIGKILL)
        person = self.known_person()
        self.assertGoes(self.change(person.login, OLD)[0],
                        "/mot-de-passe-change")
        worker = self.house.worker
        wait_until(lambda: not worker.is_running(), "the worker to leave", 20)
        self.assertEqual(worker.child.returncode, 70)
        self.assertIn("the process that runs hooks has died",
                      worker.log.read_text())
        self.assertEqual(self.house.lines(person.login), [])
        self.house.start_worker()
        self.house.wait_ready()
        wait_until(lambda: self.house.push() or
                   self.house.lines(person.login), "the run", PATIENCE, 0.3)
        self.house.wait_drained()

    def test_check_asks_them(self):
        done = self.house.command("check", check=False).stdout
        self.assertIn(f"ok hooks: {self.house.program} can be executed", done)
        for cache in self.house.caches:
            self.assertIn(f"ok hooks: memcached {cache.where} answers", done)
        self.house.caches[0].kill()
        self.house.program.chmod(0o644)
        done = self.house.command("check", check=False)
        self.house.caches[0].start()
        self.assertIn("fail hooks: memcached:", done.stdout)
        self.assertIn(f"fail hooks: {self.house.program}:", done.stdout)
        self.assertEqual(done.returncode, 78)

    def test_no_process_is_left_behind(self):
        runner = self.runner()
        self.assertEqual(self.house.worker.stop(), 0)
        self.assertFalse(Path(f"/proc/{runner}").exists())
        self.house.start_worker()
        self.house.wait_ready()

    def test_the_runner_holds_no_secret_and_no_connection(self):
        fds = [os.readlink(x) for x in
               Path(f"/proc/{self.runner()}/fd").iterdir()]
        self.assertEqual(sorted(x.split(":")[0] for x in fds)[:2],
                         ["/dev/null", str(self.house.worker.log)])
        self.assertEqual(sum(x.startswith("socket:") for x in fds), 1)
        self.assertEqual(len(fds), 4)
