"""A wire between two programs, which a test cuts, slows, or lets fall silent.

    wire = Wire(("127.0.0.1", slapd.port))    # listens at wire.port
    wire.after = 100     # of each answer stream 100 bytes pass, then silence
    wire.cut()           # every connection ends at once

It forwards bytes as they are. The way back (what the server says) obeys:

    quiet       accepts, and nothing passes in either direction
    refuse      a connection is closed as soon as it is accepted
    after       so many bytes of a connection's answers pass, no more
    pace        a connection's answers pass one byte at a time, this many
                seconds apart
    delay       seconds each piece waits

With target None there is no server: say() is what every connection hears.
"""
import selectors
import socket
import threading
import time

STEP = 0.02


class Line:
    """One connection through a wire."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.passed = 0

    def close(self):
        for end in (self.client, self.server):
            if end is not None:
                end.close()


class Wire:
    def __init__(self, target=None, say=b""):
        self.target, self.say = target, say
        self.lines, self.lock = set(), threading.Lock()
        self.accepted = 0
        self.heal()
        self.door = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.door.getsockname()[1]
        self.open = True
        threading.Thread(target=self.accept, daemon=True).start()

    def heal(self):
        self.quiet = self.refuse = False
        self.after, self.pace, self.delay = None, 0, 0

    def cut(self):
        with self.lock:
            lines, self.lines = self.lines, set()
        for line in lines:
            for end in (line.client, line.server):
                try:
                    if end is not None:
                        end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def stop(self):
        self.open = False
        self.door.close()
        self.cut()

    def accept(self):
        while self.open:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            self.accepted += 1
            if self.refuse:
                client.close()
                continue
            threading.Thread(target=self.serve, args=(client,),
                             daemon=True).start()

    def serve(self, client):
        line = Line(client, None)
        with self.lock:
            self.lines.add(line)
        try:
            while self.quiet and self.target and line in self.lines:
                time.sleep(STEP)
            if self.target:
                line.server = socket.create_connection(self.target, 5)
                line.server.settimeout(None)
                self.forward(line)
            else:
                self.talk(line)
        except OSError:
            pass
        finally:
            with self.lock:
                self.lines.discard(line)
            line.close()

    def talk(self, line):
        """The scripted server: its words after the first bytes it hears."""
        line.client.recv(1, socket.MSG_PEEK)
        self.answer(line, self.say)
        while line.client.recv(4096):
            pass

    def forward(self, line):
        ends = selectors.DefaultSelector()
        ends.register(line.client, selectors.EVENT_READ, line.server)
        ends.register(line.server, selectors.EVENT_READ, line.client)
        with ends:
            while line in self.lines:
                for key, _ in ends.select(0.2):
                    if not self.move(line, key.fileobj, key.data):
                        return

    def move(self, line, source, sink):
        if self.quiet:
            time.sleep(STEP)  # what came stays where it is
            return True
        data = source.recv(65536)
        if not data:
            return False
        if source is line.client:
            sink.sendall(data)
        else:
            self.answer(line, data)
        return True

    def answer(self, line, data):
        if self.delay:
            time.sleep(self.delay)
        if self.after is not None:
            data = data[:max(0, self.after - line.passed)]
        line.passed += len(data)
        if not self.pace:
            line.client.sendall(data)
            return
        for i in range(len(data)):
            if not self.pace:
                line.client.sendall(data[i:])
                return
            line.client.sendall(data[i:i + 1])
            time.sleep(self.pace)
