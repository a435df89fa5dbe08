"""Issue 9, line 6: more than one of everything, each of them real: web and
worker processes on one Redis, a primary that dies under load, several
directory servers, several relays."""
import json
import os
import signal
import threading
import time
import unittest

import ldap
import ldap.modlist

import mails
import sentinels
from house import House, fresh_address, servers, wait_until
from shared import Case
from visitor import Visitor, captcha_fields


FULL = os.environ.get("FAILOVER_FULL")


class Crowd(threading.Thread):
    """Visitors who ask one after the other, each at another web process; one
    who finds the pages closed tries again."""

    def __init__(self, ports, people):
        super().__init__(daemon=True)
        self.ports, self.people = ports, people
        self.accepted, self.refused, self.failures = [], 0, []

    def ask(self, n, person):
        visitor = Visitor(self.ports[n % len(self.ports)], fresh_address())
        page = visitor.get("/mot-de-passe-oublie")
        if page.status != 200:
            return page.status
        return visitor.recover(person.number, person.typed_birth,
                               captcha_fields(page.text)).status

    def run(self):
        for n, person in enumerate(self.people):
            while (status := self.ask(n, person)) == 503:
                self.refused += 1
                time.sleep(0.2)
            if status == 303:
                self.accepted.append(person)
            else:
                self.failures.append(status)


def links_of(house, person):
    return sum(bool(mail.links) for mail in house.mails_to(person))


def hurry(house):
    """What a worker had in hand when it, or Redis, died is taken again after
    its lease of 90 s: at once, here."""
    store = house.store()
    held = {x: 0 for x in store.smembers("rentree:held")}
    if held:
        store.zadd("rentree:due:mail", held, xx=True)
    store.close()


def wait_links(house, people, seconds=60):
    wait_until(lambda: all(links_of(house, p) for p in people),
               "everybody's mail", seconds, 0.2)


def more_webs(house, count):
    """Web processes beside the first; all their ports."""
    ports = [house.port]
    for n in range(count):
        port = servers.free_port()
        config = house.folder / f"web-{n}.conf"
        house.write_config(web={"listen": f"127.0.0.1:{port}"})
        house.config.rename(config)
        web = servers.daemon("rentree-web", config,
                             house.folder / "log" / f"web-{n}.log")
        house.parts.append(web)
        web.start()
        web.wait_for(lambda p=port:
                     servers.answers(("127.0.0.1", p)) and
                     Visitor(p).get("/readyz").status == 200)
        ports.append(port)
    house.write_config()
    return ports


class Processes(Case):
    def test_webs_and_workers_on_one_redis(self):
        with House(limits={"per_identity": "3/1h"}) as house:
            ports = more_webs(house, 2)
            for _ in range(2):
                house.start_worker(house.new_worker())
            workers = [p for p in house.parts if p.name == "rentree-worker"]
            people = [house.add_person() for _ in range(30)]
            crowds = [Crowd(ports, people[n::3]) for n in range(3)]
            for crowd in crowds:
                crowd.start()
            for crowd in crowds:
                crowd.join()
                self.assertEqual(crowd.failures, [])
                self.assertEqual(crowd.refused, 0)
            workers[1].kill()  # whatever it has in hand, another one takes
            self.one_link_each(house, people, workers)
            self.a_form_of_one_is_taken_by_another(house, ports)
            self.a_link_is_good_at_all(house, ports, people[0])
            self.a_limit_is_one(house, ports)

    def one_link_each(self, house, people, workers):
        hurry(house)
        wait_links(house, people)
        house.wait_drained(60)
        for person in people:
            self.assertLessEqual(links_of(house, person), 2)
        busy = [w for w in workers if "recover.sent" in w.log.read_text()]
        self.assertGreater(len(busy), 1, "one worker did it all")

    def a_form_of_one_is_taken_by_another(self, house, ports):
        """And once only: the same again, elsewhere, is a double click."""
        person = house.add_person()
        captcha = Visitor(ports[0]).captcha()
        for port in ports[1:]:
            self.assertStatus(Visitor(port, fresh_address()).recover(
                person.number, person.typed_birth, captcha), 303)
        wait_links(house, [person])
        house.wait_drained(30)
        self.assertEqual(links_of(house, person), 1)

    def a_link_is_good_at_all(self, house, ports, person):
        link = house.mails_to(person)[-1].links[0]
        for port in ports[1:]:
            visitor = Visitor(port, fresh_address())
            self.assertStatus(visitor.open_link(link), 303)
            self.assertStatus(visitor.get("/nouveau-mot-de-passe"), 200)
        self.assertGoes(visitor.choose(self.PASSWORD),
                        "/mot-de-passe-change")
        other = Visitor(ports[0], fresh_address())
        other.open_link(link)
        self.assertStatus(other.get("/nouveau-mot-de-passe"), 410)

    def a_limit_is_one(self, house, ports):
        person = house.add_person()
        seen = [Visitor(ports[n % 3], fresh_address()).recover(
            person.number, person.typed_birth).status for n in range(4)]
        self.assertEqual(seen, [303, 303, 303, 429])


class SentinelHouse(House):
    redis_class = sentinels.Group


class FailOver(Case):
    """The counts go to build/proof/failover.json; what a person may see is in
    deploy/redis/README.md."""

    def ask_while(self, house, act):
        """Visitors come all the time; in the middle of it something happens.
        Returns (accepted, refused)."""
        people = [house.add_person() for _ in range(800 if FULL else 80)]
        crowds = [Crowd([house.port], people[n::4]) for n in range(4)]
        for crowd in crowds:
            crowd.start()
        wait_until(lambda: sum(len(c.accepted) for c in crowds) >=
                   len(people) / 4, "the crowd", 120)
        before = house.redis.port
        act()
        wait_until(lambda: house.redis.port != before, "a fail-over", 60, 0.1)
        for crowd in crowds:
            crowd.join(120)
            self.assertFalse(crowd.is_alive())
            self.assertEqual(crowd.failures, [])
        return ([p for c in crowds for p in c.accepted],
                sum(c.refused for c in crowds))

    def count_lost(self, house, accepted):
        """Those who were told their request is registered, and get no
        mail."""
        house.wait_ready(60)
        time.sleep(1)  # until what the workers have in hand is settled
        hurry(house)
        house.wait_drained(120)
        return [p for p in accepted if not links_of(house, p)]

    def note(self, name, accepted, refused, lost):
        path = servers.BUILD / "proof" / "failover.json"
        path.parent.mkdir(exist_ok=True)
        told = json.loads(path.read_text()) if path.exists() else {}
        told[name] = {"accepted": len(accepted), "refused": refused,
                      "lost": len(lost)}
        path.write_text(json.dumps(told, indent=1) + "\n")
        print(f"  fail-over, {name}: {told[name]}", flush=True)

    def test_the_primary_dies_while_visitors_ask(self):
        with SentinelHouse() as house:
            keeper = house.add_person()
            link = house.ask_link(keeper)
            old = house.redis.primary
            accepted, refused = self.ask_while(house, old.kill)
            lost = self.count_lost(house, accepted)
            self.note("killed", accepted, refused, lost)
            self.assertTrue(refused, "nothing happened")
            # Asynchronous: what the dead one had not sent is lost. Here it
            # had microseconds for that.
            self.assertLessEqual(len(lost), 2)
            # A link from before is good after.
            self.assertGoes(house.opened(link).choose(self.PASSWORD),
                            "/mot-de-passe-change")
            # And back again: the old one is a replica by now.
            old.again()
            wait_until(house.redis.is_ready, "the old one to follow", 60, 0.2)
            house.ask_link(house.add_person())

    @unittest.skipUnless(FULL, "make proof-failover")
    def test_a_primary_that_hangs_is_left(self):
        """It wakes up as somebody who thinks he is the primary: nobody
        listens."""
        with SentinelHouse() as house:
            old = house.redis.primary
            accepted, refused = self.ask_while(
                house, lambda: house.redis.pause(old))
            old.signal(signal.SIGCONT)
            wait_until(house.redis.is_ready, "the old one to follow", 60, 0.2)
            lost = self.count_lost(house, accepted)
            self.note("hung", accepted, refused, lost)
            self.assertLessEqual(len(lost), 4)
            house.ask_link(house.add_person())

    def test_a_sentinel_that_is_away_is_passed_over(self):
        with SentinelHouse() as house:
            house.redis.sentinels[0].kill()
            house.worker.stop()
            house.start_worker()
            house.web.stop()
            house.start_web()
            house.ask_link(house.add_person())


class Beside:
    """The house's folder, with another place for one more slapd."""

    def __init__(self, folder, name):
        self.path = folder / name
        self.path.mkdir(mode=0o700)
        (self.path / "log").mkdir()
        self.sockets = folder.sockets / name
        self.sockets.mkdir()
        self.secret = folder.secret

    def __truediv__(self, name):
        return self.path / name


class Directories(Case):
    """The second server has old data, as replicas do: so it can be seen who
    answered."""

    def test_reading_goes_on_and_returns_writing_waits(self):
        with House() as house:
            second = servers.Slapd(Beside(house.folder, "second"),
                                   "m=4096 t=1 p=1")
            second.start()
            house.parts.append(second)
            person = house.add_person(family="Lagrange")
            self.copy(house, second, person,
                      rentreeRecoveryMail="ancienne@courriel.example")
            house.write_config(directory={
                "uri": f"{house.slapd.ldapi} {second.ldapi}"})
            house.worker.stop()
            house.start_worker()
            self.told(house, person, person.mail)
            house.slapd.kill()
            self.told(house, person, "ancienne@courriel.example")
            # A link would be of no use: nothing can be written.
            ref = house.ask(person)
            wait_until(lambda: f"ref={ref}" in "".join(
                x for x in house.worker.log.read_text().splitlines(True)
                if "request.later" in x), "the request to wait", 15)
            house.slapd.again()
            subject = house.wait_mail(person, "mot de passe", 40).subject
            self.assertEqual(house.box.find(
                lambda m: "ancienne@courriel.example" in m.recipients and
                m.subject == subject), [])
            self.returns(house, person)

    def copy(self, house, slapd, person, **changes):
        entry = {k: [x.encode() for x in v]
                 for k, v in house.entry(person).items()
                 if k in ("objectClass", "uid", "sn", "givenName", "cn",
                          "mail", "rentreeProof", "rentreeBirth",
                          "rentreeKind", "rentreeState")}
        entry.update({k: [v.encode()] for k, v in changes.items()})
        link = ldap.initialize(slapd.uri)
        link.simple_bind_s(servers.ROOT_DN, house.folder.secret("root"))
        link.add_s(person.dn, ldap.modlist.addModlist(entry))
        link.unbind_s()

    def remind(self, house, person):
        visitor = house.visitor()
        fields = {"numen": person.number, "nom": "Lagrange",
                  "prenom": "Camille", **visitor.captcha("/identifiant-perdu")}
        self.assertStatus(visitor.post("/identifiant-perdu", fields), 303)

    def told(self, house, person, address):
        """A login, to the address that the server that was asked knows."""
        before = len(house.box.find(lambda m: address in m.recipients))
        self.remind(house, person)
        found = house.box.wait(
            lambda m: address in m.recipients, 20, before + 1)
        self.assertGreater(len(found), before, address)
        return found

    def returns(self, house, person):
        """Within the time after which the first is looked for again."""
        def at_first():
            before = len(house.box.find(
                lambda m: person.mail in m.recipients))
            self.remind(house, person)
            house.wait_drained(20)
            return len(house.box.find(
                lambda m: person.mail in m.recipients)) > before

        wait_until(at_first, "the first server", 30, 1)


class Relays(Case):
    def test_the_second_takes_over(self):
        with House() as house:
            other = mails.Catcher(house.box, servers.free_port())
            other.start()
            try:
                house.write_config(mail={
                    "smtp": f"smtp://127.0.0.1:{house.smtp.port} "
                            f"smtp://127.0.0.1:{other.port}"})
                house.worker.stop()
                house.start_worker()
                house.ask_link(house.add_person())
                house.smtp.stop()
                for _ in range(3):
                    house.ask_link(house.add_person())
                self.assertNotIn("request.later",
                                 house.worker.log.read_text())
            finally:
                other.stop()


if __name__ == "__main__":
    unittest.main()
