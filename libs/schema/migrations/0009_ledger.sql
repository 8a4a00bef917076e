-- The loss ledger: what came of each exchange's events, by hour. Writer: ingest. What each figure means: docs/ledger.md.

-- Updated with every batch of events, so that space for the new version stays on the row's page.
CREATE TABLE event_ledger (
    enterprise_number text NOT NULL,
    pbx text NOT NULL,                                    -- '' where the exchange does not name itself
    hour timestamptz NOT NULL,                            -- its beginning, UTC
    received bigint NOT NULL DEFAULT 0,                   -- stored, live
    recovered bigint NOT NULL DEFAULT 0,                  -- stored, as recovery
    repeated bigint NOT NULL DEFAULT 0,                   -- answered as duplicate, not stored
    refused bigint NOT NULL DEFAULT 0,                    -- kept as rejected, the Token known
    missing bigint NOT NULL DEFAULT 0,                    -- numbers found left out in this hour that have not come since
    late bigint NOT NULL DEFAULT 0,                       -- of received: numbers that had been missed
    restarts bigint NOT NULL DEFAULT 0,                   -- the exchange's counter began anew
    PRIMARY KEY (enterprise_number, pbx, hour)
) WITH (fillfactor = 70);
CREATE INDEX event_ledger_hour ON event_ledger (hour);

-- How far the counter (X-Event-Seq) of each exchange has come.
CREATE TABLE event_sequences (
    enterprise_number text NOT NULL,
    pbx text NOT NULL,
    epoch bigint NOT NULL,                                -- grows when the counter begins anew
    highest bigint NOT NULL,
    -- Numbers in a row that do not fit the counter: perhaps it has begun anew.
    run_last bigint NOT NULL DEFAULT 0,
    run_length integer NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, pbx)
) WITH (fillfactor = 70);

-- Numbers that were left out and may still come. Bounded per exchange; what is dropped here stays missing in the ledger.
CREATE TABLE event_gaps (
    enterprise_number text NOT NULL,
    pbx text NOT NULL,
    epoch bigint NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL,
    noticed_at timestamptz NOT NULL,                      -- its hour's row of the ledger counts them as missing
    PRIMARY KEY (enterprise_number, pbx, epoch, first_seq)
);
CREATE INDEX event_gaps_age ON event_gaps (noticed_at);

-- Finished calls that lack an end or a beginning. A row goes when the event comes after all.
CREATE TABLE incomplete_calls (
    enterprise_number text NOT NULL,
    call_uuid uuid NOT NULL,
    pbx text NOT NULL,
    noticed_at timestamptz NOT NULL,
    without_end boolean NOT NULL,                         -- a time-out ended it, no hangup came
    without_beginning boolean NOT NULL,                   -- with the outside, and neither start nor dial came
    PRIMARY KEY (enterprise_number, call_uuid)
);
CREATE INDEX incomplete_calls_age ON incomplete_calls (noticed_at);

-- The story of a call asks for its dead letters.
CREATE INDEX dead_letters_call ON dead_letters (enterprise_number, order_key);
