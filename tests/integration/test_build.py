"""Issue 2, lines 1, 2 and 12: what was built, the demo, and the README."""
import os
import re
import signal
import subprocess
import time
import unittest
from pathlib import Path

import faults
from house import servers
from shared import Case

ROOT = servers.ROOT
PROGRAMS = ("rentree-web", "rentree-worker", "rentree")
POINTS = faults.points()


class Build(Case):
    def libraries(self, name):
        return subprocess.run(["ldd", servers.BUILD / name],
                              capture_output=True, text=True,
                              check=True).stdout

    def test_the_web_process_links_no_directory_and_no_mail(self):
        self.assertNotRegex(self.libraries("rentree-web"),
                            r"libldap|liblber|libcurl")
        self.assertRegex(self.libraries("rentree-worker"), r"libldap")

    def test_hardened(self):
        for name in PROGRAMS:
            done = subprocess.run(
                ["readelf", "-Wldh", servers.BUILD / name],
                capture_output=True, text=True, check=True).stdout
            with self.subTest(name):
                self.assertRegex(done, r"Type:\s+DYN")
                if "libasan" in self.libraries(name) or \
                        "asan" in str(servers.BUILD) or \
                        "san-" in str(servers.BUILD):
                    continue
                self.assertIn("GNU_RELRO", done)
                self.assertRegex(done, r"BIND_NOW|\bNOW\b")
                self.assertRegex(done, r"GNU_STACK.* RW ")

    def holds(self, path):
        """What of lib/base/fault.h stands in a program."""
        program = path.read_bytes()
        return [word for word in ("RENTREE_FAULT", "fault_point", *POINTS)
                if word.encode() in program]

    def test_no_fault_points_in_what_is_installed(self):
        self.assertTrue(POINTS)
        for name in PROGRAMS:
            with self.subTest(name):
                self.assertEqual(self.holds(servers.BUILD / name), [])
                self.assertIn("RENTREE_FAULT", self.holds(
                    servers.BUILD / "faults" / name))


class Demo(Case):
    """`make demo` runs deploy/demo/run."""

    def setUp(self):
        self.port = servers.free_port()
        self.env = {**os.environ, "RENTREE_BUILD": str(servers.BUILD),
                    "DEMO_PORT": str(self.port),
                    "DEMO_MAIL_PORT": str(servers.free_port())}
        self.env.pop("DEMO_DIR", None)

    def left_over(self):
        """Processes that still name a folder of the demo."""
        return [x for x in Path("/proc").glob("[0-9]*/cmdline")
                if str(self.folder).encode() in self.read(x)]

    @staticmethod
    def read(path):
        try:
            return path.read_bytes()
        except OSError:
            return b""

    def folder_of(self, out):
        self.folder = Path(re.search(r"(?m)^folder +(\S+)$", out)[1])

    def test_one_journey_by_itself(self):
        done = subprocess.run(
            [ROOT / "deploy" / "demo" / "run"], capture_output=True,
            text=True, check=False, timeout=120,
            env={**self.env, "DEMO_ONCE": "1"})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.folder_of(done.stdout)
        self.assertIn("it opens the account", done.stdout)
        self.assertEqual(self.left_over(), [])
        self.assertFalse(self.folder.exists())

    def test_ctrl_c_ends_everything(self):
        child = subprocess.Popen(
            [ROOT / "deploy" / "demo" / "run"], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, env=self.env,
            start_new_session=True)
        out = ""
        try:
            for line in child.stdout:
                out += line
                if "Ctrl-C" in line:
                    break
            self.assertIn(f"http://127.0.0.1:{self.port}/", out)
            self.assertIn("09E9501234ABC", out)
            self.folder_of(out)
            self.assertTrue(self.left_over())
            time.sleep(0.2)
            # As a terminal does: to the whole foreground group.
            os.killpg(child.pid, signal.SIGINT)
            child.stdout.read()
            self.assertEqual(child.wait(30), 0)
        finally:
            if child.poll() is None:
                child.kill()
            child.stdout.close()
        self.assertEqual(self.left_over(), [])
        self.assertFalse(self.folder.exists())

    def test_a_taken_port_is_said(self):
        done = subprocess.run(
            [ROOT / "deploy" / "demo" / "run"], capture_output=True,
            text=True, check=False, timeout=30,
            env={**self.env, "DEMO_PORT": str(self.house.port)})
        self.assertEqual(done.returncode, 1)
        self.assertIn("DEMO_PORT", done.stderr)


class Readme(Case):
    def test_it_leads_somewhere(self):
        readme = ROOT / "README.md"
        text = readme.read_text()
        self.assertIn("make demo", text)
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            self.assertTrue((ROOT / link).exists(), link)
        self.assertRegex(text, r"!\[[^]]*\]\([^)]+\.png\)")


if __name__ == "__main__":
    unittest.main()
