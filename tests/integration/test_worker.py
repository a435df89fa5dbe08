"""Issue 2, line 4: what the worker does with a request, and for whom not."""
import email.utils
import re
import threading
import time
import unittest

from house import Visitor, fresh_address, fresh_numen, servers, wait_until
from shared import Case, canaries


class SamePageForEveryone(Case):
    def test_nobody_can_tell_who_gets_a_link(self):
        """Same status, same headers, same length; the audit knows why. And
        asking alone changes nothing in any account."""
        house = self.house
        far = "20200101000000Z"
        cases = {
            None: house.add_person(),
            "unknown": house.add_person(),
            "birth-date": house.add_person(),
            "suspended": house.add_person(
                rentreeState="S:SupannVerrouAdministratif"),
            "left": house.add_person(rentreeStateEnd=far),
            "left ": house.add_person(rentreeState="I:SupannInactif"),
            "left  ": house.add_person(pwdEndTime=far),
            "suspended ": house.add_person(
                pwdAccountLockedTime="000001010000Z"),
            "no-recovery-mail": house.add_person(mail=None),
        }
        answers, refs = {}, {}
        before = {reason: house.entry(person)
                  for reason, person in cases.items()}
        for reason, person in cases.items():
            number = fresh_numen() if reason == "unknown" else person.number
            birth = "02/09/1975" if reason == "birth-date" else \
                person.typed_birth
            answer = house.visitor().recover(number, birth)
            self.assertGoes(answer, "/demande-enregistree")
            refs[reason] = answer.location.partition("ref=")[2]
            answers[reason] = (
                answer.status, len(answer.raw), len(answer.location),
                sorted(name for name in answer.headers if name != "Date"))
            page = house.visitor().get(answer.location)
            answers[reason] += (page.status, len(page.raw))
        self.assertEqual(len(set(map(str, answers.values()))), 1, answers)
        for reason, ref in refs.items():
            lines = house.wait_audit(ref)
            self.assertEqual(len(lines), 1)
            if reason is None:
                self.assertEqual(lines[0]["event"], "recover.sent")
                continue
            self.assertEqual(lines[0]["event"], "recover.refused", reason)
            self.assertEqual(lines[0]["reason"], reason.strip())
            if reason == "unknown":
                self.assertNotIn("login", lines[0])
            else:
                self.assertEqual(lines[0]["login"], cases[reason].login)
        house.wait_drained()
        for reason, person in cases.items():
            self.assertEqual(house.entry(person), before[reason], reason)
            if person.mail:
                self.assertEqual(len(house.mails_to(person)),
                                 1 if reason is None else 0, reason)
        canaries.update(person.number for person in cases.values())

    def test_time_tells_nothing(self):
        """The page is written before anyone is looked up: a directory that
        does not answer delays no page."""
        person = self.house.add_person()
        visitor = self.house.visitor()
        captchas = [visitor.captcha() for _ in range(2)]
        self.house.pause(self.house.slapd)
        try:
            begin = time.monotonic()
            self.assertGoes(visitor.recover(
                person.number, person.typed_birth, captchas[0]),
                "/demande-enregistree")
            self.assertGoes(visitor.recover(
                fresh_numen(), "01/09/1975", captchas[1]),
                "/demande-enregistree")
            self.assertLess(time.monotonic() - begin, 1.0)
        finally:
            self.house.resume(self.house.slapd)
        self.house.wait_mail(person, seconds=25)


class Mail(Case):
    def test_headers(self):
        person = self.house.add_person(given="Éloïse", family="Cœur-d’Or")
        self.house.ask(person)
        mail = self.house.wait_mail(person)
        message = mail.message
        self.assertEqual(mail.sender, "retours-comptes@ac-exemple.fr")
        self.assertEqual(mail.recipients, [person.mail])
        self.assertEqual(message["Auto-Submitted"], "auto-generated")
        self.assertEqual(message["Content-Language"], "fr")
        self.assertEqual(message.get_content_type(), "text/plain")
        self.assertEqual(
            email.utils.parseaddr(str(message["From"])),
            ("Assistance comptes", "ne-pas-repondre@ac-exemple.fr"))
        self.assertEqual(email.utils.parseaddr(str(message["To"]))[1],
                         person.mail)
        self.assertRegex(message["Message-ID"],
                         r"^<[0-9a-f]{32}@ac-exemple\.fr>$")
        self.assertIsNotNone(message["Date"])
        self.assertLessEqual(max(map(len, mail.raw.split(b"\r\n"))), 998)
        self.assertTrue(mail.raw.isascii())
        self.assertEqual(len(mail.links), 1)
        self.assertIn("ne faites rien", mail.text.lower())
        self.assertIn("Éloïse", mail.text)
        self.assertNotIn(person.number, mail.text)

    def test_a_name_cannot_write_headers(self):
        """Whatever stands in the directory, the mail comes and is one."""
        person = self.house.add_person(
            cn="Mallory\r\nBcc: victim@courriel.example\r\n\r\nX",
            givenName="Mallory\r\nBcc: v@courriel.example")
        self.house.ask(person)
        mail = self.house.wait_mail(person)
        self.assertIsNone(mail.message["Bcc"])
        self.assertEqual(mail.recipients, [person.mail])

    def test_two_accounts_of_one_number(self):
        """One mail for one box, with a link for each; boxes of their own get
        mails of their own."""
        first = self.house.add_person()
        second = self.house.add_person(number=first.number, mail=first.mail)
        third = self.house.add_person(number=first.number)
        ref = self.house.ask(first)
        mail = self.house.wait_mail(first)
        self.assertEqual(len(mail.links), 2)
        self.assertIn(first.login, mail.text)
        self.assertIn(second.login, mail.text)
        self.assertEqual(len(self.house.wait_mail(third).links), 1)
        self.house.wait_drained()
        self.assertEqual(len(self.house.mails_to(first)), 1)
        for link in mail.links:
            visitor = self.house.opened(link)
            self.assertStatus(visitor.get("/nouveau-mot-de-passe"), 200)
        self.assertTrue(self.house.wait_audit(ref))

    def test_notice_of_the_change(self):
        person = self.house.add_person(password="l'ancien-Passe-93-Mot")
        visitor = self.house.with_link(person)
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-change")
        notice = self.house.wait_mail(person, "a été changé")
        self.assertIn(person.login, notice.text)
        self.assertIn("Ce n’est pas vous", notice.text)
        self.assertIn("/mot-de-passe-oublie", notice.text)
        self.assertNotIn("/r/", notice.text)
        self.assertNotIn(self.PASSWORD, notice.text)
        self.assertEqual(notice.message["Auto-Submitted"], "auto-generated")
        own = f"{person.login}@ac-exemple.fr"
        self.assertTrue(self.house.box.wait(
            lambda mail: own in mail.recipients and "changé" in mail.subject))


class Suspended(Case):
    def test_a_suspension_between_our_look_and_our_write(self):
        """The worker has seen an active account, and stands at Redis; the
        operator suspends; the worker goes on. The lock is there again."""
        self.race("exop")

    def test_the_same_with_an_assertion(self):
        """Then the directory refuses the write itself."""
        house = self.house
        house.worker.stop()
        house.write_config(directory={"password_method": "modify_assert"})
        house.start_worker()
        try:
            person = self.race("modify_assert")
            self.assertNotIn("userPassword", house.entry(person))
        finally:
            house.worker.stop()
            house.write_config()
            house.start_worker()

    def race(self, method):
        house = self.house
        person = house.add_person()
        visitor = house.with_link(person)
        store = house.store()
        ends = []
        house.pause(house.slapd)
        thread = threading.Thread(
            target=lambda: ends.append(visitor.choose(self.PASSWORD)))
        thread.start()
        try:
            # The worker holds the account's lock: its next step is the look.
            wait_until(lambda: list(store.scan_iter("rentree:lock:*")),
                       "the worker to begin")
            time.sleep(0.2)
            store.client_pause(1500)
        finally:
            house.resume(house.slapd)
        time.sleep(0.5)
        house.change(person, rentreeState="S:SupannVerrouAdministratif",
                     pwdEndTime="20260101000000Z",
                     pwdAccountLockedTime="000001010000Z")
        thread.join()
        house.wait_drained()
        entry = house.entry(person)
        self.assertEqual(entry["rentreeState"],
                         ["S:SupannVerrouAdministratif"])
        self.assertEqual(entry["pwdAccountLockedTime"], ["000001010000Z"])
        self.assertFalse(house.can_log_in(person, self.PASSWORD))
        if method == "exop":
            # Seen: the window was really hit, the password was written.
            self.assertIn("userPassword", entry)
        return person

    def test_suspend_and_resume(self):
        house = self.house
        person = house.add_person(password="l'ancien-Passe-93-Mot")
        self.assertTrue(house.can_log_in(person, "l'ancien-Passe-93-Mot"))
        house.command("account", "suspend", person.login)
        entry = house.entry(person)
        self.assertEqual(entry["rentreeState"],
                         ["S:SupannVerrouAdministratif"])
        self.assertIn("pwdEndTime", entry)
        self.assertEqual(entry["pwdAccountLockedTime"], ["000001010000Z"])
        self.assertFalse(house.can_log_in(person, "l'ancien-Passe-93-Mot"))
        house.command("account", "suspend", person.login)
        lines = house.wait_audit(house.ask(person))
        self.assertEqual(lines[0]["reason"], "suspended")
        house.command("account", "resume", person.login)
        entry = house.entry(person)
        self.assertEqual(entry["rentreeState"], ["A:SupannActif"])
        self.assertNotIn("pwdEndTime", entry)
        self.assertNotIn("pwdAccountLockedTime", entry)
        self.assertTrue(house.can_log_in(person, "l'ancien-Passe-93-Mot"))
        visitor = house.with_link(person)
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-change")

    def test_a_resume_does_not_open_a_leaver(self):
        person = self.house.add_person(rentreeStateEnd="20200101000000Z")
        self.house.command("account", "suspend", person.login)
        self.house.command("account", "resume", person.login, check=False)
        lines = self.house.wait_audit(self.house.ask(person))
        self.assertEqual(lines[0]["reason"], "left")


class Queue(Case):
    def test_what_is_no_request_is_dropped(self):
        """Whoever may write to the list cannot stop the worker by it."""
        store = self.house.store()
        for rubbish in (b"", b"x", b"1|aaaaaaaa|" + b"0" * 32 + b"|",
                        b"1|aaaaaaaa|" + b"0" * 32 + b"|\xff" * 99,
                        b"1|../../etc|" + b"1" * 32 + b"|x", b"|" * 5000,
                        b"1|aaaaaaaa|" + b"2" * 32 + b"|" + b"x" * 4096):
            store.rpush("rentree:in:mail", rubbish)
            store.publish("rentree:now", rubbish)
        person = self.house.add_person()
        self.assertIn("/r/", self.house.ask_link(person))
        self.house.wait_drained()
        self.assertTrue(self.house.worker.is_running())

    def test_a_request_put_back_by_somebody_is_one(self):
        """The envelope is copied out of the list and pushed again."""
        house = self.house
        person = house.add_person()
        store = house.store()
        house.worker.stop()
        house.ask(person)
        envelope = store.lindex("rentree:in:mail", -1)
        for _ in range(3):
            store.rpush("rentree:in:mail", envelope)
        house.start_worker()
        house.wait_mail(person)
        house.wait_drained()
        store.rpush("rentree:in:mail", envelope)
        house.wait_drained()
        self.assertEqual(len(house.mails_to(person)), 1)

    def test_a_token_invented_in_redis_is_unknown(self):
        """Redis can lose or replay state, never invent it."""
        person = self.house.add_person()
        store = self.house.store()
        before = set(store.scan_iter("rentree:tok:*"))
        link = self.house.ask_link(person)
        self.house.wait_drained()
        for key in set(store.scan_iter("rentree:tok:*")) - before:
            record = bytearray(store.hget(key, "rec"))
            record[len(record) // 2] ^= 1
            store.hset(key, "rec", bytes(record))
        self.assertStatus(
            self.house.opened(link).get("/nouveau-mot-de-passe"), 410)
        self.assertStatus(self.house.opened(link).choose(self.PASSWORD), 410)
        self.assertNotIn("userPassword", self.house.entry(person))

    def test_the_web_login_can_read_nothing(self):
        import redis
        web = redis.Redis(port=self.house.redis.port, username="web",
                          password=self.house.folder.secret("redis-web"))
        for words in (("LPOP", "rentree:in:mail"),
                      ("LRANGE", "rentree:in:mail", 0, -1),
                      ("GET", "rentree:req"), ("HGETALL", "rentree:req"),
                      ("KEYS", "*"), ("SUBSCRIBE", "rentree:now"),
                      ("DEL", "rentree:in:mail"), ("FLUSHALL",),
                      ("CONFIG", "GET", "*"), ("FUNCTION", "LIST"),
                      ("FCALL", "rentree_take", 0, "rentree:", "mail", 1, 1,
                       1, 1),
                      ("FCALL", "rentree_list", 0, "rentree:", 0, 9),
                      ("SET", "rentree:tok:x", "y"),
                      ("LTRIM", "rentree:in:mail", 1, 0)):
            with self.subTest(words), self.assertRaises(
                    redis.exceptions.ResponseError):
                web.execute_command(*words)


class Rights(Case):
    """Line 10: what each identity of the directory may not do."""

    def bind(self, dn, secret):
        import ldap
        link = ldap.initialize(self.house.slapd.uri)
        link.simple_bind_s(dn, self.house.folder.secret(secret))
        return link

    def test_rights(self):
        import ldap
        person = self.house.add_person(password="l'ancien-Passe-93-Mot")
        worker = self.bind(servers.WORKER_DN, "directory")
        operator = self.bind(servers.PROVISION_DN, "provision")
        found = worker.search_s(person.dn, ldap.SCOPE_BASE,
                                attrlist=["*", "+"])[0][1]
        for hidden in ("userPassword", "rentreeSource", "pwdHistory"):
            self.assertNotIn(hidden, found)
        for link, name, value in [
                (worker, "rentreeState", b"A:SupannActif"),
                (worker, "pwdEndTime", b"20300101000000Z"),
                (worker, "sn", b"X"), (worker, "rentreeBirth", b"1$x"),
                (operator, "userPassword", b"Pas-Pour-Toi-4711")]:
            with self.subTest(name), self.assertRaises(
                    ldap.INSUFFICIENT_ACCESS):
                link.modify_s(person.dn,
                              [(ldap.MOD_REPLACE, name, [value])])
        nobody = ldap.initialize(self.house.slapd.uri)
        with self.assertRaises(ldap.NO_SUCH_OBJECT):
            nobody.search_s(servers.PEOPLE, ldap.SCOPE_SUBTREE)
        with self.assertRaises(ldap.INSUFFICIENT_ACCESS):
            worker.add_s(f"uid=x,{servers.PEOPLE}", [
                ("objectClass", [b"inetOrgPerson"]), ("sn", [b"x"]),
                ("cn", [b"x"]), ("uid", [b"x"])])


class Concurrency(Case):
    def test_forty_people_at_once(self):
        people = [self.house.add_person() for _ in range(40)]
        failed = []

        def ask(person):
            try:
                visitor = Visitor(self.house.port, fresh_address())
                self.assertGoes(visitor.recover(
                    person.number, person.typed_birth),
                    "/demande-enregistree")
            except BaseException as why:
                failed.append(why)

        threads = [threading.Thread(target=ask, args=(x,)) for x in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failed, [])
        links = {self.house.wait_mail(x, seconds=30).links[0] for x in people}
        self.assertEqual(len(links), len(people))
        self.house.wait_drained()
        for person in people:
            self.assertEqual(len(self.house.mails_to(person)), 1)


class RefInTheMail(Case):
    def test_the_reference_leads_from_page_to_mail_to_audit(self):
        person = self.house.add_person()
        ref = self.house.ask(person)
        mail = self.house.wait_mail(person)
        self.assertTrue(re.search(rf"Référence : {ref}\b", mail.text))
        self.assertEqual(self.house.wait_audit(ref)[0]["event"],
                         "recover.sent")


if __name__ == "__main__":
    unittest.main()
