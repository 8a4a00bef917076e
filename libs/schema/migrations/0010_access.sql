-- Who may send events, what was refused, and what could not be delivered.

ALTER TABLE enterprises
    -- Networks in CIDR form that its exchanges may send from; empty: any. A part that is none lets nobody in.
    ADD COLUMN allowed_networks text[] NOT NULL DEFAULT '{}',
    -- whsec_... or enc:v1:..., several separated by blanks while they rotate; empty: events need no signature.
    ADD COLUMN webhook_secret text NOT NULL DEFAULT '',
    -- Events a second of each of its exchanges; empty: INGEST_RATE_LIMIT's, 0: no limit.
    ADD COLUMN rate_limit integer CHECK (rate_limit >= 0);

ALTER TABLE rejected_events
    ADD COLUMN enterprise_number text NOT NULL DEFAULT '',  -- whose Token it was; empty: nobody's at the time
    ADD COLUMN headers jsonb NOT NULL DEFAULT '{}',         -- what a replay needs; never signatures
    ADD COLUMN suppressed integer NOT NULL DEFAULT 0,       -- of the same source, refused before it and not kept
    ADD COLUMN event_id uuid;                               -- the event that a replay has made of it
CREATE INDEX rejected_events_token ON rejected_events (token, id);
CREATE INDEX rejected_events_enterprise ON rejected_events (enterprise_number, id) WHERE enterprise_number <> '';

CREATE INDEX dead_letters_enterprise ON dead_letters (enterprise_number, died_at);

ALTER TABLE telegram_messages
    ADD COLUMN died_at timestamptz,                         -- of dead_reason
    ADD COLUMN replayed_at timestamptz,                     -- the last replay of a dead card
    ADD COLUMN replayed_reason text;                        -- what it had died of
CREATE INDEX telegram_messages_dead ON telegram_messages (enterprise_number, died_at)
    WHERE dead_reason IS NOT NULL OR replayed_at IS NOT NULL;
UPDATE telegram_messages SET died_at = updated_at WHERE dead_reason IS NOT NULL;
