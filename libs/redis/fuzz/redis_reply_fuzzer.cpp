#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "codec.hpp"

namespace {

using trunkline::redis::Decoder;
using trunkline::redis::Reply;

constexpr std::size_t max_bytes = 4096;
constexpr std::size_t max_elements = 256;

struct Decoded {
    std::vector<Reply> replies;
    bool failed = false;

    bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view bytes, std::size_t piece) {
    Decoder decoder(max_bytes, max_elements);
    Decoded result;
    while (!bytes.empty() && !result.failed) {
        const auto part = bytes.substr(0, piece);
        bytes.remove_prefix(part.size());
        if (!decoder.feed(part)) {
            result.failed = true;
            break;
        }
        while (true) {
            auto reply = decoder.next();
            result.failed = !reply;
            if (result.failed || !*reply) {
                break;
            }
            result.replies.push_back(std::move(**reply));
        }
    }
    return result;
}

std::size_t size_of(const Reply& reply) {
    std::size_t size = reply.text.size();
    for (const auto& element : reply.elements) {
        size += size_of(element);
    }
    return size;
}

}  // namespace

// The first byte is the size of the pieces in which the rest comes. However it comes, the replies
// are the same, and none is over the limit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = decode(bytes, bytes.size());
    const auto pieces = decode(bytes, std::size_t{data[0]} % 64 + 1);
    for (const auto& reply : whole.replies) {
        if (size_of(reply) > max_bytes) {
            std::abort();
        }
    }
    // How much a broken stream yields before its error may depend on the pieces; a whole one must
    // not.
    if (!whole.failed && !pieces.failed && whole != pieces) {
        std::abort();
    }
    return 0;
}
