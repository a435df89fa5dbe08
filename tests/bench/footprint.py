"""What the programs take: files, memory, time to start, libraries."""
import re
import shutil
import subprocess
import time

import measure
import servers
from measure import BUILD, RUNS, interleave, median, rush, wrk
from pages import FORM
from village import Village

PROGRAMS = ("rentree-web", "rentree-worker", "rentree")


def stripped(path, folder):
    out = folder / path.name
    subprocess.run(["strip", "-o", out, path], check=True)
    size = out.stat().st_size
    out.unlink()
    return size


def libraries(path):
    """Shared objects, and the packages they come from."""
    told = subprocess.run(["ldd", path], capture_output=True, text=True,
                          check=True).stdout
    files = sorted(set(re.findall(r"(/\S+)", told)))
    owners = set()
    for file in files:
        # dpkg knows the file by the folder it was in before /usr was merged.
        for name in (file, file.removeprefix("/usr"), "/usr" + file):
            done = subprocess.run(["dpkg", "-S", name], capture_output=True,
                                  text=True, check=False)
            if done.returncode == 0:
                owners.add(done.stdout.split(":")[0])
                break
    return files, sorted(owners)


def installed_kib(packages):
    told = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Installed-Size}\n", *packages],
        capture_output=True, text=True, check=False).stdout
    return sum(int(x) for x in told.split())


def files(figures, folder):
    rows, everything = [], set()
    for name in PROGRAMS:
        path = BUILD / name
        objects, owners = libraries(path)
        everything |= set(owners)
        size = stripped(path, folder)
        figures[f"{name}_stripped_bytes"] = size
        rows.append([name, path.stat().st_size / 1024, size / 1024,
                     len(objects), len(owners)])
    figures["packages"] = sorted(everything)
    figures["packages_mib"] = installed_kib(everything) / 1024
    return {"head": ["program", "KiB with symbols", "KiB stripped",
                     "shared objects", "Debian packages they are in"],
            "rows": rows}


def started(house, name, config):
    """From the start until /healthz answers, or the worker says so."""
    log = house.folder / "log" / "start.log"
    log.unlink(missing_ok=True)
    part = servers.daemon(name, config, log)
    begin = time.monotonic()
    part.start()
    while part.is_running() and b"event=started" not in log.read_bytes():
        time.sleep(0.0005)
    seconds = time.monotonic() - begin
    part.stop()
    return {"ms": 1000 * seconds}


def starts(house, figures):
    config = house.folder / "start.conf"
    house.write_config(web={"listen": f"127.0.0.1:{servers.free_port()}"})
    house.config.rename(config)
    house.write_config()
    true = shutil.which("true")

    def bare():
        begin = time.monotonic()
        subprocess.run([servers.program("setpriv"), "--pdeathsig", "KILL",
                        "--", true], check=True)
        return {"ms": 1000 * (time.monotonic() - begin)}

    told = interleave({
        "rentree-web": lambda: started(house, "rentree-web", config),
        "rentree-worker": lambda: started(house, "rentree-worker", config),
        "true, as bare": bare}, RUNS)
    for name, one in told.items():
        figures[f"start_ms {name}"] = median([x["ms"] for x in one])
    return {"head": ["start", "ms until it says so"],
            "rows": [[name, median([x["ms"] for x in one])]
                     for name, one in told.items()]}


def memory(house, figures):
    web, worker = house.web.child.pid, house.worker.child.pid
    idle = [measure.memory_mib(x) for x in (web, worker)]
    wrk(house.url + FORM, 256, 3)
    house.pause(house.worker)
    # More than Redis' sixteen connections serve in time: some are told 503.
    rush("ask", house.port, house.captcha_key, 256, 2, some_refused=True)
    loaded = measure.memory_mib(web)
    own = measure.memory_mib(web, "RssAnon")
    house.empty()
    house.resume(house.worker)
    house.drain(1500)
    working = measure.memory_mib(worker)
    figures["web_mib"] = {"idle": idle[0], "load": loaded}
    figures["worker_mib"] = {"idle": idle[1], "load": working}
    return {"head": ["resident, MiB", "idle", "under load",
                     "its own of that, no file's", "highest"],
            "rows": [["rentree-web, 256 connections", idle[0], loaded, own,
                      measure.memory_mib(web, "VmHWM")],
                     ["rentree-worker, 4 threads a lane, 1,500 mails",
                      idle[1], working,
                      measure.memory_mib(worker, "RssAnon"),
                      measure.memory_mib(worker, "VmHWM")]]}


def run():
    figures = {}
    with Village(people=2000) as house:
        tables = [files(figures, house.sink_folder), memory(house, figures),
                  starts(house, figures)]
    return {
        "title": "Footprint",
        "text": "Packages: those of Debian that hold the shared objects of "
                f"ldd, {len(figures['packages'])} in all, "
                f"{figures['packages_mib']:.0f} MiB installed, the C library "
                "among them: " + ", ".join(figures["packages"]) + ".",
        "figures": figures, "tables": tables, "charts": []}
