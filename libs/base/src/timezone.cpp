#include "base/timezone.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <stdexcept>

#include "civil_time.hpp"

namespace trunkline::base {
namespace {

/// Null for a name that the database does not have. Zones live as long as the process.
const date::time_zone* find_zone(std::string_view name) {
    try {
        return date::locate_zone(name);
    } catch (const std::runtime_error&) {
        return nullptr;
    }
}

std::unexpected<Error> unknown_zone(std::string_view name) {
    return fail(
        Errc::invalid_input,
        fmt::format("\"{}\" is not a known time zone such as Europe/Minsk", name)
    );
}

}  // namespace

bool is_known_timezone(std::string_view zone) { return find_zone(zone) != nullptr; }

Result<WallTime> parse_local_time(std::string_view text, std::string_view zone) {
    const auto* const found = find_zone(zone);
    if (found == nullptr) {
        return unknown_zone(zone);
    }
    auto rest = text;
    const auto civil = detail::take_civil_time(rest);
    if (!civil || !rest.empty()) {
        return fail(Errc::invalid_input, "is not a time such as 2025-10-01 14:23:45");
    }
    const date::local_time<std::chrono::microseconds> local(civil->time_since_epoch());
    // choose::earliest does both: the earlier of two moments, and the change itself for a skipped
    // hour.
    return WallTime(found->to_sys(local, date::choose::earliest).time_since_epoch());
}

Result<std::string> format_local_time(WallTime time, std::string_view zone) {
    const auto* const found = find_zone(zone);
    if (found == nullptr) {
        return unknown_zone(zone);
    }
    const auto local = found->to_local(std::chrono::floor<std::chrono::seconds>(time));
    const auto day = date::floor<date::days>(local);
    const date::year_month_day date(day);
    const date::hh_mm_ss clock(local - day);
    return fmt::format(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        clock.hours().count(),
        clock.minutes().count(),
        clock.seconds().count()
    );
}

}  // namespace trunkline::base
