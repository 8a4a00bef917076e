#include <random>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "json/document.hpp"
#include "numbers/plain.hpp"
#include "numbers/plan.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::numbers;

namespace {

using namespace std::string_literals;

void check_harmless(const Plan& plan, const std::string& raw) {
    const auto identity = plan.identify(raw, raw);
    CHECK(identity.canonical.size() <= 200);
    CHECK(identity.key.size() <= 200);
    const auto told = plan.explain(raw, "0001363");
    CHECK(told.identity.key == plan.identify(raw, "0001363").key);
    CHECK(json::parse(told.to_json()).has_value());
}

}  // namespace

TEST_CASE("Whatever comes as a number costs nothing and breaks nothing", "[numbers][hostile]") {
    Plans plans;
    const Rule rule{
        .id = 1,
        .line = "",
        .priority = 1,
        .pattern = "(.*)(.*)(.*)(.*)x",
        .replacement = "\\1\\2",
        .comment = ""
    };
    const auto plan = plans.make({.region = "BY", .lines = {"\xE0"}, .rules = {rule}}).plan;
    const std::vector<std::string> texts = {
        std::string(65536, '9'),
        std::string(65536, '+'),
        std::string(65536, ' '),
        std::string(65536, '\0'),
        "+" + std::string(65535, '1'),
        std::string(64, '1'),
        "+37529\0001234567"s,
        "\0"s,
        "\xCF\xE5\xF2\xF0\xEE\xE2 80291234567",
        "80291234567\xE0",
        "\xEF\xBB\xBF+375291234567",
        "\xEF\xBC\x8B\xEF\xBC\x93",  // Full-width + and 3.
        "\xD9\xA3\xD9\xA7\xD9\xA5",  // Arabic digits.
        "+37529123456\xFF",
        "tel:+375291234567;ext=151",
        "sip:151@example.org",
        "<script>80291234567</script>",
        "++375291234567",
        "+-+-",
        "()()()()()",
        "'; DROP TABLE calls; --",
        "%2B375291234567",
    };
    for (const auto& text : texts) {
        INFO(text.substr(0, 40));
        check_harmless(*plan, text);
        CHECK(plan->identify(text).kind != Kind::internal);
    }
    CHECK(plan->identify("+37529\0001234567"s).kind == Kind::unusable);
    CHECK(plan->identify("80291234567\xE0").kind == Kind::unusable);
}

TEST_CASE("Random digits, signs and bytes keep one identity", "[numbers][hostile]") {
    Plans plans(64);
    std::mt19937 random(20261121);
    const std::string alphabet = "00112233445566778899++-() .\0\xE0x"s;
    for (const char* region : {"BY", "RU", "DE", "US", "AR", "MX", "IT", "BR"}) {
        const auto plan = plans.make({.region = region, .lines = {}, .rules = {}}).plan;
        for (int i = 0; i < 2000; ++i) {
            std::string raw;
            const auto size = random() % 24;
            for (std::size_t at = 0; at < size; ++at) {
                // Mostly digits: else hardly any would be a number.
                raw += random() % 4 == 0 ? alphabet[random() % alphabet.size()]
                                         : static_cast<char>('0' + random() % 10);
            }
            const auto identity = plan->identify(raw);
            const bool is_same_key = match_key(identity.canonical) == identity.key;
            const auto again = plan->identify(identity.canonical);
            const bool stands_still =
                identity.e164.empty() || again.canonical == identity.canonical;
            if (!is_same_key || !stands_still) {
                FAIL(region << " " << raw << ": " << plan->explain(raw).to_json());
            }
        }
    }
    SUCCEED();
}
