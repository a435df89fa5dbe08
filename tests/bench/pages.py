"""Pages: the form with a fresh captcha id beside a bare libmicrohttpd server
that answers as many bytes; and the whole look of a visitor, picture included.
"""
import measure
from measure import RUNS, SECONDS, interleave, median, middle, ratio, rush, wrk
from village import Village

FORM = "/mot-de-passe-oublie"
CONNECTIONS = (1, 16, 64, 256)


def row(name, ours, theirs=None):
    return [name, middle(ours, "rate"), middle(ours, "p50"),
            middle(ours, "p99"), middle(ours, "cpu"),
            ratio(ours, theirs) if theirs else None]


def beside_bare(house, bare, figures):
    rows = []
    for connections in CONNECTIONS:
        web, url = house.web.child.pid, house.url + FORM
        told = interleave({
            "form": lambda: wrk(url, connections, SECONDS, web),
            "bare": lambda: wrk(f"http://127.0.0.1:{bare.port}/", connections,
                                SECONDS, bare.child.pid)})
        rows.append(row(f"form, {connections}", told["form"], told["bare"]))
        rows.append(row(f"bare, {connections}", told["bare"]))
        figures[f"form_{connections}"] = {
            "rate": middle(told["form"], "rate"),
            "p50_ms": middle(told["form"], "p50"),
            "p99_ms": middle(told["form"], "p99"),
            "cpu_us": middle(told["form"], "cpu"),
            "ratio": ratio(told["form"], told["bare"]),
            "bare_rate": middle(told["bare"], "rate"),
            "bare_cpu_us": middle(told["bare"], "cpu")}
    return rows


def stalls(house):
    """At these numbers of connections libmicrohttpd's epoll mode stops (some
    tens of requests a second instead of tens of thousands)."""
    return [[n, median([wrk(house.url + FORM, n, 1)["rate"]
                        for _ in range(3)])] for n in (128, 256)]


def journeys(house, figures):
    rows = []
    house.pause(house.worker)
    for connections, name in ((1, "journey_alone"), (16, "journey")):
        told = [rush("look", house.port, house.captcha_key, connections,
                     SECONDS) for _ in range(RUNS)]
        house.empty()
        figures[name] = {
            "rate": middle(told, "rate"),
            "picture_p50_ms": middle(told, "picture_p50"),
            "picture_p99_ms": middle(told, "picture_p99")}
        rows.append([f"form, picture, sent form: {connections}",
                     middle(told, "rate"), middle(told, "get_p50"),
                     middle(told, "picture_p50"), middle(told, "picture_p99"),
                     middle(told, "post_p50")])
    house.resume(house.worker)
    return rows


def statics(house, figures):
    """What else a visit costs the web process, for the capacity."""
    page = house.visitor().get(FORM).text
    style = page.split('rel="stylesheet" href="')[1].split('"')[0]
    picture = page.split('src="/captcha/')[1].split('"')[0]
    rows = []
    for name, path in (("home page", "/"), ("style sheet", style),
                       ("kept picture", "/captcha/" + picture)):
        told = [wrk(house.url + path, 16, 1, house.web.child.pid)
                for _ in range(RUNS)]
        rows.append(row(name, told))
        figures[name.replace(" ", "_")] = {"cpu_us": middle(told, "cpu")}
    return rows


def run():
    figures = {}
    with Village(people=10) as house:
        size = len(house.visitor().get(FORM).raw)
        idle = measure.memory_mib(house.web.child.pid)
        with measure.bare(size) as bare:
            rows = beside_bare(house, bare, figures)
            memory = [["rentree-web", idle,
                       measure.memory_mib(house.web.child.pid),
                       measure.memory_mib(house.web.child.pid, "VmHWM")],
                      ["bare", None, measure.memory_mib(bare.child.pid),
                       measure.memory_mib(bare.child.pid, "VmHWM")]]
        figures["web_idle_mib"], figures["web_load_mib"] = memory[0][1:3]
        figures["bytes"] = size
        rows += statics(house, figures)
        stalled = stalls(house)
        figures["stall"] = {str(n): rate / figures["form_64"]["rate"]
                            for n, rate in stalled}
        looks = journeys(house, figures)
    head = ["page, connections", "requests/s", "p50 ms", "p99 ms",
            "CPU us each", "of bare"]
    return {
        "title": "Pages",
        "text": f"The form is {size} bytes, with a fresh captcha id each "
                "time; bare is libmicrohttpd, thread per connection as ours, "
                "with as many bytes and headers. wrk, one thread, "
                f"{SECONDS} s a run, {RUNS} runs in turns.",
        "figures": figures,
        "tables": [
            {"head": head, "rows": rows},
            {"head": ["resident MiB", "idle", "after 256 connections",
                      "highest"], "rows": memory},
            {"head": ["connections at which epoll stalls", "requests/s"],
             "rows": stalled},
            {"head": ["journey, connections", "journeys/s", "form p50 ms",
                      "picture p50 ms", "picture p99 ms", "sent p50 ms"],
             "rows": looks}],
        "charts": [{
            "name": "pages", "title": "Form page beside bare libmicrohttpd",
            "across": "connections", "up": "requests/s",
            "lines": {name: [(n, figures[f"form_{n}"][key])
                             for n in CONNECTIONS]
                      for name, key in (("form", "rate"),
                                        ("bare", "bare_rate"))}}],
    }
