#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "httpc/client.hpp"

namespace trunkline::ingest {

/// `bytes 0-99/1234` as 206 and 416 have it; an unknown size is no use to us and gives nothing.
struct ContentRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t size = 0;
    bool is_unsatisfied = false;  ///< `bytes */1234`.
};
std::optional<ContentRange> parse_content_range(std::string_view text);

/// `Range` for `length` bytes at `offset`.
std::string range_header(std::uint64_t offset, std::uint64_t length);

/// What a piece must have in common with the first one, or it belongs to another file.
struct UpstreamFacts {
    std::uint64_t size = 0;
    std::string etag;      ///< Strong, or empty.
    std::string modified;  ///< Last-Modified as it came, or empty.
};
UpstreamFacts facts_of(const httpc::Response& response, std::uint64_t size);

/// Checks a 206 that was asked for `length` bytes at `offset`. unavailable says what is wrong.
base::Result<> check_piece(
    const httpc::Response& response,
    const UpstreamFacts& facts,
    std::uint64_t offset,
    std::uint64_t length
);

}  // namespace trunkline::ingest
