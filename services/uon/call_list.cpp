#include "call_list.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include "base/text.hpp"
#include "base/timezone.hpp"

namespace trunkline::uon {
namespace {

constexpr auto slack = std::chrono::hours(6);
constexpr std::string_view shape = "dddd-dd-dd dd:dd:dd";

std::string text_of(json::View object, std::string_view key) {
    const auto member = object.find(key);
    return member ? std::string(base::trim(member->scalar_text().value_or(""))) : std::string();
}

std::optional<std::string> start_of(const std::string& text) {
    auto start = text.substr(0, shape.size());
    if (start.size() > 10 && start[10] == 'T') {
        start[10] = ' ';
    }
    const bool fits =
        start.size() == shape.size() && std::ranges::equal(start, shape, [](char c, char s) {
            return s == 'd' ? c >= '0' && c <= '9' : c == s;
        });
    return fits ? std::optional(start) : std::nullopt;
}

std::optional<std::int64_t> number_in(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

/// Both are of the same cabinet, so any zone does.
std::optional<base::WallTime> moment(const std::string& start) {
    const auto time = base::parse_local_time(start, "UTC");
    return time ? std::optional(*time) : std::nullopt;
}

bool is_newest_first(const std::vector<ListedCall>& page) {
    const auto first = number_in(page.front().id);
    const auto last = number_in(page.back().id);
    return first && last ? *first >= *last : page.front().start >= page.back().start;
}

}  // namespace

base::Result<std::vector<ListedCall>> calls_in(json::View root) {
    std::vector<ListedCall> calls;
    for (const auto& [key, value] : root.members()) {
        if (!value.is_array()) {
            continue;
        }
        for (const auto item : value.elements()) {
            ListedCall call;
            call.id = text_of(item, "id");
            call.phone = base::digits_of(text_of(item, "phone"));
            call.direction = text_of(item, "direction");
            call.duration = text_of(item, "duration");
            const auto start = start_of(text_of(item, "start"));
            if (!start || !item.find("phone")) {
                return base::fail(
                    base::Errc::malformed, "a row of U-ON's call list has no phone or start"
                );
            }
            call.start = *start;
            calls.push_back(std::move(call));
        }
        break;
    }
    return calls;
}

bool is_row_of(const ListedCall& row, const CallRecord& record) {
    return row.phone == record.phone && row.start == record.start &&
           (row.direction.empty() || number_in(row.direction) == record.direction) &&
           (row.duration.empty() || number_in(row.duration) == record.duration);
}

bool is_beyond(const std::vector<ListedCall>& page, const CallRecord& record) {
    const auto ours = moment(record.start);
    if (page.empty() || !ours || !is_newest_first(page)) {
        return page.empty();
    }
    return std::ranges::all_of(page, [&](const ListedCall& row) {
        const auto theirs = moment(row.start);
        return theirs && *theirs < *ours - slack;
    });
}

}  // namespace trunkline::uon
