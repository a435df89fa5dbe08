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


def built():
    """The points that the programs have."""
    programs = [path.read_bytes() for path in BUILD.glob("rentree*")
                if path.is_file()]
    return {name for name in points()
            if any(name.encode() in text for text in programs)}


def tried_elsewhere(*but):
    """Those that another file of tests names."""
    texts = [path.read_text() for path in
             (servers.ROOT / "tests" / "integration").glob("test_*.py")
             if path.stem not in but]
    return {name for name in points()
            if any(f'"{name}' in text for text in texts)}


def command(config, *arguments, env):
    """`rentree` as servers.command() runs it, but that it may be killed."""
    return subprocess.run(
        [BUILD / "rentree", "-c", config, *map(str, arguments)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, env=env, timeout=120)
