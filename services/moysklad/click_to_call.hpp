#pragma once

#include <string>
#include <string_view>

#include "connector/service.hpp"
#include "httpd/router.hpp"
#include "json/document.hpp"

namespace trunkline::moysklad {

/// A click on a number in MoySklad (contracts/moysklad.md section 1.5).
struct Click {
    std::string extension;  ///< srcNumber: rings first.
    std::string phone;      ///< destNumber
    std::string uid;        ///< The login of whoever clicked.
    std::string in_order;   ///< The values one behind another as the body has them.
};

/// invalid_input unless it is exactly the three texts.
base::Result<Click> click_in(json::View body);

/// Whether `signature` is the upper-case hex MD5 of the key and the values, in the order of the
/// description or of the body: which one is meant is not documented. Constant time.
bool is_signed(const Click& click, std::string_view key, std::string_view signature);

/// POST /moysklad/hooks/{key}/click-to-call
httpd::Handler take_click(const connector::Parts& parts);

}  // namespace trunkline::moysklad
