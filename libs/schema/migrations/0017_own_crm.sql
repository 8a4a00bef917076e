-- The enterprise's own CRM, for those without one (docs/own-crm.md). Writer: integration-cache.

CREATE TABLE own_companies (
    enterprise_number text NOT NULL REFERENCES enterprises (number) ON UPDATE CASCADE ON DELETE CASCADE,
    id text NOT NULL,                                     -- ours, or one that an integrator chose
    name text NOT NULL CHECK (name <> ''),
    responsible text NOT NULL DEFAULT '',                 -- the manager's extension, for contacts that name none
    note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, id)
);
-- ICU's rules, whatever the database's locale is: Russian letters have cases too.
CREATE UNIQUE INDEX own_companies_name ON own_companies (enterprise_number, lower(name COLLATE "und-x-icu"));

CREATE TABLE own_contacts (
    enterprise_number text NOT NULL REFERENCES enterprises (number) ON UPDATE CASCADE ON DELETE CASCADE,
    id text NOT NULL,
    name text NOT NULL DEFAULT '',                        -- "" is a company's number that no person belongs to
    company_id text,
    email text NOT NULL DEFAULT '',
    responsible text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, id),
    FOREIGN KEY (enterprise_number, company_id) REFERENCES own_companies (enterprise_number, id)
        ON UPDATE CASCADE ON DELETE SET NULL (company_id)
);
CREATE INDEX own_contacts_company ON own_contacts (enterprise_number, company_id) WHERE company_id IS NOT NULL;
CREATE INDEX own_contacts_name ON own_contacts (enterprise_number, name COLLATE "und-x-icu", id);

-- A number names one contact: whoever calls has one name.
CREATE TABLE own_contact_numbers (
    enterprise_number text NOT NULL,
    phone text NOT NULL,                                  -- match key, as in calls and customers
    contact_id text NOT NULL,
    number text NOT NULL,                                 -- as people read it: +375296254070
    place smallint NOT NULL DEFAULT 0,                    -- the contact's first number comes first
    PRIMARY KEY (enterprise_number, phone),
    FOREIGN KEY (enterprise_number, contact_id) REFERENCES own_contacts (enterprise_number, id)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX own_contact_numbers_contact ON own_contact_numbers (enterprise_number, contact_id);

-- The calls of contacts. Who the number belonged to when the call was written is kept with it; a call of a number that
-- belonged to nobody yet is found by the number.
CREATE TABLE own_calls (
    enterprise_number text NOT NULL,
    call_uuid uuid NOT NULL,
    unique_id text NOT NULL DEFAULT '',
    pbx text NOT NULL DEFAULT '',
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    phone text NOT NULL,                                  -- match key; "" is a hidden number
    line text NOT NULL DEFAULT '',
    extension text NOT NULL DEFAULT '',                   -- the last talker; of a missed call the first that rang
    rang text[] NOT NULL DEFAULT '{}',
    talkers text[] NOT NULL DEFAULT '{}',
    answered boolean NOT NULL,
    started_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz NOT NULL,
    talk_s integer NOT NULL DEFAULT 0,
    wait_s integer NOT NULL DEFAULT 0,
    record_url text NOT NULL DEFAULT '',
    corrected boolean NOT NULL DEFAULT false,
    revision bigint NOT NULL,                             -- of two states of the call the greater counts
    contact_id text,
    company_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, call_uuid),
    FOREIGN KEY (enterprise_number, contact_id) REFERENCES own_contacts (enterprise_number, id)
        ON UPDATE CASCADE ON DELETE SET NULL (contact_id),
    FOREIGN KEY (enterprise_number, company_id) REFERENCES own_companies (enterprise_number, id)
        ON UPDATE CASCADE ON DELETE SET NULL (company_id)
);
CREATE INDEX own_calls_recent ON own_calls (enterprise_number, started_at DESC, call_uuid DESC);
CREATE INDEX own_calls_phone ON own_calls (enterprise_number, phone, started_at DESC);
CREATE INDEX own_calls_contact ON own_calls (enterprise_number, contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX own_calls_company ON own_calls (enterprise_number, company_id) WHERE company_id IS NOT NULL;

-- Names of numbers have changed: the bell of migration 11, or, for an import, the one that forgets all of an enterprise's
-- names.
CREATE FUNCTION ring_for_own_numbers(enterprises text[], phones text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(phones) > 50 THEN
        PERFORM pg_notify('names_forgotten', e) FROM (SELECT DISTINCT unnest(enterprises) AS e) each;
    ELSE
        PERFORM pg_notify('customer_renamed', json_build_array(e, p)::text)
        FROM unnest(enterprises, phones) AS each(e, p);
    END IF;
END $$;

CREATE FUNCTION own_numbers_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ring_for_own_numbers(array_agg(enterprise_number), array_agg(phone)) FROM added HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER own_numbers_added AFTER INSERT ON own_contact_numbers
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION own_numbers_added();

CREATE FUNCTION own_numbers_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ring_for_own_numbers(array_agg(enterprise_number), array_agg(phone)) FROM removed HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER own_numbers_removed AFTER DELETE ON own_contact_numbers
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION own_numbers_removed();

CREATE FUNCTION own_contacts_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ring_for_own_numbers(array_agg(n.enterprise_number), array_agg(n.phone))
    FROM after_it a JOIN before_it b ON b.enterprise_number = a.enterprise_number AND b.id = a.id
    JOIN own_contact_numbers n ON n.enterprise_number = a.enterprise_number AND n.contact_id = a.id
    WHERE (a.name, a.company_id, a.responsible) IS DISTINCT FROM (b.name, b.company_id, b.responsible)
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER own_contacts_changed AFTER UPDATE ON own_contacts
    REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it FOR EACH STATEMENT EXECUTE FUNCTION own_contacts_changed();

CREATE FUNCTION own_companies_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ring_for_own_numbers(array_agg(n.enterprise_number), array_agg(n.phone))
    FROM after_it a JOIN before_it b ON b.enterprise_number = a.enterprise_number AND b.id = a.id
    JOIN own_contacts c ON c.enterprise_number = a.enterprise_number AND c.company_id = a.id
    JOIN own_contact_numbers n ON n.enterprise_number = c.enterprise_number AND n.contact_id = c.id
    WHERE (a.name, a.responsible) IS DISTINCT FROM (b.name, b.responsible)
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER own_companies_changed AFTER UPDATE ON own_companies
    REFERENCING OLD TABLE AS before_it NEW TABLE AS after_it FOR EACH STATEMENT EXECUTE FUNCTION own_companies_changed();
