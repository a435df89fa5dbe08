"""Issue 2 and design.md section 8 (contract): a plain inetOrgPerson directory
of somebody else: SupAnn's attributes in the place of ours, no rentreeAccount,
no password policy, rules of its own."""
import unittest
from unittest import mock

import ldap.modlist

import servers
from house import House, Person, fresh_numen
from shared import Case, crashes_of

SUPANN = ["supannOIDCDateDeNaissance", "supannMailPerso",
          "supannRessourceEtat", "proofOfTheirs"]

SCHEMA = "".join(
    f"attributetype ( 2.25.1.{n} NAME '{name}' EQUALITY caseIgnoreMatch "
    f"SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )\n"
    for n, name in enumerate(SUPANN, 1)) + (
        "objectclass ( 2.25.1.9 NAME 'supannPerson' SUP top AUXILIARY "
        f"MAY ( {' $ '.join(SUPANN)} ) )\n")

ACL = f"""\
access to attrs=userPassword
\tby dn.exact="{servers.WORKER_DN}" =w
\tby anonymous auth
\tby * none
access to *
\tby dn.exact="{servers.WORKER_DN}" read
\tby dn.exact="{servers.PROVISION_DN}" write
\tby * none
"""

MAPPED = {"proof": "rentreeProof proofOfTheirs",
          "birth_date": "supannOIDCDateDeNaissance",
          "recovery_mail": "rentreeRecoveryMail supannMailPerso",
          "state": "supannRessourceEtat"}


class PlainSlapd(servers.Slapd):
    def ppolicy(self):
        return ""

    def write_files(self):
        schema = self.folder / "supann.schema"
        schema.write_text(SCHEMA)
        super().write_files()
        conf = self.folder / "slapd.conf"
        lines = conf.read_text().partition("database mdb")
        head = lines[0].replace("moduleload ppolicy\n", "") \
            .replace("modulepath", f"include {schema}\nmodulepath")
        body = lines[2].partition("index ")[0]
        conf.write_text(head + "database mdb" + body + ACL)
        ldif = self.folder / "start.ldif"
        ldif.write_text("".join(
            line for line in ldif.read_text().splitlines(keepends=True)
            if not line.startswith("pwdPolicySubentry:")))


class Plain(Case):
    @classmethod
    def setUpClass(cls):
        with mock.patch.object(servers, "Slapd", PlainSlapd):
            cls.plain = House(settings={"directory.attributes": MAPPED})
            cls.plain.__enter__()
        cls.addClassCleanup(cls.plain.close)

    @property
    def house(self):
        return self.plain

    def add(self, login, state="{COMPTE}A:SupannActif"):
        person = Person(login, fresh_numen(), "1975-09-01",
                        f"{login}@courriel.example")
        entry = {"objectClass": ["inetOrgPerson", "supannPerson"],
                 "uid": [login], "sn": ["Plane"], "cn": ["Paul Plane"],
                 "mail": [f"{login}@ac-exemple.fr"],
                 "userPassword": ["the-old-one"],
                 "proofOfTheirs": [self.house.proof(person.number)],
                 "supannOIDCDateDeNaissance": ["1975-09-01"],
                 "supannMailPerso": ["{PERSO}" + person.mail],
                 "supannRessourceEtat": ["{MAIL}A:SupannActif", state]}
        link = self.house.directory()
        try:
            link.add_s(person.dn, ldap.modlist.addModlist(
                {k: [x.encode() for x in v] for k, v in entry.items()}))
        finally:
            link.unbind_s()
        return person

    def test_somebody_gets_back_in(self):
        person = self.add("plane")
        visitor = self.house.with_link(person)
        self.assertGoes(visitor.choose(self.PASSWORD), "/mot-de-passe-change")
        self.assertTrue(self.house.can_log_in(person, self.PASSWORD))
        self.assertFalse(self.house.can_log_in(person, "the-old-one"))
        self.house.wait_mail(person, "changé")
        self.assertEqual(crashes_of(self.house), [])

    def test_suspended_by_somebody_else(self):
        person = self.add("planesus", "{COMPTE}S:SupannVerrouAdministratif")
        lines = self.house.wait_audit(self.house.ask(person))
        self.assertEqual([x["event"] for x in lines], ["recover.refused"])

    def test_suspend_and_resume_without_a_password_policy(self):
        """The state is all there is to write."""
        person = self.add("planelock")
        done = self.house.command("account", "suspend", person.login)
        self.assertIn("no-password-policy", done.stderr)
        self.assertEqual(sorted(self.house.entry(person)[
            "supannRessourceEtat"]),
            ["{COMPTE}S:SupannVerrouAdministratif", "{MAIL}A:SupannActif"])
        lines = self.house.wait_audit(self.house.ask(person))
        self.assertEqual([x["event"] for x in lines], ["recover.refused"])
        self.house.command("account", "resume", person.login)
        self.assertIn("/r/", self.house.ask_link(person))


if __name__ == "__main__":
    unittest.main()
