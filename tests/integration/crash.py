"""A house whose programs stop where they are told to (lib/base/fault.h), and
where time is moved instead of waited for."""
import os
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import faults
from house import House, servers, wait_until

HELD_S = 0.6  # a lease or a lock that old belongs to nobody who is alive

# In one step: what a worker takes meanwhile has a lease.
HASTEN = """
for _, lane in ipairs({'mail', 'bulk'}) do
    local due = 'rentree:due:' .. lane
    for _, id in ipairs(redis.call('ZRANGE', due, 0, -1)) do
        if redis.call('SISMEMBER', 'rentree:held', id) == 0 then
            redis.call('ZADD', due, 'XX', 1, id)
        end
    end
end
"""

HOOK = """\
#!/bin/sh
cat >> {path}
"""


class NoPolicySlapd(servers.Slapd):
    """A directory without ppolicy: it keeps no pwdChangedTime."""

    ACL = f"""\
access to attrs=userPassword
\tby dn.exact="{servers.WORKER_DN}" =w
\tby anonymous auth
\tby * none
access to *
\tby dn.exact="{servers.WORKER_DN}" write
\tby dn.exact="{servers.PROVISION_DN}" write
\tby * none
"""

    def ppolicy(self):
        return ""

    def write_files(self):
        super().write_files()
        conf, ldif = self.folder / "slapd.conf", self.folder / "start.ldif"
        head, _, rest = conf.read_text().partition("index ")
        conf.write_text(head.replace("moduleload ppolicy\n", "") + "index " +
                        rest.partition("\n")[0] + "\n" + self.ACL)
        ldif.write_text("".join(
            line for line in ldif.read_text().splitlines(keepends=True)
            if not line.startswith("pwdPolicySubentry:")))


class CrashHouse(House):
    """workers: processes of rentree-worker, each with one thread a lane."""

    def __init__(self, workers=1, **how):
        super().__init__(threads=1, **how)
        self.count = workers
        self.left = {}  # what the dead held: key -> its value
        self.died = 0
        self.answers = []  # (what, thread, its answers)

    @classmethod
    def opened_all(cls, test, *houses):
        """Opens them at once, each in a thread of its own until the test (a
        class of tests) is over: what a thread starts dies with it."""
        for house in houses:
            house.thread = ThreadPoolExecutor(1)
            test.addClassCleanup(house.thread.shutdown)
            test.addClassCleanup(house.close)
        for one in [house.thread.submit(house.open) for house in houses]:
            one.result()
        return houses

    def open(self):
        super().open()
        for _ in range(self.count - 1):
            self.start_worker(self.new_worker())

    def write_config(self, **changes):
        hook = self.folder / "hook"
        self.hooked = self.folder / "hooked"
        hook.write_text(HOOK.format(path=self.hooked))
        hook.chmod(stat.S_IRWXU)
        super().write_config(hooks={"after_password_change": hook}, **changes)

    # --- the programs --------------------------------------------------------

    def faulty(self, side):
        """The environment of a program that reads its orders from a file."""
        return {**os.environ, "TMPDIR": str(self.folder.path),
                "RENTREE_FAULT": str(self.folder / f"{side}.orders"),
                "RENTREE_FAULT_TRACE": str(self.folder / f"{side}.trace")}

    def daemon(self, name, log):
        side = name.partition("-")[2]
        return servers.Process(
            name, [faults.BUILD / name, "-c", self.config], log,
            self.faulty(side))

    def operate(self, *arguments):
        """`rentree`, which may be killed: the finished process."""
        return faults.command(self.config, *arguments, env=self.faulty("cli"))

    @property
    def workers(self):
        return [part for part in self.parts if part.name == "rentree-worker"]

    def arm(self, side, orders):
        (self.folder / f"{side}.trace").write_text("")
        (self.folder / f"{side}.orders").write_text(orders)

    def disarm(self):
        for side in ("worker", "web", "cli"):
            (self.folder / f"{side}.orders").unlink(missing_ok=True)

    def passed(self, side):
        """The names of the points passed since arm(), in order."""
        return (self.folder / f"{side}.trace").read_text().split()

    def dead(self, side):
        parts = self.workers if side == "worker" else [self.web]
        return [part for part in parts if not part.is_running()]

    def revive(self):
        for worker in self.workers:
            if not worker.is_running():
                self.start_worker(worker)
        if not self.web.is_running():
            self.start_web(ready=False)

    # --- time ----------------------------------------------------------------

    def hasten(self):
        """What waits for its moment is due: jitter, delays of all kinds."""
        store = self.store()
        store.eval(HASTEN, 0)
        store.close()

    def leave(self):
        """Somebody died just now: what is held belongs to them, if it is
        still held in the same way when nobody alive would hold it so long."""
        store = self.store()
        self.died = time.monotonic() - (
            0 if any(x.is_running() for x in self.workers) else HELD_S)
        self.left = {one: store.hget("rentree:req", one)
                     for one in store.smembers("rentree:held")}
        self.left.update({lock: store.get(lock)
                          for lock in store.scan_iter("rentree:lock:*")})
        store.close()

    def run_out(self):
        """Leases and locks of the dead end now instead of in 90 and 30 s."""
        if not self.left or time.monotonic() - self.died < HELD_S:
            return
        store = self.store()
        for key, value in self.left.items():
            if b":lock:" in key:
                if store.get(key) == value:
                    store.delete(key)
            elif value and store.hget("rentree:req", key) == value:
                lane = value.split(b"|")[2].decode()
                store.zadd(f"rentree:due:{lane}", {key: 1}, xx=True)
        self.left = {}
        store.close()

    def is_idle(self):
        store = self.store()
        try:
            return not any(store.fcall("rentree_state", 0, "rentree:")[:3]) \
                and not next(store.scan_iter("rentree:lock:*"), None)
        finally:
            store.close()

    def settle(self, seconds=40):
        """Until everything that was begun has an end."""
        def look():
            self.hasten()
            self.run_out()
            return self.is_idle()

        wait_until(look, "the queue to drain", seconds, 0.05)
        store = self.store()
        try:
            if store.zcard("rentree:dead"):
                raise AssertionError("a request was given up")
        finally:
            store.close()

    def with_link_hurried(self, person):
        """A visitor who has opened the link of a mail, at once."""
        self.ask(person)
        self.settle()
        return self.opened(self.mails_to(person)[-1].links[0])

    def lose_leases(self):
        """Leases run out while those who have them are at work; locks too."""
        store = self.store()
        for one in store.smembers("rentree:held"):
            for lane in ("mail", "bulk"):
                store.zadd(f"rentree:due:{lane}", {one: 1}, xx=True)
        for lock in store.scan_iter("rentree:lock:*"):
            store.delete(lock)
        store.close()

    def wait_passed(self, name, count=1, side="worker", hasten=True):
        def look():
            if hasten:
                self.hasten()
            return self.passed(side).count(name) >= count

        wait_until(look, f"{name} to be passed", 15, 0.02)

    # --- visitors who wait ---------------------------------------------------

    def start(self, what, act):
        """Runs act beside us; its end is judged by end_of_answers()."""
        ends = []

        def run():
            try:
                ends.append(act())
            except OSError as error:
                ends.append(error)  # the web process died

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.answers.append((what, thread, ends))
        return ends

    def bad_answers(self):
        """Who waited in vain: neither an answer nor a clear "try again"."""
        bad = []
        for what, thread, ends in self.answers:
            thread.join(30)
            if not ends:
                bad.append(f"{what}: no answer at all")
            elif not is_clear(ends[0]):
                bad.append(f"{what}: {ends[0].status} {ends[0].text[:300]}")
        self.answers.clear()
        return bad


def is_clear(answer):
    if isinstance(answer, OSError) or not hasattr(answer, "status"):
        return True  # the browser says so itself; or it was a command
    if answer.status in (409, 503):
        return "Retry-After" in answer.headers
    return answer.status in (303, 422)
