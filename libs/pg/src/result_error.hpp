#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace trunkline::pg {

/// The one table from SQLSTATE to Errc; pool.hpp tells it to callers.
/// https://www.postgresql.org/docs/15/errcodes-appendix.html
base::Errc errc_of(std::string_view sqlstate);

base::Error make_error(base::Errc code, std::string detail, std::string_view native = {});

/// The same transaction may succeed if it is simply run again: serialization failure, deadlock, a
/// prepared plan that a schema change made void.
bool may_repeat(std::string_view sqlstate);

/// A prepared statement that the server no longer knows (26000) or whose result changed its shape
/// (0A000).
bool is_outdated_plan(std::string_view sqlstate);

/// After these the connection is closed rather than pooled: a cancelled statement may leave its
/// cancel behind for the next, and a standby will not become a primary on this connection.
bool spoils_connection(std::string_view sqlstate);

/// libpq's message as one line.
std::string one_line(std::string_view message);

}  // namespace trunkline::pg
