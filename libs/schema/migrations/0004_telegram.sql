-- One row per call and chat: the live card. Writer: telegram-notifier.
CREATE TABLE telegram_messages (
    enterprise_number text NOT NULL,
    call_uuid uuid NOT NULL,
    chat_id bigint NOT NULL,
    unique_id text NOT NULL DEFAULT '',
    bot_id bigint NOT NULL,                               -- the part of the bot's token before the colon
    message_id bigint,                                    -- Telegram's; empty until a send was answered
    card jsonb NOT NULL,                                  -- libs/call CardState: what the chat should show
    wanted_text text NOT NULL DEFAULT '',
    wanted_version integer NOT NULL DEFAULT 0,
    wanted_at timestamptz NOT NULL DEFAULT now(),
    sent_text text,
    sent_version integer NOT NULL DEFAULT 0,
    is_final boolean NOT NULL DEFAULT false,
    event_at timestamptz,                                 -- receipt of the event behind it
    in_flight_since timestamptz,                          -- a request is out and its answer is not here
    in_flight_method text,
    epoch bigint NOT NULL DEFAULT 0,                      -- fence: a sender that lost its lease changes nothing
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    dead_reason text,
    last_error text,
    trace_id text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (enterprise_number, call_uuid, chat_id)
);
CREATE INDEX telegram_messages_due ON telegram_messages (next_attempt_at)
    WHERE wanted_version > sent_version AND dead_reason IS NULL;
CREATE INDEX telegram_messages_unique_id ON telegram_messages (enterprise_number, unique_id);

-- Every request to Telegram and its answer. Writer: telegram-notifier. (The seed's name.)
CREATE TABLE asterisk_logs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    enterprise_number text NOT NULL,
    call_uuid uuid NOT NULL,
    unique_id text NOT NULL DEFAULT '',
    chat_id bigint NOT NULL,
    method text NOT NULL,
    text text NOT NULL,
    message_id bigint,
    status integer,                                       -- HTTP status; empty when no answer came
    answer text NOT NULL DEFAULT '',
    attempt integer NOT NULL,
    duration_ms integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX asterisk_logs_call ON asterisk_logs (enterprise_number, call_uuid);
