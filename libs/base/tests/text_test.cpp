#include "base/text.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using Parts = std::vector<std::string>;

TEST_CASE("trimming cuts white space from both ends only", "[base]") {
    CHECK(base::trim(" \t a b \r\n") == "a b");
    CHECK(base::trim(" \n ").empty());
    CHECK(base::trim("").empty());
}

TEST_CASE("splitting keeps empty parts and trims each", "[base]") {
    CHECK(base::split("a,b,,c", ',') == Parts{"a", "b", "", "c"});
    CHECK(base::split(" a , b ", ',') == Parts{"a", "b"});
    CHECK(base::split("a,", ',') == Parts{"a", ""});
    CHECK(base::split(",", ',') == Parts{"", ""});
    CHECK(base::split("", ',').empty());
}

TEST_CASE("letters of ASCII lose their case, others stay", "[base]") {
    CHECK(base::to_lower_ascii("AbZ-9 Ж") == "abz-9 Ж");
    CHECK(base::equals_ignoring_case("Content-Type", "content-TYPE"));
    CHECK_FALSE(base::equals_ignoring_case("a", "ab"));
    CHECK_FALSE(base::equals_ignoring_case("@", "`"));
}

TEST_CASE("a text is plain if nothing of it has to be escaped, wherever that stands", "[base]") {
    for (std::size_t size = 0; size < 20; ++size) {
        CHECK(base::is_plain(std::string(size, 'x')));
        for (std::size_t at = 0; at < size; ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                std::string text(size, 'x');
                text[at] = static_cast<char>(byte);
                const bool wanted = byte >= 0x20 && byte != '"' && byte != '\\';
                if (base::is_plain(text) != wanted) {
                    FAIL("byte " << byte << " at " << at << " of " << size);
                }
            }
        }
    }
}

TEST_CASE("valid UTF-8 is recognised up to U+10FFFF", "[base]") {
    for (const auto* text :
         {"", "plain ascii text", "Минск", "\xF0\x9F\x93\xA6", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"
         }) {
        CAPTURE(text);
        CHECK(base::is_valid_utf8(text));
        CHECK(base::replace_invalid_utf8(text) == text);
    }
}

TEST_CASE("each invalid sequence becomes one replacement character", "[base]") {
    const std::string replaced = "\xEF\xBF\xBD";
    struct Case {
        std::string text, expected;
    };
    const std::vector<Case> cases = {
        {"\xCC\xE8\xED", replaced + replaced + replaced},  // cp1251, as old exchanges send names.
        {"a\xC0\xAF", "a" + replaced + replaced},          // Overlong.
        {"\xE0\x80\x80", replaced + replaced + replaced},  // Overlong.
        {"\xED\xA0\x80!", replaced + replaced + replaced + "!"},          // A surrogate.
        {"\xF4\x90\x80\x80", replaced + replaced + replaced + replaced},  // Above U+10FFFF.
        {"eight by\xE2\x82", "eight by" + replaced},                      // Cut off at the end.
        {"\xE2\x82z", replaced + "z"},
        {"\x80", replaced},
        {"\xFF", replaced},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        CHECK_FALSE(base::is_valid_utf8(text));
        CHECK(base::replace_invalid_utf8(text) == expected);
    }
}

TEST_CASE("digits are picked out of a phone number", "[base]") {
    CHECK(base::digits_of("+375 (29) 1") == "375291");
    CHECK(base::digits_of("none").empty());
}

TEST_CASE("percent-decoding leaves broken escapes as they are", "[base]") {
    CHECK(base::percent_decode("%2B375%20a") == "+375 a");
    CHECK(base::percent_decode("%d0%9c") == "М");
    CHECK(base::percent_decode("100%") == "100%");
    CHECK(base::percent_decode("%4") == "%4");
    CHECK(base::percent_decode("%zz%41") == "%zzA");
    CHECK(base::percent_decode("a+b") == "a+b");
    CHECK(base::percent_decode("a+b%2B", true) == "a b+");
}

TEST_CASE("percent-encoding keeps unreserved characters only, and decodes back", "[base]") {
    CHECK(base::percent_encode("aZ0-._~") == "aZ0-._~");
    CHECK(base::percent_encode("+375 29/М") == "%2B375%2029%2F%D0%9C");
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    CHECK(base::percent_decode(base::percent_encode(all)) == all);
}
