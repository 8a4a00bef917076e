#include "audience.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/timezone.hpp"

namespace trunkline::telegram {
namespace {

constexpr int minutes_of_hour = 60;
constexpr int minutes_of_day = 24 * minutes_of_hour;

bool has(const std::vector<std::string>& list, const std::string& number) {
    return !number.empty() && std::ranges::find(list, number) != list.end();
}

bool takes_part(const std::vector<std::string>& extensions, const call::Call& call) {
    const auto is_own = [&](const std::string& number) { return has(extensions, number); };
    return std::ranges::any_of(call.rang, is_own) || std::ranges::any_of(call.talkers, is_own) ||
           is_own(call.talker) || is_own(call.caller) || is_own(call.callee);
}

bool is_between(int from, int to, int minute) {
    return from < to ? from <= minute && minute < to : minute >= from || minute < to;
}

/// The moment when the clock shows `minutes` on the day of `local`, a date and time.
std::optional<base::WallTime> at_minutes(
    const std::string& local, int minutes, std::string_view zone
) {
    constexpr std::size_t date_size = 10;
    const auto moment = base::parse_local_time(
        local.substr(0, date_size) + " " + format_minutes(minutes) + ":00", zone
    );
    return moment ? std::optional(*moment) : std::nullopt;
}

/// The day after, by the calendar: a day may have 23 hours, or 25, but its noon has a noon 24 hours
/// later that is never two days on.
std::optional<base::WallTime> at_minutes_tomorrow(
    const std::string& local, int minutes, std::string_view zone
) {
    constexpr int noon = 12 * minutes_of_hour;
    const auto midday = at_minutes(local, noon, zone);
    const auto next = midday ? base::format_local_time(*midday + std::chrono::hours(24), zone)
                             : base::Result<std::string>();
    return next ? at_minutes(*next, minutes, zone) : std::nullopt;
}

}  // namespace

std::optional<int> parse_minutes(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon > 2 || text.size() != colon + 3) {
        return std::nullopt;
    }
    int hours = 0;
    int minutes = 0;
    const auto* const middle = text.begin() + colon;
    const auto first = std::from_chars(text.begin(), middle, hours);
    const auto second = std::from_chars(middle + 1, text.end(), minutes);
    const bool is_whole = first.ec == std::errc{} && first.ptr == middle &&
                          second.ec == std::errc{} && second.ptr == text.end();
    if (!is_whole || hours < 0 || minutes < 0 || minutes >= minutes_of_hour ||
        hours * minutes_of_hour >= minutes_of_day) {
        return std::nullopt;
    }
    return hours * minutes_of_hour + minutes;
}

std::string format_minutes(int minutes) {
    return fmt::format("{:02}:{:02}", minutes / minutes_of_hour % 24, minutes % minutes_of_hour);
}

bool is_wanted(const tenants::Preferences& wants, const call::Call& call) {
    const bool is_internal = call.direction == call::Direction::internal;
    if (is_internal && !wants.internal) {
        return false;
    }
    if (wants.missed_only && (call.phase != call::Phase::done || call.answered)) {
        return false;
    }
    if (!wants.extensions.empty() && !takes_part(wants.extensions, call)) {
        return false;
    }
    return is_internal || wants.lines.empty() || has(wants.lines, call.line);
}

std::optional<base::WallTime> quiet_until(
    const tenants::Preferences& wants, base::WallTime now, std::string_view timezone
) {
    if (!wants.quiet_from || !wants.quiet_to) {
        return std::nullopt;
    }
    const auto local = base::format_local_time(now, timezone);
    if (!local) {
        return std::nullopt;
    }
    constexpr std::size_t clock_at = 11;
    constexpr std::size_t clock_size = 5;
    const auto minute = parse_minutes(std::string_view(*local).substr(clock_at, clock_size));
    if (!minute || !is_between(*wants.quiet_from, *wants.quiet_to, *minute)) {
        return std::nullopt;
    }
    const auto today = at_minutes(*local, *wants.quiet_to, timezone);
    return today && *today > now ? today : at_minutes_tomorrow(*local, *wants.quiet_to, timezone);
}

Showing showing(
    const tenants::Preferences& wants, const call::Call& call, bool has_card, bool is_quiet
) {
    if (has_card) {
        return Showing::card;
    }
    if (!is_wanted(wants, call)) {
        return Showing::nothing;
    }
    if (!is_quiet) {
        return Showing::card;
    }
    return call.phase == call::Phase::done ? Showing::digest : Showing::nothing;
}

}  // namespace trunkline::telegram
