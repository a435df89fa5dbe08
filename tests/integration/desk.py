"""The secrétariat for the tests: two establishments, operators with their
telephones, and what they do at the pages.

The telephone is a dozen lines of RFC 6238 here, not the program under test.
"""
import base64
import hashlib
import hmac
import json
import re
import struct
import time

import ldap
import ldap.modlist

import servers
from shared import canaries

GROUPS = f"ou=groups,{servers.SUFFIX}"
GROUP = f"cn=secretariat,{GROUPS}"
PROTECTED = f"cn=rentree-protected,{GROUPS}"
HERE, THERE = "0590119J", "0590116F"  # of establishments.csv
PASSWORD = "Guichet-Tilleul-58-Vapeur"
HOME = "/secretariat/"
SIGNIN, ENROL = HOME + "connexion", HOME + "inscription"
PERSON = HOME + "personne/"


def totp(secret, step):
    """RFC 6238: six digits of HMAC-SHA-1."""
    key = base64.b32decode(secret)
    mac = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 15
    number = struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff
    return f"{number % 1000000:06d}"


def add_group(house, dn, members):
    link = house.directory()
    try:
        link.add_s(dn, ldap.modlist.addModlist({
            "objectClass": [b"groupOfNames"],
            "cn": [dn.split(",")[0][3:].encode()],
            "member": [x.encode() for x in members]}))
    finally:
        link.unbind_s()


def join(house, dn, leave=False):
    """Into the group, which is made for its first member; or out of it."""
    link = house.directory()
    try:
        link.modify_s(GROUP, [(ldap.MOD_DELETE if leave else ldap.MOD_ADD,
                               "member", [dn.encode()])])
    except ldap.NO_SUCH_OBJECT:
        add_group(house, GROUP, [dn])
    finally:
        link.unbind_s()


def hidden(page):
    """The hidden fields of a form."""
    return dict(re.findall(
        r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))


class Telephone:
    """Codes, each once; time is put forward when there is none left."""

    def __init__(self, house, secret):
        self.house, self.secret, self.last = house, secret, 0

    def now(self):
        ahead = self.house.clock.ahead if self.house.clock else 0
        return int(time.time() + ahead) // 30

    def code(self):
        step = max(self.last + 1, self.now())
        if step > self.now() + 1:
            if self.house.clock:
                self.house.clock.forward(seconds=30 * (step - self.now() - 1))
            else:
                servers.wait_until(lambda: step <= self.now() + 1,
                                   "the next code", 40, 0.2)
        self.last = step
        return totp(self.secret, step)

    def same_code(self):
        return totp(self.secret, self.last)

    def wrong_code(self):
        near = {totp(self.secret, self.now() + i) for i in range(-3, 4)}
        return next(x for x in ("000000", "111111", "222222", "333333",
                                "444444", "555555", "666666", "777777")
                    if x not in near)


class Operator:
    """Somebody who works at the desk, with a browser and a telephone."""

    def __init__(self, house, *places, **more):
        self.house = house
        self.person = house.add_person(
            password=PASSWORD, rentreeEstablishment=list(places) or None,
            family="Guichet", rentreeActivated="20250901080000Z", **more)
        self.login, self.dn = self.person.login, self.person.dn
        self.visitor = house.visitor()
        self.phone = None
        self.tries = 0
        canaries.add(PASSWORD)

    def invite(self):
        told = json.loads(self.house.command(
            "--json", "desk", "enrol", self.login).stdout)
        canaries.update((told["code"], told["code"].replace("-", "")))
        return told["code"]

    def type(self, path, code, password=PASSWORD, visitor=None, login=None):
        self.wait_turn()
        if callable(code):  # not before time was put forward
            code = code()
        return (visitor or self.visitor).post(path, {
            "identifiant": login or self.login,
            "motdepasse_actuel": password, "code": code})

    def wait_turn(self):
        """Five passwords at once, then one in 200 s."""
        self.tries += 1
        if self.tries > 5 and self.house.clock:
            self.house.clock.forward(seconds=201)

    def enrol(self, invitation=None):
        answer = self.type(ENROL, invitation or self.invite())
        if answer.status != 200:
            raise AssertionError(f"enrol: {answer.status}: {answer.text}")
        shown = re.search(r"<code>((?:[A-Z2-7]{4} ?){8})</code>",
                          answer.text)[1]
        secret = shown.replace(" ", "")
        canaries.update((secret, shown))
        self.phone = Telephone(self.house, secret)
        return answer

    def sign_in(self):
        answer = self.type(SIGNIN, self.phone.code)
        if answer.status != 303 or answer.location != HOME:
            raise AssertionError(f"sign-in: {answer.status}: {answer.text}")
        return answer

    def ready(self):
        self.enrol()
        self.sign_in()
        return self

    @property
    def cookie(self):
        return self.visitor.cookies.get("rentree_secretariat")

    def search(self, text, birth=""):
        return self.visitor.post(HOME, {"q": text, "naissance": birth})

    def found(self, answer):
        """uuid → name, of a page of results."""
        return dict(re.findall(
            rf'href="{PERSON}([0-9a-f-]+)"><strong>([^<]*)<', answer.text))

    def look(self, uuid, more=""):
        return self.visitor.get(PERSON + uuid + more)

    def form(self, uuid, act):
        page = self.visitor.get(f"{PERSON}{uuid}/{act}")
        if page.status != 200:
            raise AssertionError(f"form: {page.status} {page.location}")
        return hidden(page)

    def send(self, uuid, act, fields, **more):
        sent = {"code": self.phone.code(), **fields, **more}
        return self.visitor.post(f"{PERSON}{uuid}/{act}", sent)

    def do(self, uuid, act, **more):
        return self.send(uuid, act, self.form(uuid, act), **more)


def uuid_of(house, person):
    return house.entry(person)["entryUUID"][0]


def code_of(answer):
    """What a sheet gives."""
    code = re.search(r'<dd><strong class="typed">([0-9A-Z-]{13,19})</strong>',
                     answer.text)[1]
    canaries.update((code, code.replace("-", "")))
    return code
