"""The sandbox's parent. One standard-library file, run by the system's Python; it outlives the worker that started it.

    supervisor.py FOLDER LOCK_FD...

It inherits the locks that the worker took and holds them until the exit code is written. In FOLDER it reads spec.json
{argv, wall_seconds, memory_bytes, disk_bytes, log_bytes} and `cancel` (asks it to stop), and writes started.json (pid, start
time, boot id), result.tar, log and, at the end and at once, code.json {code, why, started, ended}.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time

GRACE_SECONDS = 5
TICK_SECONDS = 0.05
MEMORY_SECONDS = 0.5


def write_atomically(path, content):
    draft = path + ".part"
    with open(draft, "w") as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(draft, path)


def start_time(pid):
    """Clock ticks after boot at which a process started: with pid and boot id it names a process for good."""
    with open(f"/proc/{pid}/stat") as stream:
        return int(stream.read().rsplit(")", 1)[1].split()[19])


def boot_id():
    with open("/proc/sys/kernel/random/boot_id") as stream:
        return stream.read().strip()


def parents():
    """pid -> (parent, resident bytes) of every process."""
    page = os.sysconf("SC_PAGE_SIZE")
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as stream:
                    fields = stream.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            found[int(name)] = (int(fields[1]), int(fields[21]) * page)
    return found


def resident_bytes(root):
    """Memory of a process and of all below it."""
    table = parents()
    children = {}
    for pid, (parent, _size) in table.items():
        children.setdefault(parent, []).append(pid)
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        total += table.get(pid, (0, 0))[1]
        waiting += children.get(pid, [])
    return total


class Watch:
    """One sandbox from start to end."""

    def __init__(self, folder, spec):
        self.folder, self.spec = folder, spec
        self.why = ""
        self.kill_at = None
        self.asked_by_signal = False

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self):
        started = time.time()
        here = {"pid": os.getpid(), "start_time": start_time(os.getpid()), "boot_id": boot_id(), "at": started}
        write_atomically(self.path("started.json"), here)
        signal.signal(signal.SIGTERM, self.on_signal)
        process = subprocess.Popen(
            self.spec["argv"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.copy_until_end(process, started)
        code = process.wait()
        write_atomically(
            self.path("code.json"), {"code": code, "why": self.why, "started": started, "ended": time.time()}
        )

    def on_signal(self, number, frame):
        self.asked_by_signal = True

    def copy_until_end(self, process, started):
        """Copy both streams, each up to its bound, until both are closed; watch the limits meanwhile."""
        selector = selectors.DefaultSelector()
        streams = {
            process.stdout: ("result.tar", self.spec["disk_bytes"]),
            process.stderr: ("log", self.spec["log_bytes"]),
        }
        files, written = {}, {}
        for stream, (name, _bound) in streams.items():
            selector.register(stream, selectors.EVENT_READ)
            files[stream], written[stream] = open(self.path(name), "wb"), 0
        look_at_memory = 0.0
        while selector.get_map():
            for key, _events in selector.select(TICK_SECONDS):
                chunk = os.read(key.fd, 65536)
                if not chunk:
                    selector.unregister(key.fileobj)
                    continue
                name, bound = streams[key.fileobj]
                written[key.fileobj] += len(chunk)
                if written[key.fileobj] <= bound:
                    files[key.fileobj].write(chunk)
                elif name == "result.tar":
                    self.stop(process, "disk")
            now = time.time()
            if self.asked_by_signal or os.path.exists(self.path("cancel")):
                self.stop(process, "cancelled")
            elif now - started > self.spec["wall_seconds"]:
                self.stop(process, "wall")
            elif now > look_at_memory:
                look_at_memory = now + MEMORY_SECONDS
                if resident_bytes(process.pid) > self.spec["memory_bytes"]:
                    self.stop(process, "memory")
        for stream in (*streams, *files.values()):
            stream.close()

    def stop(self, process, why):
        """TERM, and KILL after the grace; the first reason stands."""
        now = time.time()
        self.why = self.why or why
        if self.kill_at is None:
            self.kill_at = now + GRACE_SECONDS
            self.signal(process, signal.SIGTERM)
        elif now > self.kill_at:
            self.signal(process, signal.SIGKILL)

    def signal(self, process, number):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass


def main(folder):
    with open(os.path.join(folder, "spec.json")) as stream:
        spec = json.load(stream)
    Watch(folder, spec).run()


if __name__ == "__main__":  # pragma: no cover - the system's Python runs it; tests of the sandbox see what it does
    if os.fork():
        os._exit(0)
    os.setsid()
    main(sys.argv[1])
