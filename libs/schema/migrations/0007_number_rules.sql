-- How an enterprise wants numbers rewritten before its country's plan reads them (libs/numbers). Writer: people, trunkctl.

CREATE TABLE number_rules (
    enterprise_number text NOT NULL REFERENCES enterprises (number) ON UPDATE CASCADE ON DELETE CASCADE,
    id bigint GENERATED ALWAYS AS IDENTITY,
    line text NOT NULL DEFAULT '',              -- only numbers that came over this line (Trunk); '': over any
    priority integer NOT NULL DEFAULT 100,      -- smaller goes first; a line's own rules go before all others
    pattern text NOT NULL CHECK (pattern <> ''),
    replacement text NOT NULL DEFAULT '',       -- '': the pattern is of the form PREFIX{N}
    comment text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, id),
    UNIQUE (enterprise_number, line, pattern)
);
CREATE TRIGGER number_rules_changed AFTER INSERT OR UPDATE OR DELETE ON number_rules
    FOR EACH ROW EXECUTE FUNCTION notify_enterprise_changed();
