#pragma once

#include <map>
#include <optional>
#include <string>

#include "account.hpp"
#include "connector/crm_client.hpp"
#include "tokens.hpp"

namespace trunkline::bitrix24 {

/// One method of Bitrix24's REST API to be called.
struct Command {
    std::string method;      ///< `telephony.externalCall.register`
    std::string parameters;  ///< A JSON object.
    connector::Priority priority = connector::Priority::record;
    bool repeatable = false;
    std::chrono::milliseconds timeout{8'000};  ///< Of one try.
    net::Deadline until;                       ///< Of everything.
};

/// Calls methods in an enterprise's portal: with its token, renewed once when it has run out; at
/// the portal's new address, once, when it was renamed; not at all while a method has no time left.
/// One executor.
class Api {
public:
    Api(connector::CrmClient& crm, Tokens& tokens) : crm_(crm), tokens_(tokens) {}

    /// `subject`: nothing for look-ups.
    asio::awaitable<connector::Reply> call(
        Account account, Command command, std::optional<connector::Subject> subject
    );

private:
    asio::awaitable<connector::Reply> send(
        const Account& account,
        const Command& command,
        const std::optional<connector::Subject>& subject
    );
    /// The account at its new address; false: there is none to be had.
    asio::awaitable<bool> follow(
        Account& account, const Command& command, const connector::Reply& reply
    );
    /// What is left of the method's pause; zero if there is none.
    std::chrono::milliseconds paused_for(const Account& account, const std::string& method);

    connector::CrmClient& crm_;
    Tokens& tokens_;
    base::Logger logger_{"bitrix24.api"};
    std::map<std::string, std::string> moved_;     ///< Old address to new one.
    std::map<std::string, net::Deadline> paused_;  ///< By portal and method.
};

}  // namespace trunkline::bitrix24
