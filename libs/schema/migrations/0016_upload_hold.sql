-- A message may have to wait for something other than its peer: the CRM upload of a call that may still be transferred.
-- Whoever looked and asked nobody made no attempt, but its claim must still be told from others by `attempts`.
ALTER TABLE outbox ADD COLUMN waits integer NOT NULL DEFAULT 0;
