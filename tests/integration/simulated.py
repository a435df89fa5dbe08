"""Simulated time: one wall clock for a whole house, which can be put forward.

tests/support/clock_ahead.c is loaded into slapd, Redis, both daemons and
`rentree`; all look at the same page before they say what time it is, so they
jump together. Deadlines go on in real time. A build with a sanitizer takes no
such library: those tests are for the plain one.
"""
import mmap
import struct

import servers

LIBRARY = servers.BUILD / "tests" / "support" / "clock_ahead.so"


class Clock:
    def __init__(self, path):
        path.write_bytes(struct.pack("q", 0))
        with open(path, "r+b") as page:
            self.page = mmap.mmap(page.fileno(), 8)
        self.env = {"LD_PRELOAD": str(LIBRARY), "CLOCK_AHEAD": str(path)}

    @property
    def ahead(self):
        return struct.unpack("q", self.page)[0]

    def forward(self, days=0, hours=0, minutes=0, seconds=0):
        self.page[:] = struct.pack("q", self.ahead + seconds +
                                   60 * (minutes + 60 * (hours + 24 * days)))
