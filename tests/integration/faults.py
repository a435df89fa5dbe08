"""The fault points of the sources (lib/base/fault.h), and the programs of
`make FAULTS=1` that stop there."""
import re

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
