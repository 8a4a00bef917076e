#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "httpc/client.hpp"

namespace trunkline::httpc {

/// What a gzip stream (RFC 1952, one member or several) holds. too_large beyond `max_bytes`, found
/// without inflating the rest; malformed for anything that is broken, cut off or has bytes behind
/// it.
base::Result<std::string> gunzip(std::string_view packed, std::size_t max_bytes);

/// Takes the compression off an answer that was asked for with accept_gzip: the body is plain
/// then, and the headers that told of its coding and length are gone. One that came plain stays as
/// it is. malformed for a coding that was not offered.
base::Result<> unpack(Response& response, std::size_t max_bytes);

}  // namespace trunkline::httpc
