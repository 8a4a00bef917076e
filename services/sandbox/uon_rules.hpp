#pragma once

#include <optional>
#include <string>

#include "form.hpp"

namespace trunkline::sandbox::uon {

// What U-ON takes (contracts/uon.md section 3): the name of the first parameter that is wrong,
// missing or unknown; nothing if all are right.

std::optional<std::string> wrong_in_call(const Parameters& parameters);
std::optional<std::string> wrong_in_notification(const Parameters& parameters);
std::optional<std::string> wrong_in_client(const Parameters& parameters);
std::optional<std::string> wrong_in_webhook(const Parameters& parameters);

}  // namespace trunkline::sandbox::uon
