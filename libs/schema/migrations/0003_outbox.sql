-- Work that must reach somebody, written in the transaction that caused it. Writers: whoever has work insert; the worker
-- of a queue (libs/outbox) changes and deletes. A row that is done is deleted, so the table holds only what waits.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue text NOT NULL,                                  -- whose work: telegram, gateway, crm
    enterprise_number text NOT NULL,
    target text NOT NULL,                                 -- within the queue: a CRM, a chat
    order_key text NOT NULL,                              -- rows of one key and target are delivered one after another
    kind text NOT NULL,
    payload jsonb NOT NULL,
    trace_id text NOT NULL DEFAULT '',
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),   -- also the end of the lease while somebody works on it
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_due ON outbox (queue, next_attempt_at);
CREATE INDEX outbox_order ON outbox (queue, enterprise_number, target, order_key, id);

CREATE TABLE dead_letters (
    id bigint PRIMARY KEY,                                -- the outbox row's
    queue text NOT NULL,
    enterprise_number text NOT NULL,
    target text NOT NULL,
    order_key text NOT NULL,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    trace_id text NOT NULL DEFAULT '',
    attempts integer NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    died_at timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz
);
CREATE INDEX dead_letters_age ON dead_letters (died_at);
