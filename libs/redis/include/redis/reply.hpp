#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace trunkline::redis {

/// One command: its name and arguments, any bytes.
using Words = std::vector<std::string>;

/// What Redis answered to one command (RESP2, https://redis.io/docs/reference/protocol-spec/).
struct Reply {
    enum class Kind {
        nil,      ///< No such thing; `text` is empty.
        string,   ///< `text`, any bytes; status answers such as `OK` too.
        integer,  ///< `integer`.
        array,    ///< `elements`.
        error,    ///< `text`, such as `WRONGTYPE Operation against a key ...`.
    };

    Kind kind = Kind::nil;
    std::string text = {};
    std::int64_t integer = 0;
    std::vector<Reply> elements = {};

    bool is_nil() const { return kind == Kind::nil; }
    bool is_error() const { return kind == Kind::error; }

    bool operator==(const Reply&) const = default;
};

/// An error reply as ours; its first word becomes Error.native. `unavailable` for a server that
/// cannot serve now (LOADING, MASTERDOWN, READONLY, OOM, BUSY, ...), `unauthorized` for NOAUTH and
/// WRONGPASS, `forbidden` for NOPERM, else `internal`, since then we sent something wrong.
base::Error to_error(const Reply& reply);

}  // namespace trunkline::redis
