-- What the first load tests taught: claiming must not look at rows that cannot be taken, and an event's row must not be
-- written twice to learn its call.

-- A message behind another one of its order key waits at 'infinity' and is released when that one is done, so what is
-- due can be taken as it stands in the index. not_before keeps its own wish meanwhile.
ALTER TABLE outbox ADD COLUMN not_before timestamptz;
UPDATE outbox o SET next_attempt_at = 'infinity' WHERE EXISTS (
    SELECT 1 FROM outbox older WHERE older.queue = o.queue AND older.enterprise_number = o.enterprise_number
    AND older.target = o.target AND older.order_key = o.order_key AND older.id < o.id);
DROP INDEX outbox_due;
-- Partial, so that the planner cannot take it for a look by order key, which it does while the table is young.
CREATE INDEX outbox_due ON outbox (queue, target, next_attempt_at) WHERE next_attempt_at < 'infinity';
ALTER TABLE outbox SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.2);

-- Which call an event belongs to. A table beside call_events, since an UPDATE there would write the whole event again.
CREATE TABLE call_event_links (
    enterprise_number text NOT NULL,
    call_uuid uuid NOT NULL,
    event_timestamp timestamptz NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (enterprise_number, call_uuid, event_timestamp, event_id)
) PARTITION BY RANGE (event_timestamp);
CREATE TABLE call_event_links_default PARTITION OF call_event_links DEFAULT;
INSERT INTO call_event_links (enterprise_number, call_uuid, event_timestamp, event_id)
SELECT enterprise_number, call_uuid, event_timestamp, event_id FROM call_events WHERE call_uuid IS NOT NULL;
DROP INDEX call_events_call;
ALTER TABLE call_events DROP COLUMN call_uuid;

-- Makes the monthly partitions of both tables from the month of `around` on, `ahead` months more. Safe to call at any
-- time and by several.
CREATE OR REPLACE FUNCTION ensure_call_event_partitions(around timestamptz, ahead integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    first_day timestamp := date_trunc('month', around AT TIME ZONE 'UTC');
    lower_bound timestamp;
    parent text;
    partition_name text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ensure_call_event_partitions'));
    FOREACH parent IN ARRAY ARRAY['call_events', 'call_event_links'] LOOP
        FOR i IN 0..ahead LOOP
            lower_bound := first_day + make_interval(months => i);
            partition_name := parent || '_' || to_char(lower_bound, 'YYYYMM');
            IF to_regclass(partition_name) IS NULL THEN
                -- A row of the default partition that belongs here would forbid the new one: it moves.
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition_name, parent);
                EXECUTE format(
                    'WITH moved AS (DELETE FROM %I WHERE event_timestamp >= %L AND event_timestamp < %L RETURNING *) '
                    'INSERT INTO %I SELECT * FROM moved',
                    parent || '_default', lower_bound AT TIME ZONE 'UTC',
                    (lower_bound + interval '1 month') AT TIME ZONE 'UTC', partition_name
                );
                EXECUTE format(
                    'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                    parent, partition_name, lower_bound AT TIME ZONE 'UTC',
                    (lower_bound + interval '1 month') AT TIME ZONE 'UTC'
                );
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;
SELECT ensure_call_event_partitions(now(), 2);

-- Drops the monthly partitions that ended before `before`; what lies in the default partitions is deleted.
CREATE FUNCTION drop_call_event_partitions(before timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    child record;
    last_month text := to_char(date_trunc('month', before AT TIME ZONE 'UTC'), 'YYYYMM');
    dropped integer := 0;
BEGIN
    -- Dropping waits for whoever reads the table, and everybody who comes later waits for the drop.
    PERFORM set_config('lock_timeout', '2s', true);
    PERFORM pg_advisory_xact_lock(hashtext('ensure_call_event_partitions'));
    FOR child IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent IN ('call_events'::regclass, 'call_event_links'::regclass)
        AND c.relname ~ '_[0-9]{6}$' AND right(c.relname, 6) < last_month
    LOOP
        EXECUTE format('DROP TABLE %I', child.relname);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM call_events_default WHERE event_timestamp < before;
    DELETE FROM call_event_links_default WHERE event_timestamp < before;
    RETURN dropped;
END $$;

-- A key needs no more than half of its SHA-256, and a uuid is compared quickest. Its age is looked at once an hour, so a
-- BRIN index is enough and costs an insert next to nothing.
DROP TABLE event_keys;
CREATE TABLE event_keys (
    enterprise_number text NOT NULL,
    digest uuid NOT NULL,                                 -- of exchange, event type and sequence number or body
    event_id uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (enterprise_number, digest)
) WITH (fillfactor = 90);
CREATE INDEX event_keys_age ON event_keys USING brin (seen_at);

-- Each batch of a tracker leaves a new version, by which a replica knows whether what it has in memory is still the
-- truth. due_at NULL: no timer runs.
ALTER TABLE tracker_timers ALTER COLUMN due_at DROP NOT NULL;
ALTER TABLE tracker_timers ADD COLUMN version bigint NOT NULL DEFAULT 0;
ALTER TABLE tracker_timers SET (fillfactor = 50);
ALTER TABLE live_calls SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE pending_events SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 1);

-- Found by its own key, in the order of receipt; nobody needs a number for it.
ALTER TABLE pending_events DROP CONSTRAINT pending_events_pkey;
ALTER TABLE pending_events DROP COLUMN id;
ALTER TABLE pending_events ADD PRIMARY KEY (enterprise_number, event_timestamp, event_id);

-- Diagnostics know a call by its uuid alone.
CREATE INDEX calls_uuid ON calls (uuid);
CREATE INDEX live_calls_uuid ON live_calls (uuid);
