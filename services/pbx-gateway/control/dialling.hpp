#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "guard.hpp"

namespace trunkline::pbx_control {

/// How one exchange is dialled: the columns of pbx_servers.
struct Dialling {
    std::string context = "from-internal";
    std::string device = "PJSIP/{extension}";
    std::string number = "{digits}";  ///< An outside number: `{digits}` or `{e164}`.
    std::string hold_context = "trunkline-hold";
    std::string record_folder;

    std::string device_of(std::string_view extension) const;
    /// What the dialplan is asked for.
    std::string exten_of(const Destination& destination) const;
};

/// An agent's or supervisor's phone: an extension, or a device such as `PJSIP/1003`. invalid_input
/// for what could dial further: a trunk's number, several devices, a Local channel to the outside.
base::Result<std::string> phone_of(const Dialling& dialling, std::string_view text);

}  // namespace trunkline::pbx_control
