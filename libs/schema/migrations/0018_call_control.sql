-- Calls and queues of exchanges, driven over HTTP (docs/control.md): how an exchange is dialled, who may ask for what, and what was done.

-- Writer: trunkctl, people.
ALTER TABLE pbx_servers
    ADD COLUMN dial_context text NOT NULL DEFAULT 'from-internal',      -- where extensions and outside numbers are dialled
    ADD COLUMN device text NOT NULL DEFAULT 'PJSIP/{extension}',        -- an extension's phone
    ADD COLUMN dial_number text NOT NULL DEFAULT '{digits}',            -- an outside number: {digits} or {e164}, `9{digits}`
    ADD COLUMN hold_context text NOT NULL DEFAULT 'trunkline-hold',     -- its dialplan's part that keeps held calls
    ADD COLUMN record_folder text NOT NULL DEFAULT '';                  -- on the exchange; empty: its own

-- What calls an enterprise may place outside; without a row the defaults hold. Writer: trunkctl, people.
CREATE TABLE call_guards (
    enterprise_number text PRIMARY KEY REFERENCES enterprises (number) ON UPDATE CASCADE ON DELETE CASCADE,
    countries text[] NOT NULL DEFAULT '{}',                             -- ISO 3166; empty: the enterprise's region alone
    calls_per_hour integer NOT NULL DEFAULT 120 CHECK (calls_per_hour BETWEEN 0 AND 100000),
    night_from text NOT NULL DEFAULT '22:00' CHECK (night_from ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    night_to text NOT NULL DEFAULT '07:00' CHECK (night_to ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
    night_calls text NOT NULL DEFAULT 'domestic' CHECK (night_calls IN ('none', 'domestic', 'all')),
    service_codes boolean NOT NULL DEFAULT false                        -- short numbers, and those with * and #
);

-- What an enterprise's own programs show; only a digest is kept. Writer: trunkctl.
CREATE TABLE control_keys (
    enterprise_number text NOT NULL REFERENCES enterprises (number) ON UPDATE CASCADE ON DELETE CASCADE,
    id text NOT NULL DEFAULT gen_random_uuid()::text,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('viewer', 'agent', 'supervisor', 'admin')),
    key_digest text NOT NULL,                                           -- SHA-256, hexadecimal
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz,
    PRIMARY KEY (enterprise_number, id)
);
CREATE UNIQUE INDEX control_keys_digest ON control_keys (key_digest);

-- Every wish to change something on an exchange, refused ones too. Writer: pbx-gateway.
CREATE TABLE control_audit (
    enterprise_number text NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT now(),
    pbx_id text NOT NULL,
    actor text NOT NULL,                                                -- operator, service, key:NAME; and for whom
    role text NOT NULL,
    remote text NOT NULL DEFAULT '',
    action text NOT NULL,
    channel text NOT NULL DEFAULT '',
    target text NOT NULL DEFAULT '',
    arguments jsonb NOT NULL DEFAULT '{}',
    outcome text NOT NULL CHECK (outcome IN ('begun', 'done', 'refused', 'failed')),
    status integer NOT NULL DEFAULT 0,                                  -- what the asker was answered
    answer text NOT NULL DEFAULT '',
    took_ms integer NOT NULL DEFAULT 0,
    request_id text NOT NULL DEFAULT '',
    call_id text NOT NULL DEFAULT '',
    is_outside boolean NOT NULL DEFAULT false,                          -- counts for calls_per_hour
    PRIMARY KEY (enterprise_number, id)
);
CREATE INDEX control_audit_order ON control_audit (id);
CREATE INDEX control_audit_outside ON control_audit (enterprise_number, at) WHERE is_outside;
CREATE INDEX control_audit_request ON control_audit (enterprise_number, request_id) WHERE request_id <> '';
CREATE INDEX control_audit_age ON control_audit (at);
