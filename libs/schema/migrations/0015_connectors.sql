-- What connectors must remember, and the exchanges that calls are placed on.

-- Who began an effect: one that another process began a moment ago may still be under way there. Writer: the connectors.
ALTER TABLE crm_effects ADD COLUMN owner uuid;

-- What an API forces a connector to remember of a call between its steps: Bitrix24's CALL_ID, MoySklad's sequence.
-- Writer: the connectors. Kept for 60 days.
CREATE TABLE crm_call_notes (
    enterprise_number text NOT NULL,
    crm text NOT NULL,
    note_key text NOT NULL,
    note text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, crm, note_key)
);
CREATE INDEX crm_call_notes_age ON crm_call_notes (updated_at);

-- Exchanges that pbx-gateway is connected to (INTERFACES section 9). Writer: trunkctl, people.
CREATE TABLE pbx_servers (
    id text PRIMARY KEY DEFAULT gen_random_uuid()::text,
    enterprise_number text NOT NULL REFERENCES enterprises (number) ON UPDATE CASCADE ON DELETE CASCADE,
    kind text NOT NULL DEFAULT 'asterisk' CHECK (kind IN ('asterisk', 'freeswitch', 'zadarma')),
    name text NOT NULL DEFAULT '',
    host text NOT NULL DEFAULT '',
    port integer NOT NULL DEFAULT 5038 CHECK (port BETWEEN 1 AND 65535),
    username text NOT NULL DEFAULT '',
    secret text NOT NULL DEFAULT '',                      -- plain, or enc:v1:...
    use_ssl boolean NOT NULL DEFAULT false,
    connect_timeout integer NOT NULL DEFAULT 10 CHECK (connect_timeout BETWEEN 1 AND 300),    -- seconds
    reconnect_delay integer NOT NULL DEFAULT 5 CHECK (reconnect_delay BETWEEN 1 AND 3600),    -- seconds
    debug_mode boolean NOT NULL DEFAULT false,
    enabled boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX pbx_servers_enterprise ON pbx_servers (enterprise_number);

-- What CRMs say of their users ("dinner", "busy"), so that an exchange can go by it. Writer: the connectors.
CREATE TABLE agent_statuses (
    enterprise_number text NOT NULL,
    crm text NOT NULL,
    user_id text NOT NULL,
    extension text NOT NULL DEFAULT '',
    status text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, crm, user_id)
);
