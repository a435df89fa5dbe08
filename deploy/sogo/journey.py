"""One whole journey through the stack, by itself: SOGO_ONCE=1 deploy/sogo/run
and `make proof-sogo`. What happened is told line by line, with the seconds that
the effects of a change took; these are also written to build/proof/sogo.json.
"""
import json
import os
import re
import smtplib
import struct
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from clients import (Dav, Imap, Sogo, a_mail, imap_takes, submission,
                     submission_takes)
from servers import BUILD, Trouble, command, program, wait_until
from stack import DOMAIN, HERE, LOOPBACK
from visitor import Visitor

PROMISED = 5.0  # seconds after the answer "it is done"
PATIENCE = 30.0
FIRST = "Bateau-Cerise-47-Lune"
SECOND = "Tuile-Orange-58-Vent « été »"

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Rentree//proof//FR
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20260901T060000Z
DTSTART:20260901T060000Z
DTEND:20260901T070000Z
SUMMARY:Pré-rentrée
END:VEVENT
END:VCALENDAR
"""
CARD = """BEGIN:VCARD
VERSION:3.0
UID:{uid}
FN:Éloïse d’Hervilly
N:d’Hervilly;Éloïse;;;
EMAIL:eloise.dhervilly@ac-exemple.fr
END:VCARD
"""


class Person:
    def __init__(self, row, login, mail):
        self.row, self.login, self.mail = row, login, mail
        self.number = row["numen"] or row["ine"]
        self.rescue = row["courriel_perso"]


class Journey:
    def __init__(self, academy, say):
        self.academy, self.stack, self.say = academy, academy.stack, say
        self.box, self.ports = academy.box, academy.stack.ports
        self.failed, self.took = [], {}

    def check(self, truth, what):
        """A promise: told, and counted when it is not kept."""
        self.say(f"  {'ok    ' if truth else 'FAILED'}          {what}")
        if not truth:
            self.failed.append(what)
        return truth

    def need(self, truth, what):
        """What nothing can go on without."""
        if not self.check(truth, what):
            raise Trouble(f"journey: {what}: no")

    def within(self, begin, question, name, what):
        """Until it is so: when it was asked the last time, after begin."""
        while True:
            seconds = time.monotonic() - begin
            so = question()
            if so or seconds > PATIENCE:
                break
            time.sleep(0.05)
        self.took[name] = round(seconds, 2) if so else None
        self.check(so and seconds <= PROMISED, f"{what} ({seconds:.2f} s)")

    # --- tools ---------------------------------------------------------------

    def rentree(self, *arguments):
        return command(self.stack.config, *arguments).stdout

    def person(self, address):
        row = next(x for x in self.academy.people
                   if x["courriel_perso"] == address)
        family = row["nom_usage"] or row["nom_naissance"]
        name = f"{row['prenoms'].partition(',')[0]} {family}".casefold()
        found = [x for x in json.loads(self.rentree(
            "account", "find", family, "--json"))
                 if x["name"].casefold() == name]
        return Person(row, found[0]["login"], found[0]["mail"][0])

    def letter(self, person, word, after=0.0):
        """The mail to a rescue address, which went through Postfix."""
        found = self.box.wait(
            lambda mail: person.rescue in mail.recipients and
            word in mail.subject and mail.when >= after, PATIENCE)
        self.need(found, f"the mail \"{word}\" reaches the rescue address")
        return found[-1]

    def hooks_done(self):
        return self.stack.log("worker").read_text().count("event=hook.done")

    def sogo(self, person, password, name=None):
        """A browser that is logged in, or None."""
        browser = Sogo(self.academy.sogo_port, person.login)
        return browser if browser.connect(password, name) else None

    def dav(self, person, password):
        return Dav(self.academy.sogo_port, person.login, password)

    def imap(self, person, password):
        return Imap(self.ports["imap"], person.login, password)

    def door(self, name, person, password):
        """Does it let this password in?"""
        who = person.mail if name.endswith(" by address") else person.login
        kind = name.partition(" ")[0]
        if kind == "SOGo":
            return self.sogo(person, password, who) is not None
        if kind == "DAV":
            return self.dav(person, password).opens()
        if kind == "IMAP":
            return imap_takes(self.ports["imap"], who, password)
        return submission_takes(self.ports["submission"], who, password)

    def at_doors(self, question):
        """The question at every door at once: Dovecot lets two seconds pass
        before it refuses."""
        with ThreadPoolExecutor(len(ALL)) as pool:
            return list(pool.map(question, ALL))

    def doors(self, person, password):
        """Those that open."""
        open_ = self.at_doors(lambda x: self.door(x, person, password))
        return [name for name, opens in zip(ALL, open_) if opens]

    def send(self, mail):
        """From elsewhere, at port 25; the refusal, or None."""
        with smtplib.SMTP(LOOPBACK, self.ports["smtp"], timeout=30) as line:
            try:
                line.send_message(mail)
            except smtplib.SMTPRecipientsRefused as refused:
                code, said = next(iter(refused.recipients.values()))
                return f"{code} {said.decode()}"
        return None

    def arrives(self, imap, folder, subject, what):
        end = time.monotonic() + PATIENCE
        while subject not in imap.subjects(folder) and \
                time.monotonic() < end:
            time.sleep(0.1)
        self.check(subject in imap.subjects(folder), what)

    # --- the journey ---------------------------------------------------------

    def activate(self, person, password):
        """"Activer mon compte", from the form to the first password."""
        begin, visitor = time.time(), Visitor(self.academy.web_port)
        answer = visitor.post("/activation", {
            "numen": person.number, "naissance": person.row["date_naissance"],
            **visitor.captcha("/activation")})
        self.need(answer.status == 303, f"{person.login}: activation asked")
        mail = self.letter(person, "activer votre compte", begin)
        self.check("Postfix" in " ".join(mail.message.get_all("Received")),
                   "Postfix carried it")
        before = self.hooks_done()
        self.choose(visitor, mail, password, charter=True)
        # It ends what is open: nobody should be in before.
        wait_until(lambda: self.hooks_done() > before, "the hook", PATIENCE)

    def recover(self, person, password):
        begin, visitor = time.time(), Visitor(self.academy.web_port)
        answer = visitor.recover(person.number, person.row["date_naissance"])
        self.need(answer.status == 303, f"{person.login}: forgot the password")
        mail = self.letter(person, "nouveau mot de passe", begin)
        return self.choose(visitor, mail, password)

    def choose(self, visitor, mail, password, **more):
        """When the page said that it is done."""
        visitor.open_link(mail.links[0])
        answer = visitor.choose(password, **more)
        done = time.monotonic()
        self.need(answer.status == 303 and
                  answer.location.startswith("/mot-de-passe-change"),
                  "the link opens and the password is taken")
        return done

    def nobody_yet(self, person):
        self.check(self.doors(person, FIRST) == [],
                   f"{person.login}: provisioned, never activated: no door "
                   "opens")
        self.check(self.send(a_mail(
            "lycee@autre.example", person.mail, "Bienvenue")) is None,
            "mail waits for them all the same")
        refusal = self.send(a_mail("x@autre.example", f"personne@{DOMAIN}",
                                   "x"))
        self.check(refusal and refusal.startswith("550"),
                   f"mail for nobody is refused at once ({refusal})")

    def works(self, person, password):
        shut = [x for x in ALL if x not in self.doors(person, password)]
        self.check(not shut, f"{person.login}: every door opens"
                   f"{''.join(', not ' + x for x in shut)}")

    def groupware(self, person, password):
        dav = self.dav(person, password)
        for path, kind, text, word in (
                ("Calendar/personal/proof.ics", "text/calendar", EVENT,
                 "SUMMARY:Pré-rentrée"),
                ("Contacts/personal/proof.vcf", "text/vcard", CARD,
                 "FN:Éloïse d’Hervilly")):
            folder = path.rpartition("/")[0]
            status, _ = dav.propfind(folder + "/", "1")
            self.check(status == 207, f"{folder}: PROPFIND")
            text = text.format(uid="proof").replace("\n", "\r\n")
            self.check(dav.put(path, text, kind) == 201, f"{folder}: PUT")
            status, text = dav.get(path)
            self.check(status == 200 and word in text, f"{folder}: GET")

    def mail(self, person, other, password):
        imap = self.imap(person, password)
        self.send(a_mail("ami@autre.example", person.mail, "Bonjour"))
        self.arrives(imap, "INBOX", "Bonjour", "a mail arrives by LMTP")
        self.send(a_mail("gain@autre.example", person.mail, "Gagnez",
                         X_Spam_Flag="YES"))
        self.arrives(imap, "Pourriel", "Gagnez",
                     "a mail marked as spam lands in Pourriel")
        self.check("Gagnez" not in imap.subjects("INBOX"),
                   "and not in the inbox")
        self.check(any("\\Junk" in x and "Pourriel" in x
                       for x in imap.folders()), "Pourriel is \\Junk")
        quota = imap.quota()
        self.check(re.search(r"STORAGE [1-9]\d* 2097152\b", quota),
                   f"the quota is reported ({quota})")
        browser = self.sogo(person, password)
        self.check("Bonjour" in (browser.mails() or []), "SOGo shows the mail")
        self.check("Gagnez" in (browser.mails("Pourriel") or []),
                   "SOGo shows Pourriel")
        with submission(self.ports["submission"], person.login,
                        password) as line:
            line.send_message(a_mail(person.mail, other.mail, "Réunion"))
            try:
                line.send_message(a_mail(other.mail, person.mail, "Faux"))
                refused = False
            except smtplib.SMTPException:
                refused = True
        self.check(refused, "nobody sends in another person's name")
        self.check(self.send(a_mail("x@autre.example", "x@ailleurs.example",
                                    "x")) is None,
                   "this machine may send elsewhere (our worker does)")
        self.check(browser.send(person.mail, other.mail, "De SOGo"),
                   "SOGo sends a mail as the person")
        imap.close()
        self.thirty_days(person, password)
        self.check(not list((self.stack.folder / "mail").glob("*@*")),
                   "nobody has a second box named by an address")

    def thirty_days(self, person, password):
        """Pourriel, today and 31 days ahead, by the cron line and by the end
        of a session."""
        imap = self.imap(person, password)
        expunge = ["doveadm", *cron_words()]
        self.ahead(0, expunge)
        self.check("Gagnez" in imap.subjects("Pourriel"),
                   "the cron line leaves what is younger than 30 days")
        self.ahead(31, expunge)
        self.check(imap.subjects("Pourriel") == [],
                   "and empties what is older")
        self.check("Bonjour" in imap.subjects("INBOX"),
                   "the inbox keeps everything")
        self.send(a_mail("gain@autre.example", person.mail, "Encore",
                         X_Spam_Flag="YES"))
        self.arrives(imap, "Pourriel", "Encore", "another spam")
        session = ["/usr/lib/dovecot/imap", "-u", person.login]
        self.ahead(29, session, b"a LOGOUT\r\n")
        self.check("Encore" in imap.subjects("Pourriel"),
                   "a session that ends after 29 days leaves it")
        self.ahead(31, session, b"a LOGOUT\r\n")
        self.check(imap.subjects("Pourriel") == [],
                   "one that ends after 31 days empties Pourriel")
        imap.close()

    def ahead(self, days, argv, typed=b""):
        """A program whose clock is so many days ahead."""
        page = self.stack.folder / "clock"
        page.write_bytes(struct.pack("q", days * 86400))
        page.chmod(0o644)
        done = subprocess.run(
            [program(argv[0]), *argv[1:]], input=typed, check=False,
            capture_output=True, env={
                **os.environ, "CLOCK_AHEAD": str(page), "LD_PRELOAD":
                str(BUILD / "tests" / "support" / "clock_ahead.so")})
        if done.returncode != 0:
            raise Trouble(f"{argv[0]}: exit code {done.returncode}: "
                          f"{done.stderr.decode()}")

    def live_sessions(self, person, password):
        """What somebody has open who knows this password."""
        browser, dav = self.sogo(person, password), self.dav(person, password)
        imap = self.imap(person, password)
        self.need(browser is not None and browser.is_in() and
                  browser.mails() is not None, "a browser is logged in")
        self.need(dav.opens(), "a calendar program is logged in")
        self.need(imap.is_open(), "a mail program is logged in")
        return browser, dav, imap

    def ends(self, begin, sessions, person, password, how):
        """The open sessions and the password are dead."""
        browser, dav, imap = sessions
        self.within(begin, lambda: not imap.is_open(), f"{how}: imap open",
                    "the open IMAP connection is closed")
        self.within(begin, lambda: not browser.is_in(), f"{how}: browser",
                    "SOGo's session is dead")
        self.within(begin, lambda: not browser.mails(), f"{how}: its mail",
                    "and shows no mail")
        self.within(begin, lambda: not dav.opens(), f"{how}: dav",
                    "the calendar program is refused")
        self.at_doors(lambda name: self.within(
            begin, lambda: not self.door(name, person, password),
            f"{how}: {name}", f"{name}: the password is refused"))

    def forget(self, person, old, new):
        sessions = self.live_sessions(person, old)
        begin = self.recover(person, new)
        self.ends(begin, sessions, person, old, "recovered")
        self.works(person, new)
        status, text = self.dav(person, new).get("Calendar/personal/proof.ics")
        self.check(status == 200 and "Pré-rentrée" in text,
                   "the calendar is still there")

    def suspend(self, person, password):
        sessions = self.live_sessions(person, password)
        self.rentree("account", "suspend", person.login)
        begin = time.monotonic()
        self.say(f"  suspended       {person.login}")
        self.ends(begin, sessions, person, password, "suspended")
        self.rentree("account", "resume", person.login)
        # Dovecot remembers for a minute (auth_cache_negative_ttl) that there
        # was nobody.
        subprocess.run([program("doveadm"), "auth", "cache", "flush"],
                       check=True, capture_output=True)
        self.works(person, password)

    def old_phone(self, person, old, new):
        """pwdMaxFailure is 10."""
        with ThreadPoolExecutor(10) as pool:
            taken = list(pool.map(lambda _: imap_takes(
                self.ports["imap"], person.login, old), range(30)))
        self.check(not any(taken), "a phone tries the old password 30 times")
        self.works(person, new)


ALL = ["SOGo", "SOGo by address", "DAV", "IMAP", "IMAP by address",
       "submission"]


def cron_words():
    """The operands of doveadm in the cron file that is shipped."""
    line = (HERE / "dovecot" / "cron").read_text().splitlines()[-1]
    return line.partition(" doveadm ")[2].split()


def make(academy, say):
    journey, begin = Journey(academy, say), time.monotonic()
    camille = journey.person("camille.dupont@courriel.example")
    theo = journey.person("theo.lefevre@courriel.example")
    eloise = journey.person("eloise.dhervilly@courriel.example")
    journey.nobody_yet(theo)
    journey.activate(camille, FIRST)
    journey.works(camille, FIRST)
    journey.groupware(camille, FIRST)
    journey.mail(camille, theo, FIRST)
    journey.forget(camille, FIRST, SECOND)
    journey.old_phone(camille, FIRST, SECOND)
    journey.activate(eloise, FIRST)
    journey.suspend(eloise, FIRST)
    place = BUILD / "proof" / "sogo.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps({
        "seconds": journey.took, "failed": journey.failed}, indent=1,
        ensure_ascii=False) + "\n")
    say(f"sogo: {len(journey.failed)} failed "
        f"({time.monotonic() - begin:.0f} s; {place})")
    return 1 if journey.failed else 0
