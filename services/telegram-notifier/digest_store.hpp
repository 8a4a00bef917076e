#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "digest.hpp"
#include "pg/pool.hpp"

namespace trunkline::telegram {

/// A chat's digest that this process may send until its lease ends.
struct ClaimedDigest {
    std::string enterprise;
    std::int64_t chat = 0;
    std::int64_t bot = 0;
    std::int64_t epoch = 0;
    int attempts = 0;
    bool outcome_unknown = false;  ///< It was sent before and nobody knows what became of it.
    std::vector<DigestItem> items;
};

/// Calls that chats hear of later, in one message each. Several processes may work on it: a claim
/// is fenced by its epoch.
class DigestStore {
public:
    explicit DigestStore(pg::Pool& pool) : pool_(pool) {}

    /// An ended call for the chat's next digest, which goes out at `due` or with what is due
    /// before. The same call again replaces its line; one that was told already stays told.
    asio::awaitable<base::Result<>> add(
        const std::string& enterprise,
        std::int64_t chat,
        std::int64_t bot,
        const DigestItem& item,
        base::WallTime due
    );
    /// Whether the chat's digest has this call, told or not.
    asio::awaitable<base::Result<bool>> has(
        std::string enterprise, std::int64_t chat, std::string call_uuid
    );

    asio::awaitable<base::Result<std::vector<ClaimedDigest>>> claim(
        int limit, std::chrono::milliseconds lease
    );
    /// Its items were told.
    asio::awaitable<base::Result<>> told(const ClaimedDigest& digest);
    asio::awaitable<base::Result<>> postpone(
        const ClaimedDigest& digest, std::chrono::milliseconds pause, bool outcome_unknown
    );
    /// Nobody is there to hear it.
    asio::awaitable<base::Result<>> drop(const ClaimedDigest& digest);

private:
    asio::awaitable<base::Result<>> change(std::vector<pg::Query> queries);

    pg::Pool& pool_;
};

}  // namespace trunkline::telegram
