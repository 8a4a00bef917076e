#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "redis/reply.hpp"

namespace trunkline::redis {

/// The command as Redis reads it. REQUIRES: at least one word.
std::string encode(const Words& words);

/// Cuts a stream of bytes into replies, whatever the pieces in which it comes. What the peer sends
/// decides only how long that takes: size, number of elements and depth (hiredis: 7 arrays) are
/// bounded.
class Decoder {
public:
    Decoder(std::size_t max_reply_bytes, std::size_t max_reply_elements);
    ~Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    /// `too_large` if the reply that is being read is over the limit. After an error this decoder
    /// is of no use.
    base::Result<> feed(std::string_view bytes);

    /// The next whole reply; nothing if more bytes are needed. `malformed` or `too_large` as above.
    base::Result<std::optional<Reply>> next();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::redis
