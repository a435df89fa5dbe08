"""What must not stand in any log, audit line or file of Redis. Runs last, on
what all the other tests have left behind."""
import unittest

from house import base64url
from shared import Case, canaries, houses


class Secrets(Case):
    def one_of_each(self):
        """A number, date, password and token that went all the way."""
        person = self.house.add_person(
            "17ZZ876543QXK", birth="1949-02-17",
            given="Canarine", family="Serinette")
        link = self.house.ask_link(person)
        visitor = self.house.opened(link)
        wrong, right = "Serinette.1949", "Volubile-Canari-83-Perchoir"
        visitor.choose(wrong)
        self.assertGoes(visitor.choose(right), "/mot-de-passe-change")
        self.house.visitor().recover("17ZZ876543QXL", "18/02/1949")
        self.house.wait_drained()
        return {"17ZZ876543QXK", "17zz876543qxk", "17ZZ876543QXL",
                "1949-02-17", "17/02/1949", "18/02/1949", "1949-02-18",
                wrong, right, link.rpartition("/")[2]}

    def kept_texts(self, house):
        """{what: bytes} of all that stays on a disk, mails excepted."""
        files = {path: path.read_bytes()
                 for folder in ("log", "redis")
                 for path in (house.folder / folder).rglob("*")
                 if path.is_file()}
        if house.audit_file.exists():
            files[house.audit_file] = house.audit_file.read_bytes()
        return files

    def test_nothing_of_it_is_kept(self):
        secrets = canaries | self.one_of_each()
        self.assertGreater(len(secrets), 40)
        told = []
        for name, house in houses.items():
            keys = {base64url(path.read_bytes()).encode()
                    for path in (house.folder / "keys").rglob("*.key")}
            for path, content in self.kept_texts(house).items():
                for secret in secrets:
                    if secret.encode() in content:
                        told.append(f"{name}: {path.name}: {secret}")
                for key in keys:
                    if key in content:
                        told.append(f"{name}: {path.name}: a key")
        self.assertEqual(told, [])

    def test_the_search_can_find(self):
        """The audit names the login, so the search does see the files."""
        person = self.house.add_person()
        self.house.wait_audit(self.house.ask(person))
        self.assertTrue(any(
            person.login.encode() in content
            for content in self.kept_texts(self.house).values()))
        self.assertTrue(any(
            b"rentree:in:mail" in content
            for path, content in self.kept_texts(self.house).items()
            if "appendonly" in path.name), "the append-only file")

    def test_nobody_else_can_read_them(self):
        for path in self.kept_texts(self.house):
            if path == self.house.audit_file:
                self.assertEqual(path.stat().st_mode & 0o007, 0, path)


if __name__ == "__main__":
    unittest.main()
