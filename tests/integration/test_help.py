"""Issue 4, line 5: where to go without a NUMEN, help, accessibility, data."""
import html
import re
import subprocess
import unittest
from urllib.parse import quote


from house import House, servers
from shared import Case, houses
from visitor import Visitor

LIST = """\
\ufeffuai;nom;adresse;telephone;horaires
0590119J;Lycée Faidherbe;9 rue Armand Carrel, 59000 Lille;03 20 60 50 00;8 h - 18 h
0590116F;Lycée Fénelon;27 rue Alexandre Leleux, 59000 Lille;;
0624141C;Lycée de l’Europe;62000 Arras;+33 3 21 00 00 00;
0620001B;Collège Saint-Exupéry;62000 Arras;;
0620002C;"École <Jules> ""Ferry"" & fils";62300 Lens;;
0596122J;Université de Lille;42 rue Paul Duez, 59000 Lille;;
"""
LIST += "".join(f"{n:07d}A;Collège numéro {n};59000 Roubaix;;\n"
                for n in range(1, 26))

PAGES = ("/", "/mot-de-passe-oublie", "/identifiant-perdu",
         "/courriel-non-recu", "/numen-perdu", "/aide", "/accessibilite",
         "/confidentialite", "/demande-enregistree")


class ListedHouse(House):
    """A house whose operator has a list of establishments."""

    def write_config(self, **changes):
        path = self.folder / "establishments.csv"
        path.write_text(LIST, encoding="utf-8")
        site = {"establishments": path, "dpo_mail": "dpd@ac-exemple.fr"}
        super().write_config(**{"site": site, **changes})


class Numen(Case):
    @property
    def house(self):
        return the_listed_house()

    def search(self, q, more=""):
        visitor = self.house.visitor()
        answer = visitor.get(f"/numen-perdu?q={quote(q)}{more}")
        self.assertStatus(answer, 200)
        return answer

    def names(self, q):
        return [html.unescape(x) for x in re.findall(
            r"<h3>(.*?)</h3>", self.search(q).text)]

    def test_by_words(self):
        for typed, found in [
                ("faidherbe", ["Lycée Faidherbe"]),
                ("  LYCEE   faid ", ["Lycée Faidherbe"]),
                ("Lycée Faidherbe", ["Lycée Faidherbe"]),
                ("fene", ["Lycée Fénelon"]),
                ("fénelon lille", ["Lycée Fénelon"]),
                ("lycee de lille", ["Lycée Fénelon", "Lycée Faidherbe"]),
                ("europe", ["Lycée de l’Europe"]),
                ("l'europe", ["Lycée de l’Europe"]),
                ("leurope", ["Lycée de l’Europe"]),
                ("st exupery", ["Collège Saint-Exupéry"]),
                ("saint-exupéry arras", ["Collège Saint-Exupéry"]),
                ("aidherbe", []), ("faidherbe arras", []), ("%_*", []),
                ("   ", []), ("", []), ("\u0416", [])]:
            with self.subTest(typed):
                self.assertEqual(self.names(typed), found)

    def test_by_uai(self):
        for typed in ("0590119J", "0590119j", " 0590119j ", "0590119"):
            with self.subTest(typed):
                self.assertEqual(self.names(typed), ["Lycée Faidherbe"])

    def test_the_name_goes_before_the_address(self):
        self.assertEqual(self.names("lille")[0], "Université de Lille")

    def test_what_is_shown(self):
        text = self.search("faidherbe").text
        for part in ("0590119J", "9 rue Armand Carrel, 59000 Lille",
                     'href="tel:0320605000"', "03 20 60 50 00", "8 h - 18 h",
                     "1 établissement trouvé"):
            self.assertIn(part, text)
        self.assertIn('href="tel:+33321000000"', self.search("europe").text)

    def test_not_more_than_twenty(self):
        answer = self.search("college numero")
        self.assertEqual(len(re.findall("<h3>", answer.text)), 20)
        self.assertIn("20 premiers", answer.text)
        self.assertLess(len(answer.raw), 30000)

    def test_nothing_found(self):
        self.assertIn("Aucun établissement", self.search("xyz").text)
        self.assertNotIn("Aucun établissement", self.search("").text)

    def test_what_was_typed_is_kept_and_escaped(self):
        typed = '"><script>&\' é'
        answer = self.search(typed)
        self.assertEqual(html.unescape(self.field(answer, "q")), typed)
        self.assertNotIn("<script>", answer.text)
        answer = self.search("jules ferry")
        self.assertIn("École &lt;Jules&gt; &quot;Ferry&quot; &amp; fils",
                      answer.text)

    def test_hostile_queries(self):
        for raw in ("%FF%FE", "%00", "a" * 400, "%", "a+" * 150):
            answer = self.house.visitor().get("/numen-perdu?q=" + raw)
            self.assertIn(answer.status, (200, 400), raw)

    def test_in_english(self):
        answer = self.search("faidherbe", "&lang=en")
        self.assertIn("1 establishment found", answer.text)
        self.assertEqual(self.field(answer, "lang"), "en")

    def test_the_officer(self):
        page = self.house.visitor().get("/confidentialite")
        self.assertIn("mailto:dpd@ac-exemple.fr", page.text)

    def test_a_list_with_errors_stops_the_start(self):
        house = self.house
        bad = house.folder / "bad.csv"
        bad.write_text("uai;nom\n0590119J;A\n059;B\n0590116F;\n"
                       "0590119J;C\n0590116F;D;E\n")
        config = house.folder / "bad.conf"
        config.write_text(re.sub(
            r"establishments = .*", f"establishments = {bad}",
            house.config.read_text()))
        done = self.start_with(config)
        self.assertEqual(done.returncode, 78, done.stderr)
        for line, word in [(3, "7 digits"), (4, "nom"), (5, "twice"),
                           (6, "cells")]:
            self.assertRegex(done.stderr, rf"bad\.csv:{line}: .*{word}")
        bad.write_text("nom;ville\nA;B\n")
        self.assertIn("bad.csv:1: ", self.start_with(config).stderr)
        bad.unlink()
        done = self.start_with(config)
        self.assertEqual(done.returncode, 78)
        self.assertIn("bad.csv", done.stderr)

    @staticmethod
    def start_with(config):
        return subprocess.run(
            [servers.BUILD / "rentree-web", "-c", config, "-t"],
            capture_output=True, text=True, timeout=20, check=False)


def the_listed_house():
    if "listed" not in houses:
        houses["listed"] = ListedHouse().__enter__()
    return houses["listed"]


class Pages(Case):
    def test_every_page_is_whole_small_and_alone(self):
        for path in PAGES:
            for query in ("", "?lang=en"):
                with self.subTest(path + query):
                    answer = self.house.visitor().get(path + query)
                    self.assertStatus(answer, 200)
                    self.check(answer)

    def check(self, answer):
        text = answer.text
        style = self.house.visitor().get(
            re.search(r'href="(/static/style\.css[^"]*)"', text)[1])
        self.assertLess(len(answer.raw) + len(style.raw), 30000)
        self.assertNotIn("{{", text)
        # A key without a sentence is shown as itself.
        self.assertIsNone(re.search(
            r"\b(help|privacy|accessibility|numen|resend|remind|layout)"
            r"\.[a-z-]+", re.sub(r'<[^>]*>', "", text)))
        self.assertEqual(len(re.findall("<h1>", text)), 1)
        self.assertRegex(text, r"<title>[^<]+ – Académie")
        ids = re.findall(r'\bid="([^"]+)"', text)
        self.assertEqual(len(ids), len(set(ids)))
        for target in re.findall(r'href="#([^"]+)"', text):
            self.assertIn(target, ids)
        for link in ("/aide", "/accessibilite", "/confidentialite"):
            self.assertIn(f'href="{link}', text)
        for source in re.findall(r'\bsrc="([^"]+)"', text):
            self.assertTrue(source.startswith("/"), source)

    def test_every_link_leads_somewhere(self):
        seen = set()
        visitor = self.house.visitor()
        for path in PAGES:
            for query in ("", "?lang=en"):
                for link in re.findall(r'href="(/[^"#]*)',
                                       visitor.get(path + query).text):
                    seen.add(html.unescape(link))
        for link in sorted(seen):
            with self.subTest(link):
                self.assertStatus(visitor.get(link), 200)

    def test_every_language_keeps_itself(self):
        text = self.house.visitor().get("/aide?lang=en").text
        self.assertIn('<html lang="en">', text)
        for path in ("/mot-de-passe-oublie", "/identifiant-perdu",
                     "/numen-perdu", "/courriel-non-recu"):
            self.assertIn(f'href="{path}?lang=en"', text)

    def test_without_a_list_there_is_no_search(self):
        page = self.house.visitor().get("/numen-perdu?q=lille")
        self.assertStatus(page, 200)
        self.assertNotIn('name="q"', page.text)
        for word in ("pièce d’identité", "secrétariat", "passeport"):
            self.assertIn(word, page.text)

    def test_what_the_law_wants_to_read(self):
        visitor = self.house.visitor()
        text = visitor.get("/accessibilite").text
        for word in ("non conforme", "RGAA", "47", "Défenseur des droits",
                     self.house.url, "assistance@ac-exemple.fr",
                     "Libre réponse 71120"):
            self.assertIn(word, text)
        text = visitor.get("/confidentialite").text
        for word in ("RGPD", "mission d’intérêt public", "365 jours",
                     "60 minutes", "14 jours", "CNIL", "cookie",
                     "délégué à la protection des données"):
            self.assertIn(word, text)
        self.assertIn("Accessibilité : non conforme", visitor.get("/").text)

    def test_help_stands_when_redis_does_not(self):
        """In a house of its own: the others need theirs."""
        with House() as house:
            house.redis.kill()
            visitor = Visitor(house.port)
            for path in ("/", "/aide", "/numen-perdu", "/accessibilite",
                         "/confidentialite"):
                self.assertStatus(visitor.get(path), 200)

    def test_an_operators_own_words(self):
        with House() as house:
            own = house.folder / "templates"
            own.mkdir()
            (own / "help.html").write_text(
                "{{>head}}<p>Nos mots à nous, {{site}}.</p>{{>foot}}")
            house.web.stop()
            house.write_config(site={"templates": own})
            house.start_web()
            text = Visitor(house.port).get("/aide").text
            self.assertIn("Nos mots à nous, Académie d&#39;exemple", text)

    def test_an_operators_own_mail(self):
        with House() as house:
            own = house.folder / "templates"
            own.mkdir()
            (own / "recover.txt").write_text(
                "{{t:mail.hello}}\nNotre lettre :\n"
                "{{#links}}{{link}}\n{{/links}}{{>signature}}")
            house.worker.stop()
            house.write_config(site={"templates": own})
            house.start_worker()
            person = house.add_person()
            house.ask(person)
            self.assertIn("Notre lettre :", house.wait_mail(person).text)

    def test_a_broken_template_stops_the_start(self):
        """Both daemons say the file and the line, and what is wrong."""
        own = self.house.folder / "broken"
        own.mkdir(exist_ok=True)
        config = self.house.folder / "broken.conf"
        config.write_text(self.house.config.read_text().replace(
            "[site]\n", f"[site]\ntemplates = {own}\n"))
        for program, name in [("rentree-web", "help.html"),
                              ("rentree-worker", "recover.txt")]:
            for text, line in [("a\n{{#x}}\n", 2), ("a\nb\n{{t:no.key}}\n", 3),
                               ("{{>nobody}}\n", 1), ("a\n{{/x}}\n", 2)]:
                with self.subTest(program, text=text):
                    (own / name).write_text(text)
                    done = subprocess.run(
                        [servers.BUILD / program, "-c", config, "-t"],
                        capture_output=True, text=True, timeout=20,
                        check=False)
                    self.assertEqual(done.returncode, 78, done.stderr)
                    self.assertIn(f"{name}:{line}: ", done.stderr)
            (own / name).unlink()


if __name__ == "__main__":
    unittest.main()
