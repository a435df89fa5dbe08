"""What is done to connections: slow ones, many, busy, and bytes that are no
request. Each attack returns its figures, with the visitor's beside it."""
import contextlib
import http.client
import selectors
import socket
import statistics
import threading
import time

FORM = "/mot-de-passe-oublie"
GET = b"GET " + FORM.encode() + b" HTTP/1.1\r\nHost: x\r\n"
POST = b"POST " + FORM.encode() + b" HTTP/1.1\r\nHost: x\r\n"
SLOW = [GET + b"A: ",
        POST + b"Content-Length: 8000\r\n\r\nnumen="]
BAD_CHUNKS = {
    "negative": b"-5\r\nhello\r\n0\r\n\r\n",
    "huge": b"ffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "largest": b"7fffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "no number": b"zz\r\nhello\r\n0\r\n\r\n",
    "hexadecimal mark": b"0x5\r\nhello\r\n0\r\n\r\n",
    "no line end": b"5hello0\r\n\r\n",
    "too long": b"3\r\nhello\r\n0\r\n\r\n",
    "endless extension": b"5;" + b"a" * 100_000 + b"\r\nhello\r\n0\r\n\r\n",
    "empty": b"\r\n\r\n\r\n",
}


def status_of(process):
    """{"VmRSS": kB, "Threads": n …}"""
    found = {}
    with open(f"/proc/{process.child.pid}/status", encoding="ascii") as file:
        for line in file:
            name, _, value = line.partition(":")
            if value.split()[:1] and value.split()[0].isdigit():
                found[name] = int(value.split()[0])
    return found


def rss(process):
    return status_of(process)["VmRSS"]


class Watch(threading.Thread):
    """A visitor who asks for a form, again and again, meanwhile."""

    def __init__(self, house, pause=0.02):
        super().__init__(daemon=True)
        self.house, self.pause = house, pause
        self.times, self.statuses = [], []
        self.over = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def run(self):
        while not self.over.wait(self.pause):
            begin = time.monotonic()
            try:
                status = self.house.visitor().get(FORM, timeout=20).status
            except (OSError, http.client.HTTPException):
                status = 0
            self.times.append(time.monotonic() - begin)
            self.statuses.append(status)

    def figures(self):
        if not self.times:
            return {}
        times = sorted(self.times)
        return {"others asked": len(times),
                "others answered": self.statuses.count(200),
                "others told to come again": self.statuses.count(503),
                "others closed": self.statuses.count(0),
                "others p50 ms": round(statistics.median(times) * 1000, 1),
                "others p99 ms": round(
                    times[len(times) * 99 // 100] * 1000, 1),
                "others longest ms": round(times[-1] * 1000, 1)}


@contextlib.contextmanager
def held(house, beginnings, count):
    """So many open connections, each with the beginning of a request."""
    lines = []
    try:
        for n in range(count):
            with contextlib.suppress(OSError):
                line = socket.create_connection(("127.0.0.1", house.port), 5)
                lines.append(line)
                line.sendall(beginnings[n % len(beginnings)])
                line.setblocking(False)
        yield lines
    finally:
        for line in lines:
            line.close()


def heard(line):
    """None while it is open; then all that came."""
    text = b""
    try:
        while True:
            piece = line.recv(65536)
            if not piece:
                return text
            text += piece
    except BlockingIOError:
        return None if not text else text
    except OSError:
        return text


def drip(lines, seconds, every=0.5):
    """A byte now and then, until all are over; when the last one was."""
    begin, open_ones = time.monotonic(), list(lines)
    while open_ones and time.monotonic() - begin < seconds:
        time.sleep(every)
        for line in list(open_ones):
            try:
                line.send(b"a")
                over = heard(line) is not None
            except BlockingIOError:
                over = False
            except OSError:
                over = True
            if over:
                open_ones.remove(line)
    return len(open_ones), round(time.monotonic() - begin, 1)


def slowloris(house, count, seconds=30):
    """Headers and bodies, a byte each half second: they end by the deadline,
    and others are served."""
    with Watch(house) as watch, held(house, SLOW, count) as lines:
        left, took = drip(lines, seconds)
    return {"connections": count, "still open": left,
            "seconds until the last had ended": took, **watch.figures()}


def crowd(house, count, seconds=2):
    """Connections that say nothing."""
    before = status_of(house.web)
    with Watch(house) as watch:
        begin = time.monotonic()
        with held(house, [b""], count) as lines:
            opened = time.monotonic() - begin
            most = status_of(house.web)
            time.sleep(seconds)
            ends = [heard(line) for line in lines]
            later = len(watch.statuses)
            time.sleep(seconds)
            calm = watch.statuses[later:]
    return {"connections": count, "opened": len(lines),
            "seconds to open": round(opened, 1),
            "still open": ends.count(None),
            "told to come again": sum(b" 503 " in (x or b"") for x in ends),
            "closed": sum(x == b"" for x in ends),
            "RSS kB before": before["VmRSS"], "RSS kB meanwhile":
            most["VmRSS"], "threads meanwhile": most["Threads"],
            "others answered, all held": calm.count(200),
            "others not answered, all held": len(calm) - calm.count(200),
            **watch.figures()}


def busy(house, count, rounds=3):
    """Exactly so many, each kept alive and asking at once, round by round.
    Who is told to come again does; nobody waits for the end of a silence."""
    start = threading.Barrier(count)
    results, lock = [], threading.Lock()

    def one():
        line, again, times = None, 0, []
        for _ in range(rounds):
            start.wait(60)
            begin = time.monotonic()
            for _ in range(40):
                line = line or http.client.HTTPConnection(
                    "127.0.0.1", house.port, timeout=20)
                try:
                    line.request("GET", FORM)
                    answer = line.getresponse()
                    answer.read()
                    if answer.status == 200:
                        break
                except TimeoutError:
                    raise
                except (OSError, http.client.HTTPException):
                    pass
                line.close()
                line, again = None, again + 1
                time.sleep(0.05)
            else:
                raise AssertionError("never answered")
            times.append(time.monotonic() - begin)
        line.close()
        with lock:
            results.append((times, again))

    threads = [threading.Thread(target=one, daemon=True)
               for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    times = sorted(t for x, _ in results for t in x)
    return {"connections": count, "rounds": rounds,
            "answered": len(times), "asked again": sum(n for _, n in results),
            "p50 ms": round(statistics.median(times) * 1000),
            "longest ms": round(times[-1] * 1000)}


def say(house, raw, patience=20):
    """Sends bytes; all that comes until the end."""
    text = b""
    with socket.create_connection(("127.0.0.1", house.port), patience) as line:
        chooser = selectors.DefaultSelector()
        chooser.register(line, selectors.EVENT_READ | selectors.EVENT_WRITE)
        line.setblocking(False)
        rest, end = memoryview(raw), time.monotonic() + patience
        try:
            while time.monotonic() < end:
                for _, events in chooser.select(0.5):
                    if events & selectors.EVENT_WRITE:
                        rest = rest[line.send(rest[:65536]):]
                        if not rest:
                            chooser.modify(line, selectors.EVENT_READ)
                    if events & selectors.EVENT_READ:
                        piece = line.recv(65536)
                        if not piece:
                            return text
                        text += piece
        except ConnectionError:
            return text
    raise AssertionError(f"still open after {patience} s: {text[:200]}")


def large_headers(house, count):
    """A header of 1 MiB, in one line and in many."""
    before, first = rss(house.web), []
    shapes = [GET + b"A: " + b"a" * (1 << 20) + b"\r\n\r\n",
              GET + b"A: aaaaaaaaaaa\r\n" * (1 << 16) + b"\r\n",
              b"GET /?" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: x\r\n\r\n"]
    for n in range(count):
        first.append(say(house, shapes[n % 3])[:12].decode("ascii"))
    return {"sent": count, "answers": sorted(set(first)),
            "RSS kB before": before, "RSS kB after": rss(house.web)}


def pipelined(house, count):
    """So many requests in one go; the answers come in their order."""
    raw = b"".join(b"GET /?n=%d HTTP/1.1\r\nHost: x\r\n\r\n" % n
                   for n in range(count - 1))
    raw += b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    text = say(house, raw)
    return {"sent": count, "answered": text.count(b"HTTP/1.1 200 ")}


def bad_chunks(house):
    """Chunked bodies that cannot be: the word each got."""
    words = {}
    for name, body in BAD_CHUNKS.items():
        # What would wait for more is half-closed by its deadline.
        text = say(house, POST + b"Transfer-Encoding: chunked\r\n"
                   b"Connection: close\r\n\r\n" + body)
        words[name] = text[9:12].decode("ascii") or "closed"
    return words
