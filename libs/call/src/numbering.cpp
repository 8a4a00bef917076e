#include "numbering.hpp"

#include <algorithm>
#include <utility>

#include "call/number.hpp"
#include "fact.hpp"

namespace trunkline::call {

std::string Numbering::canonical(const std::string& number, std::string_view line) const {
    const NumberKind kind = kind_of(number);
    if (number.empty() || kind == NumberKind::internal || kind == NumberKind::line) {
        return number;
    }
    return settings_.canonical_number(number, line);
}

void Numbering::write(Fact& fact) const {
    if (!settings_.canonical_number) {
        return;
    }
    if (fact.trunk.empty() && !settings_.lines_with_rules.empty()) {
        fact.written = WrittenNumbers{fact.own, fact.other, fact.exten, fact.extensions};
    }
    for (std::string* number : {&fact.own, &fact.other, &fact.exten}) {
        *number = canonical(*number, fact.trunk);
    }
    for (std::string& extension : fact.extensions) {
        extension = canonical(extension, fact.trunk);
    }
}

void Numbering::read_again(Fact& fact, std::string_view line) const {
    if (!fact.written || !settings_.canonical_number) {
        return;
    }
    const WrittenNumbers& written = *fact.written;
    fact.own = canonical(written.own, line);
    fact.other = canonical(written.other, line);
    fact.exten = canonical(written.exten, line);
    for (std::size_t i = 0; i < fact.extensions.size() && i < written.extensions.size(); ++i) {
        fact.extensions[i] = canonical(written.extensions[i], line);
    }
}

void Numbering::write_for(Fact& fact, const LiveCall& live) const {
    if (fact.written) {
        read_again(fact, line_of(live));
    }
}

void Numbering::settle(LiveCall& live) const {
    if (settings_.lines_with_rules.empty()) {
        return;
    }
    const std::string line = line_of(live);
    for (Fact& fact : live.facts) {
        read_again(fact, line);
    }
}

std::vector<Numbering::Variant> Numbering::variants(const Fact& fact) const {
    std::vector<Variant> all{{fact, ""}};
    if (!fact.written) {
        return all;
    }
    for (const std::string& line : settings_.lines_with_rules) {
        all.push_back({fact, line});
        read_again(all.back().fact, line);
    }
    return all;
}

bool Numbering::is_variant_of(const Variant& variant, const LiveCall& live) const {
    if (!variant.fact.written) {
        return true;
    }
    const std::string line = line_of(live);
    return variant.line.empty() ? !contains(settings_.lines_with_rules, line)
                                : variant.line == line;
}

// The first line that is named in the order of time, so that it does not depend on the order of
// arrival.
std::string Numbering::line_of(const LiveCall& live) const {
    for (const Fact& fact : live.facts) {
        if (!fact.trunk.empty()) {
            return fact.trunk;
        }
    }
    return {};
}

}  // namespace trunkline::call
