#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trunkline::testing {

/// The URL under `name` (TRUNKLINE_TEST_POSTGRES, TRUNKLINE_TEST_REDIS) from the environment, else
/// from what `scripts/lib/test-servers start` wrote, if that server still answers.
std::optional<std::string> given_server(std::string_view name);

/// Whether somebody accepts TCP connections on 127.0.0.1:`port`.
bool answers(std::uint16_t port);

/// `<pid>_<random>`: unique among the tests of one machine.
std::string unique_suffix();

}  // namespace trunkline::testing
