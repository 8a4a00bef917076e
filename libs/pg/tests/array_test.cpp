#include "pg/array.hpp"

#include <string>
#include <string_view>

#include "pg/params.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::string_literals;
using pg::Array;

TEST_CASE("an array is a header and each element behind its length", "[pg]") {
    Array array(Array::Type::text);
    array.add_octets("ab");
    array.add_octets("");
    CHECK(array.size() == 2);
    CHECK(
        array.octets() ==
        "\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\2\0\0\0\1"s
        "\0\0\0\2ab\0\0\0\0"s
    );
}

TEST_CASE("an empty array has no dimension", "[pg]") {
    CHECK(Array(Array::Type::uuid).octets() == "\0\0\0\0\0\0\0\0\0\0\x0b\x86"s);
}

TEST_CASE("a NULL is a length of its own and told in the header", "[pg]") {
    Array array(Array::Type::bigint);
    array.add_null();
    array.add_bigint(-2);
    CHECK(
        array.octets() ==
        "\0\0\0\1\0\0\0\1\0\0\0\x14\0\0\0\2\0\0\0\1"s
        "\xff\xff\xff\xff\0\0\0\x08\xff\xff\xff\xff\xff\xff\xff\xfe"s
    );
}

TEST_CASE("what is no uuid is handed on as what the server refuses", "[pg]") {
    const auto element_of = [](std::string_view text) {
        Array array(Array::Type::uuid);
        array.add_uuid(text);
        return array.octets().substr(24);
    };
    const auto octets = "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff"s;
    CHECK(element_of("00112233-4455-6677-8899-aabbccddeeff") == octets);
    CHECK(element_of("00112233445566778899AABBCCDDEEFF") == octets);
    for (const auto* text :
         {"",
          "-",
          "00112233-4455-6677-8899-aabbccddeef",
          "00112233-4455-6677-8899-aabbccddeeff00",
          "-0112233-4455-6677-8899-aabbccddeeff",
          "0011223g-4455-6677-8899-aabbccddeeff",
          "0-0112233-4455-6677-8899-aabbccddeeff"}) {
        CHECK(element_of(text).size() > octets.size());
    }
    Array array(Array::Type::uuid);
    array.add_uuid_octets(octets);
    CHECK(array.octets().substr(24) == octets);
    array.add_uuid_octets("short");
    CHECK(array.octets().size() > 24 + 2 * octets.size() + 4);
}

TEST_CASE("an array goes in its binary format, and may hold NUL octets", "[pg]") {
    Array array(Array::Type::bytea);
    array.add_octets("\0\1"s);
    auto params = pg::Params::of("text", array);
    params << pg::Params::of(7, array);
    REQUIRE(params.size() == 4);
    CHECK(std::vector(params.formats().begin(), params.formats().end()) == std::vector{0, 1, 0, 1});
    CHECK(params.values()[3] == array.octets());
    CHECK(params.check());
    params << "\0"s;
    CHECK_FALSE(params.check());
}
