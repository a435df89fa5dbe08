"""Load and abuse against the daemons as they were built, on loopback.

    tests/integration/abuse.py          make proof-abuse

Figures go to build/proof/abuse.json and abuse.md; the short form is
test_abuse.py. Every attack ends by itself: by its count and by its time.
"""
import json
import os
import platform
import resource
import sys
import time

import abuse_forms as forms
import abuse_lines as lines
from house import House, servers

CONNECTIONS = 256  # [web] connections: the default


def open_house():
    """As it is installed, but for identities: the limit of one address, of a
    /48, of a school and of a mailbox are what is tried."""
    return House(limits=forms.LIMITS,
                 settings={"web": {"connections": CONNECTIONS}})


def room_for_lines(count):
    """Descriptors for so many connections; how many there may be."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = min(hard, count + 1000)
    if soft > resource.getrlimit(resource.RLIMIT_NOFILE)[0]:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(count, soft - 500)


def attacks(house):
    most = room_for_lines(10_000)
    return [
        ("slowloris", lambda: lines.slowloris(house, 1000, 60)),
        ("open connections", lambda: lines.crowd(house, most, 10)),
        ("128 busy", lambda: lines.busy(house, 128, 20)),
        ("256 busy", lambda: lines.busy(house, 256, 20)),
        ("headers of 1 MiB", lambda: lines.large_headers(house, 300)),
        ("pipelining", lambda: lines.pipelined(house, 2000)),
        ("bad chunked bodies", lambda: lines.bad_chunks(house)),
        ("captchas", lambda: forms.captchas(house, 50_000, 60)),
        ("guesses from one /48", lambda: forms.guesses(house, 10_000)),
        ("a staff room", lambda: forms.staff_room(house, 200)),
        ("mail-bomb", lambda: forms.mail_bomb(house, 100)),
        ("distinct values", lambda: forms.values(house, 5000))]


def as_page(report):
    out = ["# Load and abuse", "", f"`make proof-abuse`, {report['when']}; "
           f"{report['machine']}, {report['processors']} processors; `[web] "
           f"connections = {CONNECTIONS}`. \"Others\" is a visitor who asks "
           "for a form every 20 ms meanwhile.", ""]
    for name, figures in report["attacks"].items():
        out += [f"## {name}", "", "| | |", "|---|---|"]
        out += [f"| {key} | {value} |" for key, value in figures.items()]
        out.append("")
    return "\n".join(out)


def main():
    report = {"when": time.strftime("%Y-%m-%d"),
              "machine": f"{platform.system()} {platform.machine()}",
              "processors": os.cpu_count(), "attacks": {}}
    with open_house() as house:
        report["RSS kB"] = {
            "web before": lines.rss(house.web),
            "worker before": lines.rss(house.worker)}
        for name, attack in attacks(house):
            print(name, flush=True)
            report["attacks"][name] = attack()
            print(json.dumps(report["attacks"][name]), flush=True)
        report["RSS kB"].update({
            "web after": lines.rss(house.web),
            "web at most": lines.status_of(house.web)["VmHWM"],
            "worker after": lines.rss(house.worker),
            "worker at most": lines.status_of(house.worker)["VmHWM"]})
        report["attacks"]["RSS kB"] = report.pop("RSS kB")
    folder = servers.BUILD / "proof"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "abuse.json").write_text(
        json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    (folder / "abuse.md").write_text(as_page(report))
    print(f"abuse: {folder / 'abuse.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
