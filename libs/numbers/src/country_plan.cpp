#include "country_plan.hpp"

#include <phonenumbers/phonenumberutil.h>

#include <set>

namespace trunkline::numbers {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

const PhoneNumberUtil& util() { return *PhoneNumberUtil::GetInstance(); }

/// That of ordinary subscribers. Toll-free and other special numbers have all lengths, and a number
/// without its area code would pass for one.
bool has_usual_length(const PhoneNumber& number) {
    const auto is_possible = [&](PhoneNumberUtil::PhoneNumberType type) {
        return util().IsPossibleNumberForTypeWithReason(number, type) ==
               PhoneNumberUtil::IS_POSSIBLE;
    };
    return is_possible(PhoneNumberUtil::FIXED_LINE) || is_possible(PhoneNumberUtil::MOBILE);
}

std::optional<Reading> read_once(const std::string& digits, const std::string& region) {
    PhoneNumber number;
    const auto error = util().Parse(digits, region.empty() ? "ZZ" : region, &number);
    if (error != PhoneNumberUtil::NO_PARSING_ERROR) {
        return std::nullopt;
    }
    Reading reading;
    reading.valid = util().IsValidNumber(number);
    if (!reading.valid && !has_usual_length(number)) {
        return std::nullopt;
    }
    util().Format(number, PhoneNumberUtil::E164, &reading.e164);
    util().GetRegionCodeForNumber(number, &reading.country);
    if (reading.country == "ZZ" || reading.country == "001") {
        reading.country.clear();
    }
    return reading;
}

}  // namespace

bool is_known_region(std::string_view region) {
    static const std::set<std::string, std::less<>> known = [] {
        std::set<std::string> regions;
        util().GetSupportedRegions(&regions);
        return std::set<std::string, std::less<>>(regions.begin(), regions.end());
    }();
    return known.contains(region);
}

std::string trunk_prefix(const std::string& region) {
    std::string prefix;
    util().GetNddPrefixForRegion(region, true, &prefix);
    return prefix;
}

std::optional<Reading> read_by_plan(const std::string& digits, const std::string& region) {
    auto reading = read_once(digits, region);
    // Some plans rewrite what they read (old mobile prefixes, a trunk zero behind the country
    // code), now and then twice. An identity must stand still.
    for (int round = 0; reading && reading->e164 != digits && round < 3; ++round) {
        auto again = read_once(reading->e164, "");
        if (!again) {
            return std::nullopt;
        }
        if (again->e164 == reading->e164) {
            return again;
        }
        reading = std::move(again);
        if (round == 2) {
            return std::nullopt;
        }
    }
    return reading;
}

}  // namespace trunkline::numbers
