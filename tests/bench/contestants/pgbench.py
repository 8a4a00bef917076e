"""What PostgreSQL itself can do: pgbench inserts the same columns of the same table, without HTTP or JSON in between."""

import os
import re
import subprocess

from contestants import durable_table
from support.process import Failure

NAME = "PostgreSQL (pgbench)"
DUTIES = "the event row alone"

_COLUMNS = "INSERT INTO events (enterprise_number, event_id, unique_id, event_type, raw_data) "
# As long as an average event of calls.txt.
_BODY = (
    "format('{\"Token\":\"%s\",\"UniqueId\":\"%s\",\"BridgeUniqueid\":\"5f2d7a3e-3b0c-4f64-9f0e-0c8a1d2b3c4d\","
    "\"Channel\":\"SIP/151-0000000a\",\"Exten\":\"\",\"CallerIDNum\":\"151\",\"CallerIDName\":\"151\","
    "\"ConnectedLineNum\":\"375296254070\",\"ConnectedLineName\":\"375296254070\"}', 375290000000 + :e, :u)::jsonb"
)
_VALUES = "lpad(({e})::text, 5, '0'), gen_random_uuid(), '1760000000.' || ({u}), 'bridge', {body}"


def _values(enterprise, unique):
    body = _BODY.replace(":e", enterprise).replace(":u", unique)
    return _VALUES.format(e=enterprise, u=unique, body=body)


def _one_statement(rows, enterprises):
    """All rows of a commit by one statement: the least that PostgreSQL can be asked for them."""
    return (
        "\\set u random(1, 1000000000)\n"
        + _COLUMNS
        + "SELECT "
        + _values(f"(:u::bigint + i) % {enterprises}", ":u::bigint + i")
        + f" FROM generate_series(1, {rows}) i;\n"
    )


def _pipeline(rows, enterprises):
    """A statement a row, sent in a row without waiting, one commit."""
    insert = _COLUMNS + "VALUES (" + _values(f":u::bigint % {enterprises}", ":u::bigint") + ");\n"
    return "\\startpipeline\nBEGIN;\n" + ("\\set u random(1, 1000000000)\n" + insert) * rows + "COMMIT;\n\\endpipeline\n"


def scripts(rows, enterprises):
    if rows == 1:
        insert = _COLUMNS + "VALUES (" + _values(f":u::bigint % {enterprises}", ":u::bigint") + ");\n"
        return {"one INSERT": "\\set u random(1, 1000000000)\n" + insert}
    return {"one statement": _one_statement(rows, enterprises), "a pipeline": _pipeline(rows, enterprises)}


def why_not():
    return None


def versions():
    return ""


def measure(postgres, folder, script, clients, seconds, enterprises):
    """Transactions a second, the average latency in ms and the pgbench's own CPU share, in a fresh table."""
    durable_table.make(postgres, "pgbench", enterprises)
    path = folder / "pgbench.sql"
    path.write_text(script, encoding="utf-8")
    before = os.times()
    done = subprocess.run(
        [postgres.programs / "pgbench", "-n", "-M", "prepared", "-f", path, "-c", str(clients), "-j", str(min(clients, 2)),
         "-T", str(max(1, round(seconds))), postgres.url("pgbench")],
        capture_output=True, text=True, check=False, cwd="/",
    )
    after = os.times()
    tps = re.search(r"tps = ([0-9.]+)", done.stdout)
    latency = re.search(r"latency average = ([0-9.]+)", done.stdout)
    if done.returncode != 0 or not tps:
        raise Failure("pgbench: " + (done.stderr or done.stdout).strip()[-500:])
    stored = durable_table.count(postgres, "pgbench")
    postgres.drop_database("pgbench")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return float(tps.group(1)), float(latency.group(1)), used, stored
