#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "form.hpp"

namespace trunkline::sandbox {

/// What an API answers: HTTP status and body.
struct ApiAnswer {
    unsigned status = 200;
    std::string body;
    std::optional<int> retry_after;
    std::string location = {};  ///< Of a 302.
};

namespace telegram {

/// `{"ok":false,"error_code":400,"description":"..."}`
ApiAnswer error(unsigned code, const std::string& description);
/// `{"ok":true,"result":...}`; `json` is the result's text.
ApiAnswer result(const std::string& json);

/// A whole number; nothing if it is absent or none.
std::optional<std::int64_t> integer_of(const Parameters& parameters, std::string_view name);
/// Empty if it is absent.
std::string text_of(const Parameters& parameters, std::string_view name);
bool flag_of(const Parameters& parameters, std::string_view name);

/// The part of a bot's token before the colon; nothing if it has not a token's form.
std::optional<std::int64_t> bot_of(const std::string& token);

}  // namespace telegram
}  // namespace trunkline::sandbox
