// Any bytes as a segment: walked without reading beyond them, and what is found is truly there.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "crc32c.hpp"
#include "format.hpp"
#include "scanner.hpp"

using namespace trunkline::journal;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

constexpr SegmentId id{.first_sequence = 1, .salt = 1};

void walk(std::string_view bytes) {
    Scanner scanner(bytes, id, 0, id.first_sequence);
    std::uint64_t last = 0;
    std::size_t end = 0;
    while (const auto record = scanner.next()) {
        require(record->sequence > last);
        require(scanner.offset() > end && scanner.offset() <= bytes.size());
        last = record->sequence;
        end = scanner.offset();
        std::string again;
        encode_record(again, id, record->sequence, record->payload);
        require(bytes.substr(end - again.size(), again.size()) == again);
    }
}

/// The input as payloads of whole records, one of which the first byte damages: the others stay.
void damage(std::string_view bytes) {
    if (bytes.size() < 2) {
        return;
    }
    std::string segment;
    // The salt is random in a real segment, so that no sender can put whole records of it into a
    // payload; one that depends on all of the input keeps the fuzzer from it too.
    const SegmentId other{.first_sequence = 1, .salt = crc32c(bytes)};
    const auto cut = static_cast<unsigned char>(bytes[0]) % bytes.size();
    encode_record(segment, other, 1, bytes.substr(0, cut));
    encode_record(segment, other, 2, bytes.substr(cut));
    encode_record(segment, other, 3, "end");
    const auto wrong = static_cast<unsigned char>(bytes[1]) % segment.size();
    segment[wrong] = static_cast<char>(segment[wrong] ^ 0x40);
    Scanner scanner(segment, other, 0, other.first_sequence);
    int found = 0;
    while (scanner.next()) {
        ++found;
    }
    require(found == 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    (void)decode_header(bytes);
    (void)parse_file_name(bytes);
    walk(bytes);
    damage(bytes);
    return 0;
}
