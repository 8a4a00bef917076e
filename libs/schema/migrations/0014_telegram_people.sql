-- Who sees calls in Telegram: how they join, what they want to see, and how far their bots' updates have been read.

-- A row with tg_id, bot_token and enterprise_number alone sees everything. Writers: docs/telegram.md.
ALTER TABLE telegram_users
    ADD COLUMN title text NOT NULL DEFAULT '',             -- the person's or group's name at joining, for lists
    ADD COLUMN thread_id bigint,                           -- the topic of a group that cards go to
    ADD COLUMN is_admin boolean NOT NULL DEFAULT false,    -- gets the button "explain"
    ADD COLUMN calls text NOT NULL DEFAULT 'all' CHECK (calls IN ('all', 'missed')),
    ADD COLUMN extensions text[] NOT NULL DEFAULT '{}',    -- only calls that one of these took part in; empty: all
    ADD COLUMN lines text[] NOT NULL DEFAULT '{}',         -- only outside calls over one of these; empty: all
    ADD COLUMN internal boolean NOT NULL DEFAULT true,     -- calls between extensions too
    ADD COLUMN quiet_from time,                            -- by the enterprise's clock; no new cards between these two
    ADD COLUMN quiet_to time,
    ADD CONSTRAINT telegram_users_quiet CHECK ((quiet_from IS NULL) = (quiet_to IS NULL) AND quiet_from <> quiet_to);

-- Whoever writes to a bot is looked for among its enterprises.
CREATE INDEX enterprises_bot ON enterprises (bot_token) WHERE bot_token <> '';

-- Codes of deep links. A code itself is nowhere: it is drawn from 128 random bits and kept as its SHA-256. Writers: trunkctl
-- makes rows, telegram-notifier uses them up.
CREATE TABLE telegram_invites (
    enterprise_number text NOT NULL REFERENCES enterprises (number) ON UPDATE CASCADE ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    for_group boolean NOT NULL DEFAULT false,              -- a person's code opens no group, and the other way round
    is_admin boolean NOT NULL DEFAULT false,
    extensions text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by bigint,                                        -- the chat that joined by it
    PRIMARY KEY (enterprise_number, code_hash)
);
CREATE INDEX telegram_invites_age ON telegram_invites (expires_at);

-- How far each bot's updates have been read. Writer: telegram-notifier. epoch is the fence: a poller that lost its lock
-- keeps nothing.
CREATE TABLE telegram_pollers (
    bot_id bigint PRIMARY KEY,
    username text NOT NULL DEFAULT '',
    next_update bigint NOT NULL DEFAULT 0,
    read_at timestamptz NOT NULL DEFAULT now(),
    epoch bigint NOT NULL DEFAULT 0
);

-- Updates that were acted on, written in the transaction of their effect. Telegram repeats one for a day at the most.
CREATE TABLE telegram_updates (
    bot_id bigint NOT NULL,
    update_id bigint NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (bot_id, update_id)
);
CREATE INDEX telegram_updates_age ON telegram_updates USING brin (taken_at);

-- Ended calls that a chat hears of later, in one message. Writer: telegram-notifier. An item stays for a while after it was
-- told, so that a late correction makes no card of a call that is history.
CREATE TABLE telegram_digests (
    enterprise_number text NOT NULL,
    chat_id bigint NOT NULL,
    bot_id bigint NOT NULL,
    due_at timestamptz NOT NULL,                           -- also the end of the lease while somebody sends it
    epoch bigint NOT NULL DEFAULT 0,                       -- fence, as for cards
    attempts integer NOT NULL DEFAULT 0,
    outcome_unknown boolean NOT NULL DEFAULT false,        -- a send was begun and nobody knows what became of it
    PRIMARY KEY (enterprise_number, chat_id)
);
CREATE INDEX telegram_digests_due ON telegram_digests (due_at);
CREATE TABLE telegram_digest_items (
    enterprise_number text NOT NULL,
    chat_id bigint NOT NULL,
    call_uuid uuid NOT NULL,
    ended_at timestamptz NOT NULL,
    answered boolean NOT NULL,
    text text NOT NULL,                                    -- the card as it would have been, HTML
    due_at timestamptz NOT NULL,
    told_at timestamptz,
    PRIMARY KEY (enterprise_number, chat_id, call_uuid)
);
CREATE INDEX telegram_digest_items_told ON telegram_digest_items (told_at) WHERE told_at IS NOT NULL;

-- The buttons under a card, JSON of Telegram's reply_markup; empty: none. Writer: telegram-notifier.
ALTER TABLE telegram_messages
    ADD COLUMN IF NOT EXISTS keyboard text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS sent_keyboard text NOT NULL DEFAULT '';
