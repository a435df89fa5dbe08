"""Issue 9, line 1: what a service manager sees of the daemons. No systemd runs
here: its three protocols are spoken by this file (sd_notify(3),
sd_listen_fds(3), sd_watchdog_enabled(3))."""
import os
import signal
import socket
import subprocess
import threading
import time

from house import PATIENCE, WATCH, servers, wait_until
from shared import Case

# The numbers name the process that is meant, which is the shell's after exec.
AS_MANAGER = 'LISTEN_PID=$$ WATCHDOG_PID=$$ exec "$@" 3<&"$DOOR"'


class Managed:
    """A daemon as systemd starts it."""

    def __init__(self, house, name, door=None, fdname="web",
                 watchdog_s=None):
        self.house, self.name, self.door = house, name, door
        self.path = house.folder.sockets / f"notify-{id(self):x}"
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(self.path))
        self.said = []
        threading.Thread(target=self.listen, daemon=True).start()
        self.env = {**house.env, "NOTIFY_SOCKET": str(self.path)}
        if watchdog_s:
            self.env["WATCHDOG_USEC"] = str(int(watchdog_s * 1e6))
        if door is not None:
            self.env.update(LISTEN_FDS="1", LISTEN_FDNAMES=fdname,
                            DOOR=str(door.fileno()))
        else:
            self.env["DOOR"] = "0"
        self.child = None

    def listen(self):
        """Always: who says something waits until it is read."""
        while (said := self.notify.recv(4096).decode()) != "CLOSE":
            self.said += said.split("\n")

    def start(self):
        with open(self.house.folder / "log" / "managed.log", "ab") as out:
            self.child = subprocess.Popen(
                [servers.program("setpriv"), "--pdeathsig", "KILL", "--",
                 "bash", "-c", AS_MANAGER, "manager", *WATCH,
                 servers.BUILD / self.name, "-c", self.house.config],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env=self.env,
                pass_fds=[self.door.fileno()] if self.door else [])

    def start_ready(self):
        self.start()
        wait_until(lambda: "READY=1" in self.said, f"{self.name}: READY=1",
                   20 * PATIENCE)

    def hears(self, word, seconds=20 * PATIENCE):
        """Waits until the daemon says a word from now on."""
        self.said.clear()
        wait_until(lambda: word in self.said, f"{self.name}: {word}", seconds)

    def is_silent(self, seconds):
        time.sleep(0.2)  # what was on its way
        self.said.clear()
        time.sleep(seconds)
        return not self.said

    def stop(self):
        self.said.clear()
        self.child.terminate()
        code = self.child.wait(30 * PATIENCE)
        self.child = None
        wait_until(lambda: "STOPPING=1" in self.said, "STOPPING=1", 5)
        return code

    def close(self):
        if self.child is not None:
            self.child.kill()
            self.child.wait()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"CLOSE", str(self.path))
        self.notify.close()
        self.path.unlink()


class Visitors:
    """They come one after the other, without a pause, each on a connection of
    its own, and note every answer that is none."""

    def __init__(self, path, count):
        self.path = str(path)
        self.over = threading.Event()
        self.served, self.lost = 0, []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.come, daemon=True)
                        for _ in range(count)]

    def one(self):
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(30 * PATIENCE)
            door.connect(self.path)
            door.sendall(b"GET /aide HTTP/1.1\r\nHost: localhost\r\n"
                         b"Connection: close\r\n\r\n")
            got = b""
            while part := door.recv(65536):
                got += part
        if not got.startswith(b"HTTP/1.1 200 ") or b"</html>" not in got:
            raise ConnectionError(f"an answer of {len(got)} bytes")

    def come(self):
        while not self.over.is_set():
            why = None
            try:
                self.one()
            except OSError as error:
                why = repr(error)
            with self.lock:
                if why is None:
                    self.served += 1
                else:
                    self.lost.append(why)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


class Service(Case):
    def managed(self, *arguments, **more):
        managed = Managed(self.house, *arguments, **more)
        self.addCleanup(managed.close)
        return managed

    def door(self):
        """What rentree-web.socket opens, and keeps."""
        path = self.house.folder.sockets / f"web-{id(self):x}"
        door = socket.socket(socket.AF_UNIX)
        self.addCleanup(door.close)
        door.bind(str(path))
        self.addCleanup(path.unlink)
        door.listen(512)
        return path, door

    def test_nobody_is_lost_while_the_web_process_is_replaced(self):
        path, door = self.door()
        web = self.managed("rentree-web", door)
        web.start_ready()
        with Visitors(path, 6) as visitors:
            for _ in range(4):
                before = visitors.served
                wait_until(lambda b=before: visitors.served > b + 20,
                           "visitors to be served", 30 * PATIENCE)
                self.assertEqual(web.stop(), 0)
                time.sleep(0.2)  # nobody is there: they wait in the socket
                web.said.clear()
                web.start_ready()
        self.assertEqual(visitors.lost, [])
        self.assertGreater(visitors.served, 80)

    def test_a_socket_that_is_not_meant_is_refused(self):
        _, door = self.door()
        web = self.managed("rentree-web", door, fdname="admin")
        web.start()
        self.assertEqual(web.child.wait(20 * PATIENCE), 78)
        self.assertIn("FileDescriptorName",
                      (self.house.folder / "log" / "managed.log").read_text())
        left, right = socket.socketpair()
        self.addCleanup(left.close)
        self.addCleanup(right.close)
        web = self.managed("rentree-web", left)
        web.start()
        self.assertEqual(web.child.wait(20 * PATIENCE), 78)

    def watch(self, name, *more):
        daemon = self.managed(name, *more, watchdog_s=0.4)
        daemon.start_ready()
        for _ in range(3):
            daemon.hears("WATCHDOG=1")
        return daemon

    def test_the_watchdog_is_fed_while_all_goes_on(self):
        _, door = self.door()
        for daemon in (self.watch("rentree-web", door),
                       self.watch("rentree-worker")):
            with self.subTest(daemon.name):
                os.kill(daemon.child.pid, signal.SIGSTOP)
                self.assertTrue(daemon.is_silent(1.5))
                os.kill(daemon.child.pid, signal.SIGCONT)
                daemon.hears("WATCHDOG=1")
                self.assertEqual(daemon.stop(), 0)

    def test_a_back_end_that_is_away_is_no_reason_to_die(self):
        _, door = self.door()
        web = self.watch("rentree-web", door)
        worker = self.watch("rentree-worker")
        self.house.pause(self.house.redis)
        try:
            for daemon in (web, worker, web, worker):
                daemon.hears("WATCHDOG=1")
        finally:
            self.house.resume(self.house.redis)
        for daemon in (web, worker):
            self.assertEqual(daemon.stop(), 0)
