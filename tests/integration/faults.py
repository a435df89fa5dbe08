"""The fault points of the sources (lib/base/fault.h), and the programs of
`make FAULTS=1` that stop there."""
import re
import subprocess

from house import servers

POINT = re.compile(r'\bFAULT_POINT\("([a-z.-]+)"\)')
BUILD = servers.BUILD / "faults"


def points():
    """{name: file}; a name that stands twice is a mistake."""
    found = {}
    for folder in ("lib", "cmd", "captcha", "mailer"):
        for path in sorted((servers.ROOT / folder).rglob("*.c")):
            for name in POINT.findall(path.read_text()):
                where = str(path.relative_to(servers.ROOT))
                if name in found:
                    raise AssertionError(
                        f"{where}: {name} stands in {found[name]} already")
                found[name] = where
    return found


def command(config, *arguments, env):
    """`rentree` as servers.command() runs it, but that it may be killed."""
    return subprocess.run(
        [BUILD / "rentree", "-c", config, *map(str, arguments)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, env=env, timeout=120)


# Those of the batch have tests of their own, which try every pass of each:
# test_provision_crash, test_handout.
BATCH = ("provision.", "handout.")


def batch_points():
    return {name for name in points() if name.startswith(BATCH)}
