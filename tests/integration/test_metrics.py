"""Issue 9, line 5: what the monitoring reads, by the parser it uses; that the
manual has all of it and no more; health that names the failing part."""
import json
import re
import socket
import time
import unittest
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

import vocabulary
from house import House, fresh_numen, servers, wait_until
from shared import Case, the_house

LIMITS = {"per_identity": "3/1h"}


class Watched(House):
    """A house whose daemons have a listener for the monitoring."""

    def __init__(self, **how):
        self.doors = {"web": servers.free_port(),
                      "worker": servers.free_port()}
        super().__init__(settings={
            program: {"metrics_listen": f"127.0.0.1:{port}"}
            for program, port in self.doors.items()}, **how)

    def get(self, program, path="/metrics", **more):
        """Status, type and text."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.doors[program]}{path}", **more)
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return (answer.status, answer.headers["Content-Type"],
                        answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.code, error.headers["Content-Type"], \
                error.read().decode()

    def families(self, program):
        return {x.name + ("_total" if x.type == "counter" else ""): x
                for x in text_string_to_metric_families(
                    self.get(program)[2])}

    def value(self, program, name, **labels):
        """None when there is no such series."""
        for family in self.families(program).values():
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return sample.value
        return None

    def readiness(self, program):
        return json.loads(self.get(program, "/readyz")[2])


class Metrics(Case):
    @property
    def house(self):
        return the_house("watched", Watched, limits=LIMITS)

    def grows(self, program, name, act, by=1, **labels):
        """The series goes up by so much with the act; a little later is well
        enough."""
        before = self.house.value(program, name, **labels)
        self.assertIsNotNone(before, name)
        done = act()

        def grown():
            now = self.house.value(program, name, **labels)
            self.assertLessEqual(now - before, by, name)
            return now - before == by

        wait_until(grown, f"{name} {labels} by {by}", 15, 0.1)
        return done

    # --- the form --------------------------------------------------------------

    def test_the_manual_has_every_number_and_no_other(self):
        said = vocabulary.numbers(["fr", "en", "other"])
        for program in ("web", "worker"):
            families = self.house.families(program)
            self.assertEqual(
                {n: f.type for n, f in families.items()},
                {n: kind for n, (kind, _) in said[program].items()})
            for name, (_, labels) in said[program].items():
                found = {}
                for sample in families[name].samples:
                    for key, word in sample.labels.items():
                        found.setdefault(key, set()).add(word)
                found.pop("le", None)
                if name == "rentree_ready":  # each has parts of its own
                    self.assertLessEqual(found["part"], labels["part"])
                    continue
                self.assertEqual(
                    found, {key: words or found[key]
                            for key, words in labels.items()}, name)

    def test_the_form_is_what_prometheus_wants(self):
        for program in ("web", "worker"):
            status, kind, text = self.house.get(program)
            self.assertEqual(status, 200)
            self.assertEqual(kind, "text/plain; version=0.0.4; charset=utf-8")
            self.assertTrue(text.endswith("\n"))
            for name, family in self.house.families(program).items():
                self.assertTrue(family.documentation, name)
                if family.type == "histogram":
                    self.buckets_grow(family)
                self.assertNotRegex(name, "_(ms|milliseconds|minutes)")

    def buckets_grow(self, family):
        series = {}
        for sample in family.samples:
            rest = {k: v for k, v in sample.labels.items() if k != "le"}
            row = series.setdefault(json.dumps(rest), {"buckets": []})
            if sample.name.endswith("_bucket"):
                row["buckets"].append((float(sample.labels["le"]),
                                       sample.value))
            else:
                row[sample.name.rsplit("_", 1)[1]] = sample.value
        for row in series.values():
            self.assertEqual(row["buckets"], sorted(row["buckets"]))
            counts = [count for _, count in row["buckets"]]
            self.assertEqual(counts, sorted(counts))
            self.assertEqual(counts[-1], row["count"])
            self.assertEqual(row["buckets"][-1][0], float("inf"))

    def test_the_version_is_told(self):
        version = servers.command(self.house.config, "--version").stdout
        for program in ("web", "worker"):
            family = self.house.families(program)["rentree_build_info"]
            self.assertIn(family.samples[0].labels["version"], version)

    # --- the way of a person ---------------------------------------------------

    def test_asked_sent_opened_done(self):
        house = self.house
        person = house.add_person()
        self.grows("worker", "rentree_done_total",
                   lambda: house.with_link(person).choose(self.PASSWORD),
                   flow="activate", language="fr")
        for language, query in (("fr", ""), ("en", "?lang=en")):
            way = {"flow": "recover", "language": language}
            link = self.grows(
                "web", "rentree_asked_total", lambda p=person, q=query:
                self.grows("worker", "rentree_sent_total",
                           lambda: house.ask_link(p, query=q), **way), **way)
            visitor = self.grows(
                "worker", "rentree_opened_total",
                lambda x=link, q=query: self.open(x, q), **way)
            self.grows("worker", "rentree_done_total",
                       lambda v=visitor, q=query: self.assertGoes(
                           v.post("/nouveau-mot-de-passe" + q,
                                  {"motdepasse": "Autre-" + self.PASSWORD + q,
                                   "confirmation": "Autre-" + self.PASSWORD + q}),
                           "/mot-de-passe-change"), **way)

    def open(self, link, query):
        visitor = self.house.opened(link)
        self.assertStatus(visitor.get("/nouveau-mot-de-passe" + query), 200)
        return visitor

    def test_who_is_nobody_is_asked_and_not_sent(self):
        way = {"flow": "recover", "language": "fr"}
        # What another test asked for may be counted only now.
        self.house.wait_drained()
        before = self.house.value("worker", "rentree_sent_total", **way)

        def ask():
            self.house.wait_audit(self.house.ask(
                self.house.add_person(), number=fresh_numen()))

        self.grows("web", "rentree_asked_total", ask, **way)
        self.assertEqual(
            self.house.value("worker", "rentree_sent_total", **way), before)

    # --- what else is counted --------------------------------------------------

    def test_captchas(self):
        visitor = self.house.visitor()
        page = self.grows("web", "rentree_captcha_shown_total",
                          lambda: visitor.get("/mot-de-passe-oublie"),
                          way="work")
        name = page.text.split('data-captcha-id="')[1].split('"')[0]
        for ending, way in (("png", "picture"), ("wav", "sound")):
            self.grows("web", "rentree_captcha_shown_total",
                       lambda e=ending: self.assertStatus(
                           visitor.get(f"/captcha/{name}.{e}"), 200),
                       way=way)
        for field, way in (("captcha_code", "code"), (None, "none"),
                           ("captcha_pow", "work")):
            captcha = {"captcha_id": visitor.captcha()["captcha_id"]}
            if field:
                captcha[field] = "000000"
            self.grows("web", "rentree_captcha_answered_total",
                       lambda c=captcha: self.assertStatus(visitor.recover(
                           fresh_numen(), "01/09/1975", c), 422),
                       way=way, result="wrong")

    def test_limits(self):
        house, number = self.house, fresh_numen()

        def ask():
            return house.visitor().recover(number, "01/09/1975").status

        def often():
            self.assertEqual([ask() for _ in range(4)], [303, 303, 303, 429])

        self.grows("web", "rentree_limits_hit_total", often,
                   limit="identity")
        self.assertIn("event=form.limited", house.web_log.read_text())

    def test_mails_by_their_end(self):
        house = self.house
        for code, result in (("550 no such box", "refused"),
                             ("451 greylisted", "deferred")):
            person = house.add_person()
            house.refused[person.mail] = code
            self.grows("worker", "rentree_mails_total",
                       lambda p=person: house.ask(p), result=result)
            del house.refused[person.mail]

    def test_the_queue(self):
        house = self.house
        house.wait_drained(30)
        wait_until(lambda: house.value("worker", "rentree_queue_depth",
                                       lane="mail") == 0, "no depth")
        store = house.store()
        store.zadd("rentree:dead", {"f" * 32: time.time() * 1000})
        person = house.add_person()
        house.refused[person.mail] = "451 greylisted"
        house.ask(person)
        wait_until(lambda: house.value("worker", "rentree_queue_depth",
                                       lane="mail") == 1, "a depth", 20)
        wait_until(lambda: house.value(
            "worker", "rentree_queue_oldest_seconds", lane="mail") > 1,
                   "an age", 20)
        self.assertEqual(house.value(
            "worker", "rentree_queue_oldest_seconds", lane="bulk"), 0)
        self.assertEqual(house.value("worker", "rentree_queue_dead"), 1)
        store.zrem("rentree:dead", "f" * 32)
        store.close()
        del house.refused[person.mail]

    def test_nobody_adds_a_series_and_nobody_stands_there(self):
        house = self.house
        person = house.add_person(password="{SSHA}x")
        counts = {p: len(house.get(p)[2].splitlines())
                  for p in ("web", "worker")}
        visitor = house.visitor()
        visitor.get("/mot-de-passe-oublie?lang=tlh")
        visitor.get("/nothing/" + person.login)
        house.with_link(person, query="?lang=tlh").choose(self.PASSWORD)
        for program, count in counts.items():
            text = house.get(program)[2]
            self.assertEqual(len(text.splitlines()), count, text)
            for word in (person.login, person.number, person.mail, "tlh"):
                self.assertNotIn(word, text)

    # --- the listener ----------------------------------------------------------

    def test_other_addresses_and_methods(self):
        for program in ("web", "worker"):
            self.assertEqual(self.house.get(program, "/healthz")[0], 200)
            self.assertEqual(self.house.get(program, "/")[0], 404)
            self.assertEqual(
                self.house.get(program, "/metrics", data=b"x=1")[0], 405)
            self.assertEqual(
                self.house.get(program, "/metrics", method="DELETE")[0], 405)
        self.assertEqual(self.house.visitor().get("/metrics").status, 404)

    def test_whoever_holds_connections_stops_no_request(self):
        house = self.house
        held = []
        try:
            for _ in range(40):
                line = socket.create_connection(
                    ("127.0.0.1", house.doors["worker"]), timeout=5)
                line.sendall(b"GET /metrics HTTP/1.1\r\n")
                held.append(line)
            house.ask_link(house.add_person())
        finally:
            for line in held:
                line.close()
        wait_until(self.is_heard, "the listener", 20, 0.2)

    def is_heard(self):
        """While all its places are taken, connections are closed at once."""
        try:
            return self.house.get("worker", "/healthz")[0] == 200
        except OSError:
            return False

    def test_a_second_worker_finds_the_place_taken_and_works(self):
        house = self.house
        second = house.new_worker()
        house.start_worker(second)
        try:
            self.assertIn("event=monitor.unavailable",
                          second.log.read_text())
            house.worker.stop()
            house.ask_link(house.add_person())
        finally:
            second.stop()
            house.start_worker()

    # --- what is away ----------------------------------------------------------

    def wait_closed(self, program, part, word):
        """503, that part with that word, the others well; and the gauge."""
        def told():
            status, _, text = self.house.get(program, "/readyz")
            return status == 503 and \
                json.loads(text)["parts"][part] == word

        wait_until(told, f"{program}: {part} {word}", 20, 0.1)
        said = self.house.readiness(program)
        self.assertEqual(said["status"], "closed")
        self.assertEqual(said["reason"], f"{part}: {word}")
        self.assertEqual(
            self.house.value(program, "rentree_ready", part=part), 0)

    def wait_open(self, program):
        wait_until(lambda: self.house.get(program, "/readyz")[0] == 200,
                   f"{program} open", 20, 0.1)
        self.assertNotIn("reason", self.house.readiness(program))

    def test_redis_is_named(self):
        house = self.house
        house.redis.kill()
        try:
            for program in ("web", "worker"):
                self.wait_closed(program, "redis", "unreachable")
            self.assertIsNone(house.value("worker", "rentree_queue_dead"))
            self.assertNotIn("127.0.0.1", house.get("web", "/readyz")[2])
        finally:
            house.redis.again()
        for program in ("web", "worker"):
            self.wait_open(program)
        house.wait_ready()

    def test_a_refused_login_is_named(self):
        house = self.house
        store = house.store()
        try:
            store.execute_command("ACL", "SETUSER", "web", "off")
            store.execute_command("CLIENT", "KILL", "USER", "web")
            self.wait_closed("web", "redis", "refused")
            store.execute_command("ACL", "SETUSER", "web", "on")
            self.wait_open("web")
        finally:
            store.execute_command("ACL", "SETUSER", "web", "on")
            store.close()

    def test_the_directory_is_named(self):
        self.house.slapd.kill()
        try:
            self.wait_closed("worker", "directory", "unreachable")
            self.assertEqual(self.house.get("web", "/readyz")[0], 200)
        finally:
            self.house.slapd.again()
        self.wait_open("worker")

    def test_the_relay_is_named(self):
        house = self.house
        person = house.add_person()
        house.smtp.stop()
        try:
            house.ask(person)
            self.wait_closed("worker", "mail", "unreachable")
        finally:
            house.smtp.start()
        house.wait_mail(person, link=True, seconds=30)
        self.wait_open("worker")


class Vocabulary(Case):
    def test_the_alerts_are_about_numbers_that_exist(self):
        known = {}
        for table in vocabulary.numbers(["fr", "en", "other"]).values():
            known.update(table)
        text = "".join(
            path.read_text() for path in
            sorted((servers.ROOT / "deploy" / "prometheus").glob("*.yml")))
        found = re.findall(r"\b(rentree_\w+)(?:\{([^}]*)\})?", text)
        self.assertTrue(found)
        for name, labels in found:
            if name.startswith("rentree_provision_"):
                continue  # of the batch's own file
            name = re.sub("_(bucket|sum|count)$", "", name)
            self.assertIn(name, known)
            for key, words in re.findall(r'(\w+)=~?"([^"]*)"', labels):
                if key in known[name][1]:
                    self.assertLessEqual(set(words.split("|")),
                                         known[name][1][key], name)

    def test_the_manual_has_every_event_and_no_other(self):
        said = {event for table in vocabulary.events().values()
                for event in table}
        self.assertEqual(vocabulary.logged_in_sources() - said, set())
        self.assertEqual(said - vocabulary.logged_in_sources(), set())

    def test_a_line_the_manual_does_not_have_is_found(self):
        line = "ts=1 level=info program=rentree-web event="
        self.assertEqual(vocabulary.wrong_lines(
            line + "form.accepted ref=A flow=recover"), [])
        for end in ("form.unheard ref=A", "form.accepted ref=A mail=x",
                    "web.closed reason=x"):
            self.assertEqual(len(vocabulary.wrong_lines(line + end)), 1, end)


if __name__ == "__main__":
    unittest.main()
