#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "httpc/client.hpp"
#include "httpc/url.hpp"

namespace trunkline::httpc {

/// The whole request as bytes, headers and body. invalid_input for a method or header that would
/// break the message, or a header that is the client's own to set.
base::Result<std::string> serialise(
    const Request& request, const Url& url, std::string_view user_agent
);

/// RFC 9110 section 9.2.2: repeating it has the effect of sending it once.
bool is_idempotent(std::string_view method);

}  // namespace trunkline::httpc
