#pragma once

#include <string>

#include "api.hpp"
#include "connector/call_notes.hpp"
#include "connector/connector.hpp"
#include "connector/pbx_gateway.hpp"
#include "hook_form.hpp"
#include "user_cache.hpp"

namespace trunkline::bitrix24 {

/// Calls that somebody in the portal asks for: placed by pbx-gateway, and noted, so that the dial
/// which follows takes the CALL_ID that the portal has for it. One executor.
class Clicks {
public:
    Clicks(Api& api, UserCache& users, connector::CallNotes& notes, connector::PbxGateway& pbx)
        : api_(api), users_(users), notes_(notes), pbx_(pbx) {}

    /// ONEXTERNALCALLSTART: a user clicked on a number; the portal has registered the call.
    asio::awaitable<void> start(
        connector::EnterprisePointer enterprise, Account account, HookForm form, net::Deadline until
    );
    /// ONEXTERNALCALLBACKSTART: somebody wants to be called back; we register the call. The one who
    /// is responsible for the number calls, else the default user.
    asio::awaitable<void> call_back(
        connector::EnterprisePointer enterprise, Account account, HookForm form, net::Deadline until
    );

private:
    struct Wish {
        connector::EnterprisePointer enterprise;
        Account account;
        std::int64_t user = 0;
        std::string extension;
        std::string phone;  ///< `+375296254070`
        std::string line;   ///< Digits, may be empty.
        std::string call_id;
        std::int64_t type = 1;
        net::Deadline until;
    };
    /// Notes the call, then has it placed; if it cannot be, it is finished at once.
    asio::awaitable<void> place(Wish wish);
    asio::awaitable<void> give_up(const Wish& wish, const base::Error& error);
    asio::awaitable<std::int64_t> caller_back(const Wish& wish);
    asio::awaitable<std::string> register_callback(const Wish& wish);
    asio::awaitable<connector::Reply> send(
        const Wish& wish, const std::string& method, std::string parameters
    );

    Api& api_;
    UserCache& users_;
    connector::CallNotes& notes_;
    connector::PbxGateway& pbx_;
    base::Logger logger_{"bitrix24.clicks"};
};

}  // namespace trunkline::bitrix24
