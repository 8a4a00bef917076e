#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "call/tracker.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::story {

/// An event as received.
struct EventRecord {
    std::string id;
    std::string type;
    std::string unique_id;
    base::WallTime received;
    std::optional<base::WallTime> event_time;
    bool recovered = false;
    std::string pbx;
    std::optional<std::int64_t> seq;
    std::string raw;  ///< JSON.
    std::string trace_id;
    bool telegram_sent = false;
    bool waits = false;     ///< Not yet worked into a call.
    bool has_call = false;  ///< Belongs to the call that is told of.
};

/// What one chat should show, and shows.
struct CardRecord {
    std::int64_t chat = 0;
    std::optional<std::int64_t> message;
    std::string wanted;
    bool up_to_date = false;
    std::int64_t attempts = 0;
    base::WallTime next_attempt;
    std::optional<std::string> dead_reason;
    std::optional<std::string> last_error;
    base::WallTime updated;
};

struct TelegramRequest {
    base::WallTime at;
    std::int64_t chat = 0;
    std::string method;
    std::optional<std::int64_t> message;  ///< Its id in the chat, once known.
    std::string text;
    std::optional<std::int64_t> status;  ///< HTTP; none: no answer came.
    std::string answer;
    std::int64_t attempt = 0;
    std::int64_t took_ms = 0;
};

/// A row of integration_logs.
struct CrmRecord {
    base::WallTime at;
    std::string crm;
    std::string event_type;
    std::string request;  ///< "" for what 8020 skipped.
    std::string response;
    std::string status;
    std::optional<std::int64_t> http_status;
    std::int64_t attempt = 0;
    std::int64_t took_ms = 0;
};

struct AcceptedDispatch {
    base::WallTime at;
    std::string key;
};

struct CrmEffect {
    base::WallTime at;
    std::string crm;
    std::string key;
    bool done = false;
};

/// A row of the outbox.
struct Waiting {
    std::string queue;
    std::string target;
    std::string kind;
    std::int64_t attempts = 0;
    base::WallTime created;
    std::optional<base::WallTime> next_attempt;  ///< None while it stands behind another one.
    std::optional<std::string> last_error;
};

struct DeadLetter {
    std::int64_t id = 0;
    std::string queue;
    std::string target;
    std::string kind;
    std::int64_t attempts = 0;
    std::string reason;
    base::WallTime died;
    std::optional<base::WallTime> replayed;
};

struct Refusal {
    base::WallTime at;
    std::string event_type;
    std::int64_t status = 0;
    std::string reason;
};

struct SubscriberRecord {
    std::int64_t chat = 0;
    bool active = true;
    std::string inactive_reason;
    std::string wishes = {};  ///< What they chose to see, as words; empty: everything.
    bool in_digest = false;   ///< The call is a line of their digest,
    std::optional<base::WallTime> told = {};  ///< which they got then.
};

/// Everything that is stored of one call, of one enterprise only.
struct Records {
    tenants::Enterprise enterprise;  ///< As it is now; bot_token only says whether there is one.
    std::int64_t bot = 0;            ///< Id of the bot as configured now; 0: none.
    std::string uuid;                ///< "" for events that belong to no call.
    std::string unique_id;
    std::string call_json;  ///< The calls row; "" while there is none.
    std::optional<call::LiveCall> live;
    bool internal = false;
    bool hidden_number = false;
    std::vector<SubscriberRecord> subscribers;
    std::vector<EventRecord> events;  ///< By arrival.
    std::vector<CardRecord> cards;
    std::vector<TelegramRequest> telegram;
    std::vector<CrmRecord> crm;
    std::vector<AcceptedDispatch> dispatches;
    std::vector<CrmEffect> effects;
    std::vector<Waiting> waiting;
    std::vector<DeadLetter> dead;
    std::vector<Refusal> refusals;
    bool truncated = false;  ///< Some list was longer than is read.
    base::WallTime now;
};

}  // namespace trunkline::story
