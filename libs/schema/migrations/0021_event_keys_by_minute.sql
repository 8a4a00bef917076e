-- Repeats of events are found by the minute of receipt. A digest is as good as random: keyed by it alone, each new event
-- changed a page of its own of an index as large as a week's events, and after a checkpoint a changed page goes to the
-- write-ahead log as a whole.
--
-- event_keys stays for what has no time: what an exchange caught up with, and the events of bridges, which have no UniqueId
-- to be found by when an exchange catches up with them. What it holds from before serves the same.
--
-- An ingest of before goes on beside this, but the two do not see each other's repeats: take all over before an exchange
-- catches up.

ALTER TABLE event_keys ADD COLUMN caught_up boolean NOT NULL DEFAULT false;

CREATE TABLE event_keys_by_minute (
    minute integer NOT NULL,                              -- of receipt, counted from 1970-01-01T00:00Z
    digest uuid NOT NULL,                                 -- of exchange, event type and sequence number or body
    enterprise_number text NOT NULL,
    event_id uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (minute, digest, enterprise_number)       -- the enterprise last, for texts are compared slowest
) PARTITION BY RANGE (minute);
CREATE TABLE event_keys_by_minute_default PARTITION OF event_keys_by_minute DEFAULT;

-- Makes the daily partitions from the day of `around` (UTC) on, `ahead` days more. Safe to call at any time and by several.
CREATE FUNCTION ensure_event_key_partitions(around timestamptz, ahead integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    first_day date := (around AT TIME ZONE 'UTC')::date;
    partition_name text;
    first_minute integer;
    made integer := 0;
BEGIN
    -- Two days of reserve are there, and those who store events wait behind us.
    PERFORM set_config('lock_timeout', '200ms', true);
    PERFORM pg_advisory_xact_lock(hashtext('ensure_event_key_partitions'));
    FOR i IN 0..ahead LOOP
        partition_name := 'event_keys_by_minute_' || to_char(first_day + i, 'YYYYMMDD');
        first_minute := (first_day + i - date '1970-01-01') * 1440;
        IF to_regclass(partition_name) IS NULL THEN
            -- It is dropped before it needs a vacuum.
            EXECUTE format(
                'CREATE TABLE %I (LIKE event_keys_by_minute) WITH (autovacuum_vacuum_insert_threshold = -1)', partition_name
            );
            -- A row of the default partition that belongs here would forbid it, so none may come meanwhile.
            LOCK TABLE event_keys_by_minute_default IN ACCESS EXCLUSIVE MODE;
            EXECUTE format(
                'WITH moved AS (DELETE FROM event_keys_by_minute_default WHERE minute >= %s AND minute < %s RETURNING *) '
                'INSERT INTO %I SELECT * FROM moved',
                first_minute, first_minute + 1440, partition_name
            );
            EXECUTE format(
                'ALTER TABLE event_keys_by_minute ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                partition_name, first_minute, first_minute + 1440
            );
            made := made + 1;
        END IF;
    END LOOP;
    RETURN made;
END $$;
SELECT ensure_event_key_partitions(now(), 2);

-- Drops the daily partitions that ended before `before`; what lies in the default partition is deleted.
CREATE FUNCTION drop_event_key_partitions(before timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    child text;
    last_day text := to_char(before AT TIME ZONE 'UTC', 'YYYYMMDD');
    dropped integer := 0;
BEGIN
    -- Events that come meanwhile wait behind us.
    PERFORM set_config('lock_timeout', '200ms', true);
    PERFORM pg_advisory_xact_lock(hashtext('ensure_event_key_partitions'));
    DELETE FROM event_keys_by_minute_default WHERE minute < floor(extract(epoch FROM before) / 60)::integer;
    FOR child IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'event_keys_by_minute'::regclass
        AND c.relname ~ '_[0-9]{8}$' AND right(c.relname, 8) < last_day
    LOOP
        EXECUTE format('DROP TABLE %I', child);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
