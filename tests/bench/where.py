"""Where the time goes, by callgrind: instructions of user code, which a noisy
machine does not move. The kernel's part is not in it: that is the difference
between the processor time of the other parts and this.

Each row is a function with all it calls; a row may be inside another.
"""
import re
import subprocess

from measure import rush
from village import Village

# Function, what it is. The first one is the whole.
FORM = (
    ("on_request", "the whole form page, but for libmicrohttpd's own reading"),
    ("page_values", "what every page has: addresses, names, languages"),
    ("page_add_captcha", "a captcha id, sealed"),
    ("template_render", "the page from its plate"),
    ("send_reply", "14 headers and the response"),
    ("visitor_make_ref", "the support reference"),
    ("sodium_memzero", "wiping what passed through"),
    ("calloc", "memory that starts as zeros"))
SENT = (
    ("on_request", "form opened and sent"),
    ("page_recover_get", "the form page"),
    ("page_recover_post", "the sent form"),
    ("envelope_seal", "sealing to the worker's key"),
    ("crypto_box_seal", "… in libsodium, Curve25519 twice"),
    ("limiter_add_value", "hashes of what is counted"),
    ("limiter_add_address", "… of the address"),
    ("captcha_check", "the captcha's answer"),
    ("queue_admit", "Redis: one round trip"))
MAIL = (
    ("recover_do", "a request that was opened, until its mail is accepted"),
    ("proof_find", "LDAP: the person"),
    ("kv_command", "Redis: ten commands"),
    ("letter_write", "the mail's text"),
    ("encode_quoted_printable", "… as quoted-printable"),
    ("smtp_send", "SMTP"),
    ("trace_leave", "the audit line"),
    ("token_issue", "links, recorded before they are sent"))


def start_watched(house, part, toggles, out):
    part.stop(60)
    part.argv[:0] = ["valgrind", "--tool=callgrind", "-q",
                     "--collect-atstart=no",
                     *(f"--toggle-collect={x}" for x in toggles),
                     f"--callgrind-out-file={out}"]


def annotate(out, functions, count):
    """Inclusive instructions by function, in thousands an item."""
    told = subprocess.run(
        ["callgrind_annotate", "--inclusive=yes", "--threshold=100", out],
        capture_output=True, text=True, check=True).stdout
    rows = []
    whole = None
    for name, what in functions:
        found = re.search(r"(?m)^\s*([\d,]+) \([^)]*\)\s+\S*:" + name +
                          r"(?: \[.*)?$", told)
        if not found:
            continue
        each = int(found[1].replace(",", "")) / count / 1000
        whole = whole or each
        rows.append([f"`{name}`", what, each, f"{100 * each / whole:.0f} %"])
    return rows


def web(kind, toggles, functions, count):
    with Village(people=10) as house:
        out = house.sink_folder / "callgrind"
        start_watched(house, house.web, toggles, out)
        house.start_web()
        house.pause(house.worker)
        if kind == "form":
            visitor = house.visitor()
            for _ in range(count):
                visitor.get("/mot-de-passe-oublie")
        else:
            rush("ask", house.port, house.captcha_key, 1, 600, count)
        house.web.stop(60)
        return annotate(out, functions, count)


def worker(functions, count):
    with Village(people=count) as house:
        out = house.sink_folder / "callgrind"
        house.queue(count)
        house.resume(house.worker)
        start_watched(house, house.worker, ["recover_do"], out)
        house.forget_mails()
        house.start_worker()
        house.wait_mails(count)
        house.wait_drained()
        house.worker.stop(60)
        return annotate(out, functions, count)


def run():
    head = ["function", "", "thousand instructions", "of the whole"]
    tables = [
        {"head": ["form page"] + head[1:],
         "rows": web("form", ["on_request"], FORM, 300)},
        {"head": ["form opened and sent"] + head[1:],
         "rows": web("ask", ["on_request"], SENT, 300)},
        {"head": ["through the worker"] + head[1:],
         "rows": worker(MAIL, 100)}]
    figures = {x["head"][0]: {r[0].strip("`"): r[2] for r in x["rows"]}
               for x in tables}
    return {"title": "Where the time goes",
            "text": "callgrind, user code only, an item; a row may be inside "
                    "another.",
            "figures": figures, "tables": tables, "charts": []}
