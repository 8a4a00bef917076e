"""Fills ingest's tables as a month of work would: events, what recognises their repeats, calls and customers."""

import concurrent.futures
import time

DAYS = 30  # The events' age. What recognises repeats is kept for 8 days (services/ingest/event_store.hpp).
KEY_DAYS = 8
_CHUNK = 500_000

_EVENTS = """
INSERT INTO call_events (enterprise_number, event_timestamp, event_id, unique_id, event_type, raw_data, trace_id, telegram_sent)
SELECT number, at, md5('event ' || i)::uuid, CASE WHEN i % 10 IN (3, 8) THEN '' ELSE unique_id END,
    (ARRAY['start','new_callerid','dial','bridge_create','bridge','bridge','bridge_leave','bridge_leave','bridge_destroy','hangup'])
        [1 + i % 10],
    jsonb_build_object('Token', (375290000000 + i / 10 % {enterprises})::text, 'UniqueId', unique_id, 'BridgeUniqueid', call,
        'Channel', 'SIP/151-' || to_hex(i), 'Exten', '', 'CallerIDNum', '151', 'CallerIDName', '151',
        'ConnectedLineNum', (375440000000 + i / 10 * 7919 % 1000000)::text,
        'ConnectedLineName', (375440000000 + i / 10 * 7919 % 1000000)::text),
    md5(i::text), i % 10 IN (2, 5, 9)
FROM (
    SELECT i, lpad((i / 10 % {enterprises})::text, 5, '0') AS number, md5('call ' || i / 10)::uuid AS call,
        1750000000 || '.' || i / 10 AS unique_id, {at} AS at
    FROM generate_series({first}::bigint, {last}::bigint) i
) rows;
"""

_LINKS = """
INSERT INTO call_event_links (enterprise_number, call_uuid, event_timestamp, event_id)
SELECT lpad((i / 10 % {enterprises})::text, 5, '0'), md5('call ' || i / 10)::uuid, {at}, md5('event ' || i)::uuid
FROM generate_series({first}::bigint, {last}::bigint) i;
"""

_KEYS = """
INSERT INTO event_keys_by_minute (minute, digest, enterprise_number, event_id, seen_at)
SELECT floor(extract(epoch FROM {at}) / 60)::integer, md5('digest ' || i)::uuid, lpad((i / 10 % {enterprises})::text, 5, '0'),
    md5('event ' || i)::uuid, {at}
FROM generate_series({first}::bigint, {last}::bigint) i;
"""

# Of bridges' events, which have no UniqueId.
_TIMELESS_KEYS = """
INSERT INTO event_keys (enterprise_number, digest, event_id, seen_at)
SELECT lpad((i / 10 % {enterprises})::text, 5, '0'), md5('digest ' || i)::uuid, md5('event ' || i)::uuid, {at}
FROM generate_series({first}::bigint, {last}::bigint) i WHERE i % 10 IN (3, 8);
"""

_CALLS = """
INSERT INTO calls (enterprise_number, uuid, unique_id, phone, line, extension, extensions, talkers, call_type, call_status,
    date_received, date_answered, date_end, duration, wait)
SELECT lpad((i % {enterprises})::text, 5, '0'), md5('call ' || i)::uuid,
    1750000000 || '.' || i, (375440000000 + i * 7919 % 1000000)::text, '0001363', '151',
    '{{150,151}}', '{{151}}', 0, 2, at, at + interval '5 s', at + interval '65 s', 60, 5
FROM (SELECT i, {at_call} AS at
      FROM generate_series({first}::bigint, {last}::bigint) i) rows;
"""

_CUSTOMERS = """
INSERT INTO customers (enterprise_number, phone, first_call_at, last_call_at, inbound_answered)
SELECT enterprise_number, phone, min(date_received), max(date_received), count(*) FROM calls GROUP BY 1, 2
ON CONFLICT DO NOTHING;
"""


def _indexes(postgres, database, table):
    """Statements that take the table's keys and indexes away, and those that bring them back, whatever they are by now."""
    text = postgres.sql(
        f"""
        SELECT 'ALTER TABLE {table} DROP CONSTRAINT ' || quote_ident(conname) || '|ALTER TABLE {table} ADD CONSTRAINT ' ||
            quote_ident(conname) || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype IN ('p', 'u')
        UNION ALL
        SELECT 'DROP INDEX ' || indexrelid::regclass || '|' || replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
        FROM pg_index WHERE indrelid = '{table}'::regclass
            AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = indexrelid);
        """,
        database,
    )
    pairs = [line.split("|", 1) for line in text.splitlines()]
    return [drop for drop, _ in pairs], [create for _, create in pairs]


def _fill_table(postgres, database, table, statement, first, last, values):
    drops, creates = _indexes(postgres, database, table)
    postgres.sql(";".join(drops), database)
    chunks = [(at, min(at + _CHUNK - 1, last)) for at in range(first, last + 1, _CHUNK)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: postgres.sql(statement.format(first=part[0], last=part[1], **values), database), chunks))
    for create in creates:
        postgres.sql(create, database)


def fill(postgres, database, rows, enterprises, say):
    begin = time.monotonic()
    # One moment for all statements, so that an event has the same time in each table.
    now = postgres.sql("SELECT now()", database)
    at = f"timestamptz '{now}' - interval '1 hour' - interval '{DAYS} days' * (1 - %s / {rows}::float8)"
    values = {"enterprises": enterprises, "at": at % "i", "at_call": at % "i * 10"}
    postgres.sql(f"SELECT ensure_call_event_partitions(now() - interval '{DAYS + 1} days', {DAYS // 28 + 3})", database)
    _fill_table(postgres, database, "call_events", _EVENTS, 0, rows - 1, values)
    _fill_table(postgres, database, "call_event_links", _LINKS, 0, rows - 1, values)
    say(f"  {rows:,} events in {time.monotonic() - begin:.0f} s")
    postgres.sql(f"SELECT ensure_event_key_partitions(now() - interval '{KEY_DAYS + 1} days', {KEY_DAYS + 3})", database)
    first_key = rows - rows * KEY_DAYS // DAYS
    _fill_table(postgres, database, "event_keys_by_minute", _KEYS, first_key, rows - 1, values)
    _fill_table(postgres, database, "event_keys", _TIMELESS_KEYS, first_key, rows - 1, values)
    _fill_table(postgres, database, "calls", _CALLS, 0, max(0, rows // 10 - 1), values)
    postgres.sql(_CUSTOMERS, database)
    # As autovacuum would have done meanwhile.
    postgres.sql("VACUUM (ANALYZE)", database)
    postgres.sql("CHECKPOINT", database)
    size = postgres.sql(f"SELECT pg_size_pretty(pg_database_size('{database}'))")
    say(f"  all of it, indexed and vacuumed, in {time.monotonic() - begin:.0f} s; the database has {size}")
