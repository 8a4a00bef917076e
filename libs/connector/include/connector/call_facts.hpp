#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "call/call.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::connector {

// What every CRM wants to know of a call, in our own terms. Pure.

/// Why this call is nothing for a CRM: both parties are inside, or the outside number is hidden.
/// Nothing if it is one.
std::optional<std::string> reason_to_ignore(const call::Call& call);

/// The call's id in a CRM: `<pbx>-<UniqueId>`, or the UniqueId alone where the exchange does not
/// name itself (INTERFACES section 5).
std::string external_id(const call::Call& call);

bool is_outbound(const call::Call& call);

/// The extension of the last bridge; without any the first that rang; "" if nobody did.
std::string who_talked(const call::Call& call);

/// `+375296254070`; "" for what is no outside number.
std::string international(std::string_view phone);
/// `375296254070`.
std::string digits(std::string_view phone);

/// The outside number of the call's line as `+375173880000`; "" if the enterprise has not told it.
std::string our_number(const tenants::Enterprise& enterprise, const call::Call& call);

/// How a call ended, read from the exchange's cause (Q.850 number or the word of the dialplan).
enum class Ending {
    answered,
    no_answer,  ///< Nobody took it, or the cause is unknown.
    busy,
    canceled,     ///< The caller gave up.
    declined,     ///< 21: the far end said no.
    bad_number,   ///< 1, 28: there is no such number.
    unreachable,  ///< 18, 20, 27: nobody is there now.
    failed,       ///< 34, 38, 42, congestion: the network could not.
};
/// An inbound call is `answered` or `no_answer`: what an extension's phone said is not the
/// caller's.
Ending ending_of(const call::Call& call);

/// `2025-09-30 11:15:02` in `zone`; an unknown zone counts as UTC.
std::string local_time(base::WallTime time, const std::string& zone);

/// Nobody wants to see a pop-up that is older.
inline constexpr auto popup_life = std::chrono::seconds(60);

}  // namespace trunkline::connector
