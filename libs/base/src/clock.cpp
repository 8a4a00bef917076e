#include "base/clock.hpp"

#include <fmt/format.h>

#include <optional>

#include "civil_time.hpp"

namespace trunkline::base {
namespace detail {

std::optional<int> take_digits(std::string_view& rest, std::size_t count) {
    if (rest.size() < count) {
        return std::nullopt;
    }
    int value = 0;
    for (const char c : rest.substr(0, count)) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    rest.remove_prefix(count);
    return value;
}

bool take_one_of(std::string_view& rest, std::string_view allowed) {
    if (rest.empty() || allowed.find(rest.front()) == std::string_view::npos) {
        return false;
    }
    rest.remove_prefix(1);
    return true;
}

namespace {

std::optional<std::chrono::local_days> take_date(std::string_view& rest) {
    const auto year = take_digits(rest, 4);
    if (!year || !take_one_of(rest, "-")) {
        return std::nullopt;
    }
    const auto month = take_digits(rest, 2);
    if (!month || !take_one_of(rest, "-")) {
        return std::nullopt;
    }
    const auto day = take_digits(rest, 2);
    if (!day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{
        std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(*month)),
        std::chrono::day(static_cast<unsigned>(*day))
    };
    if (!date.ok()) {
        return std::nullopt;
    }
    return std::chrono::local_days(date);
}

std::optional<std::chrono::seconds> take_time_of_day(std::string_view& rest) {
    const auto hour = take_digits(rest, 2);
    if (!hour || *hour > 23 || !take_one_of(rest, ":")) {
        return std::nullopt;
    }
    const auto minute = take_digits(rest, 2);
    if (!minute || *minute > 59 || !take_one_of(rest, ":")) {
        return std::nullopt;
    }
    const auto second = take_digits(rest, 2);
    if (!second || *second > 60) {
        return std::nullopt;
    }
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

}  // namespace

std::optional<CivilTime> take_civil_time(std::string_view& rest) {
    const auto date = take_date(rest);
    if (!date || !take_one_of(rest, "Tt ")) {
        return std::nullopt;
    }
    const auto time = take_time_of_day(rest);
    if (!time) {
        return std::nullopt;
    }
    return CivilTime(*date) + *time;
}

}  // namespace detail

namespace {

class SystemClock final : public Clock {
public:
    WallTime now() const override {
        return std::chrono::time_point_cast<std::chrono::microseconds>(
            std::chrono::system_clock::now()
        );
    }
    SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

/// What can be written with four digits, and what PostgreSQL counts alike.
constexpr WallTime first_moment =
    std::chrono::sys_days(std::chrono::year(1) / std::chrono::January / 1);
constexpr WallTime last_moment =
    std::chrono::sys_days(std::chrono::year(10000) / std::chrono::January / 1) -
    std::chrono::microseconds(1);

/// `.5` to `.123456789`; what is finer than microseconds is cut off. No point at all is zero.
std::optional<std::chrono::microseconds> take_fraction(std::string_view& rest) {
    if (!detail::take_one_of(rest, ".")) {
        return std::chrono::microseconds(0);
    }
    std::int64_t micros = 0;
    std::size_t digits = 0;
    for (; digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9'; ++digits) {
        if (digits < 6) {
            micros = micros * 10 + (rest[digits] - '0');
        }
    }
    if (digits == 0 || digits > 9) {
        return std::nullopt;
    }
    for (std::size_t missing = digits; missing < 6; ++missing) {
        micros *= 10;
    }
    rest.remove_prefix(digits);
    return std::chrono::microseconds(micros);
}

/// `Z`, `+03:00` or `+0300`.
std::optional<std::chrono::minutes> take_offset(std::string_view& rest) {
    if (detail::take_one_of(rest, "Zz")) {
        return std::chrono::minutes(0);
    }
    const bool negative = rest.starts_with('-');
    if (!detail::take_one_of(rest, "+-")) {
        return std::nullopt;
    }
    const auto hours = detail::take_digits(rest, 2);
    detail::take_one_of(rest, ":");
    const auto minutes = detail::take_digits(rest, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) {
        return std::nullopt;
    }
    const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
    return negative ? -offset : offset;
}

}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

std::string format_iso8601(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    // Several for each event that is stored, and fmt's own reading of its format took most of it.
    if (const auto year = static_cast<int>(date.year()); year >= 0 && year <= 9999) {
        std::string text = "0000-00-00T00:00:00.000000Z";
        const auto put = [&text](std::size_t at, std::size_t width, unsigned value) {
            for (; width > 0; --width, value /= 10) {
                text[at + width - 1] = static_cast<char>('0' + value % 10);
            }
        };
        put(0, 4, static_cast<unsigned>(year));
        put(5, 2, static_cast<unsigned>(date.month()));
        put(8, 2, static_cast<unsigned>(date.day()));
        put(11, 2, static_cast<unsigned>(clock.hours().count()));
        put(14, 2, static_cast<unsigned>(clock.minutes().count()));
        put(17, 2, static_cast<unsigned>(clock.seconds().count()));
        put(20, 6, static_cast<unsigned>(clock.subseconds().count()));
        return text;
    }
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        clock.hours().count(),
        clock.minutes().count(),
        clock.seconds().count(),
        clock.subseconds().count()
    );
}

Result<WallTime> parse_iso8601(std::string_view text) {
    auto rest = text;
    const auto civil = detail::take_civil_time(rest);
    const auto fraction = civil ? take_fraction(rest) : std::nullopt;
    if (!civil || !fraction) {
        return fail(Errc::invalid_input, "is not a time such as 2025-10-01T14:23:45+03:00");
    }
    if (rest.empty()) {
        return fail(Errc::invalid_input, "has no time zone, such as Z or +03:00");
    }
    const auto offset = take_offset(rest);
    if (!offset || !rest.empty()) {
        return fail(Errc::invalid_input, "does not end in a time zone such as Z or +03:00");
    }
    const WallTime time(civil->time_since_epoch() + *fraction - *offset);
    if (time < first_moment || time > last_moment) {
        return fail(Errc::invalid_input, "is not in the years 1 to 9999 (UTC)");
    }
    return time;
}

}  // namespace trunkline::base
