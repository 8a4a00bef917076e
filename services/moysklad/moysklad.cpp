#include "moysklad.hpp"

#include <utility>

namespace trunkline::moysklad {

asio::awaitable<connector::Answer> Moysklad::take(const connector::Step& step) {
    auto answer = co_await steps_.take(step);
    co_return answer;
}

asio::awaitable<base::Result<connector::Customer>> Moysklad::find_customer(
    connector::EnterprisePointer enterprise, std::string phone, net::Deadline deadline
) {
    auto customer =
        co_await look_ups_.find_customer(std::move(enterprise), std::move(phone), deadline);
    co_return customer;
}

asio::awaitable<base::Result<std::vector<connector::Manager>>> Moysklad::managers(
    connector::EnterprisePointer enterprise, net::Deadline deadline
) {
    auto managers = co_await look_ups_.managers(std::move(enterprise), deadline);
    co_return managers;
}

asio::awaitable<base::Result<std::string>> Moysklad::test_connection(
    connector::EnterprisePointer enterprise, net::Deadline deadline
) {
    auto result = co_await look_ups_.test_connection(std::move(enterprise), deadline);
    co_return result;
}

}  // namespace trunkline::moysklad
