#pragma once

#include <optional>
#include <string>

#include "context.hpp"

namespace trunkline::trunkctl {

struct LedgerOptions {
    std::optional<std::string> enterprise;  ///< Number, Token or name.
    std::optional<std::string> pbx;
    std::string from;  ///< ISO 8601 with zone; empty: a day before `to`.
    std::string to;    ///< Empty: now.
};
/// The loss ledger by exchange and hour, the youngest 1000 rows.
asio::awaitable<base::Result<>> show_ledger(Context& context, LedgerOptions options);

/// The whole story of one call, straight from the database.
asio::awaitable<base::Result<>> explain_call(
    Context& context, std::string call, std::optional<std::string> enterprise
);

}  // namespace trunkline::trunkctl
