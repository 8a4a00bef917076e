#include "customer_store.hpp"

#include <chrono>

namespace trunkline::integration_cache {
namespace {

constexpr auto patience = std::chrono::seconds(2);

}  // namespace

asio::awaitable<base::Result<std::optional<std::string>>> CustomerStore::name_of(
    std::string enterprise, std::string phone, net::Deadline deadline
) {
    auto params = pg::Params::of(enterprise, phone);
    const auto rows = co_await pool_.execute(
        "SELECT name FROM customers WHERE enterprise_number = $1 AND phone = $2 "
        "AND name IS NOT NULL AND name <> ''",
        std::move(params),
        deadline
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return std::optional<std::string>();
    }
    co_return std::optional<std::string>(rows->front().text(0));
}

asio::awaitable<base::Result<std::string>> CustomerStore::installation() {
    const auto rows =
        co_await pool_.execute("SELECT id::text FROM installation", {}, net::deadline_in(patience));
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "the table installation is empty");
    }
    co_return std::string(rows->front().text(0));
}

asio::awaitable<base::Result<>> CustomerStore::tell_forgotten(std::string enterprise) {
    auto params = pg::Params::of(enterprise);
    const auto rows = co_await pool_.execute(
        "SELECT pg_notify('names_forgotten', $1)", std::move(params), net::deadline_in(patience)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    co_return base::Result<>();
}

}  // namespace trunkline::integration_cache
