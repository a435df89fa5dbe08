"""Issue 2, lines 7 and 9: what happens when a part is away, and that nothing
is lost. These tests stop and kill servers, so they have a house of their own.
"""
import json
import signal
import threading
import time
import unittest

from house import Visitor, fresh_address, servers, wait_until
from shared import Case, the_house


class Outage(Case):
    @property
    def house(self):
        return the_house("outage")

    def setUp(self):
        """Nothing of the test before is in the hands we kill. Each thread of
        a worker that lived through an outage leaves the directory alone for
        DIRECTORY_BREAK_MS, and would answer "closed" meanwhile: a fresh one
        remembers none."""
        self.drain()
        self.house.worker.stop()
        self.house.start_worker()
        self.house.wait_ready()

    def drain(self):
        """Runs out what a killed worker held: its lock lasts 30 s."""
        store = self.house.store()
        for lock in store.scan_iter("rentree:lock:*"):
            store.delete(lock)
        self.house.wait_drained(30)

    def tearDown(self):
        """Everybody up again, whatever the test left."""
        house = self.house
        for part in (house.slapd, house.redis):
            house.resume(part)
            if not part.is_running():
                part.again()
        house.refused.clear()
        if house.smtp.controller is None:
            house.smtp.start()
        if not house.worker.is_running():
            house.start_worker()
        if not house.web.is_running():
            house.start_web()
        house.wait_ready()

    def timed(self, act):
        begin = time.monotonic()
        answer = act()
        return answer, time.monotonic() - begin

    # --- Redis ---------------------------------------------------------------

    def closed_pages(self):
        visitor = self.house.visitor()
        fields = {"numen": "09E9501234ABC", "naissance": "01/09/1975",
                  "captcha_id": "x", "captcha_pow": "1"}
        visitor.cookies["rentree_lien"] = "A" * 43
        for name, act in [
                ("form", lambda: visitor.get("/mot-de-passe-oublie")),
                ("post", lambda: visitor.post("/mot-de-passe-oublie",
                                              fields)),
                ("link form", lambda: visitor.get("/nouveau-mot-de-passe")),
                ("link post", lambda: visitor.choose(self.PASSWORD))]:
            with self.subTest(name):
                answer, took = self.timed(act)
                self.assertStatus(answer, 503)
                self.assertLess(took, 1.0)
                self.assertIn("momentanément fermé", answer.text)
                self.assertIn("Retry-After", answer.headers)
                self.assertIn("Content-Security-Policy", answer.headers)
        for path, status in [("/", 200), ("/healthz", 200), ("/readyz", 503)]:
            with self.subTest(path):
                answer, took = self.timed(lambda p=path: visitor.get(p))
                self.assertStatus(answer, status)
                self.assertLess(took, 1.0)
        told = json.loads(visitor.get("/readyz").text)
        self.assertEqual(told["status"], "closed")
        self.assertIn("redis", told["reason"].lower())

    def recovers(self):
        """By itself, within seconds: pages, queue, and the channel on which
        the worker listens."""
        house = self.house
        house.wait_ready()
        person = house.add_person()
        link = house.ask_link(person)
        wait_until(lambda: house.opened(link).get(
            "/nouveau-mot-de-passe").status == 200, "the channel", 6, 0.2)
        self.assertGoes(house.opened(link).choose(self.PASSWORD),
                        "/mot-de-passe-change")

    def test_redis_gone(self):
        visitor = self.house.visitor()
        person = self.house.add_person()
        captcha = visitor.captcha()
        self.house.redis.kill()
        answer, took = self.timed(lambda: visitor.recover(
            person.number, person.typed_birth, captcha))
        self.assertStatus(answer, 503)
        self.assertLess(took, 1.0)
        wait_until(lambda: visitor.get("/readyz").status == 503, "a 503", 5)
        self.closed_pages()
        self.house.redis.again()
        self.recovers()

    def test_redis_silent(self):
        """It accepts and says nothing: worse than gone."""
        visitor = self.house.visitor()
        person = self.house.add_person()
        captcha = visitor.captcha()
        self.house.pause(self.house.redis)
        answer, took = self.timed(lambda: visitor.recover(
            person.number, person.typed_birth, captcha))
        self.assertStatus(answer, 503)
        self.assertLess(took, 1.0)
        wait_until(lambda: visitor.get("/readyz").status == 503, "a 503", 5)
        self.closed_pages()
        self.house.resume(self.house.redis)
        self.recovers()

    def test_what_was_taken_survives_a_killed_redis(self):
        house = self.house
        people = [house.add_person() for _ in range(5)]
        house.worker.stop()
        for person in people:
            house.ask(person)
        house.redis.kill()
        house.redis.again()
        house.wait_ready()
        house.start_worker()
        for person in people:
            house.wait_mail(person)

    def test_a_full_redis_drains(self):
        """At maxmemory nothing comes in (503), and what is in comes out."""
        house = self.house
        people = [house.add_person() for _ in range(3)]
        house.worker.stop()
        for person in people:
            house.ask(person)
        store = house.store()
        store.config_set("maxmemory", 1)
        try:
            late = house.visitor()
            person = house.add_person()
            answer = late.recover(person.number, person.typed_birth)
            self.assertStatus(answer, 503)
            house.start_worker()
            for one in people:
                house.wait_mail(one)
        finally:
            store.config_set("maxmemory", 64 << 20)
        house.wait_drained()
        self.recovers()

    def test_the_flag_is_what_drains(self):
        """The control of the test above: without allow-oom nothing comes
        out, and the worker says why."""
        house = self.house
        people = [house.add_person() for _ in range(2)]
        house.worker.stop()
        for person in people:
            house.ask(person)
        store = house.store()
        source = (servers.ROOT / "lib/store/rentree.lua").read_text()
        flag = "DRAINS = { 'allow-oom' }"
        self.assertIn(flag, source)
        store.function_load(source.replace(flag, "DRAINS = { }"), True)
        store.config_set("maxmemory", 1)
        before = house.logs().count("rentree_take: Redis says: OOM")
        try:
            house.start_worker()
            wait_until(lambda: house.logs().count(
                "rentree_take: Redis says: OOM") > before + 3, "refusals")
            for person in people:
                self.assertEqual(house.mails_to(person), [])
        finally:
            store.config_set("maxmemory", 64 << 20)
        # The worker puts its own library back, and then it drains.
        for person in people:
            house.wait_mail(person, seconds=30)
        house.wait_drained()

    # --- the directory and the relay -----------------------------------------

    def test_directory_down_the_mail_comes_later(self):
        house = self.house
        people = [house.add_person() for _ in range(2)]
        house.slapd.kill()
        for person in people:
            house.ask(person)
        wait_until(lambda: "request.later" in house.logs(), "an attempt")
        for person in people:
            self.assertEqual(house.mails_to(person), [])
        house.slapd.again()
        for person in people:
            house.wait_mail(person, seconds=30)
        house.wait_drained()
        for person in people:
            self.assertEqual(len(house.mails_to(person)), 1)

    def test_directory_silent_while_somebody_chooses(self):
        """503 within the visitor's patience; the link stays good."""
        house = self.house
        person = house.add_person()
        link = house.ask_link(person)
        visitor = house.opened(link)
        house.pause(house.slapd)
        try:
            answer, took = self.timed(lambda: visitor.choose(self.PASSWORD))
            self.assertStatus(answer, 503)
            self.assertLess(took, 10)
        finally:
            house.resume(house.slapd)
        house.wait_drained(40)
        answer = wait_until(
            lambda: self.not_busy(house.opened(link)), "the link", 30, 0.5)
        self.assertGoes(answer, "/mot-de-passe-change")
        self.assertTrue(house.can_log_in(person, self.PASSWORD))

    def not_busy(self, visitor):
        answer = visitor.choose(self.PASSWORD)
        return answer if answer.status not in (409, 503) else None

    def test_relay_down_the_mail_comes_later(self):
        house = self.house
        person = house.add_person()
        house.smtp.stop()
        ref = house.ask(person)
        before = house.logs().count("request.later")
        wait_until(lambda: house.logs().count("request.later") > before,
                   "an attempt")
        house.smtp.start()
        mail = house.wait_mail(person, seconds=30)
        self.assertEqual(house.wait_audit(ref)[-1]["event"], "recover.sent")
        self.assertStatus(house.opened(mail.links[0]).get(
            "/nouveau-mot-de-passe"), 200)

    def test_relay_says_later_then_yes(self):
        house = self.house
        person = house.add_person()
        house.refused[person.mail] = "451 greylisted"
        house.ask(person)
        before = house.logs().count("request.later")
        wait_until(lambda: house.logs().count("request.later") > before,
                   "an attempt")
        del house.refused[person.mail]
        mail = house.wait_mail(person, seconds=30)
        self.assertStatus(house.opened(mail.links[0]).get(
            "/nouveau-mot-de-passe"), 200)
        house.wait_drained()
        self.assertEqual(len(house.mails_to(person)), 1)

    def test_relay_says_never(self):
        house = self.house
        person = house.add_person()
        house.refused[person.mail] = "550 no such user"
        ref = house.ask(person)
        self.assertEqual(house.wait_audit(ref)[0]["event"],
                         "recover.undeliverable")
        house.wait_drained()

    # --- the worker ----------------------------------------------------------

    def hold_in_the_worker(self, person):
        """A request that the worker has taken, and cannot finish."""
        house = self.house
        house.pause(house.slapd)
        house.ask(person)
        store = house.store()
        wait_until(lambda: store.scard("rentree:held"), "the worker to take")
        return store.smembers("rentree:held")

    def test_a_killed_workers_request_is_finished_by_another(self):
        """Its lease of 90 s is made to run out here."""
        house = self.house
        person = house.add_person()
        held = self.hold_in_the_worker(person)
        house.worker.kill()
        house.resume(house.slapd)
        other = house.new_worker()
        house.start_worker(other)
        try:
            time.sleep(1)
            self.assertEqual(house.mails_to(person), [], "the lease holds")
            store = house.store()
            for one in held:
                store.zadd("rentree:due:mail", {one: 1}, xx=True)
            mail = house.wait_mail(person)
            self.drain()
            self.assertEqual(len(house.mails_to(person)), 1)
            self.assertStatus(house.opened(mail.links[0]).get(
                "/nouveau-mot-de-passe"), 200)
        finally:
            other.stop()

    def test_killed_with_a_full_queue(self):
        """Nothing waiting is lost; whoever got two mails has one live
        link."""
        house = self.house
        people = [house.add_person() for _ in range(30)]
        store = house.store()
        house.worker.stop()
        for person in people:
            house.ask(person)
        for _ in range(4):
            house.start_worker()
            time.sleep(0.4)
            house.worker.kill()
            for one in store.smembers("rentree:held"):
                store.zadd("rentree:due:mail", {one: 1}, xx=True)
        house.start_worker()
        for person in people:
            house.wait_mail(person, seconds=30)

        def push_leases():
            for one in store.smembers("rentree:held"):
                store.zadd("rentree:due:mail", {one: 1}, xx=True)
            return not store.exists("rentree:req")

        wait_until(push_leases, "the queue to drain", 30, 0.3)
        for person in people:
            links = [x.links[0] for x in house.mails_to(person)]
            live = [link for link in links if house.opened(link).get(
                "/nouveau-mot-de-passe").status == 200]
            self.assertEqual(len(live), 1, len(links))

    def test_sigterm_finishes_what_is_in_hand(self):
        house = self.house
        person = house.add_person()
        self.hold_in_the_worker(person)
        house.worker.signal(signal.SIGTERM)
        time.sleep(0.3)
        self.assertTrue(house.worker.is_running())
        house.resume(house.slapd)
        self.assertEqual(house.worker.stop(), 0)
        self.assertEqual(len(house.mails_to(person)), 1)

    def test_killed_between_the_write_and_its_aftermath(self):
        """The intent does what is left: the notice, the end of the link."""
        house = self.house
        person = house.add_person()
        link = house.ask_link(person)
        visitor = house.opened(link)
        store = house.store()
        answers = []
        choosing = threading.Thread(
            target=lambda: answers.append(visitor.choose(self.PASSWORD)))
        choosing.start()

        def written():
            """Or an answer, which says why nothing is."""
            return "userPassword" in house.entry(person) or answers

        # The write is through and the worker dies before its next word.
        wait_until(written, "the write", 20, 0.001)
        house.worker.kill()
        choosing.join()
        self.assertIn("userPassword", house.entry(person), [
            (x.status, x.title, house.logs()[-2000:]) for x in answers])
        house.start_worker()

        def bring_forward():
            """The dead worker's lock (30 s) and the intent's delay."""
            for lock in store.scan_iter("rentree:lock:*"):
                store.delete(lock)
            for one in store.zrange("rentree:due:mail", 0, -1):
                store.zadd("rentree:due:mail", {one: 1}, xx=True)
            return [mail for mail in house.mails_to(person)
                    if not mail.links]

        wait_until(bring_forward, "the notice", 20, 0.2)
        self.assertStatus(house.opened(link).get("/nouveau-mot-de-passe"),
                          410)
        self.assertTrue(house.can_log_in(person, self.PASSWORD))

    def test_no_worker_at_all(self):
        """Requests are taken; a link waits, at once, for better times."""
        house = self.house
        person = house.add_person()
        link = house.ask_link(person)
        house.worker.stop()
        other = house.add_person()
        house.ask(other)
        visitor = house.opened(link)
        answer, took = self.timed(lambda: visitor.choose(self.PASSWORD))
        self.assertStatus(answer, 503)
        self.assertLess(took, 1.0)
        house.start_worker()
        house.wait_mail(other)
        self.assertGoes(house.opened(link).choose(self.PASSWORD),
                        "/mot-de-passe-change")

    # --- the web process -----------------------------------------------------

    def test_sigterm_lets_answers_in_flight_leave(self):
        house = self.house
        person = house.add_person()
        visitor = house.with_link(person)
        ends = []
        house.pause(house.slapd)
        thread = threading.Thread(
            target=lambda: ends.append(visitor.choose(self.PASSWORD)))
        thread.start()
        time.sleep(0.5)
        house.web.signal(signal.SIGTERM)
        try:
            wait_until(lambda: not servers.answers(("127.0.0.1",
                                                    house.port)),
                       "new connections to be refused", 3)
        finally:
            house.resume(house.slapd)
            thread.join()
        self.assertEqual(house.web.stop(), 0)
        self.assertGoes(ends[0], "/mot-de-passe-change")

    def test_restarts_under_fire_lose_nothing_that_was_taken(self):
        house = self.house
        people = [house.add_person() for _ in range(20)]
        taken, stop = [], threading.Event()

        def ask():
            for person in people:
                if stop.is_set():
                    return
                try:
                    answer = Visitor(house.port, fresh_address()).recover(
                        person.number, person.typed_birth)
                except (OSError, AssertionError):
                    time.sleep(0.1)
                    continue
                if answer.status == 303:
                    taken.append(person)

        thread = threading.Thread(target=ask)
        thread.start()
        for _ in range(3):
            time.sleep(0.4)
            self.assertEqual(house.web.stop(), 0)
            house.start_web(ready=False)
            self.assertEqual(house.worker.stop(), 0)
            house.start_worker()
        thread.join()
        stop.set()
        self.assertTrue(taken)
        for person in taken:
            house.wait_mail(person, seconds=20)
        house.wait_drained()
        for person in taken:
            self.assertEqual(len(house.mails_to(person)), 1)


if __name__ == "__main__":
    unittest.main()
