#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "context.hpp"

namespace trunkline::trunkctl {

asio::awaitable<base::Result<>> migrate(Context& context);

asio::awaitable<base::Result<>> add_subscriber(
    Context& context, std::string number, std::int64_t chat
);
struct NewNumberRule {
    std::string enterprise, line, pattern, replacement, comment;
    int priority = 100;
};
/// invalid_input, and nothing stored, for a rule that could not work.
asio::awaitable<base::Result<>> add_number_rule(Context& context, NewNumberRule rule);
asio::awaitable<base::Result<>> list_number_rules(Context& context, std::string enterprise);
asio::awaitable<base::Result<>> remove_number_rule(
    Context& context, std::string enterprise, std::int64_t id
);
/// Which number a writing means, by the enterprise's region, lines and rules, step by step.
asio::awaitable<base::Result<>> explain_number(
    Context& context, std::string enterprise, std::string raw, std::string line
);
/// Links to the call's recording open nothing any more, plain and signed ones, until restored.
asio::awaitable<base::Result<>> revoke_recording(Context& context, std::string uuid);
asio::awaitable<base::Result<>> restore_recording(Context& context, std::string uuid);
/// Prints a signed link. Needs PUBLIC_URL and SECRETS_KEY.
asio::awaitable<base::Result<>> link_recording(Context& context, std::string uuid, int days);
/// Which calls get a link, and where recordings are fetched from; what is empty stays as it is, `-`
/// takes the address away.
asio::awaitable<base::Result<>> set_recordings(
    Context& context, std::string number, std::string links, std::string url_template
);
/// Files of the enterprise that belong to no call (an hour old at least), and calls of the last
/// `days` that were given a link and have no file. Calls whose recording comes from an address are
/// left out.
asio::awaitable<base::Result<>> list_recording_orphans(
    Context& context, std::string number, int days
);

/// The demo enterprise 0367 of the seeds, its bot and RetailCRM played by the sandbox. Safe to run
/// again.
asio::awaitable<base::Result<>> load_demo(Context& context, std::string sandbox_url);

}  // namespace trunkline::trunkctl
