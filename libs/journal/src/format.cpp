#include "format.hpp"

#include <fmt/format.h>

#include <charconv>

#include "crc32c.hpp"
#include "journal/journal.hpp"

namespace trunkline::journal {
namespace {

constexpr std::string_view magic = "TLJRNL\r\n";
constexpr std::string_view suffix = ".journal";
constexpr std::size_t sequence_digits = 20;
constexpr std::size_t salt_digits = 8;

template <class Integer>
void put(std::string& out, Integer value) {
    for (std::size_t byte = 0; byte < sizeof(Integer); ++byte) {
        out += static_cast<char>(value >> (8U * byte));
    }
}

template <class Integer>
Integer get(std::string_view bytes, std::size_t offset) {
    Integer value = 0;
    for (std::size_t byte = 0; byte < sizeof(Integer); ++byte) {
        value |= Integer{static_cast<unsigned char>(bytes[offset + byte])} << (8U * byte);
    }
    return value;
}

template <class Integer>
std::optional<Integer> parse_whole(std::string_view digits, int base) {
    Integer value = 0;
    const auto parsed = std::from_chars(digits.begin(), digits.end(), value, base);
    if (parsed.ec != std::errc{} || parsed.ptr != digits.end()) {
        return std::nullopt;
    }
    return value;
}

/// Over the length, the sequence and the payload, begun with the segment's salt.
std::uint32_t checksum_of(
    const SegmentId& id, std::string_view length_and_sequence, std::string_view payload
) {
    std::string salt;
    put_u32(salt, id.salt);
    return crc32c(payload, crc32c(length_and_sequence, crc32c(salt)));
}

}  // namespace

void put_u32(std::string& out, std::uint32_t value) { put(out, value); }
void put_u64(std::string& out, std::uint64_t value) { put(out, value); }
std::uint32_t get_u32(std::string_view bytes, std::size_t offset) {
    return get<std::uint32_t>(bytes, offset);
}
std::uint64_t get_u64(std::string_view bytes, std::size_t offset) {
    return get<std::uint64_t>(bytes, offset);
}

std::string file_name(const SegmentId& id) {
    return fmt::format("{:020}-{:08x}{}", id.first_sequence, id.salt, suffix);
}

std::optional<SegmentId> parse_file_name(std::string_view name) {
    if (name.size() != sequence_digits + 1 + salt_digits + suffix.size() ||
        name[sequence_digits] != '-' || !name.ends_with(suffix)) {
        return std::nullopt;
    }
    const auto first = parse_whole<std::uint64_t>(name.substr(0, sequence_digits), 10);
    const auto salt = parse_whole<std::uint32_t>(name.substr(sequence_digits + 1, salt_digits), 16);
    if (!first || !salt) {
        return std::nullopt;
    }
    return SegmentId{*first, *salt};
}

std::string encode_header(const SegmentId& id) {
    std::string out(magic);
    put_u32(out, format_version);
    put_u32(out, id.salt);
    put_u64(out, id.first_sequence);
    put_u32(out, 0);
    put_u32(out, crc32c(out));
    return out;
}

base::Result<SegmentId> decode_header(std::string_view bytes) {
    if (bytes.size() < segment_header_size || !bytes.starts_with(magic)) {
        return base::fail(base::Errc::malformed, "no header of a journal's segment");
    }
    if (get_u32(bytes, 28) != crc32c(bytes.substr(0, 28))) {
        return base::fail(base::Errc::malformed, "the segment's header is damaged");
    }
    if (get_u32(bytes, 8) != format_version) {
        return base::fail(
            base::Errc::conflict,
            fmt::format("written in version {} of the format", get_u32(bytes, 8))
        );
    }
    return SegmentId{.first_sequence = get_u64(bytes, 16), .salt = get_u32(bytes, 12)};
}

std::size_t encoded_size(std::string_view payload) { return record_header_size + payload.size(); }

void encode_record(
    std::string& out, const SegmentId& id, std::uint64_t sequence, std::string_view payload
) {
    std::string covered;
    put_u32(covered, static_cast<std::uint32_t>(payload.size()));
    put_u64(covered, sequence);
    put_u32(out, checksum_of(id, covered, payload));
    out += covered;
    out += payload;
}

std::optional<RecordView> decode_record(
    std::string_view bytes, const SegmentId& id, std::uint64_t least, std::uint64_t most
) {
    if (bytes.size() < record_header_size) {
        return std::nullopt;
    }
    const std::size_t length = get_u32(bytes, 4);
    const auto sequence = get_u64(bytes, 8);
    if (sequence < least || sequence > most || length > max_payload ||
        length > bytes.size() - record_header_size) {
        return std::nullopt;
    }
    const auto payload = bytes.substr(record_header_size, length);
    if (get_u32(bytes, 0) != checksum_of(id, bytes.substr(4, 12), payload)) {
        return std::nullopt;
    }
    return RecordView{.sequence = sequence, .payload = payload};
}

}  // namespace trunkline::journal
