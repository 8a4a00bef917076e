#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "call/call.hpp"
#include "json/document.hpp"

namespace trunkline::contract {

/// `POST /internal/{crm}/call-event` (proto/messages/connector-event.schema.json): one step for one
/// CRM.
struct ConnectorEvent {
    std::string enterprise_number;
    std::string token;
    std::string unique_id;
    call::DispatchKind kind = call::DispatchKind::dial;
    std::string raw = "{}";
    std::string event_id;
    call::Call call;
    /// When the event came to the suite: pop-ups older than a minute are overtaken.
    base::WallTime accepted_at;
    /// No exchange sent it: a dial that 8020 puts before a hangup without one. A CRM that makes a
    /// whole record out of a hangup alone ignores it.
    bool synthetic = false;
};

std::string to_json(const ConnectorEvent& event);
base::Result<ConnectorEvent> connector_event_from_json(json::View view);

/// What a connector answers; integration-cache's queue goes by it.
struct ConnectorAnswer {
    enum class Result { done, duplicate, ignored, retry, permanent } result = Result::done;
    std::string detail;
    std::string mend;  ///< What a person can do about it; may be empty.
    std::optional<std::chrono::milliseconds> retry_after;
    /// retry: this call alone is to wait, and it says nothing about the CRM. Otherwise the
    /// enterprise's other messages to the CRM wait for retry_after too.
    bool only_this_call = false;
};

std::string_view to_string(ConnectorAnswer::Result result);
std::string to_json(const ConnectorAnswer& answer);
base::Result<ConnectorAnswer> connector_answer_from_json(json::View view);

}  // namespace trunkline::contract
