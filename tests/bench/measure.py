"""What every part of make bench measures with: turns that are interleaved,
medians, ratios turn by turn, and the processor time of other processes.

A shared machine moves by a quarter from hour to hour, so what is compared runs
in turns within the same minute, and the ratio is taken turn by turn. Processor
time a request moves less than requests a second, and is told beside them.
"""
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "integration"),
                str(HERE.parents[1] / "deploy" / "demo")]
sys.dont_write_bytecode = True

import servers  # noqa: E402

BUILD = servers.BUILD
TOOLS = BUILD / "bench"
RUNS = int(os.environ.get("RUNS", "5"))
FULL = "BENCH_FULL" in os.environ
SECONDS = int(os.environ.get("SECONDS_A_RUN", "3" if FULL else "1"))
TICK = os.sysconf("SC_CLK_TCK")


def say(text):
    print(text, flush=True)


def median(values):
    values = [x for x in values if x is not None]
    return statistics.median(values) if values else None


def interleave(turns, runs=RUNS):
    """{name: function} -> {name: [what it returned, one a run]}."""
    results = {name: [] for name in turns}
    for _ in range(runs):
        for name, turn in turns.items():
            results[name].append(turn())
    return results


def middle(results, key):
    """The median of one figure of many results."""
    return median([x.get(key) for x in results])


def ratio(ours, theirs, key="rate"):
    """Turn by turn, and of these the median."""
    return median([a[key] / b[key] for a, b in zip(ours, theirs)
                   if a.get(key) and b.get(key)])


# --- processes ---------------------------------------------------------------

def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mib(pid, what="VmRSS"):
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(what + r":\s+(\d+)", text)[1]) / 1024


class Watched:
    """Processor time of some processes while a block runs, in seconds."""

    def __init__(self, **parts):
        self.pids = {name: part.child.pid if hasattr(part, "child") else part
                     for name, part in parts.items()}
        self.spent = {}

    def __enter__(self):
        self.before = {n: cpu_seconds(pid) for n, pid in self.pids.items()}
        return self

    def __exit__(self, *_):
        self.spent = {n: cpu_seconds(pid) - self.before[n]
                      for n, pid in self.pids.items()}

    def each(self, count):
        """Microseconds an item, by process."""
        return {n: round(1e6 * s / count, 1) if count else None
                for n, s in self.spent.items()}


# --- programs that make work -------------------------------------------------

def milliseconds(text, label):
    value, unit = re.search(label + r"\s+([\d.]+)(us|ms|s|m)\b", text).groups()
    return float(value) * {"us": .001, "ms": 1, "s": 1000, "m": 60000}[unit]


def wrk(url, connections, seconds=SECONDS, pid=None):
    """wrk on one thread: it sends no form, but is what others measure with."""
    before = cpu_seconds(pid) if pid else 0
    out = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url],
        stdout=subprocess.PIPE, text=True, check=True).stdout
    count = int(re.search(r"(\d+) requests in", out)[1])
    if "Non-2xx" in out:
        raise servers.Trouble(f"{url}: {out}")
    return {"rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),
            "p50": milliseconds(out, "50%"), "p99": milliseconds(out, "99%"),
            "cpu": 1e6 * (cpu_seconds(pid) - before) / count if pid else None}


def run_json(argv, seconds=300):
    done = subprocess.run([str(x) for x in argv], capture_output=True,
                          text=True, check=False, timeout=seconds)
    if done.returncode != 0:
        raise servers.Trouble(f"{argv[0]}: {done.returncode} {done.stderr}")
    return json.loads(done.stdout)


def rush(kind, port, key, connections, seconds, count=0, words=None,
         some_refused=False):
    """Our own visitors (rush.c); rates a second, times in ms."""
    told = run_json([TOOLS / "rush", kind, port, key, connections, seconds,
                     count] + ([words] if words else []))
    if told["refused"] > told["done"] / 100 and not some_refused:
        raise servers.Trouble(f"rush {kind}: {told}")
    told["rate"] = told["done"] / told["seconds"]
    for name in ("get", "picture", "post"):
        for p in ("p50", "p99"):
            told[f"{name}_{p}"] = told[name][p] / 1000
    return told


class Tool:
    """A program of ours in the background, on a port of loopback."""

    def __init__(self, *argv, port):
        self.child = subprocess.Popen([str(x) for x in argv])
        self.port = port
        servers.wait_until(lambda: not servers.port_is_free(port), argv[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()


def bare(size):
    port = servers.free_port()
    return Tool(TOOLS / "bare", port, size, port=port)


# --- the machine -------------------------------------------------------------

def first_line(*argv):
    try:
        done = subprocess.run(argv, capture_output=True, text=True,
                              check=False)
    except FileNotFoundError:
        return None
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else None


def package(name):
    return first_line("dpkg-query", "-W", "-f", "${Version}\n", name)


def machine():
    info = Path("/proc/cpuinfo").read_text()
    memory = Path("/proc/meminfo").read_text()
    system = dict(re.findall(r'(\w+)="?([^"\n]*)',
                             Path("/etc/os-release").read_text()))
    return {
        "processor": re.search(r"model name\s*: (.*)", info)[1],
        "cores": os.cpu_count(),
        "memory_gib": round(int(re.search(r"MemTotal:\s+(\d+)",
                                          memory)[1]) / 2 ** 20, 1),
        "kernel": platform.release(),
        "system": system.get("PRETTY_NAME"),
        "load": os.getloadavg()[0],
        "compiler": first_line("gcc", "--version"),
        "packages": {name: package(name) for name in
                     ("libmicrohttpd12", "slapd", "redis-server",
                      "libsodium23", "libcurl3-gnutls", "wrk",
                      "nginx-light")},
    }
