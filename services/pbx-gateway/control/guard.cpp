#include "guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "base/timezone.hpp"

namespace trunkline::pbx_control {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::unexpected<base::Error> refuse(std::string reason, std::string detail) {
    return std::unexpected(base::Error{
        .code = base::Errc::forbidden,
        .detail = std::move(detail),
        .fields = {},
        .native = std::move(reason)
    });
}

/// The minute of the day at the enterprise; of UTC if its zone is unknown.
int minute_at(const tenants::Enterprise& enterprise, base::WallTime now) {
    auto local = base::format_local_time(now, enterprise.timezone);
    if (!local) {
        local = base::format_local_time(now, "UTC");
    }
    return local ? minutes_of(std::string_view(*local).substr(11, 5)) : 0;
}

bool is_night(const GuardSettings& settings, int minute) {
    const auto from = settings.night_from;
    const auto to = settings.night_to;
    return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

bool is_allowed(
    const GuardSettings& settings, const tenants::Enterprise& enterprise, const std::string& country
) {
    if (country.empty()) {
        return false;
    }
    return settings.countries.empty()
               ? country == enterprise.region
               : std::ranges::find(settings.countries, country) != settings.countries.end();
}

base::Result<Destination> judge_outside(
    const GuardSettings& settings,
    const tenants::Enterprise& enterprise,
    const numbers::Identity& number,
    base::WallTime now
) {
    if (number.e164.empty() || !number.valid) {
        return base::fail(base::Errc::invalid_input, "there is no such number");
    }
    if (!is_allowed(settings, enterprise, number.country)) {
        return refuse(
            "country",
            fmt::format(
                "calls to {} are not allowed here; allowed: {}",
                number.country.empty() ? "no country at all" : number.country,
                settings.countries.empty() ? enterprise.region
                                           : fmt::format("{}", fmt::join(settings.countries, ", "))
            )
        );
    }
    using enum GuardSettings::NightCalls;
    const bool is_domestic = number.country == enterprise.region;
    const bool may_at_night =
        settings.night_calls == all || (settings.night_calls == domestic && is_domestic);
    if (!may_at_night && is_night(settings, minute_at(enterprise, now))) {
        return refuse(
            "night",
            fmt::format(
                "{} are not allowed from {:02}:{:02} to {:02}:{:02} ({})",
                settings.night_calls == none ? "outside calls" : "calls abroad",
                settings.night_from / 60,
                settings.night_from % 60,
                settings.night_to / 60,
                settings.night_to % 60,
                enterprise.timezone
            )
        );
    }
    return Destination{.number = number.e164, .is_outside = true, .country = number.country};
}

}  // namespace

int minutes_of(std::string_view time) {
    if (time.size() != 5 || time[2] != ':' || !is_digit(time[0]) || !is_digit(time[1]) ||
        !is_digit(time[3]) || !is_digit(time[4])) {
        return -1;
    }
    const int hours = (time[0] - '0') * 10 + (time[1] - '0');
    const int minutes = (time[3] - '0') * 10 + (time[4] - '0');
    return hours < 24 && minutes < 60 ? hours * 60 + minutes : -1;
}

bool is_extension(std::string_view text) {
    constexpr std::size_t longest = 6;
    return !text.empty() && text.size() <= longest && std::ranges::all_of(text, is_digit);
}

base::Result<Destination> judge(
    const GuardSettings& settings,
    const tenants::Enterprise& enterprise,
    std::string_view to,
    base::WallTime now
) {
    constexpr std::size_t longest = 32;
    const bool is_plain = std::ranges::all_of(to, [](char c) {
        return is_digit(c) || c == '*' || c == '#' || c == '+';
    });
    if (to.empty() || to.size() > longest || !is_plain || to.find('+', 1) != to.npos) {
        return base::fail(
            base::Errc::invalid_input, "must be digits, * and #, with or without + in front"
        );
    }
    const auto number = enterprise.numbers->identify(to);
    const bool is_known_extension = enterprise.managers.contains(to);
    if (number.kind == numbers::Kind::internal || is_known_extension) {
        return Destination{.number = std::string(to), .is_outside = false, .country = ""};
    }
    const bool is_code = to.find_first_of("*#") != to.npos;
    if (is_code || number.kind == numbers::Kind::service) {
        return settings.service_codes
                   ? base::Result<Destination>(Destination{std::string(to), is_code, ""})
                   : refuse("code", "short numbers and codes with * or # are not allowed here");
    }
    if (number.kind != numbers::Kind::external) {
        return base::fail(base::Errc::invalid_input, "is no number that can be called");
    }
    return judge_outside(settings, enterprise, number, now);
}

base::Result<> judge_caller_id(const tenants::Enterprise& enterprise, const std::string& number) {
    const auto key = enterprise.match_key(number);
    bool has_numbers = false;
    for (const auto& [id, line] : enterprise.lines) {
        if (line.number.empty()) {
            continue;
        }
        has_numbers = true;
        if (enterprise.match_key(line.number) == key || id == number) {
            return {};
        }
    }
    if (!has_numbers) {
        return {};
    }
    return refuse("caller_id", number + " is none of the enterprise's lines");
}

}  // namespace trunkline::pbx_control
