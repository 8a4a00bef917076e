-- What pbx-gateway needs to follow the exchanges of pbx_servers.

-- recordings_path: the folder on the exchange that is seen here as RECORDINGS_PATH/{enterprise}.
-- settings: who is a trunk, who a phone, how TLS is checked (docs/exchanges.md). Writer: trunkctl, people.
ALTER TABLE pbx_servers ADD COLUMN recordings_path text NOT NULL DEFAULT '/var/spool/asterisk/monitor';
ALTER TABLE pbx_servers ADD COLUMN settings jsonb NOT NULL DEFAULT '{}';

CREATE FUNCTION notify_pbx_servers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('pbx_servers', '');
    RETURN NULL;
END $$;
CREATE TRIGGER pbx_servers_changed AFTER INSERT OR UPDATE OR DELETE ON pbx_servers
    FOR EACH STATEMENT EXECUTE FUNCTION notify_pbx_servers();

-- What the gateway that leads an exchange has told of it, for the one that takes over on another machine.
-- Writer: pbx-gateway.
CREATE TABLE pbx_followed (
    pbx_id text PRIMARY KEY REFERENCES pbx_servers (id) ON UPDATE CASCADE ON DELETE CASCADE,
    spool text NOT NULL,                                  -- whose spool holds the rest: its id
    next_seq bigint NOT NULL,                             -- X-Event-Seq of the next event
    open_calls jsonb NOT NULL DEFAULT '{}',               -- begun and not ended, as told
    updated_at timestamptz NOT NULL DEFAULT now()
);
