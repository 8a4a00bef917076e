-- Every request to a CRM and its answer, secrets masked. Writer: the connectors and integration-cache.
CREATE TABLE integration_logs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    enterprise_number text NOT NULL,
    integration text NOT NULL,
    event_type text NOT NULL,
    unique_id text NOT NULL DEFAULT '',
    call_uuid uuid,
    request text NOT NULL DEFAULT '',
    response text NOT NULL DEFAULT '',
    status text NOT NULL,                                 -- done, duplicate, ignored, retry, permanent, accepted
    http_status integer,
    attempt integer NOT NULL DEFAULT 1,
    duration_ms integer NOT NULL DEFAULT 0,
    trace_id text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX integration_logs_call ON integration_logs (enterprise_number, unique_id);

-- Dispatches that 8020 has accepted, so that a repeat is answered as one and the synthetic dial is made once.
CREATE TABLE dispatched_events (
    enterprise_number text NOT NULL,
    unique_id text NOT NULL,
    dispatch_key text NOT NULL,                           -- event type, and what tells two of one type apart
    accepted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, unique_id, dispatch_key)
);
CREATE INDEX dispatched_events_age ON dispatched_events (accepted_at);

-- One effect per key in a CRM whose API has no key of its own. Writer: the connectors.
CREATE TABLE crm_effects (
    enterprise_number text NOT NULL,
    crm text NOT NULL,
    effect_key text NOT NULL,
    state text NOT NULL CHECK (state IN ('started', 'done')),
    answer text NOT NULL DEFAULT '',
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, crm, effect_key)
);
CREATE INDEX crm_effects_age ON crm_effects (updated_at);
