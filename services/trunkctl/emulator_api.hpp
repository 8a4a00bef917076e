#pragma once

#include <chrono>
#include <string>

#include "base/error.hpp"
#include "context.hpp"
#include "json/document.hpp"

namespace trunkline::trunkctl {

/// One request to the call emulator with INTERNAL_TOKEN. The answer's JSON; an error carries the
/// problem's detail.
asio::awaitable<base::Result<json::Document>> ask_emulator(
    Context& context, std::string method, std::string target, std::string body = {}
);

}  // namespace trunkline::trunkctl
