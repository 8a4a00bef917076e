#include "call_patterns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace trunkline::bench {
namespace {

using Slot = EventTemplate::Slot;
using Kind = EventTemplate::Slot::Kind;

struct Placeholder {
    std::string_view name;
    Kind kind;
    std::size_t width;
};
constexpr std::array placeholders{
    Placeholder{"@token@", Kind::token, 12},
    Placeholder{"@first@", Kind::first, 20},
    Placeholder{"@second@", Kind::second, 20},
    Placeholder{"@phone@", Kind::phone, 12},
    Placeholder{"@bridge@", Kind::bridge, 36},
    Placeholder{"@line@", Kind::line, 7},
    Placeholder{"@ext@", Kind::ext, 3},
    Placeholder{"@ext2@", Kind::ext2, 3},
    Placeholder{"@chan@", Kind::chan, 8},
};

constexpr std::uint64_t first_token = 375290000000;
constexpr std::uint64_t first_phone = 375440000000;
constexpr std::uint64_t customers = 1000000;
constexpr std::uint64_t epoch = 1760000000;

void put_number(char* at, std::size_t width, std::uint64_t value, unsigned base) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = width; i-- > 0; value /= base) {
        at[i] = digits[value % base];
    }
}

// "<epoch>.<n>": the run makes the epoch, the call the number behind the point.
void put_unique_id(char* at, const CallValues& values, std::uint64_t channel) {
    put_number(at, 10, epoch + values.run, 10);
    at[10] = '.';
    put_number(at + 11, 9, values.number * 2 + channel, 10);
}

void put_uuid(char* at, const CallValues& values) {
    put_number(at, 8, values.run, 16);
    std::copy_n("-0000-4000-8000-", 16, at + 8);
    put_number(at + 24, 12, values.number, 16);
}

void put(const Slot& slot, const CallValues& values, char* at) {
    // A spread that is no pattern, yet the same in every run.
    const auto mixed = values.number * 2654435761U;
    switch (slot.kind) {
        case Kind::token:
            return put_number(at, 12, first_token + values.enterprise, 10);
        case Kind::first:
            return put_unique_id(at, values, 0);
        case Kind::second:
            return put_unique_id(at, values, 1);
        case Kind::phone:
            return put_number(at, 12, first_phone + (mixed % customers), 10);
        case Kind::bridge:
            return put_uuid(at, values);
        case Kind::line:
            return put_number(at, 7, 1360 + (values.number % 4), 10);
        case Kind::ext:
            return put_number(at, 3, 150 + (mixed % 20), 10);
        case Kind::ext2:
            return put_number(at, 3, 170 + (mixed % 20), 10);
        case Kind::chan:
            return put_number(at, 8, values.number, 16);
    }
}

// Replaces the names by room of their values' width and notes where that is.
base::Result<std::vector<Slot>> make_room(std::string& text) {
    std::vector<Slot> slots;
    for (auto at = text.find('@'); at != std::string::npos; at = text.find('@', at)) {
        const auto found = std::ranges::find_if(placeholders, [&](const Placeholder& each) {
            return std::string_view(text).substr(at).starts_with(each.name);
        });
        if (found == placeholders.end()) {
            return base::fail(
                base::Errc::not_found, "no placeholder begins at " + text.substr(at, 12)
            );
        }
        text.replace(at, found->name.size(), std::string(found->width, '0'));
        slots.push_back({found->kind, at});
    }
    return slots;
}

}  // namespace

std::string token_of(std::uint32_t enterprise) {
    return fmt::format("{}", first_token + enterprise);
}

base::Result<EventTemplate> EventTemplate::parse(std::string_view event, std::string_view body) {
    std::string room(body);
    const auto measured = make_room(room);
    if (!measured) {
        return std::unexpected(measured.error());
    }
    EventTemplate out;
    out.request_ = fmt::format(
        "POST /{} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUser-Agent: asterisk-libcurl-agent/1.0\r\n"
        "Accept: */*\r\nContent-Type: application/json\r\nToken: @token@\r\n"
        "Content-Length: {}\r\n\r\n{}",
        event,
        room.size(),
        body
    );
    auto slots = make_room(out.request_);
    if (!slots) {
        return std::unexpected(slots.error());
    }
    out.slots_ = std::move(*slots);
    return out;
}

EventTemplate EventTemplate::get(std::string_view path) {
    EventTemplate out;
    out.request_ =
        fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1:8020\r\nAccept: */*\r\n\r\n", path);
    return out;
}

void EventTemplate::render(const CallValues& values, std::string& out) const {
    out = request_;
    for (const auto& slot : slots_) {
        put(slot, values, out.data() + slot.at);
    }
}

base::Result<std::vector<CallPattern>> parse_patterns(std::string_view text) {
    std::vector<CallPattern> patterns;
    CallPattern current;
    std::size_t number = 0;
    const auto finish = [&] {
        if (!current.empty()) {
            patterns.push_back(std::exchange(current, {}));
        }
    };
    while (!text.empty()) {
        ++number;
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.starts_with('#')) {
            continue;
        }
        if (line.empty()) {
            finish();
            continue;
        }
        if (line.starts_with("GET /")) {
            current.push_back(EventTemplate::get(line.substr(4)));
            continue;
        }
        const auto space = line.find(' ');
        if (space == std::string_view::npos) {
            return base::fail(
                base::Errc::invalid_input, fmt::format("line {}: no body behind the event", number)
            );
        }
        auto event = EventTemplate::parse(line.substr(0, space), line.substr(space + 1));
        if (!event) {
            return base::fail(
                base::Errc::invalid_input, fmt::format("line {}: {}", number, event.error().detail)
            );
        }
        current.push_back(std::move(*event));
    }
    finish();
    return patterns;
}

}  // namespace trunkline::bench
