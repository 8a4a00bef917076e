#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "call/call.hpp"
#include "connector/connector.hpp"
#include "people.hpp"

namespace trunkline::uon {

// A call as U-ON takes it (contracts/uon.md section 4). Pure.

/// POST call_history/create.json.
struct CallRecord {
    std::string phone;          ///< Digits.
    std::string start;          ///< `Y-m-d H:i:s` in the cabinet's zone.
    int direction = 2;          ///< 1 outgoing, 2 incoming.
    std::int64_t duration = 0;  ///< Seconds; 0 is not answered.
    std::string manager_id;     ///< "" if unknown: left out.
    std::string record_link;    ///< "" if there is none: left out.

    std::string form() const;
    /// What U-ON's list can tell it by: phone, start, direction, duration.
    std::string signature() const;

    bool operator==(const CallRecord&) const = default;
};

CallRecord record_of(const call::Call& call, const std::string& zone, std::string manager_id);

/// Whose call it was: who talked; of a missed one the client's manager if it rang there, else the
/// first that rang; "" if U-ON knows none of them.
std::string manager_of_record(
    const call::Call& call,
    const std::vector<connector::Manager>& staff,
    const std::string& responsible_id
);

/// The ids of those who ring, each once.
std::vector<std::string> managers_ringing(
    const call::Call& call, const std::vector<connector::Manager>& staff
);

/// POST notification/create.json: what a manager sees while it rings. HTML, escaped.
std::string notification_text(
    const call::Call& call, const std::string& client_name, const std::string& line_name
);
std::string notification_form(const std::string& text, const std::string& manager_id);

}  // namespace trunkline::uon
