#include "pbx_calls.hpp"

#include <utility>

#include "base/text.hpp"
#include "contract/originate.hpp"
#include "net/sleep.hpp"

namespace trunkline::telegram {
namespace {

constexpr auto refresh_period = std::chrono::seconds(10);
constexpr auto retry_period = std::chrono::seconds(1);
constexpr auto request_limit = std::chrono::milliseconds(3'000);
/// A second press within this time is a nervous finger.
constexpr auto press_pause = std::chrono::seconds(10);

}  // namespace

PbxCalls::PbxCalls(
    asio::any_io_executor executor,
    pg::Pool& pool,
    httpc::Client& client,
    std::string gateway_url,
    std::string internal_token
)
    : pool_(pool),
      client_(client),
      url_(std::move(gateway_url)),
      internal_token_(std::move(internal_token)),
      tasks_(std::move(executor), "pbx calls") {}

void PbxCalls::start() {
    if (!url_.empty()) {
        tasks_.spawn("exchanges", refresh_loop());
    }
}

asio::awaitable<void> PbxCalls::stop() {
    tasks_.cancel();
    co_await tasks_.join();
}

asio::awaitable<void> PbxCalls::refresh_loop() {
    for (;;) {
        const auto done = co_await refresh();
        if (!done) {
            logger_.debug("the exchanges cannot be read: {}", base::describe(done.error()));
        }
        co_await net::sleep_for(done ? refresh_period : retry_period);
    }
}

asio::awaitable<base::Result<>> PbxCalls::refresh() {
    const auto table =
        co_await pool_.execute("SELECT to_regclass('pbx_servers') IS NOT NULL AS is_there");
    if (!table) {
        co_return std::unexpected(table.error());
    }
    if (!table->front().boolean(0)) {
        exchanges_.clear();
        co_return base::Result<>{};
    }
    const auto rows = co_await pool_.execute(
        "SELECT DISTINCT ON (enterprise_number) enterprise_number, id::text AS id FROM pbx_servers "
        "WHERE enabled ORDER BY enterprise_number, pbx_servers.id"
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    std::map<std::string, std::string> found;
    for (const auto& row : *rows) {
        found.emplace(row.text("enterprise_number"), row.text("id"));
    }
    exchanges_ = std::move(found);
    co_return base::Result<>{};
}

bool PbxCalls::is_pressed_twice(const std::string& call_uuid) {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(recent_, [now](const auto& item) { return item.second <= now; });
    return !recent_.emplace(call_uuid, now + press_pause).second;
}

asio::awaitable<base::Result<>> PbxCalls::place(Order order) {
    const auto exchange = exchanges_.find(order.enterprise);
    if (exchange == exchanges_.end()) {
        co_return base::fail(base::Errc::not_found, "the enterprise has no exchange here");
    }
    if (is_pressed_twice(order.call_uuid)) {
        co_return base::fail(base::Errc::conflict, "the same call back was asked for just now");
    }
    contract::Originate originate;
    originate.enterprise_number = order.enterprise;
    originate.from = order.extension;
    originate.to = order.phone;
    originate.call_uuid = order.call_uuid;
    originate.requested_by = "telegram:" + std::to_string(order.chat);
    httpc::Request request;
    request.method = "POST";
    request.url = url_ + "/pbx/" + base::percent_encode(exchange->second) + "/calls";
    request.body = contract::to_json(originate);
    request.headers.emplace_back("Content-Type", "application/json");
    if (!internal_token_.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + internal_token_);
    }
    request.timeout = request_limit;
    request.peer = "pbx-gateway";
    const auto outcome = co_await client_.send(std::move(request));
    if (!outcome) {
        co_return std::unexpected(outcome.error().error);
    }
    if (outcome->status >= 300) {
        co_return base::fail(
            base::Errc::unavailable,
            "pbx-gateway answered " + std::to_string(outcome->status) + ": " +
                outcome->body.substr(0, 300)
        );
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::telegram
