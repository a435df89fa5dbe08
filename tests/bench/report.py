"""report.json, report.md and the curves, and what of the targets is met.

A part's result is {title, text, figures, tables: [{head, rows}], charts:
[{name, title, across, up, lines}]}, or {title, failed} when it ended early:
then the others stand all the same.
"""
import json

import svg

# What is asked for, and what of the figures says whether it is met: a part, the
# path in its figures, how it compares, the bound; then what the rest of the
# time goes to, when it is not.
TARGETS = (
    ("1. form page, 16 connections, of a bare page in the same minute",
     "pages", "form_16.ratio", ">=", 0.9, "the page itself, see 'Where the time goes'"),
    ("1. form page, requests/s (two quiet cores)",
     "pages", "form_16.rate", ">=", 60000, "the same"),
    ("1. form page, p99, ms", "pages", "form_16.p99_ms", "<=", 1,
     "waits for a core: load and server share two"),
    ("1. journeys with the picture, a second",
     "pages", "journey.rate", ">=", 1000,
     "sealing, and pictures through a gate of half of the cores"),
    ("1. picture, one visitor, p50, ms", "pages", "journey_alone.picture_p50_ms", "<=", 1,
     "drawing"),
    ("2. accepted, fsync always, a second",
     "journey", "accepted_always.rate", ">=", 10000,
     "sealing: two Curve25519 multiplications a request"),
    ("2. accepted, fsync always, POST p50 ms",
     "journey", "accepted_always.post_p50_ms", "<=", 2, "the same, and fsync"),
    ("2. accepted, fsync always, POST p99 ms",
     "journey", "accepted_always.post_p99_ms", "<=", 5, "the same"),
    ("2. accepted, fsync each second, a second",
     "journey", "accepted_everysec.rate", ">=", 15000, "sealing, as above"),
    ("4. provisioning on disk, of ldapadd, 1,000 people",
     "provision", "apply_to_ldapadd_1000_disk", ">=", 1.1,
     "mdb's one writer, and a sync of the disk an entry"),
    ("5. 100,000 unchanged people, s (BENCH_FULL=1)",
     "provision", "again_time_100000_memory", "<=", 5, ""),
    ("5. the same, KiB a person (BENCH_FULL=1)",
     "provision", "again_memory_100000_memory", "<=", 1, ""),
    ("6. rentree-web, idle, MiB", "footprint", "web_mib.idle", "<=", 12, ""),
    ("6. rentree-web, 256 connections, MiB",
     "footprint", "web_mib.load", "<=", 16,
     "256 threads that each sent a form: 16 KiB of libmicrohttpd and a "
     "stack; bare takes 14"),
    ("6. rentree-worker, idle, MiB", "footprint", "worker_mib.idle", "<=", 12,
     "libraries that others share (libcurl, libldap): 2 to 3 are its own"),
    ("6. rentree-worker, under load, MiB",
     "footprint", "worker_mib.load", "<=", 16, "the same"),
    ("7. mails into a sink, 4 threads, a second",
     "journey", "worker_4.rate", ">=", 3000,
     "Redis: ten fsynced writes a mail, that is what no lost mail costs"),
    ("8. 128 connections do not stall: of the rate at 64",
     "pages", "stall.128", ">=", 0.3, ""),
    ("8. 256 connections do not stall: of the rate at 64",
     "pages", "stall.256", ">=", 0.3, ""),
)
ELSEWHERE = """\
Not measured here: 3 (no oracle) is `make proof-timing`; 7 into Postfix needs one
on the machine.
"""


def number(value):
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |",
             "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(number(x) for x in row) + " |"
              for row in rows]
    return "\n".join(lines) + "\n"


def find(parts, part, path):
    at = parts.get(part, {}).get("figures")
    for word in path.split("."):
        at = at.get(word) if isinstance(at, dict) else None
    return at


def verdicts(parts):
    rows = []
    for what, part, path, sign, bound, rest in TARGETS:
        value = find(parts, part, path)
        met = value is not None and (
            value >= bound if sign == ">=" else value <= bound)
        rows.append([what, f"{sign} {number(bound)}", value,
                     "not measured" if value is None else
                     "met" if met else "**not met**",
                     "" if met or value is None else rest])
    return rows


def machine_text(machine):
    packages = ", ".join(f"{n} {v}" for n, v in
                         machine["packages"].items() if v)
    return (f"{machine['processor']}, {machine['cores']} cores, "
            f"{machine['memory_gib']} GiB, {machine['system']}, Linux "
            f"{machine['kernel']}; {packages}. Load of the machine when it "
            f"began: {machine['load']:.1f}.")


METHOD = """\
Everything is on one machine and talks over loopback; load and servers share its
cores. What is compared runs in turns within the same minute (runs of each: {runs}
at most); a figure is the median, a ratio is taken turn by turn and is the median
of these.
Processor time is what the kernel counted for the process, an item. Nothing here
passes or fails by a time. On a machine with other work look at the ratios and
the processor times.
"""


def markdown(report):
    out = ["# What was measured\n", machine_text(report["machine"]) + "\n",
           METHOD.format(runs=report["runs"]), "## The targets\n",
           table(["target", "asked", "measured", "", "the rest goes to"],
                 verdicts(report["parts"])), ELSEWHERE]
    for part in report["parts"].values():
        out.append(f"## {part['title']}\n")
        if "failed" in part:
            out.append(f"This part ended early: {part['failed']}\n")
            continue
        out.append(part["text"] + "\n")
        out += [table(**x) for x in part["tables"]]
        out += [f"![{x['title']}]({x['name']}.svg)\n" for x in part["charts"]]
        if part.get("raw"):
            out.append("```\n" + part["raw"].rstrip() + "\n```\n")
    return "\n".join(out)


def write(report, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for part in report["parts"].values():
        for chart in part.get("charts", ()):
            (folder / (chart["name"] + ".svg")).write_text(svg.chart(
                chart["title"], chart["across"], chart["up"],
                chart["lines"]))
    (folder / "report.md").write_text(markdown(report))
    text = json.dumps(report, indent=1, ensure_ascii=False)
    (folder / "report.json").write_text(text + "\n")
