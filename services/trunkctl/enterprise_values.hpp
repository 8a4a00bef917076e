#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "crypto/secret_box.hpp"

namespace trunkline::trunkctl {

/// What `enterprise add` and `enterprise set` may be told; nothing: leave it as it is. Texts as
/// they stand on the command line.
struct EnterpriseValues {
    std::optional<std::string> name, token, bot_token, region, timezone, recordings;
    std::optional<std::string> debug_log;             ///< on | off
    std::optional<std::string> allowed_networks;      ///< Comma list; empty: all.
    std::optional<std::string> rate_limit;            ///< Events/s, 0: none, `default`.
    std::optional<std::string> webhook_secret;        ///< Instead of those there are; empty: none.
    std::optional<std::string> added_webhook_secret;  ///< Beside those there are.
    bool new_hook_key = false;
};

/// One column of `enterprises` to be written: `sql` is its value, `$` stands for `value`.
struct Assignment {
    std::string column;
    std::string sql;
    std::string value;
};

/// Whether `number` may name an enterprise. invalid_input.
base::Result<> check_number(const std::string& number);

/// The columns that `values` set, checked. Webhook secrets are sealed for enterprise `number` if
/// there is a `box`. invalid_input names the option that is wrong. Pure.
base::Result<std::vector<Assignment>> assignments_of(
    const EnterpriseValues& values, const std::string& number, const crypto::SecretBox* box
);

}  // namespace trunkline::trunkctl
