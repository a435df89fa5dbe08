"""Issue 9, line 5: `rentree check` finds what the operator broke, in one line
each that says what to do."""
import contextlib
import json
import re
import unittest

from house import House, servers
from shared import Case, the_house


class Checks(Case):
    @property
    def house(self):
        return the_house("check")

    def lines(self, *options, code=0, **more):
        done = self.house.command("--json", "check", *options, check=False,
                                  **more)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def said(self, lines, verdict, name):
        return [x["sentence"] for x in lines
                if x["verdict"] == verdict and x["name"] == name]

    def assertSaid(self, lines, verdict, name, pattern):
        said = self.said(lines, verdict, name)
        self.assertTrue([x for x in said if re.search(pattern, x)],
                        f"{verdict} {name} {pattern}: {said}")

    @contextlib.contextmanager
    def set(self, **values):
        """Settings of Redis, for a while."""
        store = self.house.store()
        names = {k: k.replace("_", "-") for k in values}
        before = {k: store.config_get(n)[n] for k, n in names.items()}
        try:
            for key, value in values.items():
                store.config_set(names[key], value)
            yield store
        finally:
            for key, value in before.items():
                store.config_set(names[key], value)
            store.close()

    def test_all_is_well(self):
        self.house.add_person()
        lines = self.lines()
        self.assertEqual(
            {(x["name"], x["sentence"]) for x in lines
             if x["verdict"] == "fail"}, set())
        self.assertSaid(lines, "ok", "redis", "clock agrees")
        self.assertSaid(lines, "ok", "redis", "aof_enabled is 1")
        self.assertSaid(lines, "ok", "redis", r"of 64 MB in use")
        self.assertSaid(lines, "ok", "modes", "no secret")
        self.assertSaid(lines, "ok", "directory", "may write userPassword")

    # --- Redis -----------------------------------------------------------------

    def test_what_redis_would_lose(self):
        for key, value, pattern in (
                ("appendonly", "no", "appendonly is not yes.*redis.conf"),
                ("maxmemory_policy", "allkeys-lru", "may be evicted"),
                ("maxmemory", "0", "maxmemory is not set"),
                ("maxmemory", "1500000", "are in use.*more maxmemory")):
            with self.subTest(key), self.set(**{key: value}):
                self.assertSaid(self.lines(), "warn", "redis", pattern)

    def test_appendfsync_where_we_may_ask(self):
        self.assertSaid(self.lines(), "warn", "redis",
                        "not permitted.*appendfsync")
        store = self.house.store()
        store.execute_command("ACL", "SETUSER", "cli", "+config|get")
        try:
            self.assertSaid(self.lines(), "ok", "redis", "is always")
            with self.set(appendfsync="everysec"):
                self.assertSaid(self.lines(), "warn", "redis",
                                "everysec, not always.*last second")
        finally:
            store.execute_command("ACL", "SETUSER", "cli", "-config|get")
            store.close()

    def test_without_the_right_to_ask(self):
        store = self.house.store()
        store.execute_command("ACL", "SETUSER", "cli", "-info")
        try:
            self.assertSaid(self.lines(), "warn", "redis",
                            r"INFO is not permitted.*\+info")
        finally:
            store.execute_command("ACL", "SETUSER", "cli", "+info")
            store.close()

    def test_a_network_in_between(self):
        """hiredis has no TLS here: nobody shall believe that it has."""
        text = self.house.config.read_text()
        far = self.house.folder / "far.conf"
        far.write_text(re.sub(r"(?m)^uri = redis://.*$",
                              "uri = redis://redis.invalid:6379", text))
        self.assertIn("redis.invalid", far.read_text())
        done = servers.command(far, "check", check=False)
        self.assertRegex(done.stdout, r"(?m)^warn redis: redis\.invalid is "
                                      r"reached in clear")
        self.assertNotIn("in clear", servers.command(
            self.house.config, "check", check=False).stdout)

    def test_a_replica_is_no_place_for_requests(self):
        store = self.house.store()
        store.execute_command("REPLICAOF", "127.0.0.1", "1")
        try:
            self.assertSaid(self.lines(), "warn", "redis", "is a replica")
        finally:
            store.execute_command("REPLICAOF", "NO", "ONE")
            store.close()

    # --- files -----------------------------------------------------------------

    @contextlib.contextmanager
    def mode(self, path, mode):
        before = path.stat().st_mode & 0o7777
        path.chmod(mode)
        try:
            yield
        finally:
            path.chmod(before)

    def test_weak_modes(self):
        folder = self.house.folder
        self.house.audit_file.touch(0o640)
        for path, mode, pattern in (
                (folder / "rentree.conf", 0o666, "can change it: chmod go-w"),
                (folder / "rentree.conf", 0o664, "can change it: chmod go-w"),
                (folder / "redis-web.password", 0o444, "chmod 0400"),
                (folder / "redis-worker.password", 0o444, "chmod 0400"),
                (folder / "directory.password", 0o444, "chmod 0400"),
                (folder / "keys" / "web", 0o777, "chmod 0750"),
                (folder / "keys" / "worker", 0o755, "chmod 0750"),
                (folder / "keys", 0o777, "chmod go-w"),
                (folder / "audit.jsonl", 0o644, "chmod o=")):
            with self.subTest(path.name), self.mode(path, mode):
                lines = self.lines(code=78)
                self.assertSaid(lines, "fail", "modes",
                                f"{path} has mode {mode:04o}, .*{pattern}")

    def test_a_hook_that_others_can_change(self):
        house = self.house
        program = house.folder / "hook"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o757)
        house.write_config(hooks={"after_password_change": program})
        try:
            self.assertSaid(self.lines(code=78), "fail", "modes",
                            f"{program} .*chmod go-w {program}")
            program.chmod(0o755)
            self.assertEqual(self.said(self.lines(), "fail", "modes"), [])
        finally:
            house.write_config()

    # --- mail ------------------------------------------------------------------

    def test_a_letter_to_the_operator(self):
        house = self.house
        before = len(house.box.find(lambda mail: True))
        self.lines()
        self.assertEqual(len(house.box.find(lambda mail: True)), before)
        lines = self.lines("--mail", "operator@ac-exemple.fr")
        found = house.box.find(
            lambda mail: "operator@ac-exemple.fr" in mail.recipients)
        self.assertEqual(len(found), 1)
        ref = re.search("reference (\\S+):", " ".join(
            self.said(lines, "ok", "mail")))[1]
        self.assertIn(ref, found[0].text)

    def test_a_letter_that_is_refused(self):
        house = self.house
        house.refused["nobody@ac-exemple.fr"] = "550 no such box"
        self.assertSaid(self.lines("--mail", "nobody@ac-exemple.fr", code=69),
                        "fail", "mail", "recipient, code 550")
        del house.refused["nobody@ac-exemple.fr"]
        self.assertSaid(self.lines("--mail", "no address", code=78),
                        "fail", "mail", "not a mail address")

    def test_every_relay_has_its_line(self):
        house = self.house
        gone = f"smtp://127.0.0.1:{servers.free_port()}"
        house.write_config(mail={
            "smtp": f"{gone} smtp://127.0.0.1:{house.smtp.port}"})
        try:
            lines = self.lines(code=69)
            self.assertSaid(lines, "fail", "mail", gone)
            self.assertSaid(lines, "ok", "mail", "answers")
        finally:
            house.write_config()


class Clocks(Case):
    def test_a_clock_that_is_apart(self):
        """That of Redis is put forward, the command's stays."""
        with House(simulated=True) as house:
            for seconds, verdict, code in ((10, "warn", 0), (40, "fail", 78)):
                house.clock.forward(seconds=seconds - house.clock.ahead)
                done = servers.command(house.config, "check", check=False)
                self.assertRegex(
                    done.stdout, rf"(?m)^{verdict} redis: .*"
                    rf"({seconds}|{seconds - 1}) s apart.*run NTP")
                self.assertEqual(done.returncode, code)


if __name__ == "__main__":
    unittest.main()
