-- What 8020 needs to keep its caches right: a name for this installation, and a bell when a customer's name changes.

-- Installations that share a Redis must not read each other's keys; the id stands in every one of them.
CREATE TABLE installation (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    id uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO installation DEFAULT VALUES;

-- ["0367","375296254070"]. Only names ring it: ingest counts calls in these rows all day long, and a NOTIFY in
-- each of its transactions would bring their commits into one line.
CREATE FUNCTION notify_customer_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed customers := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM pg_notify('customer_renamed', json_build_array(changed.enterprise_number, changed.phone)::text);
    RETURN NULL;
END $$;
CREATE TRIGGER customers_named AFTER INSERT ON customers
    FOR EACH ROW WHEN (NEW.name IS NOT NULL) EXECUTE FUNCTION notify_customer_renamed();
CREATE TRIGGER customers_renamed AFTER UPDATE OF name ON customers
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION notify_customer_renamed();
CREATE TRIGGER customers_forgotten AFTER DELETE ON customers
    FOR EACH ROW WHEN (OLD.name IS NOT NULL) EXECUTE FUNCTION notify_customer_renamed();
