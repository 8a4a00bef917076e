#include "worker.hpp"

#include <optional>
#include <utility>

#include "base/text.hpp"
#include "country_plan.hpp"
#include "numbers/plain.hpp"

namespace trunkline::numbers {
namespace {

/// Longer texts are no numbers, whatever a rule might cut out of them.
constexpr std::size_t longest_raw = 64;
constexpr std::size_t longest_shown = 200;
constexpr std::size_t longest_service = 6;

std::string shown(std::string_view text) {
    return base::replace_invalid_utf8(text.substr(0, longest_shown));
}

class Worker {
public:
    Worker(const Plan::Parts& parts, std::vector<Step>* steps) : parts_(parts), steps_(steps) {}

    Identity work(std::string_view raw, std::string_view line) {
        if (base::trim(raw).size() > longest_raw) {
            note("clean", shown(raw), "longer than 64 bytes: no number");
            return plain(Kind::unusable, std::string(raw.substr(0, longest_shown)));
        }
        number_ = clean_number(raw);
        if (number_.empty()) {
            note("clean", "", "nothing, or a word that says that the number is hidden");
            return plain(Kind::hidden, "");
        }
        if (number_ != raw) {
            note("clean", number_, "blanks around it are no part of it");
        }
        if (auto own = ours()) {
            return std::move(*own);
        }
        const auto rule = apply_rules(line);
        if (rule != 0) {
            if (auto own = ours()) {
                own->rule = rule;
                return std::move(*own);
            }
        }
        auto identity = outside();
        identity.rule = rule;
        return identity;
    }

private:
    /// `why` is called only if somebody wants to know.
    template <class Why>
        requires std::is_invocable_v<Why>
    void note(std::string_view what, std::string_view number, const Why& why) {
        if (steps_ != nullptr) {
            steps_->push_back({std::string(what), shown(number), why()});
        }
    }
    void note(std::string_view what, std::string_view number, const char* why) {
        note(what, number, [why] { return std::string(why); });
    }

    static Identity plain(Kind kind, std::string canonical) {
        Identity identity;
        identity.kind = kind;
        identity.key = kind == Kind::unusable || kind == Kind::hidden ? "" : match_key(canonical);
        identity.canonical = std::move(canonical);
        return identity;
    }

    /// Numbers that only the enterprise itself gives a meaning.
    std::optional<Identity> ours() {
        if (parts_.lines.contains(number_)) {
            note("kind", number_, "listed as a line of the enterprise");
            auto identity = plain(Kind::line, number_);
            identity.key = number_;
            return identity;
        }
        const auto kind = kind_of(number_);
        if (kind == NumberKind::line) {
            note("kind", number_, "7 digits beginning with 000: a line's id");
            return plain(Kind::line, number_);
        }
        if (kind == NumberKind::internal) {
            note("kind", number_, "3 or 4 digits: an internal number");
            return plain(Kind::internal, number_);
        }
        return std::nullopt;
    }

    /// The id of the first rule that fits, 0 for none. One rule at the most, so that the order of
    /// rules is all there is to know.
    std::int64_t apply_rules(std::string_view line) {
        for (const auto& rule : parts_.rules) {
            if (!rule.is_for(line)) {
                note("rule", number_, [&] {
                    return describe(rule.rule()) + " is for another line";
                });
                continue;
            }
            if (auto result = rule.apply(number_)) {
                number_ = std::move(*result);
                note("rule", number_, [&] { return describe(rule.rule()) + " fits"; });
                return rule.rule().id;
            }
            note("rule", number_, [&] { return describe(rule.rule()) + " does not fit"; });
        }
        return 0;
    }

    void find_region() {
        if (!is_known_region(parts_.region)) {
            note("region", number_, [&] {
                return "\"" + parts_.region + "\" has no numbering plan: no national numbers";
            });
            return;
        }
        region_ = parts_.region;
        trunk_prefix_ = trunk_prefix(region_);
    }

    Identity outside() {
        if (kind_of(number_) == NumberKind::none) {
            note("kind", number_, "no number: letters, or fewer than 3 or more than 20 digits");
            return plain(Kind::unusable, number_);
        }
        const std::string digits = base::digits_of(number_);
        if (number_.starts_with('+')) {
            return international(digits);
        }
        find_region();
        return dialled(digits);
    }

    Identity international(const std::string& digits) {
        if (const auto reading = read_by_plan("+" + digits, "")) {
            return take(*reading, "international", [] { return std::string("the + says so"); });
        }
        note("fallback", "+" + digits, "a + with no full number of any country: only compared");
        return plain(Kind::external, "+" + digits);
    }

    /// Without `+` the same digits can be read in several ways. What a plan knows as a number goes
    /// before what has only the right length.
    Identity dialled(const std::string& digits) {
        if (auto known = known_number(digits)) {
            return std::move(*known);
        }
        if (digits.size() <= longest_service) {
            note("service", digits, "5 or 6 digits, no subscriber's number: a short number");
            return plain(Kind::service, digits);
        }
        if (auto likely = likely_number(digits)) {
            return std::move(*likely);
        }
        const std::string guess = match_key(digits);
        const std::string kept = guess == digits ? guess : "+" + guess;
        note("fallback", kept, "no full number of any country: only compared; a rule may mend it");
        return plain(Kind::external, kept);
    }

    /// The enterprise's own country first. But where a national number begins with 0, digits
    /// without it are rather an international number without its `+`.
    std::optional<Identity> known_number(const std::string& digits) {
        const bool lacks_trunk_zero = trunk_prefix_ == "0" && !digits.starts_with('0');
        if (lacks_trunk_zero) {
            if (auto identity = abroad(digits, true)) {
                return identity;
            }
        }
        if (auto identity = national(digits, true)) {
            return identity;
        }
        if (trunk_prefix_ == "8" || region_.empty()) {
            if (auto identity = neighbour(digits, true)) {
                return identity;
            }
        }
        return lacks_trunk_zero ? std::nullopt : abroad(digits, true);
    }

    std::optional<Identity> likely_number(const std::string& digits) {
        if (auto identity = neighbour(digits, false)) {
            return identity;
        }
        if (auto identity = national(digits, false)) {
            return identity;
        }
        return abroad(digits, false);
    }

    std::optional<Identity> national(const std::string& digits, bool known) {
        if (region_.empty()) {
            return std::nullopt;
        }
        return read(digits, region_, known, "national", [&] { return "dialled so in " + region_; });
    }

    std::optional<Identity> abroad(const std::string& digits, bool known) {
        return read("+" + digits, "", known, "international", [] {
            return std::string("begins with a country code, without +");
        });
    }

    /// What match_key() makes of it: the habits of the countries around Belarus.
    std::optional<Identity> neighbour(const std::string& digits, bool known) {
        const std::string guess = match_key(digits);
        if (guess == digits) {
            return std::nullopt;
        }
        return read("+" + guess, "", known, "neighbour", [] {
            return std::string("00, 810, 80 or 8 in front, as in BY, RU and KZ");
        });
    }

    template <class Why>
    std::optional<Identity> read(
        const std::string& digits,
        const std::string& region,
        bool known,
        std::string_view what,
        const Why& why
    ) {
        const auto reading = read_by_plan(digits, region);
        if (!reading || (known && !reading->valid)) {
            return std::nullopt;
        }
        return take(*reading, what, why);
    }

    template <class Why>
    Identity take(const Reading& reading, std::string_view what, const Why& why) {
        note(what, reading.e164, why);
        note("e164", reading.e164, [&] {
            const std::string country =
                reading.country.empty() ? "no one country" : reading.country;
            return reading.valid ? "a number of " + country
                                 : "of the right length, though no number is given out so";
        });
        Identity identity;
        identity.kind = Kind::external;
        identity.canonical = reading.e164;
        identity.key = reading.e164.substr(1);
        identity.e164 = reading.e164;
        identity.country = reading.country;
        identity.valid = reading.valid;
        return identity;
    }

    const Plan::Parts& parts_;
    std::vector<Step>* steps_;
    std::string number_;
    std::string region_;        ///< "" if there is no plan for it.
    std::string trunk_prefix_;  ///< Of the region.
};

}  // namespace

Identity identify(
    const Plan::Parts& parts, std::string_view raw, std::string_view line, std::vector<Step>* steps
) {
    return Worker(parts, steps).work(raw, line);
}

}  // namespace trunkline::numbers
