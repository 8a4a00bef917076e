#pragma once

#include <string>

#include "connector/service.hpp"
#include "module.hpp"

namespace trunkline::retailcrm {

/// What whoever registers may say.
struct Wish {
    std::string name = "Trunkline";
    std::string logo;  ///< Empty: our own.
    bool active = true;
    Codes codes;  ///< Over those that names tell.
};
base::Result<Wish> wish_from_json(json::View view);

struct Registration {
    Module module;
    Seats seats;
    Unknown unknown;
};
/// For people; neither the client's id nor the hooks' address is in it.
std::string to_json(const Registration& registration);

/// Registers our telephony in the enterprise's account, or renews it: the same may be done again
/// and again. invalid_input: PUBLIC_URL is not set; other errors as ask().
asio::awaitable<base::Result<Registration>> register_module(
    connector::Parts parts,
    connector::EnterprisePointer enterprise,
    Wish wish,
    net::Deadline deadline
);

}  // namespace trunkline::retailcrm
