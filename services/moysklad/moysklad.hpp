#pragma once

#include "api.hpp"
#include "call_steps.hpp"
#include "connector/service.hpp"
#include "look_ups.hpp"
#include "settings.hpp"

namespace trunkline::moysklad {

/// The mapping to MoySklad (contracts/moysklad.md).
class Moysklad : public connector::Connector {
public:
    Moysklad(const connector::Parts& parts, const Settings& settings)
        : api_(settings), steps_(parts, api_), look_ups_(parts, api_) {}

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

private:
    Api api_;
    CallSteps steps_;
    LookUps look_ups_;
};

}  // namespace trunkline::moysklad
