"""What the manuals say is logged and counted, to hold against what is.

rentree-log(5): `.It event level key…`; rentree-metrics(5): `.It type
name{label=value|value,…}`, and "Both.", "Web." or "Worker." below it.
"""
import re
import subprocess

import servers

PAGES = servers.ROOT / "cmd"
FIELD = re.compile(r'(\S+?)=("(?:[^"\\]|\\.)*"|\S*)')
ALWAYS = {"ts", "level", "program", "event", "cut"}


def items(page, word):
    """(what stands after `.It`, the line below) of lines that have word."""
    lines = (PAGES / page).read_text().splitlines()
    return [(line[4:], lines[i + 1]) for i, line in enumerate(lines)
            if re.match(rf"\.It {word}", line)]


def events():
    """{program: {event: (levels, keys)}}"""
    text = (PAGES / "rentree-log.5").read_text()
    found = {}
    for part in text.split(".Ss Events of ")[1:]:
        program, _, rest = part.partition("\n")
        table = found.setdefault(program, {})
        for line in re.findall(r"^\.It (.+)$", rest, re.M):
            event, levels, *keys = line.split()
            table[event] = (levels.split("|"),
                            {x for key in keys for x in key.split("|")})
    return found


def wrong_lines(text):
    """Log lines that the manual does not have, each with why."""
    known, wrong = events(), []
    for line in text.splitlines():
        if not line.startswith("ts="):
            continue
        fields = dict(FIELD.findall(line))
        row = known.get(fields.get("program"), {}).get(fields.get("event"))
        if row is None:
            wrong.append(f"no such event: {line}")
        elif fields["level"] not in row[0]:
            wrong.append(f"another level: {line}")
        elif set(fields) - ALWAYS - row[1]:
            wrong.append(f"another key: {line}")
    return wrong


def logged_in_sources():
    """Every event that stands in the sources of the daemons. What goes
    through a helper is found by its form: word.word in a string."""
    named = subprocess.run(
        ["git", "ls-files", "lib/*.c", "captcha/*.c", "mailer/*.c",
         "cmd/web*.c", "cmd/worker*.c", "cmd/common*.c"],
        cwd=servers.ROOT, capture_output=True, text=True, check=True)
    found = set()
    for path in named.stdout.split():
        if "/handout" in path or "/provision" in path:
            continue  # the command line's, which logs nothing
        text = (servers.ROOT / path).read_text()
        for call in re.findall(
                r"(?:log_event\(|trace_leave\(|tell\w*\(|send_link\(|leave\(|"
                r"end_as\(|event = |REFUSED )"
                r"(.*?);", text, re.S):
            found.update(x for x in re.findall(r'"([a-z]+\.[a-z-]+)"', call))
        found.update(re.findall(
            r'log_event\(\s*[^;]*?"(started|stopping)"', text, re.S))
        found.update(re.findall(r'\[DESK_\w+\] = \{"([a-z.-]+)", ', text))
    return found


def numbers(language):
    """{program: {name: (type, {label: values})}} of the manual; values of
    labels that stand there without: flow, language, version."""
    flows = {"recover", "remind", "activate", "resend", "change", "rescue",
             "invite", "notice"}
    usual = {"flow": flows, "language": set(language), "version": None}
    found = {"web": {}, "worker": {}}
    for line, below in items("rentree-metrics.5",
                             "(counter|gauge|histogram) "):
        kind, rest = line.split(" ", 1)
        name, _, labels = rest.rstrip("}").partition("{")
        values = {}
        for label in filter(None, labels.split(",")):
            key, _, words = label.partition("=")
            values[key] = set(words.split("|")) if words else usual[key]
        for program in found:
            if below.rstrip(".").lower() in ("both", program):
                found[program][name] = (kind, values)
    return found
