#include "ami/message.hpp"

#include <algorithm>
#include <cstring>

#include "ascii.hpp"

namespace trunkline::ami {

Header Message::operator[](std::size_t index) const {
    const Line& line = lines_[index];
    const std::string_view value(text_ + line.value, line.value_size);
    if (line.name == Line::output) {
        return {"Output", value};
    }
    return {std::string_view(text_ + line.name, line.name_size), value};
}

std::optional<std::string_view> Message::find(std::string_view name) const {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        // Most names differ in length, which costs nothing to see.
        if (lines_[i].name_size != name.size() && lines_[i].name != Line::output) {
            continue;
        }
        const Header header = (*this)[i];
        if (equals_ascii(header.name, name)) {
            return header.value;
        }
    }
    return std::nullopt;
}

std::string_view Message::name() const {
    switch (kind_) {
        case Kind::event:
            return get("Event");
        case Kind::response:
            return get("Response");
        case Kind::banner:
            return (*this)[0].value;
        case Kind::other:
            break;
    }
    return "";
}

bool Message::is(std::string_view wanted) const { return equals_ascii(name(), wanted); }

// Only what the lines refer to is copied, so that the gaps of a cut message cost nothing.
StoredMessage::StoredMessage(const Message& message)
    : kind_(message.kind()), is_cut_(message.is_cut()) {
    std::size_t bytes = 0;
    for (const Line& line : message.lines_) {
        bytes += line.value_size + (line.name == Line::output ? 0 : line.name_size);
    }
    text_.reserve(bytes);
    lines_.reserve(message.lines_.size());
    for (Line line : message.lines_) {
        if (line.name != Line::output) {
            const auto at = static_cast<std::uint32_t>(text_.size());
            text_.append(message.text_ + line.name, line.name_size);
            line.name = at;
        }
        const auto at = static_cast<std::uint32_t>(text_.size());
        text_.append(message.text_ + line.value, line.value_size);
        line.value = at;
        lines_.push_back(line);
    }
}

}  // namespace trunkline::ami
