#pragma once

#include <optional>
#include <string>
#include <vector>

#include "call/call.hpp"

namespace trunkline::retailcrm {

/// POST /api/v5/telephony/call/event, its form field `event` (contracts/retailcrm.md section 3).
struct CallEvent {
    std::string type;  ///< in | out | hangup
    std::string phone;
    std::vector<std::string> codes;
    std::string hangup_status;  ///< With hangup only.
    std::string call_external_id;
    std::string external_phone;  ///< Our number; empty when unknown.
    std::string site;

    std::string to_json() const;
};

/// One element of POST /api/v5/telephony/calls/upload, form field `calls` (section 4).
struct UploadedCall {
    std::string date;  ///< `Y-m-d H:i:s` in the account's zone.
    std::string type;  ///< in | out
    std::string phone;
    std::string result;
    std::string external_id;
    std::string code;  ///< Empty when unknown.
    std::int64_t duration = 0;
    std::int64_t duration_waiting = 0;
    std::string record_url;
    std::string external_phone;
    std::string site;

    std::string to_json() const;
};

/// What an account adds to a call.
struct Context {
    std::string external_phone;  ///< The outside number of the call's line.
    std::string site;
    std::string timezone;
};

/// The pop-up for those who ring. `codes` are the extensions that have not been told yet.
CallEvent ringing_event(
    const call::Call& call, std::vector<std::string> codes, const Context& context
);
CallEvent hangup_event(const call::Call& call, const Context& context);
UploadedCall uploaded_call(const call::Call& call, const Context& context);

}  // namespace trunkline::retailcrm
