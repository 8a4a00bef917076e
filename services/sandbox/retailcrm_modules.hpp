#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "form.hpp"
#include "telegram_api.hpp"

namespace trunkline::sandbox::retailcrm {

// Integration modules (contracts/retailcrm.md section 7): JSON by code.
using Modules = std::map<std::string, std::string>;

/// The shop that every account has.
inline constexpr auto known_site = "main";

/// POST /v5/integration-modules/{code}/edit: makes or changes one.
ApiAnswer edit_module(Modules& modules, const std::string& code, const Parameters& parameters);
/// GET /v5/integration-modules/{code}
ApiAnswer get_module(const Modules& modules, const std::string& code);

bool has_active(const Modules& modules);
bool set_active(Modules& modules, const std::string& code, bool active);
/// The extension of a user by the active modules; empty if he has none.
std::string code_of(const Modules& modules, std::int64_t user);

/// How the CRM calls whoever registered a module.
struct Place {
    std::string code;
    std::string client_id;
    std::string make_call_url;
    std::string change_user_status_url;
    std::string activity_url;
};
/// Of the first module, active or not.
std::optional<Place> place_of(const Modules& modules);

}  // namespace trunkline::sandbox::retailcrm
