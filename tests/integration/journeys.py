"""What people and operators do, and what was promised to them, wherever a
program was killed on the way. Each journey is prepared, acted once by somebody
whom the kill hits, acted again by the same person who was told to try again,
and then judged."""
import csv
import json
import re
import time

import ldap

from house import fresh_numen, wait_until
from servers import PEOPLE, LOGINS, Trouble

OLD = "Ancien-Tapis-93-Fleuve"
NEW = "Bateau-Cerise-47-Lune"
LOCK = "000001010000Z"


class Broken(AssertionError):
    """A promise that was not kept."""


def demand(right, what):
    if not right:
        raise Broken(what)


def guarded(visitor, path, fields, captcha=None):
    return visitor.post(path, {**fields, **(captcha or visitor.captcha(path))})


class Journey:
    sides = ("worker",)
    hurried = True  # its requests wait for nothing but the worker
    orders = ()     # besides the kill
    since = None    # the first point where a kill matters
    only = ()       # the kills that are worth the time of `make check`
    rare = False    # left to `make proof-crash`
    among = True    # so is this journey beside other workers, if False
    noted = 0       # lines of the audit before it

    def __init__(self, house):
        self.house, self.person, self.captcha = house, None, None

    def prepare(self):
        raise NotImplementedError

    def act(self):
        raise NotImplementedError

    def again(self):
        return self.act()

    def is_through(self, answer):
        return getattr(answer, "status", None) == 303

    def finish(self, ends):
        """Tries again, as the page says, until it is through."""
        def once():
            self.house.hasten()
            self.house.run_out()
            self.house.revive()
            try:
                answer = self.again()
            except OSError:
                return False
            if self.is_through(answer):
                return True
            demand(answer.status in (409, 503),
                   f"status {answer.status} for who tries again")
            return False

        if not (ends and self.is_through(ends[0])):
            wait_until(once, "a second try", 30, 0.15)

    def check(self, side):
        raise NotImplementedError

    # --- questions -----------------------------------------------------------

    def mails(self, word, to=None):
        """Those about something, since this journey was prepared."""
        to = to or self.person.mail
        return self.house.box.find(
            lambda mail: to in mail.recipients and word in mail.subject)

    def went_out(self, word, to=None, most=2):
        """Once; or twice, when a kill hid that it had gone."""
        count = len(self.mails(word, to))
        demand(1 <= count <= most, f"{count} mails \"{word}\" to {to}")

    def was_noted(self, event, mails):
        """The audit has a line of it, and no more than there were mails."""
        lines = [x for x in self.house.audit()[self.noted:]
                 if x["event"] == event and
                 x.get("login") == self.person.login]
        demand(1 <= len(lines) <= mails, f"{len(lines)} lines {event}")

    def is_live(self, link):
        """As somebody finds it who does what a 503 says: try again."""
        def look():
            seen.append(self.house.opened(link).get(
                "/nouveau-mot-de-passe").status)
            return seen[-1] != 503

        seen = []
        try:
            wait_until(look, "the page of a link", 10, 0.5)
        except Trouble:
            pass
        demand(seen[-1] in (200, 410), f"link: status {seen}")
        return seen[-1] == 200

    def one_live(self, links):
        """Of all links ever mailed exactly one works, and it is among
        these."""
        every = [link for mail in self.house.mails_to(self.person)
                 for link in mail.links]
        live = [link for link in every if self.is_live(link)]
        demand(len(live) == 1, f"{len(live)} of {len(every)} links live")
        demand(live[0] in links, "the link of an older request lives")

    def none_live(self):
        for mail in self.house.mails_to(self.person):
            for link in mail.links:
                demand(not self.is_live(link), "a live link after a change")

    def was_followed(self):
        """What a finished change of the password brings with it."""
        self.went_out("a été changé", self.person.mail, 3)
        self.went_out("a été changé", f"{self.person.login}@ac-exemple.fr", 3)
        hooked = self.house.hooked.read_text() \
            if self.house.hooked.exists() else ""
        demand(1 <= hooked.count(f'"{self.person.login}"') <= 3, "the hook")
        demand(any(x["event"] == "password.changed" and
                   x.get("login") == self.person.login
                   for x in self.house.audit()), "its audit line")
        self.none_live()


# --- asking for a link -------------------------------------------------------

class Recover(Journey):
    """With an older link that a mail carried already."""
    sides = ("worker", "web")
    path, word = "/mot-de-passe-oublie", "nouveau mot de passe"

    def prepare(self):
        self.person = self.house.add_person(**self.who())
        self.house.ask(self.person)
        self.house.settle()
        self.before = len(self.house.mails_to(self.person))
        self.noted = len(self.house.audit())
        self.visitor = self.house.visitor()

    def who(self):
        return {"password": OLD, "rentreeActivated": "20250901080000Z"}

    def fields(self):
        return {"numen": self.person.number,
                "naissance": self.person.typed_birth}

    def act(self):
        if self.captcha is None:
            self.captcha = self.visitor.captcha(self.path)
        return self.visitor.post(self.path,
                                 {**self.fields(), **self.captcha})

    def check(self, side):
        new = self.house.mails_to(self.person)[self.before:]
        # A click too many is the same request: the captcha says so.
        demand(len(new) == 1 if side == "web" else 1 <= len(new) <= 2,
               f"{len(new)} mails")
        demand(all(self.word in mail.subject for mail in new),
               str([mail.subject for mail in new]))
        self.was_noted("recover.sent", len(new))
        self.one_live([link for mail in new for link in mail.links])


class Resend(Recover):
    sides, path = ("worker",), "/courriel-non-recu"
    rare = True


class RecoverLater(Recover):
    """The relay says later, once."""
    sides, only = ("worker",), ("queue.later:1",)

    retried = False

    def act(self):
        self.house.refused[self.person.mail] = "451 greylisted"
        answer = super().act()
        wait_until(lambda: self.retried or self.house.dead("worker") or
                   "queue.later" in self.house.passed("worker"),
                   "the relay's answer")
        self.house.refused.pop(self.person.mail, None)
        return answer

    def again(self):
        """Perhaps while act() still waits for a worker that is dead."""
        self.retried = True
        self.house.refused.pop(self.person.mail, None)
        return super().act()


class Activate(Recover):
    """Beside a link to recover, which is another purpose and stays."""
    path, word = "/activation", "activer votre compte"
    sides, among = ("worker",), False

    def who(self):
        return {}

    def prepare(self):
        super().prepare()
        guarded(self.house.visitor(), self.path, self.fields())
        self.house.settle()
        self.before = len(self.house.mails_to(self.person))
        self.noted = len(self.house.audit())

    def one_live(self, links):
        old = [link for mail in self.house.mails_to(self.person)[:self.before]
               for link in mail.links]
        live = [link for link in old + links if self.is_live(link)]
        demand(len(live) == 2 and live[0] == old[0] and live[1] in links,
               f"live: {[(old + links).index(link) for link in live]}")


class Invite(Journey):
    word = "activez"

    def prepare(self):
        self.person = self.house.add_person()

    def act(self):
        return self.house.command("account", "invite", self.person.login)

    def finish(self, ends):
        pass

    def check(self, side):
        self.went_out(self.word)
        self.was_noted("invite.sent", len(self.mails(self.word)))
        self.one_live([link for mail in self.mails(self.word)
                       for link in mail.links])
        demand("rentreeInvited" in self.house.entry(self.person),
               "the note of it")


class Remind(Recover):
    path, word = "/identifiant-perdu", "Votre identifiant"
    sides, rare = ("worker",), True

    def prepare(self):
        self.person = self.house.add_person(
            given="Camille", family="Perdu", **self.who())
        self.visitor = self.house.visitor()

    def fields(self):
        return {"numen": self.person.number, "nom": "Perdu",
                "prenom": "Camille"}

    def check(self, side):
        box = f"{self.person.login}@ac-exemple.fr"
        self.went_out(self.word)
        self.went_out(self.word, box)
        self.was_noted("remind.sent", len(self.mails(self.word)) +
                       len(self.mails(self.word, box)))


class RemindDormant(Remind):
    rare = False

    def who(self):
        return {}

    def check(self, side):
        super().check(side)
        self.one_live([link for mail in self.mails(self.word)
                       for link in mail.links])


# --- a new password ----------------------------------------------------------

class Redeem(Journey):
    """Beside a live link of another purpose."""
    sides, hurried = ("worker", "web"), False

    def prepare(self):
        self.person = self.house.add_person()
        self.house.command("account", "invite", self.person.login)
        self.house.ask(self.person)
        self.house.settle()
        self.link = self.mails("nouveau mot de passe")[-1].links[0]
        self.visitor = self.house.opened(self.link)

    def act(self):
        return self.visitor.choose(NEW)

    def again(self):
        return self.house.opened(self.link).choose(NEW)

    def check(self, side):
        demand(self.house.can_log_in(self.person, NEW), "the new password")
        self.was_followed()


class Refused(Redeem):
    """By the directory's policy: the link stays good."""
    sides = ("worker",)
    only = ("directory.password-set:1", "token.released:1", "queue.dropped:1")

    def prepare(self):
        self.person = self.house.add_person(
            password=OLD, rentreeActivated="20250901080000Z")
        self.visitor = self.house.with_link_hurried(self.person)
        self.link = self.house.mails_to(self.person)[-1].links[0]

    def act(self):
        return self.visitor.choose(OLD)

    def again(self):
        return self.house.opened(self.link).choose(OLD)

    def is_through(self, answer):
        return getattr(answer, "status", None) == 422

    def check(self, side):
        demand(not self.mails("a été changé"), "a notice of nothing")
        demand(super().again().status == 303, "the link after a refusal")
        self.house.settle()
        super().check(side)


class Suspended(Redeem):
    """Suspended between the look at the account and the change, which takes
    the directory's lock away."""
    sides = ("worker",)
    orders = ("token.claimed:1=pause:800",)
    since = "directory.about-to-set"

    def act(self):
        answers = self.house.start("suspending", self.suspend)
        answer = super().act()
        wait_until(lambda: answers, "the suspension")
        return answer

    def suspend(self):
        wait_until(lambda: "token.claimed" in self.house.passed("worker"),
                   "the claim", 10, 0.005)
        now = time.strftime("%Y%m%d%H%M%SZ", time.gmtime())
        self.house.change(self.person, pwdEndTime=now,
                          rentreeState="S:SupannVerrouAdministratif",
                          pwdAccountLockedTime=LOCK)
        return "suspended"

    def finish(self, ends):
        pass

    def check(self, side):
        entry = self.house.entry(self.person)
        demand(entry.get("pwdAccountLockedTime") == [LOCK], "the lock")
        demand("S:SupannVerrouAdministratif" in entry["rentreeState"], "state")
        demand(not self.house.can_log_in(self.person, NEW), "it was opened")
        if "userPassword" in entry:
            self.was_followed()


class Activation(Redeem):
    """The first password, with the charter and a rescue address."""
    sides, among = ("worker",), False

    def prepare(self):
        self.person = self.house.add_person()
        self.new = f"{self.person.login}@neuf.example"
        self.house.command("account", "invite", self.person.login)
        self.house.settle()
        self.link = self.mails("activez")[-1].links[0]
        self.visitor = self.house.opened(self.link)

    def act(self):
        return self.choose(self.visitor)

    def again(self):
        return self.choose(self.house.opened(self.link))

    def choose(self, visitor):
        return visitor.post("/nouveau-mot-de-passe", {
            "motdepasse": NEW, "confirmation": NEW, "charte": "1",
            "courriel": self.new})

    def check(self, side):
        super().check(side)
        entry = self.house.entry(self.person)
        demand("rentreeActivated" in entry and "rentreeCharter" in entry,
               "the note of it")
        asked_to_verify(self)


class Change(Journey):
    sides, hurried = ("worker", "web"), False

    def prepare(self):
        self.person = self.house.add_person(
            password=OLD, rentreeActivated="20250901080000Z")
        self.house.ask(self.person)
        self.house.settle()
        self.visitor = self.house.visitor()

    def act(self):
        return guarded(self.house.visitor(), "/changer-mot-de-passe", {
            "identifiant": self.person.login, "motdepasse_actuel": OLD,
            "motdepasse": NEW, "confirmation": NEW})

    def finish(self, ends):
        """Who was told to try again tries the new one first."""
        self.house.settle()
        if not self.house.can_log_in(self.person, NEW):
            super().finish(ends)

    def check(self, side):
        demand(self.house.can_log_in(self.person, NEW), "the new password")
        demand(not self.house.can_log_in(self.person, OLD), "the old one")
        self.was_followed()


class ChangeRefused(Change):
    sides, only = ("worker",), ("directory.password-set:1", "queue.dropped:1")

    def act(self):
        return guarded(self.house.visitor(), "/changer-mot-de-passe", {
            "identifiant": self.person.login, "motdepasse_actuel": OLD,
            "motdepasse": OLD, "confirmation": OLD})

    def finish(self, ends):
        pass

    def check(self, side):
        demand(self.house.can_log_in(self.person, OLD), "the old password")
        demand(not self.mails("a été changé"), "a notice of nothing")


# --- "it was not me", and the rescue address ---------------------------------

def path_in(mail, start):
    return re.search(rf"https?://[^/\s]+({start}[A-Za-z0-9_-]{{43}})",
                     mail.text)[1]


class Disown(Journey):
    """After a change of a thief's, who has asked for a link since."""
    hurried = False

    def prepare(self):
        self.person = self.house.add_person()
        self.house.with_link_hurried(self.person).choose("Voleur-Plume-55-Mer")
        self.house.settle()
        self.path = path_in(self.mails("a été changé")[0], "/pas-moi/")
        self.house.ask(self.person)
        self.house.settle()
        self.before = len(self.house.mails_to(self.person))

    def act(self):
        return self.house.visitor().post(self.path, {})

    def check(self, side):
        new = self.house.mails_to(self.person)[self.before:]
        self.one_live([link for mail in new for link in mail.links])
        demand(self.act().status == 303, "a second click")
        self.house.settle()
        demand(len(self.house.mails_to(self.person)) ==
               self.before + len(new), "a second click did something")


def asked_to_verify(journey):
    """The new address has one link that works; the others were told."""
    house, person = journey.house, journey.person
    paths = [path_in(mail, "/v/") for mail in
             house.box.find(lambda mail: journey.new in mail.recipients)]
    pages = []
    for path in paths:
        visitor = house.visitor()
        pages.append(visitor.get(visitor.get(path).location).status)
    demand(sorted(set(pages)) in ([200], [200, 410]) and
           pages.count(200) == 1, f"links to verify: {pages}")
    for address in (person.mail, f"{person.login}@ac-exemple.fr"):
        journey.went_out("nouvelle adresse de secours", address, 4)


class Rescue(Journey):
    hurried = False

    def prepare(self):
        self.person = self.house.add_person(
            password=OLD, rentreeActivated="20250901080000Z")
        self.new = f"{self.person.login}@neuf.example"

    def act(self):
        return guarded(self.house.visitor(), "/adresse-de-secours", {
            "identifiant": self.person.login, "motdepasse_actuel": OLD,
            "courriel": self.new})

    def check(self, side):
        asked_to_verify(self)


class RescueNoRetry(Rescue):
    """Nobody gets a link to verify while the known addresses hear nothing,
    even when the person gives up."""
    only = ("queue.put:1", "queue.put:2")

    def finish(self, ends):
        pass

    def check(self, side):
        self.house.settle()
        if self.house.box.find(lambda mail: self.new in mail.recipients):
            self.went_out("nouvelle adresse de secours")


class Confirm(Rescue):
    def prepare(self):
        super().prepare()
        super().act()
        self.house.settle()
        mail = self.house.box.find(lambda x: self.new in x.recipients)[-1]
        self.path = path_in(mail, "/v/")

    def act(self):
        return self.house.visitor().post(self.path, {})

    def check(self, side):
        entry = self.house.entry(self.person)
        demand(entry["rentreeRecoveryMail"] == [self.person.mail], "the old")
        pending = entry["rentreeRecoveryMailPending"]
        demand(len(pending) == 1 and pending[0].endswith("$" + self.new),
               str(pending))
        visitor = self.house.visitor()
        demand(visitor.get(visitor.get(self.path).location).status == 410,
               "its link lives on")


# --- the operator ------------------------------------------------------------

class Farewell(Journey):
    """Whose account is about to close is told at both addresses."""
    among = False

    def prepare(self):
        self.family = "parti" + fresh_numen()[-3:].lower()
        self.address = f"{self.family}@courriel.example"
        self.file = self.house.folder / f"{self.family}.csv"
        yesterday = time.strftime("%d/%m/%Y",
                                  time.gmtime(time.time() - 86400))
        self.file.write_text(
            "type;employe;prenoms;nom_naissance;date_naissance;"
            "courriel_perso;fin\n"
            f"externe;{self.family};Luc;{self.family};01/09/1975;"
            f"{self.address};{yesterday}\n")
        self.act()

    def act(self):
        return self.house.command("provision", "run", "--partial", "--year",
                                  2026, self.file)

    def finish(self, ends):
        pass

    def check(self, side):
        self.went_out("fermer", self.address)
        self.went_out("fermer", f"luc.{self.family}@ac-exemple.fr")


class Expel(Journey):
    """A suspension by an operator, who repeats what was cut off."""
    sides, among = ("worker", "cli"), False
    command, event = "suspend", "account-suspended"

    def prepare(self):
        self.person = self.house.add_person(password=OLD)

    def act(self):
        return self.house.operate("account", self.command, self.person.login)

    def finish(self, ends):
        if not (ends and ends[0].returncode == 0):
            done = self.act()
            demand(done.returncode == 0, done.stderr)

    def told(self, login):
        if not self.house.hooked.exists():
            return []
        return [x for x in map(json.loads,
                               self.house.hooked.read_text().splitlines())
                if x["login"] == login and x["event"] == self.event]

    def check(self, side):
        lines = self.told(self.person.login)
        demand(1 <= len(lines) <= 2, f"{len(lines)} runs of the hook")
        # What the operator repeats is another request; a worker's is not.
        demand(side == "cli" or len({x["id"] for x in lines}) == 1, "its id")
        demand(not self.house.can_log_in(self.person, OLD), "a login")


class Resume(Expel):
    sides, rare = ("worker",), True
    command, event = "resume", "account-resumed"

    def prepare(self):
        super().prepare()
        self.house.command("account", "suspend", self.person.login)

    def check(self, side):
        demand(self.told(self.person.login), "the hook")
        demand(self.house.can_log_in(self.person, OLD), "no login")


class Unlock(Expel):
    sides, rare = ("cli",), True
    command = "unlock"

    def prepare(self):
        super().prepare()
        for _ in range(10):
            self.house.can_log_in(self.person, "wrong")
        demand("pwdAccountLockedTime" in self.house.entry(self.person),
               "it was not locked")

    def check(self, side):
        demand(self.house.can_log_in(self.person, OLD), "still locked")


class Closing(Expel):
    """The last state of a leaver, by the batch: asked before it is written,
    and one request however often the batch is run."""
    only = ("expel.asked:1", "queue.put:1", "provision.account-changed:1",
            "expel.hooked:1", "queue.taken:1")

    def prepare(self):
        self.family = "clos" + fresh_numen()[-3:].lower()
        self.login = "l" + self.family
        self.dn = f"uid={self.login},{PEOPLE}"
        self.file = self.house.folder / f"{self.family}.csv"
        self.write(time.strftime("%d/%m/%Y",
                                 time.gmtime(time.time() - 86400)))
        for _ in range(2):  # made, and left
            done = self.act()
            demand(done.returncode == 0, done.stderr)
        self.house.settle()  # the warning, which looks at the end
        self.write("01/09/2024")
        link = self.house.directory()
        link.modify_s(self.dn, [(ldap.MOD_REPLACE, "rentreeStateEnd",
                                 [b"20250901000000Z"])])
        link.unbind_s()

    def write(self, end):
        self.file.write_text(
            "type;employe;prenoms;nom_naissance;date_naissance;fin\n"
            f"externe;{self.family};Luc;{self.family};01/09/1975;{end}\n")

    def act(self):
        return self.house.operate("provision", "run", "--partial", "--year",
                                  2026, self.file)

    def check(self, side):
        link = self.house.directory()
        entry = link.search_s(self.dn, ldap.SCOPE_BASE,
                              attrlist=["rentreeState"])[0][1]
        link.unbind_s()
        demand(entry["rentreeState"] == [b"I:SupannInactif"], "its state")
        lines = self.told(self.login)
        demand(1 <= len(lines) <= (1 if side == "cli" else 2),
               f"{len(lines)} runs of the hook")


class Apply(Journey):
    """A plan is made and applied by two commands; test_provision_crash.py
    has `run`, and every pass."""
    sides = ("cli",)
    only = ("plan.written:1", "plan.named:1", "audit.written:1",
            "queue.put:1", "queue.put:2")

    def prepare(self):
        self.names = [fresh_numen() for _ in range(2)]
        self.file = self.house.folder / f"{self.names[0]}.csv"
        with open(self.file, "w", encoding="utf-8", newline="") as out:
            table = csv.writer(out, delimiter=";")
            table.writerow(["type", "numen", "prenoms", "nom_naissance",
                            "date_naissance", "uai", "courriel_perso"])
            for name in self.names:
                table.writerow(["enseignant", name, "Camille",
                                "Lot" + name[-3:].lower(), "01/09/1975",
                                "0590121L", f"{name.lower()}@lot.example"])

    def provision(self, *words):
        return self.house.operate("provision", *words)

    def act(self):
        plan = self.house.folder / f"{self.names[0]}.plan"
        done = self.provision("plan", "--partial", "--year", 2026, "--out",
                              plan, self.file)
        if done.returncode == 0:
            done = self.provision("apply", plan)
        return done

    def finish(self, ends):
        done = self.act()
        demand(done.returncode == 0, done.stderr)

    def entries(self, number):
        link = self.house.directory()
        try:
            return link.search_s(
                PEOPLE, ldap.SCOPE_SUBTREE,
                f"(rentreeProof={self.house.proof(number)})", ["uid"])
        finally:
            link.unbind_s()

    def check(self, side):
        logins = []
        for number in self.names:
            found = self.entries(number)
            demand(len(found) == 1, f"{len(found)} accounts of one person")
            logins.append(found[0][1]["uid"][0].decode())
            mails = self.house.box.find(
                lambda mail, to=f"{number.lower()}@lot.example":
                to in mail.recipients)
            demand(len(mails) == 1, f"{len(mails)} invitations")
            demand(self.is_live(mails[0].links[0]), "its link")
        link = self.house.directory()
        kept = link.search_s(LOGINS, ldap.SCOPE_ONELEVEL, attrlist=["1.1"])
        link.unbind_s()
        for login in logins:
            demand(any(dn.startswith(f"rentreeLogin={login},")
                       for dn, _ in kept), "its name is not reserved")


# --- at the desk -------------------------------------------------------------

class DeskReissue(Journey):
    """With a link that the old number brought about; whom the kill hits does
    not try again, but looks."""
    sides, among = ("worker", "cli"), False

    def prepare(self):
        self.person = self.house.add_person(
            password=OLD, rentreeActivated="20250901080000Z")
        self.house.ask(self.person)
        self.house.settle()
        self.old = self.house.mails_to(self.person)[-1].links[0]

    def act(self):
        return self.house.operate("numen", "reissue", self.person.login,
                                  "--id-document", "cni")

    def finish(self, ends):
        pass

    def held(self):
        return self.house.entry(self.person)["rentreeProof"]

    def told(self):
        return self.mails("au guichet")

    def check(self, side):
        if self.held() == [self.house.proof(self.person.number)]:
            demand(side == "cli", "a number that was never given out")
            demand(not self.told(), "a mail about nothing")
            demand(self.is_live(self.old), "the link")
        else:
            self.was_told()
            demand(not self.is_live(self.old), "the old number's link")
        self.works()

    def was_told(self):
        demand(len(self.held()) == 1 and self.held()[0].startswith("{CODE}"),
               str(self.held()))
        self.went_out("au guichet")
        self.went_out("au guichet", f"{self.person.login}@ac-exemple.fr")
        demand(any(x["event"] == "desk.followed" and
                   x.get("login") == self.person.login and
                   x["actor"].startswith("operator:")
                   for x in self.house.audit()), "its audit line")

    def works(self):
        """Another one is given out, and is the only one."""
        done = self.act()
        demand(done.returncode == 0, done.stderr)
        code = done.stdout.strip().replace("-", "")
        demand(self.held() == [self.house.proof(code, "CODE")],
               "what was printed is not what counts")
        before = len(self.mails("nouveau mot de passe"))
        self.house.ask(self.person, number=code)
        self.house.settle()
        self.one_live(self.mails("nouveau mot de passe")[before:][-1].links)


class DeskRescue(DeskReissue):
    """An address that has to wait, as another one exists."""
    sides, rare = ("worker", "cli"), True

    def act(self):
        return self.house.operate("account", "set-recovery-mail",
                                  self.person.login, "neuf@neuf.example",
                                  "--id-document", "cni")

    def check(self, side):
        pending = self.house.entry(self.person).get(
            "rentreeRecoveryMailPending")
        if pending is None:
            demand(side == "cli", "an address that was never set")
            demand(not self.told(), "a mail about nothing")
        else:
            self.went_out("au guichet")
            demand(not self.is_live(self.old), "the link in the old box")
        demand(self.act().returncode == 0, "a second try")
        self.house.settle()
        demand(self.told(), "a mail about it")


class DeskLink(Journey):
    sides, rare, among = ("worker",), True, False

    def prepare(self):
        self.person = self.house.add_person(
            password=OLD, rentreeActivated="20250901080000Z")

    def act(self):
        return self.house.operate("account", "link", self.person.login)

    def finish(self, ends):
        pass

    def check(self, side):
        self.went_out("nouveau mot de passe")
        self.one_live([link for mail in self.house.mails_to(self.person)
                       for link in mail.links])


JOURNEYS = (Recover, Resend, RecoverLater, Activate, Invite, Remind,
            RemindDormant, Redeem, Refused, Suspended, Activation, Change,
            ChangeRefused, Disown, Rescue, RescueNoRetry, Confirm, Farewell,
            Expel, Resume, Unlock, Closing, Apply, DeskReissue, DeskRescue, DeskLink)
