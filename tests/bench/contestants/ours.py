"""ingest as in production: logs on, repeats recognised, calls worked out and delivery work created; its targets are off."""

import os
import pathlib
import subprocess
import time

from contestants.durable_table import FIRST_TOKEN
from support.process import Failure, Program, free_port

NAME = "Trunkline ingest"
DUTIES = (
    "body checked and normalised, Token looked up in memory, repeats recognised by digest, event stored with its place in the "
    "queue in a shared commit, a line in app.log and one in access.log; behind the answer: calls, customers, and work for "
    "Telegram and one CRM in the outbox"
)
_BIN = pathlib.Path(__file__).parents[3] / "build" / "bin"

# A bot with a subscriber and a CRM each, so that every call causes delivery work.
_SEED = """
INSERT INTO enterprises (number, name, name2, bot_token, integrations_config)
SELECT lpad(i::text, 5, '0'), 'bench ' || i, ({first} + i)::text, (100000 + i)::text || ':bench',
    '{{"smart":{{"primary":"retailcrm"}},"retailcrm":{{"enabled":true,"base_url":"https://bench.retailcrm.ru","api_key":"k"}}}}'
FROM generate_series(0, {last}) i;
INSERT INTO telegram_users (tg_id, bot_token, enterprise_number)
SELECT 700000000 + i, (100000 + i)::text || ':bench', lpad(i::text, 5, '0') FROM generate_series(0, {last}) i;
ANALYZE;
"""


def why_not():
    return None if (_BIN / "ingest").exists() else "it is not built: scripts/build"


def versions():
    return subprocess.check_output([_BIN / "ingest", "--version"], text=True).strip()


def knows(setting):
    """Whether this build of ingest has it."""
    return setting in subprocess.check_output([_BIN / "ingest", "--help"], text=True)


def worker_counts(wanted):
    return wanted if knows("INGEST_WORKERS") else [1]


def make_database(postgres, database, enterprises):
    postgres.create_database(database)
    done = subprocess.run(
        [_BIN / "trunkctl", "migrate"],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": postgres.url(database)},
        cwd="/", capture_output=True, text=True, check=False,
    )
    if done.returncode != 0:
        raise Failure("trunkctl migrate: " + done.stdout + done.stderr)
    postgres.sql(_SEED.format(first=FIRST_TOKEN, last=enterprises - 1), database)
    postgres.sql("CHECKPOINT")


class Contestant:
    def __init__(self, postgres, folder, workers, enterprises, database="ours", settings=None):
        self.postgres = postgres
        self.database = database
        self.port = free_port()
        self.owns_database = database == "ours"
        if self.owns_database:
            make_database(postgres, database, enterprises)
        cwd = folder / f"ours-{time.monotonic_ns()}"
        cwd.mkdir()
        env = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": postgres.url(database),
            "INGEST_PORT": str(self.port),
            "LOG_DIR": str(cwd / "logs"),
            "LOG_LEVEL": "info",
            "ADMIN_TOKEN": "bench",
            "SECRETS_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "INTEGRATION_CACHE_URL": f"http://127.0.0.1:{free_port()}",  # Nobody listens there.
        }
        if knows("INGEST_WORKERS"):
            env["INGEST_WORKERS"] = str(workers)
        if knows("JOURNAL_DIR"):
            env["JOURNAL_DIR"] = str(cwd / "journal")
        env.update(settings or {})
        self.program = Program([_BIN / "ingest"], cwd / "output.log", env=env, cwd=cwd)
        self.program.wait_for_http(f"http://127.0.0.1:{self.port}/ready")

    def stored(self):
        return int(self.postgres.sql("SELECT count(*) FROM call_events", self.database))

    def waiting(self):
        return int(self.postgres.sql("SELECT count(*) FROM waiting_events", self.database))

    def catch_up(self, limit):
        """What stood in the queue behind the answers when the load ended, and the seconds until it was empty."""
        begin = time.monotonic()
        behind = left = self.waiting()
        while left and time.monotonic() < begin + limit:
            time.sleep(0.1)
            left = self.waiting()
        return behind, time.monotonic() - begin if left == 0 else None

    def work_created(self):
        return self.postgres.sql(
            "SELECT (SELECT count(*) FROM calls) || ' calls, ' || "
            "coalesce((SELECT string_agg(n || ' rows for ' || queue, ', ') FROM "
            "(SELECT queue, count(*) AS n FROM outbox GROUP BY queue ORDER BY queue) q), 'no outbox rows')",
            self.database,
        )

    def stop(self):
        code = self.program.stop(limit=30)
        tail = self.program.tail()
        if self.owns_database:
            self.postgres.drop_database(self.database)
        if code != 0:
            raise Failure(f"ingest ended with {code}: {tail}")
