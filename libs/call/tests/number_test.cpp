#include "call/number.hpp"

#include "testing/catch.hpp"

using namespace trunkline::call;

TEST_CASE("Numbers are told apart by their digits", "[call]") {
    CHECK(kind_of("151") == NumberKind::internal);
    CHECK(kind_of("1510") == NumberKind::internal);
    CHECK(kind_of("0001363") == NumberKind::line);
    CHECK(kind_of("1001363") == NumberKind::external);
    CHECK(kind_of("+375290000001") == NumberKind::external);
    CHECK(kind_of("375 (29) 000-00-01") == NumberKind::external);
    CHECK(kind_of("12345") == NumberKind::external);
    for (const char* text :
         {"", "s", "h", "12", "<unknown>", "*97", "+151", "Local/151@x", "123456789012345678901"}) {
        INFO(text);
        CHECK(kind_of(text) == NumberKind::none);
    }
}

TEST_CASE("Words that stand for no number are cleaned away", "[call]") {
    for (const char* text :
         {"", "  ", "<unknown>", "unknown", "Anonymous", "ANONYMOUS", "restricted", "Unavailable"
         }) {
        INFO(text);
        CHECK(clean_number(text).empty());
    }
    CHECK(clean_number(" +375290000001 ") == "+375290000001");
    CHECK(clean_number("s") == "s");
}

TEST_CASE("Writings of one number are equal and different numbers are not", "[call]") {
    CHECK(is_same_number("+375290000001", "375290000001"));
    CHECK(is_same_number("+375 (29) 000-00-01", "375290000001"));
    CHECK(is_same_number("80290000001", "+375290000001"));
    CHECK(is_same_number("810375290000001", "375290000001"));
    CHECK(is_same_number("00375290000001", "375290000001"));
    CHECK(is_same_number("84950000000", "+74950000000"));
    CHECK_FALSE(is_same_number("+80290000001", "+375290000001"));
    CHECK_FALSE(is_same_number("+79290000001", "+375290000001"));
    CHECK_FALSE(is_same_number("290000001", "+375290000001"));
    CHECK_FALSE(is_same_number("", ""));
    CHECK_FALSE(is_same_number("Anonymous", "Anonymous"));
}

TEST_CASE("Phones are formatted as the chats show them", "[call]") {
    CHECK(format_phone("375290000001") == "+375 (29) 000-00-01");
    CHECK(format_phone("+375290000001") == "+375 (29) 000-00-01");
    CHECK(format_phone("80290000001") == "+375 (29) 000-00-01");
    CHECK(format_phone("74950000000") == "+7 (495) 000-00-00");
    CHECK(format_phone("+37052628760") == "+37052628760");
    CHECK(format_phone("37052628760") == "+37052628760");
    CHECK(format_phone("151") == "151");
    CHECK(format_phone("").empty());
}

TEST_CASE("Local channels are helper legs", "[call]") {
    CHECK(is_local_channel("Local/151@from-internal-00000007;2"));
    CHECK_FALSE(is_local_channel("SIP/151-0000002a"));
}
