-- Where recordings are and who may fetch them. Without a row a call has had no link; a signed one still opens it.
-- Writers: ingest; trunkctl writes revoked_at alone (and the row, if a call has none yet).
CREATE TABLE recordings (
    enterprise_number text NOT NULL,
    call_uuid uuid NOT NULL,
    unique_ids text[] NOT NULL DEFAULT '{}',    -- all channels of the call: files are named by them
    location text,                              -- file:PATH below the enterprise's folder, or an address; empty: not known
    plain_link boolean NOT NULL DEFAULT false,  -- a link without signature was handed to a CRM
    told_at timestamptz,                        -- when the link was first told
    found_at timestamptz,                       -- when the recording was first there
    revoked_at timestamptz,
    merged_into uuid,                           -- the call that this one turned out to be: its old link goes on
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, call_uuid)
);
-- A link names the call alone.
CREATE INDEX recordings_call ON recordings (call_uuid);
-- Exchanges name a call by any of its channels.
CREATE INDEX recordings_channels ON recordings USING gin (unique_ids);

-- Where an enterprise's recordings are fetched from when no file is there, such as
-- https://pbx.example.by/rec/{date}/{unique_id}.mp3. Writer: trunkctl.
ALTER TABLE enterprises ADD COLUMN recordings_url text NOT NULL DEFAULT '';
