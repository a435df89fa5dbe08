"""Issue 6, line 1: exports as they come, and exports damaged on their way."""
import json
import re
import unittest

from house import House, fresh_ine, fresh_numen, number_of_next, servers
from shared import Case, crashes_of, the_house
from test_cli import as_csv, row

HEAD = "type;numen;nom_naissance;prenoms;date_naissance;uai;courriel_perso\n"


def line(numen=None, name="Abimé", given=None, birth="01/09/1975",
         kind="enseignant", rest=";0590121L;"):
    """Nobody has the given name of somebody else."""
    if given is None:
        n = number_of_next()
        given = "Zoé" + "".join(chr(97 + n // 26 ** i % 26) for i in range(4))
    return f"{kind};{numen or fresh_numen()};{name};{given};{birth}{rest}\n"


class Feeds(Case):
    @property
    def house(self):
        return the_house("feeds", settings={"provision": {
            "max_disable": "100%", "max_rename": "100%"}})

    def run_it(self, *files, options=(), house=None):
        house = house or self.house
        return house.command("--json", "provision", "run", "--year", 2026,
                             *options, *files, check=False)

    def write(self, content, name="feed.csv"):
        path = self.house.folder / name
        path.write_bytes(content if isinstance(content, bytes)
                         else content.encode())
        return path

    def snapshot(self):
        link = self.house.directory()
        found = link.search_s(servers.SUFFIX, 2, attrlist=["sn", "entryCSN"])
        link.unbind_s()
        return sorted((dn, x["entryCSN"]) for dn, x in found)

    def people(self, name):
        link = self.house.directory()
        found = link.search_s(servers.PEOPLE, 1, f"(sn={name})")
        link.unbind_s()
        return [x for _, x in found]

    # What is done to a file; exit code; what is said; people with the name
    # Abimé afterwards (None: nothing at all in the directory has changed).
    def damages(self):
        good, other = line(), line()
        ten = "".join(line() for n in range(10))
        utf8 = (HEAD + good + other).encode()
        return [
            ("empty file", b"", 65, r":.*empty", None),
            ("white space only", b" \n\n\t\n", 65, r"empty", None),
            ("only a BOM", b"\xef\xbb\xbf", 65, r"empty", None),
            ("header only", HEAD, None, r"no (usable )?row", None),
            ("no header", good + other, 65, r"column type is missing", None),
            ("a column missing", (HEAD + good).replace("prenoms", "truc"),
             65, r"column prenoms is missing", None),
            ("a column twice", (HEAD + good).replace("uai", "numen"), 65,
             r"the column numen stands twice", None),
            ("UTF-16", (HEAD + good).encode("utf-16"), 65, r"UTF-16", None),
            ("UTF-16 big", b"\xfe\xff" + (HEAD + good).encode("utf-16-be"),
             65, r"UTF-16", None),
            ("a spread sheet", b"PK\x03\x04" + bytes(range(256)) * 40, 65,
             r"header|column|empty", None),
            ("HTML of a login page", "<!DOCTYPE html>\n<html>\n<body>\n", 65,
             r"missing", None),
            ("tabs between", (HEAD + good).replace(";", "\t"), 65,
             r"missing", None),
            ("cut in a row", utf8[:-30], 65, r":3: row: .*middle", 1),
            ("cut in a quoted cell", HEAD + good + 'enseignant;"09E', 65,
             r":3: row: a quote is opened and not closed", 1),
            ("quote never closed", HEAD + '"enseignant;1;2;3\n' + good, 65,
             r":2: row: a quote", 1),
            ("quote in a cell", HEAD + line(name='Abi"mé') + good, 65,
             r":2: row: a quote", 1),
            ("too many cells", HEAD + good[:-1] + ";x;y\n" + other, 65,
             r":2: row: has 9 cells, the header has 7", 1),
            ("too few cells", HEAD + "enseignant;1\n" + good, 65,
             r":2: numen:.*\n(.*\n)*.*:2: prenoms: is empty", 1),
            ("cells at the end left out",
             HEAD + line(rest="") + other, 0, r":2: row: warning: .*5 cells",
             2),
            ("empty cells too many", HEAD + good[:-1] + ";;;\n" + other, 0,
             "", 2),
            ("a NUL", HEAD + line(given="Zo\0é") + good, 65,
             r":2: .*prenoms: holds a control", 1),
            ("an escape sequence", HEAD + line(name="Abi\x1b[2Jmé") + good,
             65, r":2: .*nom_naissance: holds a control", 1),
            ("one byte broken in UTF-8",
             utf8 + line().encode().replace("é".encode(), b"\xe9", 1), 65,
             r":4: .*no text", 2),
            ("a line of 2 MiB", HEAD + line(name="X" * 2_000_000) + good, 65,
             r":2: row: is longer than 1 MiB", 1),
            ("a cell of 300 bytes", HEAD + line(name="X" * 300) + good, 65,
             r":2: nom_naissance: longer than 200 bytes", 1),
            ("a date that is none",
             HEAD + line(birth="31/02/1975") + good, 65,
             r":2: date_naissance: does not exist", 1),
            ("a date as a spread sheet counts", HEAD + line(birth="27638") +
             good, 65, r":2: date_naissance: is not a date", 1),
            ("a number in scientific notation", HEAD + line("9,59E+11") +
             good, 65, r":2: numen: ", 1),
            ("an unknown type", HEAD + line(kind="directeur") + good, 65,
             r":2: type: is none of", 1),
            ("an UAI that is none",
             HEAD + line(rest=";05901;") + good, 65, r":2: uai: ", 1),
            ("the header again in the middle", HEAD + good + HEAD + other,
             65, r":3: type: ", 2),
            ("every row broken", HEAD + "a;b\nc;d\n", 65, r"no usable row",
             None),
            ("shifted columns", HEAD + ten.replace("enseignant;", ""), 65,
             r":2: type: ", None),
            ("lines ended by CR", (HEAD + good + other).replace("\n", "\r"),
             0, "", 2),
            ("a BOM and CR LF", b"\xef\xbb\xbf" +
             (HEAD + good + other).replace("\n", "\r\n").encode(), 0, "", 2),
            ("Windows-1252", (HEAD + good + other).encode("cp1252"), 0, "",
             2),
        ]

    def test_damaged(self):
        cases = len(self.damages())
        self.assertGreaterEqual(cases, 30)
        for i in range(cases):
            what, content, code, said, count = self.damages()[i]
            with self.subTest(what):
                family = "Abimé"
                before = self.snapshot()
                known = len(self.people(family))
                path = self.write(content)
                # The house has people of other cases: a delta.
                how = ["--partial"] if count is not None else []
                done = self.run_it(path, options=how)
                if code is not None:
                    self.assertEqual(done.returncode, code,
                                     done.stderr[-2000:])
                else:
                    self.assertIn(done.returncode, (1, 65), done.stderr)
                self.assertRegex(done.stderr, said or "^")
                # Every line names the file; none repeats what was typed.
                for told in done.stderr.splitlines():
                    self.assertLess(len(told), 400, told)
                    if code and count is None:
                        self.assertTrue(str(path) in told or
                                        "no usable row" in told, told)
                self.assertNotIn("\x1b", done.stderr)
                if count is None:
                    self.assertEqual(self.snapshot(), before)
                else:
                    self.assertEqual(len(self.people(family)) - known,
                                     count, done.stderr)
                told = json.loads(done.stdout)
                if code == 65 and count is not None:
                    self.assertTrue(told["rejected"])
                    self.assertEqual({x["file"] for x in told["rejected"]},
                                     {str(path)})
                # The good people once more: nothing is left to do.
                if count is not None:
                    again = self.run_it(path, options=how)
                    self.assertEqual(again.returncode, code)
                    counts = json.loads(again.stdout)["counts"]
                    self.assertEqual(counts["created"], 0)
        self.assertEqual(crashes_of(self.house), [])

    def test_names_survive_every_encoding(self):
        names = ("Cœur-de-Lion", "N’Guyen", "Müller", "D'Œ")
        for n, encoding in enumerate(("utf-8", "utf-8-sig", "cp1252")):
            numbers = [fresh_numen() for _ in names]
            text = HEAD + "".join(
                line(number, name=f"{name} {'abc'[n]}")
                for number, name in zip(numbers, names))
            done = self.run_it(self.write(text.encode(encoding)),
                               options=["--partial"])
            self.assertEqual(done.returncode, 0, done.stderr)
            for name in names:
                self.assertEqual(
                    len(self.people(f"{name} {'abc'[n]}")), 1, name)

    def test_several_sources_with_columns_of_their_own(self):
        columns = {"numen": "N° NUMEN | NUMEN_AGENT", "ine": "INE_RNIE",
                   "nom_naissance": "Nom de famille | NOM",
                   "prenoms": "Prénom | PRENOMS",
                   "date_naissance": "Né(e) le | DATE_NAISS",
                   "uai": "RNE", "type": "Corps"}
        types = {"enseignant": "PLP | CERT", "administratif": "ADJAENES"}
        with House(settings={"provision.columns": columns,
                             "provision.types": types}) as house:
            hr = house.folder / "rh.csv"
            hr.write_text(
                "Corps,N° NUMEN,Nom de famille,Prénom,Né(e) le,RNE,Grade\n"
                f"CERT,{fresh_numen()},Martin,\"Zoé, Anne\",1/9/1975,"
                "0590121L,x\n"
                f"adjaenes,{fresh_numen()},Durand,Léa,1/9/1976,0590121L,\n"
                f"AUTRE,{fresh_numen()},Autre,Léa,1/9/1976,0590121L,\n",
                encoding="cp1252")
            pupils = house.folder / "eleves.csv"
            pupils.write_text(
                "INE_RNIE;NOM;PRENOMS;DATE_NAISS;RNE\n"
                f"{fresh_ine()};Petit;Noé;17/03/2006;0590121L 0590001A\n")
            done = self.run_it(hr, f"etudiant={pupils}", house=house,
                               options=["--expect", "3,1"])
            self.assertEqual(done.returncode, 65, done.stderr)
            self.assertRegex(done.stderr, r"rh\.csv:4: type: is none of")
            self.assertRegex(done.stderr, r"rh\.csv:1: Grade: warning: unk")
            told = json.loads(done.stdout)
            self.assertEqual(
                [(x["file"], x.get("type"), x["rows"], x["rejected"])
                 for x in told["files"]],
                [(str(hr), None, 3, 1), (str(pupils), "etudiant", 1, 0)])
            self.assertEqual(told["establishments"],
                             {"0590121L": 3, "0590001A": 1})
            link = house.directory()
            found = link.search_s(servers.PEOPLE, 1, attrlist=["*"])
            link.unbind_s()
            self.assertEqual(
                {x["uid"][0].decode(): x["rentreeKind"][0].decode()
                 for _, x in found},
                {"zmartin": "enseignant", "ldurand": "administratif",
                 "npetit": "etudiant"})

    def test_a_file_that_is_not_whole_is_refused_with_all_others(self):
        rows = [row(nom_naissance="Entier", prenoms=f"Zoé{c}")
                for c in "abcd"]
        whole, other = self.write(as_csv(rows[1:]), "whole.csv"), \
            self.write(as_csv(rows[:1]), "other.csv")
        before = self.snapshot()
        done = self.run_it(other, whole, options=["--expect", "1,4"])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(f"{whole}: has 3 rows, --expect says 4", done.stderr)
        self.assertEqual(self.snapshot(), before)
        for typed in ("3", "1,2,3", "1,x", ""):
            done = self.run_it(other, whole, options=["--expect", typed])
            self.assertEqual(done.returncode, 64, done.stderr)
        done = self.run_it(other, whole, options=["--expect", "1,3", "--partial"])
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_trailer(self):
        settings = {"provision": {"trailer": "FIN;{rows} | TOTAL"}}
        with House(settings=settings) as house:
            path = house.folder / "t.csv"
            for end, code, said in (
                    ("", 1, "has no trailer"),
                    ("FIN;3\n", 1, "has 2 rows, its trailer says 3"),
                    ("FIN;two\n", 1, "has no trailer"),
                    ("FIN;2\n" + line(), 1, ":5: a row stands behind"),
                    ("TOTAL;;;;;;\n", 0, ""),
                    ("FIN;2;;;;;\n", 0, ""), ("FIN;2\n", 0, "")):
                path.write_text(HEAD + line("09E9599901ABC") +
                                line("09E9599902ABC") + end)
                done = self.run_it(path, house=house)
                self.assertEqual(done.returncode, code, (end, done.stderr))
                self.assertIn(said, done.stderr)
                if code == 1:
                    link = house.directory()
                    self.assertEqual(
                        link.search_s(servers.PEOPLE, 1), [])
                    link.unbind_s()
                self.assertNotRegex(done.stdout + done.stderr,
                                    re.compile("09E9599901ABC", re.I))


if __name__ == "__main__":
    unittest.main()
