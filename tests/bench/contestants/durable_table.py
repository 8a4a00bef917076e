"""The table of the opponents: the columns and indexes of call_events, without partitions, which spares them some work."""

SCHEMA = """
CREATE TABLE enterprises (number text PRIMARY KEY, name2 text NOT NULL UNIQUE);
CREATE TABLE events (
    enterprise_number text NOT NULL,
    event_timestamp timestamptz NOT NULL DEFAULT now(),
    event_id uuid NOT NULL,
    unique_id text NOT NULL DEFAULT '',
    event_type text NOT NULL,
    event_time timestamptz,
    data_source text NOT NULL DEFAULT 'live',
    pbx text NOT NULL DEFAULT '',
    seq bigint,
    raw_data jsonb NOT NULL,
    raw_bytes bytea,
    trace_id text NOT NULL DEFAULT '',
    telegram_sent boolean NOT NULL DEFAULT false,
    PRIMARY KEY (event_timestamp, event_id)
);
CREATE INDEX events_unique_id ON events (enterprise_number, unique_id);
"""

# As bench_load makes them (tests/bench/load/call_patterns.cpp, token_of).
FIRST_TOKEN = 375290000000


def make(postgres, database, enterprises):
    postgres.create_database(database)
    postgres.sql(
        SCHEMA + "INSERT INTO enterprises SELECT lpad(i::text, 5, '0'), "
        f"({FIRST_TOKEN} + i)::text FROM generate_series(0, {enterprises - 1}) i; ANALYZE;",
        database,
    )
    postgres.sql("CHECKPOINT")


def count(postgres, database):
    return int(postgres.sql("SELECT count(*) FROM events", database))
