#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "form.hpp"
#include "json/document.hpp"
#include "telegram_api.hpp"

namespace trunkline::sandbox::retailcrm {

// How RetailCRM answers (contracts/retailcrm.md section 2), and what it looks at in a form.

/// What is wrong with a form, by field.
using Problems = std::map<std::string, std::string>;

ApiAnswer failure(unsigned status, const std::string& message, const Problems& errors = {});
/// `members` begin with a comma, or are empty.
ApiAnswer success(const std::string& members);

std::string text_of(json::View object, std::string_view key);
void check_known(
    json::View object, std::initializer_list<std::string_view> known, Problems& problems
);
void check_choice(
    json::View object,
    std::string_view key,
    std::initializer_list<std::string_view> allowed,
    Problems& problems
);

}  // namespace trunkline::sandbox::retailcrm
