"""A primary, a replica and three sentinels of Redis, with the files of
deploy/redis, in place of the one Redis of a house."""
import re
import signal

import redis

from house import servers, wait_until

NODE = """\
bind 127.0.0.1
port {port}
daemonize no
dir {folder}
aclfile {folder}/users.acl
appendonly yes
appendfsync always
save ""
maxmemory 64mb
maxmemory-policy noeviction
repl-diskless-sync-delay 0
masteruser replica
masterauth {password}
"""


class Node(servers.Process):
    """One Redis server."""

    def __init__(self, group, n):
        self.folder, self.port = group.folder / f"redis-{n}", \
            servers.free_port()
        super().__init__(
            f"redis-{n}",
            [servers.program("redis-server"), self.folder / "redis.conf"],
            group.folder / "log" / f"redis-{n}.log")

    def write(self, users, password, primary=None):
        self.folder.mkdir(mode=0o700)
        (self.folder / "users.acl").write_text(users)
        (self.folder / "redis.conf").write_text(
            NODE.format(port=self.port, folder=self.folder,
                        password=password) +
            (f"replicaof 127.0.0.1 {primary.port}\n" if primary else ""))

    def again(self):
        self.start()
        self.wait_for(lambda: servers.answers(("127.0.0.1", self.port)))


class Sentinel(servers.Process):
    def __init__(self, group, n):
        self.group, self.port = group, servers.free_port()
        self.conf = group.folder / f"sentinel-{n}.conf"
        super().__init__(
            f"sentinel-{n}",
            [servers.program("redis-server"), self.conf, "--sentinel"],
            group.folder / "log" / f"sentinel-{n}.log")

    def write(self, primary, password):
        """The sample, in a hurry."""
        text = (servers.ROOT / "deploy/redis/sentinel.conf").read_text()
        for old, new in (
                (r"port 26379", f"port {self.port}\nbind 127.0.0.1"),
                (r"dir \S+", f"dir {self.group.folder.path}"),
                (r"PRIMARY_HOST 6379", f"127.0.0.1 {primary.port}"),
                (r"SENTINEL_PASSWORD", password),
                (r"(down-after-milliseconds rentree) \d+", r"\1 700"),
                (r"(failover-timeout rentree) \d+", r"\1 4000")):
            text, count = re.subn(old, new, text)
            assert count, old
        self.conf.write_text(text)


class Group:
    """As servers.Redis, to a house."""
    name = "redis"

    def __init__(self, folder, tcp=True, maxmemory=None):
        self.folder, self.env = folder, None
        self.nodes = [Node(self, n) for n in range(2)]
        self.sentinels = [Sentinel(self, n) for n in range(3)]
        places = ",".join(f"127.0.0.1:{x.port}" for x in self.sentinels)
        self.uri = f"sentinel://{places}/rentree"

    def users(self, more):
        folder = self.folder
        text = "".join(
            (servers.ROOT / "deploy/redis" / name).read_text()
            for name in ("users.acl", "users-sentinel.acl"))
        for user in ("web", "worker", "cli", "replica", "sentinel"):
            text = text.replace(f"{user.upper()}_PASSWORD",
                                folder.secret(f"redis-{user}"))
        lines = [x for x in text.splitlines() if x.startswith("user ")]
        # As users-sentinel.acl says.
        lines = [x.replace("+ping", "+ping +role", 1)
                 if x.split()[1] in ("web", "worker", "cli") else x
                 for x in lines]
        return "\n".join(lines) + "\n" + more

    def write_files(self, more=""):
        users = self.users(more)
        for node in self.nodes:
            node.write(users, self.folder.secret("redis-replica"),
                       None if node is self.nodes[0] else self.nodes[0])
        for sentinel in self.sentinels:
            sentinel.write(self.nodes[0],
                           self.folder.secret("redis-sentinel"))

    def again(self):
        for part in self.nodes:
            part.again()
        for part in self.sentinels:
            part.start()
            part.wait_for(lambda p=part: servers.answers(
                ("127.0.0.1", p.port)))
        wait_until(self.is_ready, "the sentinels to agree", 30, 0.1)

    def is_ready(self):
        """All know the others, and the replica is up to date."""
        for sentinel in self.sentinels:
            with redis.Redis(port=sentinel.port) as line:
                state = line.sentinel_master("rentree")
                if state["num-other-sentinels"] != 2 or \
                        state["num-slaves"] != 1 or \
                        any(x["is_master_down"] or x["is_disconnected"]
                            for x in line.sentinel_slaves("rentree")):
                    return False
        return True

    @property
    def port(self):
        """Of the primary, as the sentinels have it."""
        asked = next(x for x in self.sentinels if x.is_running())
        with redis.Redis(port=asked.port) as line:
            return int(line.sentinel_get_master_addr_by_name("rentree")[1])

    @property
    def primary(self):
        port = self.port
        return next(x for x in self.nodes if x.port == port)

    def is_running(self):
        return all(x.is_running() for x in self.nodes)

    def kill(self):
        for part in self.sentinels + self.nodes:
            part.kill()

    def signal(self, number):
        for part in self.nodes:
            part.signal(number)

    def pause(self, node):
        node.signal(signal.SIGSTOP)
