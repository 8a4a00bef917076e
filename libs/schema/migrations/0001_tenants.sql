-- The client companies and what people configure for them. Every tenant table begins with enterprise_number, so that
-- tables can be distributed or partitioned by it.

-- One channel tells every service which enterprise changed; an empty payload means "look at all of them".
CREATE FUNCTION notify_enterprise_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed text;
BEGIN
    IF TG_TABLE_NAME = 'enterprises' THEN
        changed := CASE WHEN TG_OP = 'DELETE' THEN OLD.number ELSE NEW.number END;
    ELSE
        changed := CASE WHEN TG_OP = 'DELETE' THEN OLD.enterprise_number ELSE NEW.enterprise_number END;
    END IF;
    PERFORM pg_notify('enterprises_changed', changed);
    RETURN NULL;
END $$;

CREATE TABLE enterprises (
    number text PRIMARY KEY CHECK (number <> ''),
    name text NOT NULL DEFAULT '',
    name2 text NOT NULL DEFAULT '',             -- the Token that exchanges send
    bot_token text NOT NULL DEFAULT '',
    integrations_config jsonb NOT NULL DEFAULT '{}',
    timezone text NOT NULL DEFAULT 'Europe/Minsk',
    region text NOT NULL DEFAULT 'BY',
    debug_log boolean NOT NULL DEFAULT false,
    recordings text NOT NULL DEFAULT 'answered' CHECK (recordings IN ('answered', 'all', 'none')),
    -- Stands in the addresses that CRMs and Telegram call from outside; unguessable.
    hook_key text NOT NULL DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX enterprises_token ON enterprises (name2) WHERE name2 <> '';
CREATE INDEX enterprises_name ON enterprises (name);
CREATE TRIGGER enterprises_changed AFTER INSERT OR UPDATE OR DELETE ON enterprises
    FOR EACH ROW EXECUTE FUNCTION notify_enterprise_changed();

CREATE TABLE telegram_users (
    enterprise_number text NOT NULL REFERENCES enterprises (number) ON UPDATE CASCADE ON DELETE CASCADE,
    bot_token text NOT NULL,
    tg_id bigint NOT NULL,
    language text NOT NULL DEFAULT 'ru',
    active boolean NOT NULL DEFAULT true,       -- false: blocked the bot or left; kept, since they may come back
    inactive_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, bot_token, tg_id)
);
CREATE TRIGGER telegram_users_changed AFTER INSERT OR UPDATE OR DELETE ON telegram_users
    FOR EACH ROW EXECUTE FUNCTION notify_enterprise_changed();

CREATE TABLE managers (
    enterprise_number text NOT NULL REFERENCES enterprises (number) ON UPDATE CASCADE ON DELETE CASCADE,
    extension text NOT NULL,
    full_name text NOT NULL DEFAULT '',
    short_name text NOT NULL DEFAULT '',
    PRIMARY KEY (enterprise_number, extension)
);
CREATE TRIGGER managers_changed AFTER INSERT OR UPDATE OR DELETE ON managers
    FOR EACH ROW EXECUTE FUNCTION notify_enterprise_changed();

CREATE TABLE lines (
    enterprise_number text NOT NULL REFERENCES enterprises (number) ON UPDATE CASCADE ON DELETE CASCADE,
    line_id text NOT NULL,
    name text NOT NULL DEFAULT '',
    operator text NOT NULL DEFAULT '',
    number text NOT NULL DEFAULT '',            -- the outside number that callers dial
    PRIMARY KEY (enterprise_number, line_id)
);
CREATE TRIGGER lines_changed AFTER INSERT OR UPDATE OR DELETE ON lines
    FOR EACH ROW EXECUTE FUNCTION notify_enterprise_changed();

CREATE TABLE customers (
    enterprise_number text NOT NULL,
    phone text NOT NULL,                        -- digits only
    name text,
    first_call_at timestamptz NOT NULL,
    last_call_at timestamptz NOT NULL,
    inbound_answered integer NOT NULL DEFAULT 0,
    inbound_missed integer NOT NULL DEFAULT 0,
    outbound_answered integer NOT NULL DEFAULT 0,
    outbound_missed integer NOT NULL DEFAULT 0,
    PRIMARY KEY (enterprise_number, phone)
);
