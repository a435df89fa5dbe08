"""The journey: a recovery is accepted, goes through the worker to the relay,
and its link is redeemed.
"""
import re
import subprocess
import time

import servers
from measure import RUNS, SECONDS, TOOLS, Watched, interleave, median, \
    middle, ratio, run_json, rush
from village import Village

# One hash costs what slapd's own default does, the other a quarter of a ms.
SCHEMES = (("cheap", "m=4096 t=1 p=1"), ("OWASP", "m=19456 t=2 p=1"))


# --- accepted ----------------------------------------------------------------

def accept(house, mode):
    store = house.store()
    store.config_set("appendfsync", mode)
    store.close()
    with Watched(web=house.web, redis=house.redis) as spent:
        told = rush("ask", house.port, house.captcha_key, 16, SECONDS)
    house.empty()
    return {**told, **{f"cpu_{n}": x
                       for n, x in spent.each(told["done"]).items()}}


def push(house):
    """Redis alone: as many bytes into a list, 16 connections, fsynced."""
    done = subprocess.run(
        ["redis-benchmark", "-s", str(house.redis.socket), "--user", "test",
         "-a", house.folder.secret("redis-test"), "-c", "16", "-n", "20000",
         "-d", "1480", "-t", "rpush", "-q"],
        capture_output=True, text=True, check=True)
    house.empty()
    return {"rate": float(re.findall(r"([\d.]+) requests per second",
                                     done.stdout)[-1])}


def accepted(figures):
    with Village(people=10) as house:
        house.pause(house.worker)
        told = interleave({
            "always": lambda: accept(house, "always"),
            "bare": lambda: push(house),
            "everysec": lambda: accept(house, "everysec")})
    rows = []
    for mode in ("always", "everysec"):
        one = told[mode]
        figures[f"accepted_{mode}"] = {
            "rate": middle(one, "rate"), "post_p50_ms": middle(one,
                                                               "post_p50"),
            "post_p99_ms": middle(one, "post_p99"),
            "cpu_web_us": middle(one, "cpu_web"),
            "cpu_redis_us": middle(one, "cpu_redis")}
        rows.append([f"appendfsync {mode}", middle(one, "rate"),
                     middle(one, "get_p50"), middle(one, "post_p50"),
                     middle(one, "post_p99"), middle(one, "cpu_web"),
                     middle(one, "cpu_redis"),
                     ratio(one, told["bare"]) if mode == "always" else None])
    figures["bare_rpush"] = middle(told["bare"], "rate")
    rows.append(["Redis alone, RPUSH of 1,480 bytes, fsync each turn",
                 middle(told["bare"], "rate")] + [None] * 6)
    return {"head": ["form opened and sent, 16 connections", "a second",
                     "GET p50 ms", "POST p50 ms", "POST p99 ms",
                     "web CPU us", "Redis CPU us", "of Redis alone"],
            "rows": rows}


# --- through the worker ------------------------------------------------------

def bare_mails(house, count=3000):
    """The sink's limit: one connection that says the dialogue, no more."""
    done = subprocess.run(
        [TOOLS / "sink", "send", str(house.sink_port), str(count), "1200"],
        capture_output=True, text=True, check=True)
    house.forget_mails()
    return {"rate": float(done.stdout)}


def one_mail(house, n):
    """From the sent form to the accepted mail. The worker is held, the
    request's random moment is taken away, then it goes on: what is left is
    the answer, and the look of the worker (idle: every 150 to 200 ms)."""
    house.forget_mails()
    told = house.queue(1, n, 1)
    begin = time.time()
    house.resume(house.worker)
    house.wait_mails(1)
    return told["post"]["p50"] / 1000 + 1000 * (house.moments()[0] - begin)


def worked(figures):
    rows, count = [], 1500
    with Village(people=2000) as house:
        for threads in (1, 4):
            house.worker.stop(60)
            house.write_config(worker={"threads": threads})
            house.start_worker()
            told = interleave({"ours": lambda: house.drain(count),
                               "bare": lambda: bare_mails(house)},
                              min(RUNS, 3) if threads == 1 else RUNS)
            one = told["ours"]
            figures[f"worker_{threads}"] = {
                "rate": middle(one, "rate"),
                **{f"{n}_us": middle(one, n) for n in
                   ("cpu_worker", "cpu_redis", "cpu_slapd")},
                "ratio": ratio(one, told["bare"])}
            rows.append([f"{threads} thread(s)", middle(one, "rate"),
                         middle(one, "rate") / threads,
                         middle(one, "cpu_worker"), middle(one, "cpu_redis"),
                         middle(one, "cpu_slapd"),
                         ratio(one, told["bare"])])
            figures["sink_rate"] = middle(told["bare"], "rate")
        waits = sorted(one_mail(house, n) for n in range(30))
    rows.append(["the sink alone, one connection", figures["sink_rate"]] +
                [None] * 5)
    figures["submit_to_mail_ms"] = {"p50": median(waits), "max": waits[-1]}
    return [{"head": ["requests through the worker to the sink", "a second",
                      "a thread", "worker CPU us", "Redis CPU us",
                      "slapd CPU us", "of the sink alone"], "rows": rows},
            {"head": ["from the sent form to the accepted mail, 30 times",
                      "p50 ms", "longest ms"],
             "rows": [["without the random moment (0 to 3 s)",
                       median(waits), waits[-1]]]}]


# --- redeemed ----------------------------------------------------------------

def redeem(house, count, connections):
    path = house.sink_folder / "tokens"
    links = house.links(count, house.fresh_people(count))
    path.write_text("".join(x + "\n" for x in links))
    with Watched(web=house.web, worker=house.worker, redis=house.redis,
                 slapd=house.slapd) as spent:
        told = rush("redeem", house.port, "-", connections, 120, 0, path)
    house.wait_drained(60)
    house.empty()
    return {**told, **{f"cpu_{n}": x
                       for n, x in spent.each(told["done"]).items()}}


def exops(house, count, threads):
    path, secret = (house.sink_folder / x for x in ("dns", "secret"))
    start = house.fresh_people(count)
    path.write_text("".join(f"uid=b{n},{servers.PEOPLE}\n"
                            for n in range(start, start + count)))
    secret.write_text(house.folder.secret("directory"))
    with Watched(slapd=house.slapd) as spent:
        told = run_json([TOOLS / "exops", house.slapd.ldapi, servers.WORKER_DN,
                         secret, threads, path])
    secret.unlink()
    told["rate"] = told["done"] / told["seconds"]
    return {**told, "p50": told["change"]["p50"] / 1000,
            "cpu_slapd": spent.each(count)["slapd"]}


def redeemed(figures):
    rows, count, connections = [], 100, 4
    for name, argon2 in SCHEMES:
        with Village(people=2 * RUNS * count, argon2=argon2,
                     keep=True) as house:
            told = interleave({
                "ours": lambda: redeem(house, count, connections),
                "bare": lambda: exops(house, count, connections)})
        ours, bare = told["ours"], told["bare"]
        figures[f"redeem_{name}"] = {
            "rate": middle(ours, "rate"), "bare_rate": middle(bare, "rate"),
            "ratio": ratio(ours, bare), "post_p50_ms": middle(ours,
                                                              "post_p50"),
            "bare_p50_ms": middle(bare, "p50"),
            **{f"{n}_us": middle(ours, n) for n in
               ("cpu_web", "cpu_worker", "cpu_redis", "cpu_slapd")},
            "bare_cpu_slapd_us": middle(bare, "cpu_slapd")}
        rows.append([f"link opened and password set, {name}",
                     middle(ours, "rate"), middle(ours, "post_p50"),
                     middle(ours, "cpu_web"), middle(ours, "cpu_worker"),
                     middle(ours, "cpu_redis"), middle(ours, "cpu_slapd"),
                     ratio(ours, bare)])
        rows.append([f"bare RFC 3062, {name} ({argon2})",
                     middle(bare, "rate"), middle(bare, "p50"), None, None,
                     None, middle(bare, "cpu_slapd"), None])
    return {"head": ["redemptions, 4 connections", "a second", "p50 ms",
                     "web CPU us", "worker CPU us", "Redis CPU us",
                     "slapd CPU us", "of bare"], "rows": rows}


def run():
    figures, tables = {}, []
    tables.append(accepted(figures))
    tables += worked(figures)
    tables.append(redeemed(figures))
    return {
        "title": "Journey",
        "text": "Accepted: the worker is held, so that nothing else has the "
                "machine; captcha answered by its digits; Redis with an "
                "append-only file, by turns fsynced always and each second. "
                "Through the worker: requests of different people wait in the "
                "queue, their random moment (0 to 3 s) taken away by sorting "
                "the list as its owner, and the rate is that between a tenth "
                "and nine tenths of the mails. Redemptions beside a loop of "
                "the same RFC 3062 operation on the same server by the same "
                "identity, over ldapi, as ldappasswd does it; all of people "
                "without a password so far (each one that the policy "
                "remembers costs either side one more hash).",
        "figures": figures, "tables": tables, "charts": []}
