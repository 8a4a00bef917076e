#pragma once

#include <expected>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "api.hpp"
#include "mapping.hpp"
#include "net/event.hpp"

namespace trunkline::bitrix24 {

/// The users of each enterprise's portal, read once and kept for ten minutes. One executor.
class UserCache {
public:
    UserCache(asio::any_io_executor executor, Api& api)
        : api_(api), changed_(std::move(executor)) {}

    using Pointer = std::shared_ptr<const Users>;
    using Found = std::expected<Pointer, connector::Verdict>;

    /// `wanted`: extensions that somebody needs; an unknown one makes it look again, at most once a
    /// minute. Old users serve while the portal does not answer.
    asio::awaitable<Found> users_of(
        Account account, std::vector<std::string> wanted, net::Deadline until
    );
    /// They are not what we think: read them anew at the next need.
    void forget(const std::string& enterprise) { known_.erase(enterprise); }

private:
    struct Entry {
        Pointer users;
        net::Deadline read_at;
        std::string portal;
    };
    bool is_good(const Entry& entry, const std::vector<std::string>& wanted) const;
    asio::awaitable<Found> read(Account account, net::Deadline until);

    Api& api_;
    std::map<std::string, Entry> known_;  ///< By enterprise.
    std::set<std::string> under_way_;
    net::Event changed_;
};

}  // namespace trunkline::bitrix24
