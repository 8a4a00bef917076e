#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ami/parser.hpp"

namespace {

using trunkline::ami::Limits;
using trunkline::ami::Message;
using trunkline::ami::Parser;
using trunkline::ami::StoredMessage;

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void append(std::string& text, const Message& message) {
    text += static_cast<char>('0' + static_cast<int>(message.kind()));
    text += message.is_cut() ? '!' : '.';
    for (std::size_t i = 0; i < message.size(); ++i) {
        text += message[i].name;
        text += '\0';
        text += message[i].value;
        text += '\n';
    }
    text += message.name();
}

std::string read(std::string_view bytes, std::size_t piece, Limits limits) {
    Parser parser(limits);
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        parser.feed(bytes.substr(at, piece));
        while (const auto message = parser.next()) {
            append(text, *message);
            std::string stored;
            append(stored, StoredMessage(*message).view());
            require(text.ends_with(stored));
            require(message->size() <= limits.headers);
        }
    }
    require(parser.capacity() < 200'000 + 4 * bytes.size());
    return text;
}

}  // namespace

// The first byte chooses how the rest is cut into pieces, and how tight the limits are. However it
// is cut, the same messages must come out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const Limits limits = (data[0] & 1U) != 0
                              ? Limits{.line_bytes = 40, .message_bytes = 200, .headers = 8}
                              : Limits{};
    const std::size_t piece = std::max<std::size_t>(1, data[0] / 2);
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    require(
        read(bytes, piece, limits) == read(bytes, std::max<std::size_t>(1, bytes.size()), limits)
    );
    return 0;
}
