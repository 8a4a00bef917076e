#include "disguise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "call/number.hpp"

namespace trunkline::playback {
namespace {

// What says nothing about whose exchange it is.
constexpr std::array technologies =
    std::to_array<std::string_view>({"SIP", "PJSIP", "Local", "IAX2", "DAHDI"});
constexpr std::array contexts = std::to_array<std::string_view>(
    {"", "default", "from-internal", "from-internal-xfer", "from-pstn", "from-queue", "from-trunk"}
);

template <class List>
bool has(const List& list, std::string_view word) {
    return std::ranges::find(list, word) != list.end();
}

/// Its number, a new one if it is not in `known`.
std::size_t numbered(
    std::map<std::string, std::size_t, std::less<>>& known, std::string_view thing
) {
    const auto found = known.find(thing);
    if (found != known.end()) {
        return found->second;
    }
    return known.emplace(std::string(thing), known.size() + 1).first->second;
}

/// How many digits at the end of an outside number are one's own.
std::size_t own_digits(std::size_t length) {
    return length >= 11 ? 7 : length >= 9 ? 6 : length - 1;
}

std::size_t common_end(std::string_view a, std::string_view b) {
    std::size_t count = 0;
    while (count < std::min(a.size(), b.size()) &&
           a[a.size() - 1 - count] == b[b.size() - 1 - count]) {
        ++count;
    }
    return count;
}

bool is_word_part(char c) { return (c >= '0' && c <= '9') || c == '+'; }

void replace_words(std::string& text, const std::string& what, const std::string& with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        const auto end = at + what.size();
        const bool is_whole = (at == 0 || !is_word_part(text[at - 1])) &&
                              (end == text.size() || !is_word_part(text[end]));
        if (is_whole) {
            text.replace(at, what.size(), with);
        }
        at += is_whole ? with.size() : 1;
    }
}

}  // namespace

Disguise::Disguise(std::set<std::string> lines) : lines_(std::move(lines)) {}

void Disguise::learn(std::string_view text) { taken_.insert(base::digits_of(text)); }

void Disguise::set_outside(std::string_view number) {
    outside_ = key_of(number);
    if (outside_.empty()) {
        fields_.push_back({.name = "phone", .value = ""});
    } else {
        replacement_of(number);
    }
}

std::string Disguise::key_of(std::string_view number) const {
    const std::string clean = call::clean_number(number);
    return lines_.contains(clean) ? clean : call::match_key(clean);
}

Disguise::Kind Disguise::kind_of(std::string_view number) const {
    if (lines_.contains(std::string(number)) || call::kind_of(number) == call::NumberKind::line) {
        return Kind::line;
    }
    return call::is_internal(number) ? Kind::extension : Kind::outside;
}

std::string Disguise::field_name(Kind kind, const std::string& key) {
    const auto count = ++counts_[kind];
    switch (kind) {
        case Kind::line:
            return count == 1 ? "line" : fmt::format("line{}", count);
        case Kind::extension:
            return fmt::format("extension{}", count);
        case Kind::outside:
            break;
    }
    return key == outside_ ? "phone" : fmt::format("number{}", count);
}

/// Of the same length and beginning, and nobody's of this recording.
std::string Disguise::make_value(Kind kind, const std::string& key) {
    const auto own = kind == Kind::line        ? std::size_t{4}
                     : kind == Kind::extension ? key.size() - 1
                                               : own_digits(key.size());
    const auto beginning =
        kind == Kind::line ? std::string("000") : key.substr(0, key.size() - own);
    for (int number = 1;; ++number) {
        auto value = beginning + fmt::format("{:0{}}", number, own);
        if (taken_.insert(value).second) {
            return value;
        }
    }
}

const Disguise::Field& Disguise::replacement_of(std::string_view number) {
    const auto key = key_of(number);
    const auto known = places_.find(key);
    if (known != places_.end()) {
        return fields_[known->second];
    }
    const auto kind = kind_of(number);
    auto value = make_value(kind, key);
    places_.emplace(key, fields_.size());
    fields_.push_back(
        {.name = field_name(kind, key), .value = (kind == Kind::outside ? "+" : "") + value}
    );
    return fields_.back();
}

std::string Disguise::number(std::string_view text) {
    const auto field = replacement_of(text);
    if (kind_of(text) != Kind::outside) {
        return "{" + field.name + "}";
    }
    const auto digits = base::digits_of(text);
    const auto key = key_of(text);
    if (digits == key) {
        return "{" + field.name + (text.starts_with('+') ? "}" : ".bare}");
    }
    // A national or dialled writing: what stands before the common end stays.
    const auto end = common_end(digits, key);
    return (text.starts_with('+') ? "+" : "") + digits.substr(0, digits.size() - end) +
           field.value.substr(field.value.size() - end);
}

std::string Disguise::name(std::string_view text) {
    return fmt::format("name {}", numbered(names_, text));
}

std::string Disguise::number_or_name(std::string_view text) {
    const std::string clean = call::clean_number(text);
    if (clean.empty()) {
        return std::string(text);
    }
    if (clean.starts_with('-')) {
        return "-" + number_or_name(clean.substr(1));
    }
    if (lines_.contains(clean) || call::kind_of(clean) != call::NumberKind::none) {
        return number(clean);
    }
    // One letter is a dialplan's word, such as `s`.
    return clean.size() == 1 && clean != "{" ? clean : name(clean);
}

std::string Disguise::unique_id(std::string_view id) {
    return id.empty() ? std::string() : fmt::format("{{unique_id.{}}}", numbered(unique_ids_, id));
}

std::string Disguise::bridge(std::string_view id) {
    return id.empty() ? std::string() : fmt::format("{{bridge.{}}}", numbered(bridges_, id));
}

std::string Disguise::context(std::string_view name) {
    return has(contexts, name) ? std::string(name) : "from-internal";
}

std::string Disguise::channel(std::string_view whole) {
    const auto slash = whole.find('/');
    if (whole.empty() || slash == std::string_view::npos) {
        return whole.empty() ? std::string() : name(whole);
    }
    const auto technology = whole.substr(0, slash);
    auto peer = whole.substr(slash + 1);
    const auto semicolon = peer.rfind(';');
    const auto leg =
        semicolon == std::string_view::npos ? std::string_view() : peer.substr(semicolon);
    peer = peer.substr(0, semicolon);
    const auto pair = whole.substr(0, slash + 1 + peer.size());
    peer = peer.substr(0, peer.rfind('-'));
    const auto at = peer.find('@');
    const auto place =
        at == std::string_view::npos ? std::string() : "@" + context(peer.substr(at + 1));
    return fmt::format(
        "{}/{}{}-{:08}{}",
        has(technologies, technology) ? technology : "SIP",
        number_or_name(peer.substr(0, at)),
        place,
        numbered(channels_, pair),
        leg == ";1" || leg == ";2" ? leg : ""
    );
}

std::string Disguise::templated(std::string text) const {
    for (const auto& field : fields_) {
        if (field.value.empty()) {
            continue;
        }
        const auto formatted = call::format_phone(field.value);
        if (formatted != field.value) {
            replace_words(text, formatted, "{" + field.name + ".formatted}");
        }
        replace_words(text, field.value, "{" + field.name + "}");
        if (field.value.starts_with('+')) {
            replace_words(text, field.value.substr(1), "{" + field.name + ".bare}");
        }
    }
    return text;
}

}  // namespace trunkline::playback
