#!/usr/bin/env python3
"""Measures the AMI parser beside a C lexer and a Python client, on a real exchange's stream, one processor.

docs/benchmarks.md says what is measured and how.
"""

import argparse
import gzip
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # The source tree stays as it is.

from support import table
from support.process import Failure

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "build" / "tools" / "bench_ami"
READER = ROOT / "tests" / "bench" / "ami" / "asyncio_reader.py"
CAPTURE = ROOT / "tests" / "captures" / "ami" / "load-200.ami.gz"
EVENTS = 22634
CALLS = 290
CONTESTANTS = {
    "python": ("Python, asyncio lines into dicts", [sys.executable, READER], 2),
    "strchr": ("C strchr lexer", [TOOL, "strchr"], 60),
    "tracker": ("Trunkline parser and call tracking", [TOOL, "tracker"], 20),
    "parser": ("Trunkline parser", [TOOL, "parser"], 60),
}
GROWTH_KIB = 1024
BARS = (("parser", 1_000_000, "messages/s"), ("parser", 500, "MB/s"), ("tracker", 150_000, "messages/s"))


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench ami", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="in turns; each one's median counts (5)")
    parser.add_argument("--only", default=",".join(CONTESTANTS), help="of: " + ",".join(CONTESTANTS))
    parser.add_argument("--calls", type=int, default=100_000, help="that one tracker follows for its memory; 0: none (100000)")
    parser.add_argument("--markdown", action="store_true", help="print tables for docs/benchmarks.md")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is not met")
    options = parser.parse_args()
    options.only = [key for key in CONTESTANTS if key in options.only.split(",")]
    return options


def measure(key, stream):
    _, argv, rounds = CONTESTANTS[key]
    done = subprocess.run(
        ["taskset", "-c", "0", *argv, stream, str(rounds)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Failure(f"{CONTESTANTS[key][0]}: {done.stderr.strip()}")
    report = json.loads(done.stdout)
    # With two responses; the banner is a message for ours, a line without a colon for the others.
    if not EVENTS + 2 <= report["messages"] <= EVENTS + 3:
        raise Failure(f"{CONTESTANTS[key][0]} found {report['messages']} messages")
    report["rate"] = report["messages"] * report["rounds"] / report["seconds"]
    report["megabytes"] = report["bytes"] * report["rounds"] / report["seconds"] / 1e6
    return report


def memory(calls, stream):
    """What one tracker that follows so many calls, 290 a round, takes; each call must end once and leave nothing."""
    rounds = -(-calls // CALLS)
    done = subprocess.run([TOOL, "memory", stream, str(rounds)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"memory: {done.stderr.strip()}")
    report = json.loads(done.stdout)
    if report["calls"] != rounds * CALLS or report["left"] != 0:
        raise Failure(f"memory: {report['calls']} calls ended of {rounds * CALLS}, {report['left']} things were left")
    return report


def main():
    options = arguments()
    reports = {key: [] for key in options.only}
    try:
        with tempfile.TemporaryDirectory(prefix="bench-ami-") as folder:
            stream = pathlib.Path(folder) / "load.ami"
            stream.write_bytes(gzip.decompress(CAPTURE.read_bytes()))
            for _ in range(options.runs):
                for key in options.only:
                    reports[key].append(measure(key, stream))
            kept = memory(options.calls, stream) if options.calls > 0 else None
    except Failure as failure:
        print(f"scripts/bench ami: {failure}", file=sys.stderr)
        return 1
    medians = {key: sorted(all_of, key=lambda each: each["rate"])[len(all_of) // 2] for key, all_of in reports.items()}
    model = next(
        (line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="ascii") if line.startswith("model name")),
        platform.machine(),
    )
    print(f"{os.cpu_count()} processors ({model}), load {os.getloadavg()[0]:.1f} at the end, {time.strftime('%Y-%m-%d')}\n")
    rows = []
    for key, report in medians.items():
        ratio = f"{medians['parser']['rate'] / report['rate']:.1f}" if "parser" in medians else ""
        rows.append([CONTESTANTS[key][0], f"{report['rate']:,.0f}", f"{report['megabytes']:,.0f}", ratio])
    print(table.render(["", "messages/s", "MB/s", "the parser is so many times as fast"], rows, options.markdown))
    bars = []
    for key, least, unit in BARS:
        if key in medians:
            value = medians[key]["rate" if unit == "messages/s" else "megabytes"]
            bars.append([CONTESTANTS[key][0], f"{value:,.0f} {unit}", f">= {least:,}", "PASS" if value >= least else "below"])
    if kept:
        grown = kept["highest_kib"] - kept["settled_kib"]
        measured = f"{grown:,} KiB over {kept['settled_kib']:,} in {kept['calls']:,} calls"
        bars.append(["Memory grown", measured, f"<= {GROWTH_KIB:,} KiB", "PASS" if grown <= GROWTH_KIB else "below"])
    if bars:
        print("\n" + table.render(["bar", "measured", "wanted", ""], bars, options.markdown))
    return 1 if options.check and any(row[3] != "PASS" for row in bars) else 0


if __name__ == "__main__":
    sys.exit(main())
