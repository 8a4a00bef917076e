#!/usr/bin/env python3
"""Measures ingest beside FastAPI, Fastify and PostgreSQL itself, all on one PostgreSQL and one machine, in one run.

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

sys.dont_write_bytecode = True  # The source tree stays as it is.

from contestants import fastapi, fastify, ours, pgbench
from support import fill, postgres, table
from support.process import Failure

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOAD = ROOT / "build" / "tools" / "bench_load"
PARTS = ("ours", "fastapi", "fastify", "pgbench", "latency")
CATCH_UP_LIMIT = 60


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench ingest", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10, help="of each measurement, after 2 s to warm up (10)")
    parser.add_argument("--rounds", type=int, default=3, help="of ours and the opponents, in turns; the median counts (3)")
    parser.add_argument("--connections", type=int, default=64, help="keep-alive connections (64)")
    parser.add_argument("--only", default=",".join(PARTS), help="of: " + ",".join(PARTS))
    parser.add_argument("--workers", default="1,2", help="numbers of workers to try (1,2)")
    parser.add_argument("--pool", type=int, default=32, help="connections of an opponent's worker to PostgreSQL (32)")
    parser.add_argument("--rate", type=float, default=1000, help="events/s of the latency part (1000)")
    parser.add_argument("--rows", type=int, default=0, help="measure latency again with so many stored events (0: do not)")
    parser.add_argument("--enterprises", type=int, default=10000, help="with --rows: and so many enterprises (10000)")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of ingest")
    parser.add_argument("--markdown", action="store_true", help="print tables for docs/benchmarks.md")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is not met")
    options = parser.parse_args()
    options.only = options.only.split(",")
    unknown = set(options.only) - set(PARTS)
    if unknown:
        parser.error("--only: no part named " + ", ".join(sorted(unknown)))
    options.workers = [int(count) for count in options.workers.split(",")]
    options.settings = dict(pair.split("=", 1) for pair in options.set)
    options.few_enterprises = 300
    return options


class Bench:
    def __init__(self, options, server, folder):
        self.options = options
        self.postgres = server
        self.folder = folder
        self.runs = int(time.time()) % 10**8
        self.rates = {}
        self.best_workers = {}
        self.rows = []
        self.bars = []
        self.notes = []

    def say(self, text):
        print(text, file=sys.stderr if self.options.markdown else sys.stdout, flush=True)

    def load(self, contestant, seconds, enterprises, rate=0):
        """Plays calls against it; the load's report with what the processors did meanwhile."""
        self.runs += 1
        programs = {"service": contestant.program, "postgres": self.postgres.program}
        before = {name: program.cpu_seconds() for name, program in programs.items()}
        done = subprocess.run(
            [LOAD, "--calls", pathlib.Path(__file__).parent / "calls.txt", "--port", str(contestant.port),
             "--connections", str(self.options.connections), "--seconds", str(seconds), "--rate", str(rate),
             "--enterprises", str(enterprises), "--run", str(self.runs)],
            capture_output=True, text=True, check=False,
        )
        if done.returncode != 0:
            raise Failure(f"{done.stderr.strip()} ({contestant.program.tail()})")
        report = json.loads(done.stdout)
        report["cpu"] = {name: program.cpu_seconds() - before[name] for name, program in programs.items()}
        report["cpu"]["load"] = report["cpu_seconds"]
        report["memory"] = contestant.program.memory_megabytes()
        return report

    def check_stored(self, contestant, report):
        """Nothing counts that is not in the table."""
        if report["failed"]:
            raise Failure(f"{report['failed']} requests failed, the first: {report['first_failure']}")
        acknowledged = report["all_ok"] - report["duplicates"]
        stored = contestant.stored()
        if stored != acknowledged:
            raise Failure(f"{acknowledged} events were acknowledged and {stored} are stored")

    def add_row(self, name, workers, rate, report):
        def micros(part):
            return f"{report['cpu'][part] / max(report['all_ok'], 1) * 1e6:.0f}"

        self.rows.append(
            [name, workers, f"{rate:,.0f}", f"{report['p50_us'] / 1000:.1f}", f"{report['p99_us'] / 1000:.1f}",
             micros("service"), micros("postgres"), micros("load"), f"{report['memory']:.0f}"]
        )

    def measure_in_turns(self, contestants):
        """The machine is not equally fast at all times, so they take turns; each one's median counts."""
        runs = {}
        for number in range(1, self.options.rounds + 1):
            self.say(f"round {number} of {self.options.rounds}")
            for name, module in contestants:
                counts = self.options.workers
                for workers in ours.worker_counts(counts) if module is ours else counts:
                    runs.setdefault((name, module, workers), []).append(self.measure(module, workers))
        for (name, module, workers), reports in runs.items():
            reports.sort(key=lambda report: report["rate"])
            median = reports[len(reports) // 2]
            self.add_row(module.NAME, workers, median["rate"], median)
            if len(reports) > 1:
                span = f"{reports[0]['rate']:,.0f} to {reports[-1]['rate']:,.0f}"
                self.notes.append(f"{module.NAME}, workers={workers}: {span} events/s in {len(reports)} rounds.")
            if median["rate"] > self.rates.get(name, 0):
                self.rates[name] = median["rate"]
                self.best_workers[name] = workers

    def measure(self, module, workers):
        extra = {"settings": self.options.settings} if module is ours else {"pool": self.options.pool}
        contestant = module.Contestant(self.postgres, self.folder, workers, self.options.few_enterprises, **extra)
        try:
            report = self.load(contestant, self.options.seconds, self.options.few_enterprises)
            self.check_stored(contestant, report)
            report["rate"] = report["counted_ok"] / report["seconds"]
            self.say(f"{module.NAME}, workers={workers}: {report['rate']:,.0f} events/s, {report['all_ok']:,} acknowledged and stored")
            if module is ours:
                self.note_work(contestant, workers, report)
        finally:
            contestant.stop()
        return report

    def note_work(self, contestant, workers, report):
        behind, seconds = contestant.catch_up(CATCH_UP_LIMIT)
        caught = "not worked in after a minute" if seconds is None else f"worked in {seconds:.1f} s later"
        note = (
            f"workers={workers}: of {report['all_ok']:,} events {behind:,} still waited to be worked into calls when the load "
            f"ended, {caught}; then there were {contestant.work_created()}."
        )
        self.notes.append(note)
        self.say("  " + note)

    def measure_postgres(self):
        for rows, counts in ((1, (32, 64, 128)), (64, (2, 4, 8)), (100, (2, 4, 8))):
            best = (0, None, None)
            for form, script in pgbench.scripts(rows, self.options.few_enterprises).items():
                for clients in counts:
                    tps, _, _, _ = pgbench.measure(
                        self.postgres, self.folder, script, clients, max(2, self.options.seconds / 4), self.options.few_enterprises
                    )
                    self.say(f"  pgbench, {rows} rows a commit by {form}, {clients} clients: {tps * rows:,.0f} rows/s")
                    if tps > best[0]:
                        best = (tps, form, clients)
            _, form, clients = best
            before = self.postgres.program.cpu_seconds()
            script = pgbench.scripts(rows, self.options.few_enterprises)[form]
            tps, latency, cpu, stored = pgbench.measure(
                self.postgres, self.folder, script, clients, self.options.seconds, self.options.few_enterprises
            )
            used = self.postgres.program.cpu_seconds() - before
            self.rates[f"postgres{rows}"] = tps * rows
            self.rows.append(
                [f"PostgreSQL, {rows} a commit ({form})", f"{clients} cl.", f"{tps * rows:,.0f}", f"{latency:.1f} avg", "",
                 "", f"{used / stored * 1e6:.0f}", f"{cpu / stored * 1e6:.0f}", ""]
            )
            self.say(f"PostgreSQL, {rows} rows a commit: {tps * rows:,.0f} rows/s")

    def measure_latency(self):
        few = self.latency_of("an empty database", self.options.few_enterprises, 0)
        self.add_bar("ack latency at 1,000 events/s, p99", f"{few / 1000:.2f} ms", "< 10 ms", few < 10000)
        if self.options.rows:
            many = self.latency_of(f"{self.options.rows:,} stored events", self.options.enterprises, self.options.rows)
            self.add_bar(
                f"the same with {self.options.enterprises:,} enterprises and {self.options.rows:,} stored events",
                f"{many / 1000:.2f} ms", "< 10 ms", many < 10000,
            )
            self.add_bar("their ratio", f"{many / few:.2f}", "<= 1.25", many <= 1.25 * few)

    def latency_of(self, name, enterprises, rows):
        workers = self.best_workers.get("ours", ours.worker_counts(self.options.workers)[0])
        ours.make_database(self.postgres, "latency", enterprises)
        if rows:
            self.say(f"filling {rows:,} events")
            fill.fill(self.postgres, "latency", rows, enterprises, self.say)
        contestant = ours.Contestant(self.postgres, self.folder, workers, enterprises, "latency", self.options.settings)
        try:
            stored_before = contestant.stored()
            report = self.load(contestant, self.options.seconds, enterprises, self.options.rate)
            report["all_ok"] += stored_before
            self.check_stored(contestant, report)
            report["all_ok"] -= stored_before
        finally:
            contestant.stop()
        self.postgres.drop_database("latency")
        rate = report["counted_ok"] / report["seconds"]
        self.add_row(f"Trunkline ingest at {self.options.rate:,.0f}/s, {name}", workers, rate, report)
        tail = {part: f"{report[part + '_us'] / 1000:.2f}" for part in ("p50", "p99", "p999", "max")}
        note = (
            f"latency at {rate:,.0f} events/s, {enterprises:,} enterprises, {name}: p50 {tail['p50']}, p99 {tail['p99']}, "
            f"p99.9 {tail['p999']}, longest {tail['max']} ms."
        )
        self.notes.append(note)
        self.say("  " + note)
        return report["p99_us"]

    def add_bar(self, what, value, bar, is_met):
        self.bars.append([what, value, bar, "PASS" if is_met else "below"])

    def add_ratios(self):
        for name, title, least, aim in (
            ("fastapi", fastapi.NAME, 8, 12), ("fastify", fastify.NAME, 2.8, 4), ("postgres64", "PostgreSQL at 64 rows a commit", 0.4, None)
        ):
            if name in self.rates and "ours" in self.rates:
                ratio = self.rates["ours"] / self.rates[name]
                bar = f">= {least}" + (f" (aim {aim})" if aim else "")
                self.add_bar(f"ours / {title}", f"{ratio:.2f}", bar, ratio >= least)

    def run(self):
        contestants = (("fastapi", fastapi), ("fastify", fastify), ("ours", ours))
        self.measure_in_turns([each for each in contestants if each[0] in self.options.only])
        if "pgbench" in self.options.only:
            self.measure_postgres()
        self.add_ratios()
        if "latency" in self.options.only:
            self.measure_latency()

    def print_result(self, context):
        header = ["", "workers", "events/s", "p50 ms", "p99 ms", "CPU us/event", "PostgreSQL", "load", "PSS MB"]
        print()
        for line in context:
            print(("- " if self.options.markdown else "") + line)
        print("\n" + table.render(header, self.rows, self.options.markdown))
        if self.bars:
            print("\n" + table.render(["bar", "measured", "wanted", ""], self.bars, self.options.markdown))
        print()
        for note in self.notes:
            print(("- " if self.options.markdown else "") + note)


def context_of(server, modules, syncs):
    model = next(
        (line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="ascii") if line.startswith("model name")), platform.machine()
    )
    load = os.getloadavg()[0]
    lines = [
        f"{os.cpu_count()} processors ({model}), load {load:.1f} at the start; the disk makes 8 KiB durable {syncs:,.0f} times a second",
        f"PostgreSQL {server.version()}: " + ", ".join(f"{name}={value}" for name, value in postgres.settings().items()),
    ]
    return lines + [f"{module.NAME} ({module.versions()}): {module.DUTIES}" if module.versions() else f"{module.NAME}: {module.DUTIES}" for module in modules]


def usable(options):
    """The parts that can be measured here; the others are named."""
    modules = {"fastapi": fastapi, "fastify": fastify, "ours": ours, "pgbench": pgbench}
    for name, module in modules.items():
        reason = module.why_not() if name in options.only else None
        if reason:
            print(f"warning: {module.NAME} is left out: {reason}", file=sys.stderr)
            options.only.remove(name)
    return [module for name, module in modules.items() if name in options.only or (name == "ours" and "latency" in options.only)]


def main():
    options = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    modules = usable(options)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-ingest-", dir="/var/tmp"))
    server = None
    try:
        server = postgres.Postgres([ROOT / "var" / "bench", "/var/tmp"])
        server.run_in()
        context = context_of(server, modules, postgres.syncs_per_second(server.folder))
        bench = Bench(options, server, folder)
        bench.run()
        bench.print_result(context)
    except Failure as failure:
        print(f"scripts/bench ingest: {failure}", file=sys.stderr)
        return 1
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if options.check and any(row[3] != "PASS" for row in bench.bars) else 0


if __name__ == "__main__":
    sys.exit(main())
