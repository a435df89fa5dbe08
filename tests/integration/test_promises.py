"""Issue 3, line 1: two at the same work, and one who comes too late. Programs
are held at a point (lib/base/fault.h) while the others go on."""
import unittest

from crash import CrashHouse, NoPolicySlapd
from house import wait_until
from journeys import NEW, OLD, Change, Disown, Redeem, Recover, demand
from shared import Case, crashes_of


def within(which):
    """Runs a test in the thread of its house."""
    def wrap(test):
        def run(self):
            house = self.houses[which]
            house.thread.submit(test, self, house).result()
            self.assertEqual(house.bad_answers(), [])
            self.assertEqual(crashes_of(house), [])
        run.__name__, run.__doc__ = test.__name__, test.__doc__
        return run
    return wrap


ALONE, AMONG, PLAIN = 0, 1, 2


class Promises(Case):
    @classmethod
    def setUpClass(cls):
        plain = CrashHouse(1)
        plain.slapd_class = NoPolicySlapd
        cls.houses = CrashHouse.opened_all(
            cls, CrashHouse(1), CrashHouse(4), plain)

    def setUp(self):
        for house in self.houses:
            house.disarm()

    def tearDown(self):
        for house in self.houses:
            house.disarm()
            house.thread.submit(house.revive).result()
            house.settle()

    def live(self, house, person):
        """Which of the mails of a person, in their order, has a live link."""
        return [n for n, mail in enumerate(house.mails_to(person))
                if house.opened(mail.links[0]).get(
                    "/nouveau-mot-de-passe").status == 200]

    def done_by(self, house):
        """The attempts that finished the requests of this test."""
        store = house.store()
        try:
            return [store.get(key) for key in
                    store.scan_iter("rentree:done:*")]
        finally:
            store.close()

    def forget_done(self, house):
        store = house.store()
        for key in store.scan_iter("rentree:done:*"):
            store.delete(key)
        store.close()

    # --- a stale attempt -----------------------------------------------------

    def overtaken(self, house, point, count=1):
        """A request whose first attempt is held at a point while the second
        does it all; the first goes on after this."""
        person = house.add_person()
        house.settle()
        self.forget_done(house)
        lost = house.logs().count("request.lease-lost")
        house.arm("worker", f"{point}:{count}=pause:2500")
        house.ask(person)
        house.wait_passed(point, count)
        house.lose_leases()
        wait_until(lambda: self.done_by(house), "the second attempt")
        self.assertEqual(self.done_by(house), [b"2"])
        return person, lambda: wait_until(
            lambda: house.logs().count("request.lease-lost") > lost,
            "the first attempt")

    @within(AMONG)
    def test_a_stale_attempt_finishes_nothing(self, house):
        person, wait = self.overtaken(house, "post.delivered")
        wait()
        house.settle()
        self.assertEqual(self.done_by(house), [b"2"])
        self.assertEqual(len(house.mails_to(person)), 2)
        self.assertEqual(len(self.live(house, person)), 1)

    @within(AMONG)
    def test_a_stale_attempt_puts_nothing_off(self, house):
        """Its relay says later, when the other's mail has gone."""
        person, wait = self.overtaken(house, "limiter.counted", 2)
        house.refused[person.mail] = "451 greylisted"
        wait()
        del house.refused[person.mail]
        self.assertTrue(house.is_idle(), "it came back")
        self.assertEqual(self.done_by(house), [b"2"])
        self.assertEqual(self.live(house, person), [0])

    # --- older and newer -----------------------------------------------------

    @within(AMONG)
    def test_an_older_mail_ends_no_newer_link(self, house):
        person = house.add_person()
        house.arm("worker", "post.delivered:1=pause:1500")
        house.ask(person)
        house.wait_passed("post.delivered")
        house.ask(person)
        house.wait_passed("token.sent")
        house.settle()
        self.assertEqual(self.live(house, person), [1])

    def used_before_it_ends(self, house, point, patient):
        """A recovery dies when its mail is out, and the link is used before
        anybody takes the request again. patient: nobody does so before all
        that follows the change is done."""
        journey = Recover(house)
        journey.prepare()
        house.arm("worker", f"{point}:1=kill")
        journey.act()
        wait_until(lambda: house.hasten() or house.dead("worker"), "the end")
        house.disarm()
        house.leave()
        house.revive()
        mail = house.mails_to(journey.person)[journey.before]
        self.assertGoes(house.opened(mail.links[0]).choose(NEW),
                        "/mot-de-passe-change")
        if patient:
            house.wait_mail(journey.person, "a été changé")
            wait_until(lambda: house.run_out() or not house.left, "the lease")
        house.settle()
        journey.none_live()
        if patient:
            self.assertEqual(len(journey.mails(journey.word)),
                             journey.before + 1)
            self.assertIn("changed-since", [
                x.get("reason") for x in house.audit()[journey.noted:]])

    def test_a_recovery_whose_link_was_used_mails_no_other(self):
        """With a password policy, and without: such a directory does not
        tell when a password changed."""
        def both(house):
            for point in ("post.delivered", "token.sent"):
                for patient in (True, False):
                    self.used_before_it_ends(house, point, patient)

        for house in (self.houses[ALONE], self.houses[PLAIN]):
            house.thread.submit(both, house).result()
            self.assertEqual(house.bad_answers(), [])

    @within(ALONE)
    def test_what_follows_a_change_ends_no_newer_link(self, house):
        """The worker dies with the change; its owner, who was told to try
        again, asks for another link before anybody looks what became of
        it."""
        journey = Redeem(house)
        journey.prepare()
        house.arm("worker", "directory.password-set:1=kill")
        house.start("redeem", journey.act)
        wait_until(lambda: house.dead("worker"), "the end")
        house.disarm()
        house.leave()
        house.run_out()
        house.revive()
        link = house.ask_link(journey.person)
        house.settle()
        visitor = house.opened(link)
        self.assertStatus(visitor.get("/nouveau-mot-de-passe"), 200)
        journey.went_out("a été changé", most=1)
        self.assertGoes(visitor.choose("Autre-Cerise-58-Tapis"),
                        "/mot-de-passe-change")
        house.settle()
        journey.went_out("a été changé", most=2)
        journey.none_live()

    # --- one who comes too late ----------------------------------------------

    def held_up(self, house, journey):
        """Its process is stopped just before it writes, for so long that the
        intent has looked twice, found nothing and gone."""
        journey.prepare()
        house.arm("worker", "directory.about-to-set:1=pause:3000")
        ends = house.start(type(journey).__name__, journey.act)
        house.wait_passed("directory.about-to-set", hasten=False)

        def gone():
            house.lose_leases()
            house.hasten()
            return house.is_idle()

        wait_until(gone, "the intent to end", 10, 0.1)
        demand("directory.password-set" not in house.passed("worker"),
               "the intent had no time to look")
        wait_until(lambda: ends, "an answer")
        house.settle()
        journey.check("worker")

    @within(AMONG)
    def test_a_redeem_that_was_held_up_is_followed(self, house):
        self.held_up(house, Redeem(house))

    @within(AMONG)
    def test_a_change_that_was_held_up_is_followed(self, house):
        self.held_up(house, Change(house))

    def held_up_before(self, house, journey, point):
        """Stopped between the intent and the look at the clock: nothing is
        written, and the visitor is told to try again."""
        journey.prepare()
        house.arm("worker", f"{point}:1=pause:5500")
        self.assertStatus(journey.act(), 503)
        demand("directory.password-set" not in house.passed("worker"),
               "it was written all the same")
        demand(not house.can_log_in(journey.person, NEW), "a new password")
        journey.finish([])
        house.settle()
        journey.check("worker")

    @within(ALONE)
    def test_a_redeem_that_was_held_up_does_not_write(self, house):
        self.held_up_before(house, Redeem(house), "token.claimed")

    @within(AMONG)
    def test_a_change_that_was_held_up_does_not_write(self, house):
        self.held_up_before(house, Change(house), "queue.put")

    # --- twice at once -------------------------------------------------------

    @within(AMONG)
    def test_a_double_click_is_one_request(self, house):
        journey = Recover(house)
        journey.prepare()
        journey.captcha = journey.visitor.captcha(journey.path)
        ends = [house.start("click", journey.act) for _ in range(4)]
        wait_until(lambda: all(ends), "four answers")
        self.assertEqual([x[0].status for x in ends], [303] * 4)
        house.settle()
        # Once the first is done, too.
        self.assertStatus(journey.act(), 303)
        house.settle()
        journey.check("web")

    @within(AMONG)
    def test_it_was_not_me_twice_at_once(self, house):
        """Whoever waited for the lock finds it done."""
        journey = Disown(house)
        journey.prepare()
        house.arm("worker", "lock.taken:1=pause:500")
        ends = [house.start("click", journey.act) for _ in range(2)]
        wait_until(lambda: all(ends), "two answers")
        house.settle()
        self.assertEqual([x[0].status for x in ends], [303] * 2)
        self.assertEqual(len(house.mails_to(journey.person)),
                         journey.before + 1)
        journey.check("worker")

    # --- lanes ---------------------------------------------------------------

    @within(ALONE)
    def test_invitations_delay_no_recovery(self, house):
        """The lane of the invitations stands still, and full."""
        invited = [house.add_person() for _ in range(6)]
        person = house.add_person(password=OLD)
        house.arm("worker", "directory.changed=pause:60000")
        for one in invited:
            house.command("account", "invite", one.login)
        house.wait_passed("directory.changed")
        house.ask(person)
        house.wait_mail(person)
        store = house.store()
        waiting = store.fcall("rentree_state", 0, "rentree:")[1]
        store.close()
        self.assertEqual(waiting, 6)
        self.assertGoes(house.with_link(person).choose(NEW),
                        "/mot-de-passe-change")
        house.disarm()
        house.worker.kill()
        house.leave()
        house.run_out()
        house.revive()
        house.settle()
        for one in invited:
            self.assertEqual(len(self.live(house, one)), 1)


if __name__ == "__main__":
    unittest.main()
