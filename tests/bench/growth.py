"""How the cost of a request grows: with the directory, with what Redis holds,
with threads, and with web processes behind nginx.
"""
import os

import measure
import servers
from measure import FULL, RUNS, SECONDS, Watched, interleave, \
    middle, rush, wrk
from pages import FORM
from village import Village

DIRECTORY = (1000, 10000, 100000) + ((1000000,) if FULL else ())
HELD = (0, 10000, 100000) + ((1000000,) if FULL else ())
THREADS = (1, 2, 4, 8)
PROCESSES = (1, 2, 4)
FEW = min(RUNS, 3)

# Keys of the shapes the programs make, by Redis itself: ARGV from, to.
FILL = {
    "limiter keys": """for i = ARGV[1], ARGV[2] - 1 do redis.call('SET',
        string.format('rentree:lim:a32-%016x', i), '1900000000000', 'PX',
        '600000000') end""",
    "tokens": """for i = ARGV[1], ARGV[2] - 1 do
        local key = string.format('rentree:tok:%043d', i)
        redis.call('HSET', key, 'rec', string.rep('r', 120), 'st', 'live')
        redis.call('PEXPIRE', key, '600000000')
        redis.call('ZADD', string.format('rentree:acct:%036d:1', i), i, key)
        end""",
    "queued requests": """for i = ARGV[1], ARGV[2] - 1 do
        redis.call('RPUSH', 'rentree:in:mail',
        string.format('1|w1|%032x|', i) .. string.rep('s', 1440)) end""",
}
QUEUE_CAP = 200000  # lib/store/queue.h: beyond it the form is closed


def directory(figures):
    rows, count = [], 600
    with Village(people=DIRECTORY[0]) as house:
        for size in DIRECTORY:
            if size > house.people:
                house.load(size, house.people)
            told = [house.drain(count, (size - count) // 2) for _ in range(FEW)]
            figures[f"directory_{size}"] = {
                "rate": middle(told, "rate"),
                "worker_us": middle(told, "cpu_worker"),
                "slapd_us": middle(told, "cpu_slapd"),
                "slapd_mib": measure.memory_mib(house.slapd.child.pid)}
            one = figures[f"directory_{size}"]
            rows.append([size, one["rate"], one["worker_us"],
                         one["slapd_us"], one["slapd_mib"]])
            house.empty()
    return ({"head": ["people in the directory", "mails/s",
                      "worker CPU us", "slapd CPU us", "slapd MiB"],
             "rows": rows},
            {"name": "directory", "title": "Cost of a recovery's mail",
             "across": "people in the directory", "up": "CPU us",
             "lines": {"worker": [(r[0], r[2]) for r in rows],
                       "slapd": [(r[0], r[3]) for r in rows]}})


def fill(house, what, start, end):
    store, step = house.store(), 10000
    for at in range(start, end, step):
        store.eval(FILL[what], 0, at, min(end, at + step))
    store.close()


def ask(house):
    with Watched(web=house.web, redis=house.redis) as spent:
        told = rush("ask", house.port, house.captcha_key, 16, SECONDS)
    told.update({f"cpu_{n}": x
                 for n, x in spent.each(told["done"]).items()})
    return told


def redis(figures):
    rows, lines = [], {}
    with Village(people=10) as house:
        house.pause(house.worker)
        for what in FILL:
            lines[what], held = [], 0
            for size in HELD:
                if what == "queued requests" and size >= QUEUE_CAP:
                    continue
                fill(house, what, held, size)
                held = size
                told = [ask(house) for _ in range(FEW)]
                cpu = middle(told, "cpu_redis")
                figures[f"{what.replace(' ', '_')}_{size}"] = {
                    "rate": middle(told, "rate"), "redis_us": cpu,
                    "redis_mib": measure.memory_mib(house.redis.child.pid)}
                rows.append([f"{size} {what}", middle(told, "rate"),
                             middle(told, "post_p50"), cpu,
                             measure.memory_mib(house.redis.child.pid)])
                lines[what].append((size, cpu))
            house.empty()
    return ({"head": ["Redis holds", "accepted/s", "POST p50 ms",
                      "Redis CPU us", "Redis MiB"], "rows": rows},
            {"name": "redis", "title": "Redis' cost of an accepted form",
             "across": "keys held", "up": "CPU us", "lines": lines})


def threads(figures):
    rows = []
    with Village(people=2000) as house:
        for count in THREADS:
            house.worker.stop(60)
            house.write_config(worker={"threads": count})
            house.start_worker()
            told = [house.drain(1000) for _ in range(FEW)]
            figures[f"threads_{count}"] = {"rate": middle(told, "rate")}
            rows.append([count, middle(told, "rate"),
                         middle(told, "cpu_worker"),
                         middle(told, "cpu_redis")])
    return ({"head": ["worker threads", "mails/s", "worker CPU us",
                      "Redis CPU us"], "rows": rows},
            {"name": "threads", "title": "Mails through one worker",
             "across": "threads", "up": "mails/s",
             "lines": {"mails/s": [(r[0], r[1]) for r in rows]}})


NGINX = """daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  upstream rentree {{ {servers} keepalive 64; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://rentree;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
  }}
}}
"""


class Nginx(servers.Process):
    def __init__(self, folder, ports):
        self.port, self.folder = servers.free_port(), folder
        conf = folder / f"nginx{len(ports)}.conf"
        conf.write_text(NGINX.format(
            folder=folder.path, port=self.port,
            user="user root;" if os.getuid() == 0 else "",
            servers=" ".join(f"server 127.0.0.1:{p};" for p in ports)))
        super().__init__("nginx", [servers.program("nginx"), "-c", conf,
                                   "-p", folder.path],
                         folder / "log" / "nginx.log")

    def __enter__(self):
        self.start()
        self.wait_for(lambda: servers.answers(("127.0.0.1", self.port)))
        return self

    def __exit__(self, *_):
        self.stop()


def more_webs(house, count):
    """count processes beside the first, with the same keys."""
    ports = []
    for n in range(count):
        port = servers.free_port()
        config = house.folder / f"web{n}.conf"
        house.write_config(web={"listen": f"127.0.0.1:{port}"})
        house.config.rename(config)
        house.write_config()
        web = servers.daemon("rentree-web", config,
                             house.folder / "log" / f"web{n}.log")
        house.parts.append(web)
        web.start()
        web.wait_for(lambda: servers.answers(("127.0.0.1", port)))
        ports.append(port)
    return ports


def processes(figures):
    rows = []
    with Village(people=10) as house:
        house.pause(house.worker)
        ports = [house.port] + more_webs(house, max(PROCESSES) - 1)
        doors = {f"{n} behind nginx": Nginx(house.folder, ports[:n])
                 for n in PROCESSES}
        turns = {"1, no nginx": lambda: both(house, house.port)}
        for name, door in doors.items():
            turns[name] = lambda door=door: behind(house, door)
        told = interleave(turns, FEW)
        for name, one in told.items():
            figures[f"processes_{name}"] = {
                "form_rate": middle(one, "form"),
                "accepted_rate": middle(one, "rate"),
                "post_p99_ms": middle(one, "post_p99")}
            rows.append([name, middle(one, "form"), middle(one, "rate"),
                         middle(one, "post_p50"), middle(one, "post_p99")])
    return {"head": ["web processes", "forms/s, 64 connections",
                     "accepted/s, 16 connections", "POST p50 ms",
                     "POST p99 ms"], "rows": rows}


def both(house, port):
    forms = wrk(f"http://127.0.0.1:{port}{FORM}", 64, SECONDS)
    told = rush("ask", port, house.captcha_key, 16, SECONDS)
    house.empty()
    return {**told, "form": forms["rate"]}


def behind(house, door):
    with door:
        return both(house, door.port)


def run():
    figures = {}
    tables, charts = [], []
    for part in (directory, redis, threads):
        table, chart = part(figures)
        tables.append(table)
        charts.append(chart)
    tables.append(processes(figures))
    return {
        "title": "Growth",
        "text": f"Medians of {FEW} runs. CPU is that of a whole request, by "
                "process. The directory grows in one database (mdb), the "
                "people asked for are from its middle; Redis is filled with "
                "keys of the shapes the programs make. nginx and the load "
                "share the machine's cores with what they measure, so more "
                "processes cannot be faster here: the table shows that they "
                "share one queue and one set of limits, and what nginx costs.",
        "figures": figures, "tables": tables, "charts": charts}
