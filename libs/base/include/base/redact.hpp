#pragma once

#include <string>

namespace trunkline::base {

/// The text with every secret in it written as `***`: those registered with add_log_secret(), and
/// whatever looks like one: Telegram bot tokens, passwords in URLs, `Bearer x`, Bitrix24 and U-ON
/// keys in URL paths, and the values of members, parameters and headers whose names say so
/// (Authorization, Cookie, api_key, password, access_token, client_secret, ...). The log does this
/// by itself; others use it for text that leaves the process another way. About 2 ns a byte. Any
/// thread.
std::string redact(std::string text);

}  // namespace trunkline::base
