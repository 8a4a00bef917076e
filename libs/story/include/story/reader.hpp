#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "net/asio.hpp"
#include "pg/pool.hpp"
#include "story/records.hpp"

namespace trunkline::story {

/// What is stored of a call. `call` is its uuid, or a UniqueId of any of its events; `enterprise` a
/// number, Token or name, to bind the search to it. not_found: no event and no call has it.
/// conflict: it fits several calls, which the error names. Every statement that reads a tenant's
/// rows is bound to one enterprise.
asio::awaitable<base::Result<Records>> read_records(
    pg::Pool& pool, std::string call, std::optional<std::string> enterprise
);

}  // namespace trunkline::story
