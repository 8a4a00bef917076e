-- The gateway to the CRMs: which call a dispatch was of, and calls that it works out itself.

-- Two exchanges of one enterprise may give the same UniqueId, and a call may become known under another one.
ALTER TABLE dispatched_events
    ADD COLUMN pbx text NOT NULL DEFAULT '',
    ADD COLUMN call_uuid uuid,
    DROP CONSTRAINT dispatched_events_pkey,
    ADD PRIMARY KEY (enterprise_number, unique_id, pbx, dispatch_key);
CREATE INDEX dispatched_events_call ON dispatched_events (enterprise_number, call_uuid) WHERE call_uuid IS NOT NULL;

-- What the events of a call have told whose sender gives the event alone. Writer: integration-cache.
CREATE TABLE dispatched_calls (
    enterprise_number text NOT NULL,
    unique_id text NOT NULL,
    state text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, unique_id)
) WITH (fillfactor = 70);
CREATE INDEX dispatched_calls_age ON dispatched_calls (updated_at);

CREATE INDEX integration_logs_age ON integration_logs USING brin (created_at);

-- How often an effect was begun again although the first try's outcome had stayed unknown.
ALTER TABLE crm_effects ADD COLUMN possible_doubles integer NOT NULL DEFAULT 0;
