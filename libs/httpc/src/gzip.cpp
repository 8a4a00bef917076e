#include "gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"

namespace trunkline::httpc {
namespace {

/// A header and trailer of RFC 1952 are demanded: 15 is the largest window, 16 says gzip.
constexpr int gzip_window = 15 + 16;
constexpr std::size_t least_room = 4096;

class Inflater {
public:
    explicit Inflater(std::string_view packed) {
        if (packed.size() > std::numeric_limits<uInt>::max()) {
            throw std::length_error("a compressed answer of 4 GiB");
        }
        // zlib's interface knows no const; it does not write there.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
        stream_.avail_in = static_cast<uInt>(packed.size());
        if (inflateInit2(&stream_, gzip_window) != Z_OK) {
            throw std::runtime_error("zlib cannot start");
        }
    }
    ~Inflater() { inflateEnd(&stream_); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// Fills `room`; how much of it was filled is told by `filled`. The code is zlib's.
    int fill(char* room, std::size_t size, std::size_t& filled) {
        stream_.next_out = reinterpret_cast<Bytef*>(room);
        stream_.avail_out = static_cast<uInt>(size);
        const int code = inflate(&stream_, Z_NO_FLUSH);
        filled = size - stream_.avail_out;
        return code;
    }
    bool is_empty() const { return stream_.avail_in == 0; }
    bool begin_next_member() { return inflateReset2(&stream_, gzip_window) == Z_OK; }

private:
    z_stream stream_{};
};

}  // namespace

base::Result<std::string> gunzip(std::string_view packed, std::size_t max_bytes) {
    Inflater inflater(packed);
    std::string plain;
    for (;;) {
        const auto size = plain.size();
        // One byte more than is allowed, so that what is over the limit shows.
        const auto room = std::min(std::max(least_room, size), max_bytes - size + 1);
        std::size_t filled = 0;
        plain.resize(size + room);
        const int code = inflater.fill(plain.data() + size, room, filled);
        plain.resize(size + filled);
        if (plain.size() > max_bytes) {
            return base::fail(base::Errc::too_large, "the answer is over a size limit");
        }
        if (code == Z_STREAM_END && inflater.is_empty()) {
            return plain;
        }
        if (code == Z_STREAM_END && inflater.begin_next_member()) {
            continue;
        }
        if (code != Z_OK || (inflater.is_empty() && filled < room)) {
            return base::fail(base::Errc::malformed, "the answer is not the gzip it says it is");
        }
    }
}

base::Result<> unpack(Response& response, std::size_t max_bytes) {
    const auto coding = base::to_lower_ascii(base::trim(response.header("Content-Encoding")));
    if (coding.empty() || coding == "identity" || response.body.empty()) {
        return {};
    }
    if (coding != "gzip" && coding != "x-gzip") {
        return base::fail(
            base::Errc::malformed, "the answer came in a coding that was not offered"
        );
    }
    auto plain = gunzip(response.body, max_bytes);
    if (!plain) {
        return std::unexpected(std::move(plain.error()));
    }
    response.body = std::move(*plain);
    std::erase_if(response.headers, [](const auto& header) {
        return base::equals_ignoring_case(header.first, "Content-Encoding") ||
               base::equals_ignoring_case(header.first, "Content-Length");
    });
    return {};
}

}  // namespace trunkline::httpc
