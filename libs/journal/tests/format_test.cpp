#include "format.hpp"

#include "crc32c.hpp"
#include "scanner.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::journal;

namespace {

constexpr SegmentId id{.first_sequence = 7, .salt = 0xA1B2C3D4U};

std::string three_records() {
    std::string bytes;
    encode_record(bytes, id, 7, "seven");
    encode_record(bytes, id, 8, "");
    encode_record(bytes, id, 9, std::string("n\0ne", 4));
    return bytes;
}

std::vector<std::string> scanned(std::string_view bytes, std::uint64_t& missing) {
    Scanner scanner(bytes, id, 0, id.first_sequence);
    std::vector<std::string> payloads;
    while (const auto record = scanner.next()) {
        payloads.emplace_back(record->payload);
    }
    missing = scanner.missing();
    return payloads;
}

}  // namespace

TEST_CASE("the checksum is the one of RFC 3720", "[journal]") {
    // Appendix B.4: 32 bytes of zeros, 32 bytes of ones, and the usual check text.
    CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AAU);
    CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43U);
    CHECK(crc32c("123456789") == 0xE3069283U);
    CHECK(crc32c("6789", crc32c("12345")) == 0xE3069283U);
}

TEST_CASE("a segment's name and header tell what it is", "[journal]") {
    CHECK(file_name(id) == "00000000000000000007-a1b2c3d4.journal");
    CHECK(parse_file_name(file_name(id)) == id);
    for (const auto* other :
         {"position",
          "lock",
          "00000000000000000007-a1b2c3d4.journal.damaged",
          "0000000000000000000x-a1b2c3d4.journal",
          "00000000000000000007_a1b2c3d4.journal"}) {
        INFO(other);
        CHECK_FALSE(parse_file_name(other));
    }
    auto header = encode_header(id);
    CHECK(header.size() == segment_header_size);
    CHECK(decode_header(header) == id);
    CHECK(decode_header(header.substr(0, 31)).error().code == base::Errc::malformed);
    header[17] = 'x';
    CHECK(decode_header(header).error().code == base::Errc::malformed);
}

TEST_CASE("records are found in order, whatever bytes they hold", "[journal]") {
    std::uint64_t missing = 0;
    const auto payloads = scanned(three_records(), missing);
    CHECK(payloads == std::vector<std::string>{"seven", "", std::string("n\0ne", 4)});
    CHECK(missing == 0);
}

TEST_CASE("one wrong bit costs one record", "[journal]") {
    const auto good = three_records();
    const auto first_two = 2 * record_header_size + 5;
    for (std::size_t bit = 0; bit < first_two * 8; ++bit) {
        auto bytes = good;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
        INFO("bit " << bit);
        std::uint64_t missing = 0;
        CHECK(scanned(bytes, missing).size() == 2);
        CHECK(missing == 1);
    }
}

TEST_CASE("a payload that looks like a record does not pass for one", "[journal]") {
    std::string forged;
    encode_record(forged, SegmentId{.first_sequence = 7, .salt = 0}, 8, "forged");
    std::string bytes;
    encode_record(bytes, id, 7, forged);
    encode_record(bytes, id, 8, "true");
    bytes[0] = static_cast<char>(bytes[0] ^ 1);
    std::uint64_t missing = 0;
    CHECK(scanned(bytes, missing) == std::vector<std::string>{"true"});
}
