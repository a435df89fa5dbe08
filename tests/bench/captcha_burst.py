"""How long a form page takes beside a burst of pictures and sounds: a part of
make bench, or alone: /usr/bin/python3 tests/bench/captcha_burst.py
"""
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "integration"),
                str(HERE.parents[1] / "deploy/demo")]
sys.dont_write_bytecode = True

from house import House  # noqa: E402

FORM = "/mot-de-passe-oublie"
RUNS = min(3, int(os.environ.get("RUNS", "5")))  # five kinds, 4 s each
SECONDS = int(os.environ.get("SECONDS_A_RUN", "2"))
IDS, BURST, FORMS = 2000, 64, 4  # connections

# Asks for one after the other, as many visitors behind one proxy.
SCRIPT = """
local paths = { %s }
local one = %s
local n = 0
request = function()
  n = n + 1
  local h = { ["X-Forwarded-For"] = one and "203.0.113.7" or
      string.format("10.%%d.%%d.%%d", n %% 250, n / 250 %% 250, n %% 199) }
  return wrk.format("GET", paths[n %% #paths + 1], h)
end
done = function(summary, latency, requests)
  io.write(string.format("REFUSED %%d OF %%d\\n", summary.errors.status,
      summary.requests))
end
"""


def wrk(url, connections, seconds, script=None):
    line = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    return subprocess.Popen(line + (["-s", script] if script else []) + [url],
                            stdout=subprocess.PIPE, text=True)


def number(text, pattern):
    value, unit = re.search(pattern + r"\s+([\d.]+)(us|ms|s)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def one_run(house, script):
    burst = script and wrk(house.url, BURST, SECONDS + 1, script)
    forms = wrk(house.url + FORM, FORMS, SECONDS)
    text = forms.communicate()[0]
    told = burst.communicate()[0] if burst else ""
    if "Non-2xx" in text:
        raise SystemExit(f"a form was refused: {text}")
    refused = re.search(r"REFUSED (\d+) OF (\d+)", told)
    asked = int(refused[2]) if refused else 0
    shown = asked - int(refused[1]) if refused else 0
    return (number(text, "50%"), number(text, "99%"),
            float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
            asked / (SECONDS + 1), shown / (SECONDS + 1))


def burst(house):
    visitor = house.visitor()
    ids = [re.search(r'data-captcha-id="([^"]+)"',
                     visitor.get(FORM).text)[1] for _ in range(IDS)]
    kinds = [
        ("no burst", None),
        ("pictures", ([f"/captcha/{x}.png" for x in ids], "false")),
        ("one picture", ([f"/captcha/{ids[-1]}.png"], "false")),
        ("sounds", ([f"/captcha/{x}.wav" for x in ids], "false")),
        ("pictures, one address",
         ([f"/captcha/{x}.png" for x in ids], "true"))]
    runs = {name: [] for name, _ in kinds}
    for n in range(RUNS):
        for name, what in kinds:
            script = None
            if what:
                script = house.folder / f"burst{n}.lua"
                script.write_text(SCRIPT % (
                    ",".join(f'"{x}"' for x in what[0]), what[1]))
            runs[name].append(one_run(house, script))
    print(f"form pages ({FORMS} connections) beside a burst "
          f"({BURST} connections), median of {RUNS}")
    for name, values in runs.items():
        p50, p99, rate, asked, shown = (statistics.median(x)
                                        for x in zip(*values))
        print(f"  {name:22s} p50 {p50:6.2f} ms  p99 {p99:6.2f} ms  "
              f"{rate:7.0f} forms/s   burst: {asked:6.0f} asked/s, "
              f"{shown:6.0f} shown/s")


if __name__ == "__main__":
    with House() as opened:
        burst(opened)
