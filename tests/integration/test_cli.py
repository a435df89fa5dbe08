"""`rentree` where it needs no servers: usage and exit codes, keys, mistakes
in the configuration, the shape of numbers, and manuals that tell the truth."""
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("RENTREE_BUILD") or ROOT / "build")

USAGE, BAD_INPUT, AWAY, LOCKED, MISCONFIGURED = 64, 65, 69, 75, 78

SETTINGS = """\
[site]
public_url = http://127.0.0.1:8080

[mail]
from = Assistance <ne-pas-repondre@ac-exemple.fr>

[keys]
dir = {folder}/keys

[audit]
file = {folder}/audit.jsonl
"""


def rentree(*arguments, stdin="", config=None, **more):
    head = [BUILD / "rentree"] + (["-c", config] if config else [])
    return subprocess.run(
        [*head, *map(str, arguments)], input=stdin, capture_output=True,
        text=True, check=False, timeout=60, **more)


class Case(unittest.TestCase):
    longMessage = True

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="rentree-cli-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def assertCode(self, done, code):
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)

    def write_config(self, text=SETTINGS):
        path = self.folder / "rentree.conf"
        path.write_text(text.format(folder=self.folder))
        return path


class Usage(Case):
    def test_nothing(self):
        done = rentree()
        self.assertCode(done, USAGE)
        self.assertEqual(done.stdout, "")
        self.assertIn("usage:", done.stderr)

    def test_help(self):
        done = rentree("--help")
        self.assertCode(done, 0)
        self.assertEqual(done.stderr, "")
        self.assertIn("account suspend LOGIN", done.stdout)
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), 60, line)

    def test_help_of_a_command(self):
        for words in (["account", "suspend", "--help"],
                      ["--help", "account", "suspend"]):
            done = rentree(*words)
            self.assertCode(done, 0)
            self.assertIn("account suspend LOGIN", done.stdout)
            self.assertNotIn("keys init", done.stdout)

    def test_help_of_a_group(self):
        done = rentree("account", "--help")
        self.assertCode(done, 0)
        self.assertIn("account find", done.stdout)
        done = rentree("account")
        self.assertCode(done, USAGE)
        self.assertIn("account find", done.stderr)

    def test_version(self):
        done = rentree("--version")
        self.assertCode(done, 0)
        self.assertRegex(done.stdout, r"^rentree \d+\.\d+\.\d+\n$")

    def test_unknown_names_the_nearest(self):
        cases = {
            ("acount", "find", "x"): "account find",
            ("chek",): "check",
            ("keys", "innit"): "keys init",
            ("provision", "aply", "x"): "provision apply",
            ("numen", "reissue", "x"): "numen show-shape",
            ("queu",): "queue list",
        }
        for words, nearest in cases.items():
            done = rentree(*words)
            self.assertCode(done, USAGE)
            self.assertIn(f"rentree {nearest}\n", done.stderr, words)

    def test_wrong_words(self):
        cases = [
            (["account", "suspend"], "missing"),
            (["account", "suspend", "a", "b"], "too many: b"),
            (["check", "--full"], "does not take --full"),
            (["check", "--nonsense"], "unknown option: --nonsense"),
            (["keys", "init", "--dir"], "--dir wants a value"),
            (["provision", "run", "x.csv"], "--year"),
            (["provision", "run", "--year", "20x6", "x.csv"], "--year"),
            (["provision", "run", "--year", "2026", "--force", "many",
              "x.csv"], "--force"),
            (["provision", "run", "--year", "2026", "--letters", "d",
              "x.csv"], "not in this release"),
            (["numen", "show-shape", "09E9501234ABC"], "standard input"),
            (["account", "\033[31mred"], "?[31mred"),
        ]
        for words, sentence in cases:
            done = rentree(*words)
            self.assertCode(done, USAGE)
            self.assertIn(sentence, done.stderr, words)
            self.assertNotIn("\033", done.stderr)

    def test_configuration_before_or_behind(self):
        missing = self.folder / "nowhere.conf"
        for words in (["-c", missing, "queue", "list"],
                      ["queue", "list", "-c", missing],
                      ["queue", "-c", missing, "list"]):
            done = rentree(*words)
            self.assertCode(done, MISCONFIGURED)
            self.assertIn(str(missing), done.stderr)

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            done = subprocess.run(
                [BUILD / "rentree", "--help"], stdout=full,
                stderr=subprocess.PIPE, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, AWAY)
        self.assertIn("standard output", done.stderr)


class Keys(Case):
    FILES = {
        "web/captcha.key": 0o400, "web/limiter.key": 0o400,
        "worker/worker.key": 0o400, "worker/record.key": 0o400,
        "worker/numen-1.key": 0o400, "worker/audit.key": 0o400,
        "worker/operator.key": 0o400, "public/worker.pub": 0o444,
    }

    def init(self, **more):
        self.keys = self.folder / "keys"
        return rentree("keys", "init", "--dir", self.keys, **more)

    def contents(self):
        return {str(path.relative_to(self.keys)): path.read_bytes()
                for path in self.keys.rglob("*") if path.is_file()}

    def mode(self, name):
        return stat.S_IMODE((self.keys / name).stat().st_mode)

    def test_creates_all(self):
        self.assertCode(self.init(), 0)
        found = self.contents()
        self.assertEqual(set(found), set(self.FILES))
        for name, mode in self.FILES.items():
            self.assertEqual(self.mode(name), mode, name)
            self.assertEqual(len(found[name]), 32, name)
        self.assertEqual(len(set(found.values())), len(found))
        self.assertEqual(self.mode("web"), 0o700)
        self.assertEqual(self.mode("worker"), 0o700)
        self.assertEqual(self.mode("public"), 0o755)

    def test_the_shells_mask_is_no_matter(self):
        self.assertCode(self.init(umask=0o077), 0)
        self.assertEqual(self.mode("public"), 0o755)
        self.assertEqual(self.mode("public/worker.pub"), 0o444)

    def test_again_changes_nothing(self):
        self.init()
        before = self.contents()
        done = self.init()
        self.assertCode(done, 0)
        self.assertEqual(self.contents(), before)
        self.assertNotIn("created", done.stdout)

    def test_fills_a_gap(self):
        self.init()
        before = self.contents()
        (self.keys / "worker" / "audit.key").unlink()
        (self.keys / "public" / "worker.pub").unlink()
        done = self.init()
        self.assertCode(done, 0)
        self.assertEqual(done.stdout.count("created"), 2)
        after = self.contents()
        self.assertNotEqual(after.pop("worker/audit.key"),
                            before.pop("worker/audit.key"))
        self.assertEqual(after, before)

    def test_by_the_configuration(self):
        config = self.write_config()
        self.assertCode(rentree("keys", "init", config=config), 0)
        self.keys = self.folder / "keys"
        self.assertEqual(set(self.contents()), set(self.FILES))


class Configuration(Case):
    def test_every_mistake_with_its_line(self):
        config = self.write_config(
            "[site]\npublic_url = http://127.0.0.1\n"
            "naem = X\n[redis]\nurii = x\n[direktory]\n"
            "[limits]\nper_address = many\n")
        done = rentree("queue", "list", config=config)
        self.assertCode(done, MISCONFIGURED)
        for start, word in {":3: ": "name", ":5: ": "uri",
                            ":6: ": "directory",
                            ":8: ": "per_address"}.items():
            self.assertRegex(
                done.stderr,
                rf"(?m)^{re.escape(str(config) + start)}.*\b{word}\b")
        self.assertRegex(done.stderr, r"\bfrom\b")  # required, not there

    def test_what_does_not_fit_together(self):
        config = self.write_config(SETTINGS.replace(
            "http://127.0.0.1:8080", "http://comptes.exemple.fr"))
        done = rentree("queue", "list", config=config)
        self.assertCode(done, MISCONFIGURED)
        self.assertRegex(
            done.stderr,
            rf"^{re.escape(str(config))}:2: \[site\] public_url: .*https")

    def test_check_says_so(self):
        config = self.write_config("[site]\nnonsense = 1\n")
        done = rentree("check", "--json", config=config)
        self.assertCode(done, MISCONFIGURED)
        self.assertIn(f"{config}:2: ", done.stderr)
        lines = json.loads(done.stdout)
        self.assertEqual([x["verdict"] for x in lines], ["fail"])

    def test_check_without_servers(self):
        """What is away, and what is wrong here: the latter wins."""
        config = self.write_config(
            SETTINGS + "[redis]\nuri = unix://{folder}/nobody\n"
            "[directory]\nuri = ldapi://%2Fnowhere\n"
            "bind_password_file = {folder}/password\n"
            "[provision]\nbind_password_file = {folder}/password\n")
        text = config.read_text()
        config.write_text(text.replace(
            "[mail]\n", "[mail]\nsmtp = smtp://127.0.0.1:1\n"))
        password = self.folder / "password"
        password.write_text("secret\n")
        password.chmod(0o400)
        rentree("keys", "init", config=config)
        done = rentree("check", config=config)
        self.assertCode(done, AWAY)
        for name in ("directory", "provision", "redis", "mail"):
            self.assertRegex(done.stdout, f"(?m)^fail {name}: ")
        for name in ("config", "time_zone", "keys", "templates", "audit"):
            self.assertRegex(done.stdout, f"(?m)^ok {name}: ")
        (self.folder / "keys" / "web" / "captcha.key").unlink()
        done = rentree("check", config=config)
        self.assertCode(done, MISCONFIGURED)
        self.assertRegex(done.stdout, "(?m)^fail keys: .*captcha.key")

    def test_a_key_that_others_can_read(self):
        config = self.write_config()
        rentree("keys", "init", config=config)
        (self.folder / "keys" / "worker" / "audit.key").chmod(0o404)
        done = rentree("audit", "verify", config=config)
        self.assertCode(done, MISCONFIGURED)
        self.assertIn("audit.key", done.stderr)

    def test_sample(self):
        sample = rentree("check", "--sample")
        self.assertCode(sample, 0)
        required = sample.stdout.replace(
            "; public_url =    ; required",
            "public_url = http://127.0.0.1").replace(
                "; from =    ; required", "from = a@ac-exemple.fr")
        config = self.write_config(
            required.replace("{", "{{").replace("}", "}}").replace(
                "dir = /etc/rentree/keys", "dir = {folder}/keys"))
        self.assertCode(rentree("keys", "init", config=config), 0)


class Batch(Case):
    def test_one_at_a_time(self):
        config = self.write_config()
        with subprocess.Popen(
                ["flock", config, "-c", "echo; cat"], text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            other.stdout.readline()
            done = rentree("provision", "run", "--year", "2026", "x.csv",
                           config=config)
            other.communicate("")
        self.assertCode(done, LOCKED)
        self.assertIn("another", done.stderr)

    def test_no_plan(self):
        config = self.write_config()
        plan = self.folder / "plan"
        plan.write_text('{"plan":1}\n')
        done = rentree("provision", "ldif", plan, config=config)
        self.assertCode(done, BAD_INPUT)
        self.assertIn(str(plan), done.stderr)


class Audit(Case):
    def setUp(self):
        super().setUp()
        self.config = self.write_config()
        rentree("keys", "init", config=self.config)
        self.file = self.folder / "audit.jsonl"

    def test_looking_leaves_a_line(self):
        done = rentree("audit", "show", "jdupont", config=self.config)
        self.assertCode(done, 0)
        done = rentree("audit", "export", "jdupont", config=self.config)
        self.assertCode(done, 0)
        line = json.loads(done.stdout)
        self.assertEqual(line["event"], "audit.show")
        self.assertRegex(line["actor"], r"^operator:.")

    def test_verify(self):
        for _ in range(3):
            rentree("audit", "show", "jdupont", config=self.config)
        done = rentree("audit", "verify", "--json", config=self.config)
        self.assertCode(done, 0)
        self.assertEqual(json.loads(done.stdout)["good_lines"], 3)
        lines = self.file.read_text().splitlines(True)
        self.file.write_text(lines[0] + lines[2])
        done = rentree("audit", "verify", config=self.config)
        self.assertCode(done, 1)
        self.assertIn(f"{self.file}:2: ", done.stderr)


class Numbers(Case):
    def test_normal_forms(self):
        cases = {
            "09e9501234abc": ("NUMEN", "09E9501234ABC"),
            " 09E 95 O12 34 ABC ": ("NUMEN", "09E9501234ABC"),
            "09E\u00a09501234\u00a0ABC": ("NUMEN", "09E9501234ABC"),
            "0123456789a": ("INE", "0123456789A"),
        }
        for typed, (kind, normal) in cases.items():
            done = rentree("numen", "show-shape", "-", "--json",
                           stdin=typed + "\n")
            self.assertCode(done, 0)
            found = json.loads(done.stdout)[0]
            self.assertEqual((found["kind"], found["normal"]),
                             (kind, normal))
            self.assertIsNone(found["fault"])

    def test_faults(self):
        lines = ["09E9501234ABC", "", "123", "09E95é1234ABC",
                 "ABCDEFGHIJKLM", "x" * 5000, "\033[0m"]
        done = rentree("numen", "show-shape", "-",
                       stdin="\n".join(lines))
        self.assertCode(done, BAD_INPUT)
        found = done.stdout.splitlines()
        self.assertEqual(len([x for x in found if "warning" not in x]),
                         len(lines))
        self.assertTrue(found[0].startswith("NUMEN  09E9501234ABC"))
        self.assertEqual(done.stdout.count("wrong  "), len(lines) - 1)
        self.assertNotIn("\033", done.stdout)

    def test_nothing(self):
        self.assertCode(rentree("numen", "show-shape", "-"), BAD_INPUT)

    def test_bytes_that_are_no_text(self):
        done = subprocess.run(
            [BUILD / "rentree", "numen", "show-shape", "-"],
            input=b"\xff\xfe\n", capture_output=True, check=False,
            timeout=60)
        self.assertEqual(done.returncode, BAD_INPUT)


class Manuals(Case):
    def test_every_command(self):
        text = (ROOT / "cmd" / "rentree.1").read_text()
        usage = rentree("--help").stdout
        names = re.findall(r"(?m)^  ([a-z]+(?: [a-z-]+)?) ?.*\n      ", usage)
        self.assertGreater(len(names), 15)
        for name in names:
            self.assertRegex(text, rf"\bCm {name}\b")

    def test_every_key(self):
        """The same sections, keys and defaults as in the sample."""
        manual = (ROOT / "cmd" / "rentree.conf.5").read_text()
        told = re.findall(r"(?m)^\.Ss \[(.*)\]|^\.It Ic (.*)$", manual)
        sample = re.findall(
            r"(?m)^\[(.*)\]$|^(?:; (?=\S+ =    ; required$))?(\S+ =.*)$",
            rentree("check", "--sample").stdout)
        wanted = []
        for section, key in sample:
            if key.endswith("; required"):
                key = key.partition(" ")[0]
            wanted.append((section, key))
        self.assertEqual(told, wanted)

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_mandoc(self):
        for path in (ROOT / "cmd").glob("*.[158]"):
            done = subprocess.run(
                ["mandoc", "-Tlint", "-Wwarning", path],
                capture_output=True, text=True, check=False)
            self.assertEqual(done.stdout, "", path)


if __name__ == "__main__":
    unittest.main()
