"""Programs that a benchmark starts: they end with it, and what they use of the processors is known."""

import ctypes
import os
import signal
import socket
import subprocess
import time
import urllib.request

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_TICKS = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """What the benchmark cannot go on from, in words for people."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Program:
    """One program with all that it starts. Its output goes to a file, which a failure quotes."""

    def __init__(self, argv, log, env=None, cwd=None, user=None, death_signal=signal.SIGTERM):
        self.log = log
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                [str(each) for each in argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                cwd=cwd,
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=[] if user else None,
                preexec_fn=lambda: _libc.prctl(_PR_SET_PDEATHSIG, death_signal),
            )
        self.pid = self.process.pid

    def is_running(self):
        return self.process.poll() is None

    def stop(self, number=signal.SIGTERM, limit=30):
        """The exit code. After `limit` seconds the whole session is killed."""
        if self.is_running():
            self.process.send_signal(number)
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            code = None
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        return code

    def wait_for_http(self, url, limit=60):
        until = time.monotonic() + limit
        while time.monotonic() < until:
            if not self.is_running():
                raise Failure(f"{self.process.args[0]} ended: {self.tail()}")
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.05)
        raise Failure(f"{url} does not answer: {self.tail()}")

    def tail(self):
        with open(self.log, "rb") as file:
            return file.read()[-2000:].decode(errors="replace").strip()

    def cpu_seconds(self):
        """Of it and all its descendants, those that have ended too."""
        total = 0
        for pid in _tree(self.pid):
            total += _ticks(pid)
        return total / _TICKS

    def memory_megabytes(self):
        """PSS of it and all its descendants."""
        total = 0
        for pid in _tree(self.pid):
            try:
                with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                    total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
            except OSError:
                pass
        return total / 1024


def _stat(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()


def _ticks(pid):
    try:
        # utime, stime and those of ended children: fields 14 to 17 of proc(5).
        return sum(int(field) for field in _stat(pid)[11:15])
    except OSError:
        return 0


def _tree(root):
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                children.setdefault(int(_stat(name)[1]), []).append(int(name))
            except OSError:
                pass
    found = [root]
    for pid in found:
        found.extend(children.get(pid, []))
    return found
