#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "form.hpp"
#include "telegram_api.hpp"

namespace trunkline::sandbox::retailcrm {

// Whom the demo's account knows (contracts/retailcrm.md sections 5 and 6).

bool is_user(std::int64_t id);
/// GET /v5/users
ApiAnswer list_users(const Parameters& parameters);
/// GET /v5/telephony/manager; extensions are those of the modules, if there are any.
ApiAnswer find_manager(
    const std::map<std::string, std::string>& modules, const Parameters& parameters
);

}  // namespace trunkline::sandbox::retailcrm
