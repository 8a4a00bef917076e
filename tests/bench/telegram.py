#!/usr/bin/env python3
"""Measures the way of an event to Telegram: 500 enterprises with a bot each, 200 events/s, a sandbox that enforces every limit.

docs/benchmarks.md says what is measured and how.
"""

import argparse
import collections
import html
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime

sys.dont_write_bytecode = True  # The source tree stays as it is.

from support import postgres, table
from support.process import Failure, Program, free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / "build" / "bin"
LOAD = ROOT / "build" / "tools" / "bench_load"
FIRST_TOKEN = 375290000000
SETTLE_LIMIT = 120

# A private chat each; every tenth has a group besides. The first one's bot serves forty chats: it is at its limit.
SEED = """
INSERT INTO enterprises (number, name, name2, bot_token)
SELECT lpad(i::text, 5, '0'), 'bench ' || i, ({first} + i)::text, (100000 + i)::text || ':benchbenchbenchbenchbenchbenchbench'
FROM generate_series(0, {last}) i;
INSERT INTO telegram_users (tg_id, bot_token, enterprise_number)
SELECT 700000000 + i, (100000 + i)::text || ':benchbenchbenchbenchbenchbenchbench', lpad(i::text, 5, '0') FROM generate_series(0, {last}) i
UNION ALL
SELECT -700000000 - i, (100000 + i)::text || ':benchbenchbenchbenchbenchbenchbench', lpad(i::text, 5, '0')
FROM generate_series(10, {last}, 10) i
UNION ALL
SELECT 800000000 + i, '100000:benchbenchbenchbenchbenchbenchbench', '00000' FROM generate_series(1, 39) i;
ANALYZE;
"""

LOGS = """
SELECT bot_id, chat_id, extract(epoch FROM event_at), extract(epoch FROM sent_at), was_held FROM asterisk_logs
WHERE finished_at IS NOT NULL ORDER BY bot_id, chat_id, sent_at
"""


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench telegram", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30, help="of load, after 5 s to warm up (30)")
    parser.add_argument("--rate", type=float, default=200, help="events a second (200)")
    parser.add_argument("--enterprises", type=int, default=500, help="with a bot each (500)")
    parser.add_argument("--connections", type=int, default=256, help="calls at once (256)")
    parser.add_argument("--replicas", type=int, default=1, help="notifiers that share the bots (1)")
    parser.add_argument("--markdown", action="store_true", help="print tables for docs/benchmarks.md")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is not met")
    return parser.parse_args()


def get(url, body=None):
    request = urllib.request.Request(url, data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


class Suite:
    """Sandbox, 8020, notifiers and ingest on one database."""

    def __init__(self, server, folder, options):
        self.server = server
        self.folder = folder
        self.ports = {name: free_port() for name in ("sandbox", "integration-cache", "ingest")}
        self.programs = {}
        server.create_database("telegram")
        self.environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": server.url("telegram"),
            "SECRETS_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "TELEGRAM_API_URL": self.url("sandbox"),
            "INTEGRATION_CACHE_URL": self.url("integration-cache"),
            "SANDBOX_PORT": str(self.ports["sandbox"]),
            "INTEGRATION_CACHE_PORT": str(self.ports["integration-cache"]),
            "INGEST_PORT": str(self.ports["ingest"]),
        }
        done = subprocess.run([BIN / "trunkctl", "migrate"], env=self.environment, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure("trunkctl migrate: " + done.stdout + done.stderr)
        server.sql(SEED.format(first=FIRST_TOKEN, last=options.enterprises - 1), "telegram")
        for name in ("sandbox", "integration-cache", "ingest"):
            self.start(name, name, self.ports[name])
        for replica in range(options.replicas):
            self.start("telegram-notifier", f"telegram-notifier-{replica}", free_port(), "TELEGRAM_NOTIFIER_PORT")
        get(self.url("sandbox") + "/sandbox/limits", {"enforce": True})

    def url(self, name):
        return f"http://127.0.0.1:{self.ports[name]}"

    def start(self, program, name, port, setting=None):
        cwd = self.folder / name
        cwd.mkdir()
        env = self.environment | {"LOG_DIR": str(cwd / "logs")} | ({setting: str(port)} if setting else {})
        self.programs[name] = Program([BIN / program], cwd / "output.log", env=env, cwd=cwd)
        self.programs[name].wait_for_http(f"http://127.0.0.1:{port}/ready")

    def sql(self, text):
        return self.server.sql(text, "telegram")

    def settle(self):
        """Until everything is delivered; the seconds it took, or a failure."""
        begin = time.monotonic()
        left = ""
        while time.monotonic() < begin + SETTLE_LIMIT:
            left = self.sql(
                "SELECT (SELECT count(*) FROM waiting_events) || ' events, ' || (SELECT count(*) FROM outbox WHERE queue = 'telegram') "
                "|| ' changes, ' || (SELECT count(*) FROM telegram_messages WHERE wanted_version > sent_version AND dead_reason IS NULL) || ' cards'"
            )
            if left == "0 events, 0 changes, 0 cards":
                return time.monotonic() - begin
            time.sleep(0.2)
        raise Failure(f"after {SETTLE_LIMIT} s there are still {left}")

    def stop(self):
        for program in reversed(list(self.programs.values())):
            program.stop(limit=20)


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def latencies(suite, begin):
    """Milliseconds from an event's receipt to its request's arrival at the sandbox, where no limit or pause held it."""
    arrived = collections.defaultdict(list)
    after = 0
    for record in get(f"{suite.url('sandbox')}/sandbox/requests?api=telegram&after={after}")["items"]:
        if "chat_id" in record["parameters"]:
            arrived[int(record["account"]), int(record["parameters"]["chat_id"])].append(moment(record["at"]))
    sent = collections.defaultdict(list)
    for line in suite.sql(LOGS).splitlines():
        bot, chat, event_at, _, held = line.split("|")
        sent[int(bot), int(chat)].append((float(event_at or 0), held == "t"))
    free, held_count = [], 0
    for place, requests in sent.items():
        if len(arrived[place]) != len(requests):
            raise Failure(f"{place}: {len(requests)} requests are written down, {len(arrived[place])} arrived")
        for (event_at, held), at in zip(requests, arrived[place]):
            if event_at < begin:
                continue
            if held:
                held_count += 1
            else:
                free.append((at - event_at) * 1000)
    return sorted(free), held_count


def breakdown(suite):
    """Where the time goes: medians of the last request of each card that nothing held."""
    return suite.sql(
        "SELECT string_agg(round(1000 * percentile) || ' ms ' || step, ', ' ORDER BY step) FROM (SELECT step, "
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM took))::numeric AS percentile FROM telegram_messages t "
        "JOIN LATERAL (SELECT * FROM asterisk_logs l WHERE l.enterprise_number = t.enterprise_number AND l.call_uuid = t.call_uuid "
        "AND l.chat_id = t.chat_id ORDER BY l.id DESC LIMIT 1) l ON NOT l.was_held "
        "CROSS JOIN LATERAL (VALUES ('1 until it is wanted', t.wanted_at - t.event_at), ('2 until it is begun', l.created_at - t.wanted_at), "
        "('3 until it is out', l.sent_at - l.created_at)) AS s(step, took) GROUP BY step) medians"
    )


def wrong_chats(suite):
    """Messages that do not show their card's text, and calls without exactly one message."""
    wanted = collections.defaultdict(list)
    for line in suite.sql(
        "SELECT json_build_array(bot_id, chat_id, wanted_text) FROM telegram_messages WHERE wanted_text <> ''"
    ).splitlines():
        bot, chat, text = json.loads(line)
        wanted[bot, chat].append(html.unescape(re.sub("<[^>]*>", "", text)))
    wrong = doubles = 0
    for chat in get(suite.url("sandbox") + "/sandbox/chats")["chats"]:
        left = collections.Counter(wanted.pop((chat["bot_id"], chat["chat_id"]), []))
        for message in chat["messages"]:
            if message["deleted"]:
                continue
            if left[message["text"]] > 0:
                left[message["text"]] -= 1
            else:
                doubles += 1
        wrong += sum(left.values())
    return wrong + sum(len(texts) for texts in wanted.values()), doubles


def measure(options, server, folder):
    suite = Suite(server, folder, options)
    try:
        begin = time.time() + 5
        programs = {"notifier": [p for n, p in suite.programs.items() if n.startswith("telegram")], "ingest": [suite.programs["ingest"]],
                    "sandbox": [suite.programs["sandbox"]], "postgres": [server.program]}
        before = {name: sum(each.cpu_seconds() for each in group) for name, group in programs.items()}
        done = subprocess.run(
            [LOAD, "--calls", pathlib.Path(__file__).parent / "calls.txt", "--port", str(suite.ports["ingest"]), "--connections",
             str(options.connections), "--warm-up", "5", "--seconds", str(options.seconds), "--rate", str(options.rate),
             "--enterprises", str(options.enterprises), "--run", str(int(time.time()) % 10**8)],
            capture_output=True, text=True, check=False,
        )
        if done.returncode != 0:
            raise Failure(done.stderr.strip())
        load = json.loads(done.stdout)
        seconds = options.seconds + 5
        cpu = {name: (sum(each.cpu_seconds() for each in group) - before[name]) / seconds for name, group in programs.items()}
        if load["failed"]:
            raise Failure(f"{load['failed']} events failed, the first: {load['first_failure']}")
        settled = suite.settle()
        limits = get(suite.url("sandbox") + "/sandbox/limits")
        free, held = latencies(suite, begin)
        wrong, doubles = wrong_chats(suite)
        steps = breakdown(suite)
        cards = int(suite.sql("SELECT count(*) FROM telegram_messages WHERE wanted_text <> ''"))
    finally:
        suite.stop()
    if not free:
        raise Failure("no request was measured")
    at = lambda share: free[min(len(free) - 1, int(len(free) * share))]
    rows = [[f"{load['all_ok']:,}", f"{cards:,}", f"{limits['requests']:,}", f"{limits['busiest_second']}", f"{len(free):,}", f"{held:,}",
             f"{at(0.5):.1f}", f"{at(0.9):.1f}", f"{at(0.99):.1f}", f"{free[-1]:.1f}", f"{settled:.1f}"]]
    header = ["events", "cards", "requests", "busiest s", "measured", "held", "p50 ms", "p90 ms", "p99 ms", "longest", "settled s"]
    bars = [
        ["limits broken, early resends among them", str(limits["broken_all"]), "0", limits["broken_all"] == 0],
        ["cards whose chat does not show their last state", str(wrong), "0", wrong == 0],
        ["messages too many", str(doubles), "0", doubles == 0],
        ["event in -> request out, p99", f"{at(0.99):.1f} ms", "< 50 ms", at(0.99) < 50],
    ]
    print("\n" + table.render(header, rows, options.markdown))
    print("\n" + table.render(["bar", "measured", "wanted", ""], [[*bar[:3], "PASS" if bar[3] else "below"] for bar in bars], options.markdown))
    print("\nhalf of the requests: " + steps)
    print("processors used: " + ", ".join(f"{name} {share:.2f}" for name, share in cpu.items()))
    return all(bar[3] for bar in bars)


def main():
    options = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(130))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-telegram-", dir="/var/tmp"))
    server = None
    try:
        server = postgres.Postgres([ROOT / "var" / "bench", "/var/tmp"])
        print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start; PostgreSQL {server.version()}, fsync on; "
              f"{options.enterprises} enterprises, {options.rate:.0f} events/s, {options.replicas} notifier(s)", flush=True)
        is_met = measure(options, server, folder)
    except Failure as failure:
        print(f"scripts/bench telegram: {failure}", file=sys.stderr)
        return 1
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if options.check and not is_met else 0


if __name__ == "__main__":
    sys.exit(main())
