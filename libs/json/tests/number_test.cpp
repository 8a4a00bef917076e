#include "number.hpp"

#include "testing/catch.hpp"

using namespace trunkline;

TEST_CASE("The magnitude of a number is read off its text", "[json]") {
    struct Case {
        std::string_view text;
        bool is_zero;
        std::int64_t leading;
        std::int64_t scale;
    };
    const auto [text, is_zero, leading, scale] = GENERATE(
        Case{"123", false, 2, 0},
        Case{"-7", false, 0, 0},
        Case{"0.5", false, -1, 1},
        Case{"0.050", false, -2, 3},
        Case{"5e3", false, 3, 0},
        Case{"1.50e-2", false, -2, 4},
        Case{"1.50e+1", false, 1, 1},
        Case{"0", true, 0, 0},
        Case{"0e-9", true, 0, 9},
        Case{"12.5E2", false, 3, 0},
        Case{"1e99999999999999999999", false, 2'000'000'000, 0},
        Case{"1e-99999999999999999999", false, -2'000'000'000, 2'000'000'000}
    );
    INFO(text);
    const auto size = json::magnitude_of(text);
    CHECK(size.is_zero == is_zero);
    CHECK(size.leading == leading);
    CHECK(size.scale == scale);
}

TEST_CASE("A double is told from what is too large and too small for one", "[json]") {
    CHECK(json::to_double("1.5e1") == 15.0);
    CHECK_FALSE(json::to_double("1e309").has_value());
    CHECK_FALSE(json::to_double("-1e309").has_value());
    CHECK(json::to_double("1e-330") == 0.0);
    CHECK(json::to_double("0.00001e-330") == 0.0);
}
