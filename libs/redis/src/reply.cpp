#include "redis/reply.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace trunkline::redis {
namespace {

base::Errc code_of(std::string_view word) {
    constexpr std::array<std::string_view, 10> not_now = {
        "LOADING",
        "MASTERDOWN",
        "READONLY",
        "OOM",
        "BUSY",
        "TRYAGAIN",
        "CLUSTERDOWN",
        "MISCONF",
        "NOREPLICAS",
        "UNBLOCKED"
    };
    if (std::ranges::find(not_now, word) != not_now.end()) {
        return base::Errc::unavailable;
    }
    if (word == "NOAUTH" || word == "WRONGPASS") {
        return base::Errc::unauthorized;
    }
    return word == "NOPERM" ? base::Errc::forbidden : base::Errc::internal;
}

}  // namespace

base::Error to_error(const Reply& reply) {
    // Redis quotes arguments in some messages; a name of a key is enough of them for a log.
    constexpr std::size_t max_detail = 200;
    const auto word = reply.text.substr(0, reply.text.find(' '));
    base::Error error;
    error.code = code_of(word);
    error.detail = "Redis says: " + reply.text.substr(0, max_detail);
    error.native = word.substr(0, max_detail);
    return error;
}

}  // namespace trunkline::redis
