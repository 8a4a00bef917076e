-- What storing an event costs is mostly its rows' places in indexes, so there are fewer of them now, and cheaper ones.

-- Events that wait for correlation, a row for each commit instead of one for each event. What a correlator cannot work in
-- together with the rest of its batch, and what is left of a dead replica, moves to pending_events. Writer: ingest.
CREATE TABLE pending_batches (
    id uuid PRIMARY KEY,                                  -- of one of its events
    received_at timestamptz NOT NULL,                     -- of its first event
    enterprise_numbers text[] NOT NULL,                   -- of each event, in the order of receipt; so the two below
    event_timestamps timestamptz[] NOT NULL,
    event_ids uuid[] NOT NULL
) WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 1);
-- What lives for milliseconds need not be made smaller.
ALTER TABLE pending_batches ALTER COLUMN enterprise_numbers SET STORAGE EXTERNAL,
    ALTER COLUMN event_timestamps SET STORAGE EXTERNAL, ALTER COLUMN event_ids SET STORAGE EXTERNAL;

-- All that waits, for whoever looks.
CREATE VIEW waiting_events AS
SELECT enterprise_number, event_timestamp, event_id FROM pending_events
UNION ALL
SELECT w.enterprise_number, w.event_timestamp, w.event_id FROM pending_batches b CROSS JOIN LATERAL
    unnest(b.enterprise_numbers, b.event_timestamps, b.event_ids) AS w(enterprise_number, event_timestamp, event_id);

-- By time alone: new rows go to the index's end whoever they are of, and those who look for an event know its time.
-- On a large table this takes minutes, in which events wait in ingest's journal.
ALTER TABLE call_events DROP CONSTRAINT call_events_pkey;
ALTER TABLE call_events ADD PRIMARY KEY (event_timestamp, event_id);
