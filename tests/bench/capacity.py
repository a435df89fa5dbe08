"""What one machine carries on the first morning, from the service times that
were measured, and where it breaks first. Arithmetic, and no measuring.

A core-second is what there is; each step of a visit takes some of it in one of
four processes. Redis is one thread and mdb has one writer: their ceilings are
those of one core. The other ceilings are configured (mails, limits).
"""

PEOPLE = 1_000_000
DAYS = 3
FIRST_DAY = 0.5      # half of them come on the first day
BUSY_HOUR = 0.2      # and a fifth of a day in its busiest hour
BURST = 3            # the busiest minute, beside the mean of its hour
HEADROOM = 0.7       # of a core: beyond it, queues grow

# How often a visit does each step: a form is opened 1.3 times (an error, a
# second try); one in five looks at the picture, the others' browsers calculate;
# everybody asks once, gets one mail and redeems one link.
VISIT = (
    ("home page", "home_page", 1.0), ("style sheet", "style_sheet", 1.0),
    ("form", "form_16", 1.3), ("picture", "kept_picture", 0.2))

DEFAULTS = {"per_minute": 600, "budget_per_hour": 20000, "connections": 256,
            "per_address": (20, 10), "per_school_address": (400, 10),
            "queue": 200000}
SCHOOL = 800         # pupils and staff behind one address


def arrivals():
    hour = PEOPLE * FIRST_DAY * BUSY_HOUR
    return hour, hour / 3600, BURST * hour / 3600


def costs(parts):
    """{process: microseconds of a core for one whole visit}, and the lines of
    how they come about."""
    pages, journey = parts["pages"]["figures"], parts["journey"]["figures"]
    lines, spent = [], {"web": 0, "worker": 0, "redis": 0, "slapd": 0}

    def add(process, what, each, times):
        spent[process] += each * times
        lines.append([process, what, each, times, each * times])

    for what, key, times in VISIT:
        add("web", what, pages[key]["cpu_us"], times)
    accepted = journey["accepted_always"]
    sent = max(0, accepted["cpu_web_us"] - pages["form_16"]["cpu_us"])
    add("web", "sent form (form and sending, less the form)", sent, 1)
    add("redis", "admitted", accepted["cpu_redis_us"], 1)
    for process in ("worker", "redis", "slapd"):
        add(process, "mail", journey["worker_4"][f"cpu_{process}_us"], 1)
    for process in spent:
        add(process, "link opened, password set (OWASP hash)",
            journey["redeem_OWASP"][f"cpu_{process}_us"], 1)
    return spent, lines


def breaks(parts, spent, cores):
    """[what, visits a second it carries, how], the first to break first."""
    journey = parts["journey"]["figures"]
    total = sum(spent.values())
    found = [
        [f"{cores} cores", HEADROOM * cores * 1e6 / total,
         f"{HEADROOM} x {cores} x 1,000,000 us / {total:.0f} us a visit"],
        ["Redis, one thread", HEADROOM * 1e6 / spent["redis"],
         f"{HEADROOM} x 1,000,000 / {spent['redis']:.0f} us"],
        ["mails through one worker, 4 threads",
         HEADROOM * journey["worker_4"]["rate"],
         f"{HEADROOM} x {journey['worker_4']['rate']:.0f}/s measured"],
        ["password changes", HEADROOM * journey["redeem_OWASP"]["rate"],
         f"{HEADROOM} x {journey['redeem_OWASP']['rate']:.0f}/s measured"],
        ["[mail] per_minute = 600 (default)", DEFAULTS["per_minute"] / 60,
         "600 / 60 s"],
        ["[mail] budget_per_hour = 20000 (default)",
         DEFAULTS["budget_per_hour"] / 3600, "20,000 / 3,600 s"]]
    return sorted(found, key=lambda x: x[1])


def school_rows():
    rows = []
    for name in ("per_address", "per_school_address"):
        burst, minutes = DEFAULTS[name]
        hours = max(0, SCHOOL - burst) / burst * minutes / 60
        rows.append([f"[limits] {name} = {burst}/{minutes}m", burst,
                     burst / minutes, hours])
    return rows


def run(parts, cores):
    if not all(x in parts and "figures" in parts[x]
               for x in ("pages", "journey")):
        raise LookupError("needs the parts pages and journey")
    hour, second, peak = arrivals()
    spent, lines = costs(parts)
    first = breaks(parts, spent, cores)
    rows = [[what, rate, rate / second, rate / peak,
             "no" if rate < second else
             "the hour" if rate < peak else "the minute", how]
            for what, rate, how in first]
    measured = [x for x in first if not x[0].startswith("[")]
    configured = [x for x in first if x[0].startswith("[")]
    text = (
        f"Assumed: {PEOPLE:,} people over {DAYS} days, {FIRST_DAY:.0%} of them "
        f"on the first, {BUSY_HOUR:.0%} of a day in its busiest hour, "
        f"{BURST} times that in its busiest minute: "
        f"{PEOPLE:,} x {FIRST_DAY} x {BUSY_HOUR} = {hour:,.0f} in the hour = "
        f"{second:.1f}/s, {peak:.1f}/s in the minute.\n\n"
        f"Of the configuration, the first limit is {configured[0][0]}, at "
        f"{configured[0][1]:.1f}/s. It is meant to be: mails then wait, and "
        "nothing is lost (a recovery lives 24 h; the queue holds "
        f"{DEFAULTS['queue']:,}). Who expects such a morning sets [mail] "
        f"per_minute to {peak * 60:,.0f} and budget_per_hour to "
        f"{hour * 1.2:,.0f} or more, if the relay takes as much, and lists "
        "the schools' addresses in [limits] school_networks.\n\n"
        f"Of the machine, the first limit is: {measured[0][0]}, at "
        f"{measured[0][1]:.0f}/s; the next: {measured[1][0]}, at "
        f"{measured[1][1]:.0f}/s. A form above that is answered 503, a mail "
        "waits, a password change waits and is then asked for again; web "
        "processes and workers can be added on other machines, cores for "
        "slapd's hashes only where the directory is written.\n\n"
        "Everything is on the one machine that was measured; the relay's own "
        "work is not in it.")
    return {
        "title": "Capacity: the first morning of a million people",
        "text": text,
        "figures": {"hour": hour, "mean_per_s": second, "peak_per_s": peak,
                    "us_a_visit": spent,
                    "first": first[0][0], "first_per_s": first[0][1],
                    "first_measured": measured[0][0],
                    "first_measured_per_s": measured[0][1]},
        "tables": [
            {"head": ["process", "step", "us each", "times a visit", "us"],
             "rows": lines + [[p, "together", None, None, us]
                              for p, us in spent.items()]},
            {"head": ["what carries it", "visits/s", "of the busiest hour",
                      "of its busiest minute", "carries", "how"],
             "rows": rows},
            {"head": [f"a school of {SCHOOL} behind one address", "at once",
                      "then a minute", "hours until all could ask"],
             "rows": school_rows()}],
        "charts": []}
