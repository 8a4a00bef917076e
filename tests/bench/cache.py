#!/usr/bin/env python3
"""Measures /customer-name of integration-cache beside nginx answering a constant and FastAPI with a dict, in one run.

docs/benchmarks.md says what is measured and how.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.dont_write_bytecode = True  # The source tree stays as it is.

from contestants.name_servers import ENTERPRISE, FastApi, Nginx, Ours
from support import postgres, table
from support.process import Failure, Program, free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOAD = ROOT / "build" / "tools" / "bench_load"
CONTESTANTS = (Nginx, FastApi, Ours)
BARS = (("nginx", Nginx.NAME, 0.5), ("fastapi", FastApi.NAME, 4))
SERVER_CPU, LOAD_CPU = "0", "1"


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench cache", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement, after 2 s to warm up (10)")
    parser.add_argument("--rounds", type=int, default=3, help="in turns; each one's median counts (3)")
    parser.add_argument("--connections", type=int, default=64, help="keep-alive connections (64)")
    parser.add_argument("--names", type=int, default=1000, help="different numbers that are asked for (1000)")
    parser.add_argument("--only", default="nginx,fastapi,ours", help="of: nginx,fastapi,ours")
    parser.add_argument("--perf", metavar="FILE", help="record ours with perf into FILE")
    parser.add_argument("--markdown", action="store_true", help="print tables for docs/benchmarks.md")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is not met")
    options = parser.parse_args()
    options.only = options.only.split(",")
    return options


class Redis:
    """Of the benchmark's own; without it ours would run too, only not as in production."""

    def __init__(self, folder):
        self.port = free_port()
        self.program = Program(
            ["taskset", "-c", LOAD_CPU, "redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            folder / "redis.log",
        )
        self.url = f"redis://127.0.0.1:{self.port}/0"


class Bench:
    def __init__(self, options, server, redis, folder):
        self.options = options
        self.postgres = server
        self.redis = redis
        self.folder = folder
        self.names = [(f"37544{1000000 + i * 7:07}", f"Петров Иван {i}") for i in range(options.names)]
        self.paths = folder / "paths.txt"
        self.paths.write_text("".join(f"GET /customer-name/{ENTERPRISE}/{phone}\n\n" for phone, _ in self.names))
        self.reports = {}

    def check_answers(self, contestant):
        """The right names, not just something; and nothing is cold when it counts."""
        for phone, name in self.names:
            with urllib.request.urlopen(f"http://127.0.0.1:{contestant.port}/customer-name/{ENTERPRISE}/{phone}") as answer:
                said = json.load(answer)["name"]
            if said != name and not isinstance(contestant, Nginx):
                raise Failure(f"{contestant.NAME} says {said} for {phone}, not {name}")

    def load(self, contestant):
        before = contestant.program.cpu_seconds()
        done = subprocess.run(
            ["taskset", "-c", LOAD_CPU, LOAD, "--calls", self.paths, "--port", str(contestant.port), "--connections",
             str(self.options.connections), "--seconds", str(self.options.seconds)],
            capture_output=True, text=True, check=False,
        )
        if done.returncode != 0:
            raise Failure(f"{done.stderr.strip()} ({contestant.program.tail()})")
        report = json.loads(done.stdout)
        if report["failed"]:
            raise Failure(f"{report['failed']} requests failed, the first: {report['first_failure']}")
        report["rate"] = report["counted_ok"] / report["seconds"]
        report["cpu"] = contestant.program.cpu_seconds() - before
        report["memory"] = contestant.program.memory_megabytes()
        return report

    def measure(self, kind, number):
        contestant = kind(self.postgres, self.redis.url, self.folder / f"{kind.KEY}-{number}", SERVER_CPU, self.names)
        perf = None
        try:
            self.check_answers(contestant)
            if kind is Ours and self.options.perf:
                perf = subprocess.Popen(
                    ["perf", "record", "-q", "-F", "999", "-g", "-p", str(contestant.program.pid), "-o", self.options.perf]
                )
            before = contestant.stats() if kind is Ours else None
            report = self.load(contestant)
            if kind is Ours:
                after = contestant.stats()
                report["misses"] = after["misses"] - before["misses"]
                if report["misses"] * 1000 > report["all_ok"]:
                    raise Failure(f"{report['misses']} look-ups were no hits")
        finally:
            if perf:
                perf.send_signal(signal.SIGINT)
                perf.wait()
            contestant.stop()
        self.reports.setdefault(kind.KEY, []).append(report)
        return report

    def run(self, kinds):
        for number in range(self.options.rounds):
            for kind in kinds:
                (self.folder / f"{kind.KEY}-{number}").mkdir()
                report = self.measure(kind, number)
                print(f"{kind.NAME}: {report['rate']:,.0f} requests/s", file=sys.stderr, flush=True)

    def median(self, key):
        ordered = sorted(self.reports[key], key=lambda report: report["rate"])
        return ordered[len(ordered) // 2]

    def rows(self, kinds):
        for kind in kinds:
            report = self.median(kind.KEY)
            done = max(report["all_ok"], 1)
            yield [
                kind.NAME, f"{report['rate']:,.0f}", f"{report['p50_us'] / 1000:.2f}", f"{report['p99_us'] / 1000:.2f}",
                f"{report['cpu'] / done * 1e6:.1f}", f"{report['cpu_seconds'] / done * 1e6:.1f}", f"{report['memory']:.0f}",
            ]

    def bars(self):
        for key, name, least in BARS:
            if key in self.reports and "ours" in self.reports:
                ratio = self.median("ours")["rate"] / self.median(key)["rate"]
                yield [f"ours / {name}", f"{ratio:.2f}", f">= {least}", "PASS" if ratio >= least else "below"]


def main():
    options = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    kinds = []
    for kind in CONTESTANTS:
        reason = kind.why_not() if kind.KEY in options.only else "not wanted"
        if reason is None:
            kinds.append(kind)
        elif reason != "not wanted":
            print(f"warning: {kind.NAME} is left out: {reason}", file=sys.stderr)
    if os.cpu_count() < 2:
        print("scripts/bench cache: server and load need a processor each", file=sys.stderr)
        return 1
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-cache-", dir="/var/tmp"))
    server = redis = None
    try:
        server = postgres.Postgres([ROOT / "var" / "bench", "/var/tmp"])
        redis = Redis(folder)
        model = next(
            (line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="ascii") if line.startswith("model name")),
            platform.machine(),
        )
        context = [f"{os.cpu_count()} processors ({model}), load {os.getloadavg()[0]:.1f} at the start, {time.strftime('%Y-%m-%d')}"]
        context += [f"{kind.NAME} ({kind.versions()}): {kind.DUTIES}" for kind in kinds]
        bench = Bench(options, server, redis, folder)
        bench.run(kinds)
        header = ["", "requests/s", "p50 ms", "p99 ms", "CPU us/request", "load", "PSS MB"]
        print()
        for line in context:
            print(("- " if options.markdown else "") + line)
        print("\n" + table.render(header, list(bench.rows(kinds)), options.markdown))
        bars = list(bench.bars())
        if bars:
            print("\n" + table.render(["bar", "measured", "wanted", ""], bars, options.markdown))
    except Failure as failure:
        print(f"scripts/bench cache: {failure}", file=sys.stderr)
        return 1
    finally:
        if redis:
            redis.program.stop()
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if options.check and any(row[3] != "PASS" for row in bars) else 0


if __name__ == "__main__":
    sys.exit(main())
