#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::ami {

struct Header {
    std::string_view name;
    std::string_view value;
};

/// Where a line's name and value lie, counted from the message's first byte.
struct Line {
    /// As `name`: a line of old-style command output, whose name is `Output`.
    static constexpr std::uint32_t output = 0xffffffff;

    std::uint32_t name = 0;
    std::uint32_t name_size = 0;
    std::uint32_t value = 0;
    std::uint32_t value_size = 0;
};

/// One message as it came: headers in their order, repeated ones kept, bytes untouched (they need
/// not be UTF-8). A view: it lasts as long as what it was got from says. The line of a banner, and
/// a line without a colon, have an empty name.
class Message {
public:
    enum class Kind { banner, event, response, other };

    Message(const char* text, std::span<const Line> lines, Kind kind, bool is_cut)
        : text_(text), lines_(lines), kind_(kind), is_cut_(is_cut) {}

    Kind kind() const { return kind_; }
    /// A line was too long, or there were too many: what fitted is here.
    bool is_cut() const { return is_cut_; }
    std::size_t size() const { return lines_.size(); }
    Header operator[](std::size_t index) const;

    /// The first header of that name, in any case: Asterisk writes Uniqueid and UniqueID.
    std::optional<std::string_view> find(std::string_view name) const;
    /// The same; "" if there is none.
    std::string_view get(std::string_view name) const { return find(name).value_or(""); }

    /// The event's name, the response's word (`Success`), the banner; "" for others.
    std::string_view name() const;
    /// Whether the event or response is called so, in any case.
    bool is(std::string_view name) const;

private:
    friend class StoredMessage;

    const char* text_;
    std::span<const Line> lines_;
    Kind kind_;
    bool is_cut_;
};

/// A message that is kept: two allocations.
class StoredMessage {
public:
    explicit StoredMessage(const Message& message);

    /// Lasts as long as this object stays where it is.
    Message view() const { return {text_.data(), lines_, kind_, is_cut_}; }
    std::size_t bytes() const { return text_.size(); }

private:
    std::string text_;
    std::vector<Line> lines_;
    Message::Kind kind_;
    bool is_cut_;
};

}  // namespace trunkline::ami
