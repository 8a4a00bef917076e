#include "digest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/timezone.hpp"
#include "bot_texts.hpp"

namespace trunkline::telegram {
namespace {

// Telegram's limit is 4096 characters after parsing, and long texts reach the limits of sending
// sooner.
constexpr std::size_t max_length = 3500;
constexpr std::size_t max_line = 900;

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

/// Date and time where the digest spans several days, else the time alone.
std::string clock_of(base::WallTime time, std::string_view timezone, bool with_date) {
    const auto local = base::format_local_time(time, timezone);
    if (!local) {
        return base::format_iso8601(time).substr(11, 5);
    }
    const auto clock = local->substr(11, 5);
    return with_date ? local->substr(8, 2) + "." + local->substr(5, 2) + " " + clock : clock;
}

std::string line_of(const DigestItem& item, std::string_view timezone, bool with_date) {
    auto text = item.text;
    std::ranges::replace(text, '\n', ' ');
    return clock_of(item.ended_at, timezone, with_date) + " " + text;
}

bool spans_days(const std::vector<DigestItem>& items, std::string_view timezone) {
    const auto day = [timezone](base::WallTime time) {
        return base::format_local_time(time, timezone).value_or("          ").substr(0, 10);
    };
    return day(items.front().ended_at) != day(items.back().ended_at);
}

/// Which items there is room for: missed calls first, then the youngest.
std::vector<bool> chosen(
    const std::vector<DigestItem>& items, const std::vector<std::string>& lines, std::size_t room
) {
    std::vector<bool> out(items.size(), false);
    for (const bool answered : {false, true}) {
        for (std::size_t i = items.size(); i-- > 0;) {
            const auto cost = characters(lines[i]) + 1;
            if (items[i].answered != answered || cost > max_line || cost > room) {
                continue;
            }
            out[i] = true;
            room -= cost;
        }
    }
    return out;
}

}  // namespace

std::string digest_text(
    std::vector<DigestItem> items, call::Language language, std::string_view timezone
) {
    if (items.empty()) {
        return {};
    }
    std::ranges::sort(items, {}, &DigestItem::ended_at);
    const auto missed = std::ranges::count(items, false, &DigestItem::answered);
    const auto& texts = bot_texts(language);
    auto out = fmt::format("{}\n", fmt::format(fmt::runtime(texts.digest), items.size(), missed));
    const bool with_date = spans_days(items, timezone);
    std::vector<std::string> lines;
    lines.reserve(items.size());
    for (const auto& item : items) {
        lines.push_back(line_of(item, timezone, with_date));
    }
    const auto shown = chosen(items, lines, max_length - characters(out));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (shown[i]) {
            out += "\n" + lines[i];
        }
    }
    const auto left = std::ranges::count(shown, false);
    if (left > 0) {
        out += fmt::format("\n{}", fmt::format(fmt::runtime(texts.digest_more), left));
    }
    return out;
}

}  // namespace trunkline::telegram
