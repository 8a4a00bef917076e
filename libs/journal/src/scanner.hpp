#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "format.hpp"

namespace trunkline::journal {

/// Walks the records of a segment's bytes. Where a record is damaged it looks for the next one
/// that is whole, byte by byte, so that one flipped bit costs one record. Pure; `bytes` must
/// outlive it and what it returns.
class Scanner {
public:
    /// From `offset` on, where the record `next_sequence` is expected.
    Scanner(
        std::string_view bytes, const SegmentId& id, std::size_t offset, std::uint64_t next_sequence
    )
        : bytes_(bytes), id_(id), offset_(offset), next_sequence_(next_sequence) {}

    /// Nothing: no whole record is left.
    std::optional<RecordView> next();

    /// Behind the last record that was returned, or where it began.
    std::size_t offset() const { return offset_; }
    /// Sequences that were expected before a record that was found.
    std::uint64_t missing() const { return missing_; }

private:
    std::optional<RecordView> take(std::size_t at, std::uint64_t most);

    std::string_view bytes_;
    SegmentId id_;
    std::size_t offset_;
    std::uint64_t next_sequence_;
    std::uint64_t missing_ = 0;
};

}  // namespace trunkline::journal
