"""Issue 3, line 1: a password change that the directory makes after everybody
stopped waiting for it is followed like any other."""
import signal
import threading
import time
import unittest
from unittest import mock

import servers
from house import House
from shared import Case, crashes_of


class SlowSlapd(servers.Slapd):
    """Hashes for a second or two, so that a search overtakes a change."""

    def __init__(self, folder, _, policy=None):
        super().__init__(folder, "m=65536 t=12 p=1", policy)


class Late(Case):
    @classmethod
    def setUpClass(cls):
        with mock.patch.object(servers, "Slapd", SlowSlapd):
            cls.late = House(threads=4)
            cls.late.__enter__()
        cls.addClassCleanup(cls.late.close)

    @property
    def house(self):
        return self.late

    def followed(self, people):
        """Changed, and its owner told; or not, and the link still good."""
        self.house.wait_drained(60)
        for person, link in people:
            told = [x for x in self.house.mails_to(person) if not x.links]
            page = self.house.opened(link).get("/nouveau-mot-de-passe")
            if self.house.can_log_in(person, self.PASSWORD):
                self.assertEqual((len(told), page.status), (1, 410))
            else:
                self.assertEqual((len(told), page.status), (0, 200))
        self.assertEqual(crashes_of(self.house), [])

    def post_while_stopped(self, server, seconds):
        people = [self.house.add_person() for _ in range(3)]
        people = [(x, self.house.ask_link(x)) for x in people]
        visitors = [self.house.opened(link) for _, link in people]
        posts = [threading.Thread(target=x.choose, args=(self.PASSWORD,),
                                  kwargs={"timeout": 30}) for x in visitors]
        for post in posts:
            post.start()
        time.sleep(0.25)
        server.signal(signal.SIGSTOP)
        time.sleep(seconds)
        server.signal(signal.SIGCONT)
        for post in posts:
            post.join()
        return people

    def test_the_directory_was_stopped(self):
        """It goes on just when the intent asks it what became of the
        change."""
        self.followed(self.post_while_stopped(self.house.slapd, 15.5))


if __name__ == "__main__":
    unittest.main()
