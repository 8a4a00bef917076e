#pragma once

#include "api.hpp"
#include "call_steps.hpp"
#include "clicks.hpp"
#include "connector/service.hpp"
#include "settings.hpp"
#include "tokens.hpp"
#include "user_cache.hpp"

namespace trunkline::bitrix24 {

/// The connector to Bitrix24's REST API.
class Bitrix24 final : public connector::Connector {
public:
    Bitrix24(const connector::Parts& parts, const Settings& settings);

    asio::awaitable<connector::Answer> take(const connector::Step& step) override;
    asio::awaitable<base::Result<connector::Customer>> find_customer(
        connector::EnterprisePointer enterprise, std::string phone, net::Deadline deadline
    ) override;
    asio::awaitable<base::Result<std::vector<connector::Manager>>> managers(
        connector::EnterprisePointer enterprise, net::Deadline deadline
    ) override;
    asio::awaitable<base::Result<std::string>> test_connection(
        connector::EnterprisePointer enterprise, net::Deadline deadline
    ) override;

    /// What the portal posts to the enterprise's hooks. forbidden: it proves nothing;
    /// invalid_input: it is not whole.
    asio::awaitable<base::Result<>> take_event(
        connector::EnterprisePointer enterprise, HookForm form, net::Deadline deadline
    );

private:
    asio::awaitable<base::Result<>> install(connector::EnterprisePointer enterprise, HookForm form);
    /// So that the portal calls us when somebody clicks on a number.
    asio::awaitable<void> bind_events(
        connector::EnterprisePointer enterprise, Installation installation, net::Deadline deadline
    );
    base::Result<> check_proof(const tenants::Enterprise& enterprise, const HookForm& form) const;
    asio::awaitable<connector::Reply> look_up(
        Account account, std::string method, std::string parameters, net::Deadline deadline
    );

    connector::Parts parts_;
    std::string public_url_;
    Tokens tokens_;
    Api api_;
    UserCache users_;
    CallSteps steps_;
    Clicks clicks_;
    base::Logger logger_{"bitrix24"};
};

}  // namespace trunkline::bitrix24
