-- Every event as it was received, and the calls that were made out of them. Writer: ingest.

CREATE TABLE call_events (
    enterprise_number text NOT NULL,
    event_timestamp timestamptz NOT NULL DEFAULT now(),   -- time of receipt
    event_id uuid NOT NULL,
    unique_id text NOT NULL DEFAULT '',
    event_type text NOT NULL,
    event_time timestamptz,                               -- the exchange's own time, if it gave one
    data_source text NOT NULL DEFAULT 'live' CHECK (data_source IN ('live', 'recovery')),
    pbx text NOT NULL DEFAULT '',
    seq bigint,
    raw_data jsonb NOT NULL,
    raw_bytes bytea,                                      -- only where the body was not valid UTF-8
    trace_id text NOT NULL DEFAULT '',
    call_uuid uuid,
    telegram_sent boolean NOT NULL DEFAULT false,
    PRIMARY KEY (enterprise_number, event_timestamp, event_id)
) PARTITION BY RANGE (event_timestamp);
CREATE INDEX call_events_unique_id ON call_events (enterprise_number, unique_id);
CREATE INDEX call_events_call ON call_events (enterprise_number, call_uuid) WHERE call_uuid IS NOT NULL;

-- Nothing that arrives may be refused for want of a partition, whatever the clock says.
CREATE TABLE call_events_default PARTITION OF call_events DEFAULT;

-- Makes the monthly partitions from the month of `around` on, `ahead` months more. Safe to call at any time and by several.
CREATE FUNCTION ensure_call_event_partitions(around timestamptz, ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    first_day timestamp := date_trunc('month', around AT TIME ZONE 'UTC');
    lower_bound timestamp;
    partition_name text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ensure_call_event_partitions'));
    FOR i IN 0..ahead LOOP
        lower_bound := first_day + make_interval(months => i);
        partition_name := 'call_events_' || to_char(lower_bound, 'YYYYMM');
        IF to_regclass(partition_name) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF call_events FOR VALUES FROM (%L) TO (%L)',
                partition_name,
                lower_bound AT TIME ZONE 'UTC',
                (lower_bound + interval '1 month') AT TIME ZONE 'UTC'
            );
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;
SELECT ensure_call_event_partitions(now(), 2);

-- A unique index on a partitioned table must hold the partition key, so repeats are found by a table of their own,
-- written in the same commit as the event.
CREATE TABLE event_keys (
    enterprise_number text NOT NULL,
    digest bytea NOT NULL,                                -- SHA-256 of exchange, event type and body
    event_id uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (enterprise_number, digest)
);
CREATE INDEX event_keys_age ON event_keys (seen_at);

-- Events that wait for correlation. Small: a row lives from the event's commit to its call's.
CREATE TABLE pending_events (
    enterprise_number text NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    event_id uuid NOT NULL,
    event_timestamp timestamptz NOT NULL,
    PRIMARY KEY (enterprise_number, id)
);

-- Calls that are not over: the tracker's own state, so that a restart goes on where it stopped.
CREATE TABLE live_calls (
    enterprise_number text NOT NULL,
    uuid uuid NOT NULL,
    state jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, uuid)
);
-- When an enterprise's tracker next wants to be asked, though no event came.
CREATE TABLE tracker_timers (
    enterprise_number text PRIMARY KEY,
    due_at timestamptz NOT NULL
);
CREATE INDEX tracker_timers_due ON tracker_timers (due_at);

CREATE TABLE calls (
    enterprise_number text NOT NULL,
    uuid uuid NOT NULL,
    unique_id text NOT NULL,
    pbx text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    line text NOT NULL DEFAULT '',
    extension text NOT NULL DEFAULT '',                   -- the last talker; of a missed call the first that rang
    extensions text[] NOT NULL DEFAULT '{}',              -- all that rang
    talkers text[] NOT NULL DEFAULT '{}',
    call_type smallint NOT NULL CHECK (call_type IN (0, 1, 2)),
    call_status smallint NOT NULL CHECK (call_status IN (0, 2)),
    date_received timestamptz NOT NULL,
    date_answered timestamptz,
    date_end timestamptz NOT NULL,
    duration integer NOT NULL DEFAULT 0,                  -- seconds of talk
    wait integer NOT NULL DEFAULT 0,                      -- seconds until answered or given up
    record_url text,
    corrected boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, uuid)
);
CREATE INDEX calls_unique_id ON calls (enterprise_number, unique_id);
CREATE INDEX calls_recent ON calls (enterprise_number, date_received DESC);
CREATE INDEX calls_phone ON calls (enterprise_number, phone, date_received DESC);

-- What was refused, as it came: to be listed, mended and replayed.
CREATE TABLE rejected_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now(),
    source text NOT NULL DEFAULT '',
    event_type text NOT NULL,
    token text NOT NULL DEFAULT '',
    status integer NOT NULL,
    reason text NOT NULL,
    body bytea NOT NULL,
    replayed_at timestamptz
);
CREATE INDEX rejected_events_age ON rejected_events (received_at);
