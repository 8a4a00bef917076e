// Any bytes as a number, and as a rule: no crash, what is canonical stays so, keys are digits, the
// cache and the explanation agree with the work itself.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/document.hpp"
#include "numbers/plain.hpp"
#include "numbers/plan.hpp"

namespace {

using namespace trunkline;

void demand(bool truth) {
    if (!truth) {
        std::abort();
    }
}

void check_identity(const numbers::Plan& plan, const numbers::Identity& identity) {
    using numbers::Kind;
    const bool is_number = identity.kind != Kind::hidden && identity.kind != Kind::unusable;
    demand(is_number == !identity.key.empty());
    if (identity.kind != Kind::external && identity.kind != Kind::service) {
        return;
    }
    demand(identity.key.find_first_not_of("0123456789") == std::string::npos);
    demand(numbers::match_key(identity.canonical) == identity.key);
    if (!identity.e164.empty()) {
        demand(identity.canonical == identity.e164);
        const auto again = plan.identify(identity.canonical);
        demand(again.canonical == identity.canonical && again.key == identity.key);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::string regions[] = {"BY", "RU", "KZ", "PL", "DE", "US", "IT", "AR", "MX", ""};
    if (size < 2) {
        return 0;
    }
    numbers::Plans plans(16);
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    const auto plain = plans.make({.region = regions[data[0] % 10], .lines = {}, .rules = {}});
    const auto identity = plain.plan->identify(text);
    check_identity(*plain.plan, identity);
    demand(plain.plan->identify(text) == identity);
    const auto explanation = plain.plan->explain(text);
    demand(explanation.identity == identity);
    demand(json::parse(explanation.to_json()).has_value());

    // The same text cut in three, or in two for PREFIX{N}: a rule and a number for it.
    const bool lacks_replacement = (data[1] & 0x80U) != 0;
    const auto cut = std::min<std::size_t>(data[1] & 0x7FU, text.size());
    const auto middle = lacks_replacement ? cut : cut + (text.size() - cut) / 2;
    numbers::Rule rule;
    rule.id = 1;
    rule.pattern = text.substr(0, cut);
    rule.replacement = text.substr(cut, middle - cut);
    const bool is_good = numbers::check(rule).has_value();
    const auto ruled = plans.make({.region = "BY", .lines = {}, .rules = {rule}});
    demand(ruled.problems.empty() == is_good);
    const auto changed = ruled.plan->identify(text.substr(middle));
    demand(changed.rule == 0 || is_good);
    demand(ruled.plan->explain(text.substr(middle)).identity == changed);
    return 0;
}
