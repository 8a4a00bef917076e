#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "json/document.hpp"
#include "telegram_answer.hpp"

namespace trunkline::sandbox::bitrix24 {

/// `{"error":"ERROR_CORE","error_description":"..."}`
ApiAnswer error(unsigned status, std::string_view code, std::string_view description);
/// 400 ERROR_CORE.
ApiAnswer core_error(std::string_view description);
/// `{"result":...,"time":{...}}`; `json` is the result's text.
ApiAnswer result(const std::string& json, base::WallTime now);

/// A scalar member as text; "" if it is absent.
std::string text_of(json::View parameters, std::string_view name);
/// A whole number, written as one or in quotes; nothing if it is absent or none.
std::optional<std::int64_t> number_of(json::View parameters, std::string_view name);
std::optional<std::int64_t> number_in(json::View value);
/// The first member that is none of these; "" if there is none. `auth` is always known.
std::string unknown_member(json::View parameters, std::initializer_list<std::string_view> known);

}  // namespace trunkline::sandbox::bitrix24
