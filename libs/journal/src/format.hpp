#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace trunkline::journal {

// The bytes on disk; libs/journal/README.md draws them. All integers are little-endian.

inline constexpr std::size_t segment_header_size = 32;
inline constexpr std::size_t record_header_size = 16;
inline constexpr std::uint32_t format_version = 1;

/// What tells one segment from another. It is in the file's name and, with a checksum, in its
/// header.
struct SegmentId {
    std::uint64_t first_sequence = 1;
    /// Random. Begins every record's checksum, so that nobody who can choose a payload can make a
    /// piece of it pass for a record.
    std::uint32_t salt = 0;

    bool operator==(const SegmentId&) const = default;
};

/// `00000000000000000001-0a1b2c3d.journal`
std::string file_name(const SegmentId& id);
std::optional<SegmentId> parse_file_name(std::string_view name);

std::string encode_header(const SegmentId& id);
/// malformed: no header of ours, or its checksum is wrong; conflict: a version that we do not know.
base::Result<SegmentId> decode_header(std::string_view bytes);

std::size_t encoded_size(std::string_view payload);
void encode_record(
    std::string& out, const SegmentId& id, std::uint64_t sequence, std::string_view payload
);

struct RecordView {
    std::uint64_t sequence = 0;
    std::string_view payload;
};
/// The record that begins at `bytes`; nothing if it is cut off or its checksum is wrong. Only
/// sequences from `least` to `most` count.
std::optional<RecordView> decode_record(
    std::string_view bytes, const SegmentId& id, std::uint64_t least, std::uint64_t most
);

void put_u32(std::string& out, std::uint32_t value);
void put_u64(std::string& out, std::uint64_t value);
/// The caller has made sure that there are bytes enough.
std::uint32_t get_u32(std::string_view bytes, std::size_t offset);
std::uint64_t get_u64(std::string_view bytes, std::size_t offset);

}  // namespace trunkline::journal
