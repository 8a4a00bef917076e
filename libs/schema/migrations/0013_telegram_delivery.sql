-- Delivery to Telegram: comments, replies to the call before, what is left of replaced messages, limits that outlive a process.

-- All by telegram-notifier.
ALTER TABLE telegram_messages
    ADD COLUMN IF NOT EXISTS keyboard text NOT NULL DEFAULT '',      -- the buttons under the card, JSON of reply_markup
    ADD COLUMN IF NOT EXISTS sent_keyboard text NOT NULL DEFAULT '',
    ADD COLUMN phone text NOT NULL DEFAULT '',                        -- the outside party; empty for internal calls
    ADD COLUMN final_at timestamptz,                                  -- when the last final text was made
    ADD COLUMN comment_text text,                                     -- a reply to the card that is still to be sent
    ADD COLUMN comment_message_id bigint,                             -- of the last one that was sent
    ADD COLUMN old_message_id bigint,                                 -- a replaced message, to be deleted
    ADD COLUMN unknown_sends integer NOT NULL DEFAULT 0,              -- sends since the last answered one whose outcome nobody knows
    ADD COLUMN possible_doubles integer NOT NULL DEFAULT 0;           -- sends that followed one of unknown outcome
DROP INDEX telegram_messages_due;
CREATE INDEX telegram_messages_due ON telegram_messages (bot_id, next_attempt_at)
    WHERE wanted_version > sent_version AND dead_reason IS NULL;
CREATE INDEX telegram_messages_finals ON telegram_messages (enterprise_number, chat_id, phone, final_at)
    WHERE final_at IS NOT NULL AND phone <> '';

-- A request's row is written before it goes out: what a process leaves open when it dies is known, and who speaks for the
-- bot next knows what its limits have left.
ALTER TABLE asterisk_logs
    ADD COLUMN bot_id bigint,
    ADD COLUMN event_at timestamptz,                                  -- receipt of the event behind it
    ADD COLUMN sent_at timestamptz,                                   -- when it went out
    ADD COLUMN finished_at timestamptz,                               -- empty: nobody saw its end
    ADD COLUMN outcome text NOT NULL DEFAULT '',                      -- done, retry, unknown, ...
    ADD COLUMN was_held boolean NOT NULL DEFAULT false;               -- it had waited for a limit or a pause
CREATE INDEX asterisk_logs_bot ON asterisk_logs (bot_id, created_at) WHERE bot_id IS NOT NULL;

-- What Telegram told us to wait for (429), and bots that it refuses. chat_id 0: all chats of the bot. Writer: telegram-notifier.
CREATE TABLE telegram_pauses (
    bot_id bigint NOT NULL,
    chat_id bigint NOT NULL,
    until timestamptz NOT NULL,
    reason text NOT NULL DEFAULT '',
    PRIMARY KEY (bot_id, chat_id)
);

-- A chat is given up at the second `chat not found` in a row. Writer: telegram-notifier.
ALTER TABLE telegram_users ADD COLUMN not_found_answers integer NOT NULL DEFAULT 0;
