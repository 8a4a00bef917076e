#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "response_reader.hpp"

namespace {

using trunkline::httpc::Response;
using trunkline::httpc::ResponseReader;

constexpr std::size_t max_body = 4096;

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

std::optional<Response> read(std::string_view bytes, std::size_t piece, bool to_head) {
    ResponseReader reader(to_head, max_body);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto done = reader.feed(bytes.substr(at, piece));
        if (!done) {
            return std::nullopt;
        }
        if (*done) {
            return reader.take();
        }
    }
    if (!reader.finish()) {
        return std::nullopt;
    }
    return reader.take();
}

}  // namespace

// The first byte chooses how the rest is cut into pieces. However it is cut, the same answer must
// come out.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const bool to_head = (data[0] & 1U) != 0;
    const std::size_t piece = std::max<std::size_t>(1, data[0] / 2);
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto cut = read(bytes, piece, to_head);
    const auto whole = read(bytes, std::max<std::size_t>(1, bytes.size()), to_head);
    if (cut && whole) {
        require(
            cut->status == whole->status && cut->body == whole->body &&
            cut->headers == whole->headers
        );
    }
    for (const auto* response : {cut ? &*cut : nullptr, whole ? &*whole : nullptr}) {
        if (response != nullptr) {
            require(
                response->body.size() <= max_body && response->status >= 100 &&
                response->status < 1000
            );
        }
    }
    return 0;
}
