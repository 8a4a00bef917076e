#include "exchange.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::pbx_gateway {
namespace {

/// In the clear; empty, and a line in the log, if it cannot be opened: the exchange refuses us
/// then.
std::string opened_secret(const ExchangeRow& row, const crypto::SecretBox* box) {
    if (!crypto::SecretBox::is_sealed(row.secret)) {
        return row.secret;
    }
    const base::Logger logger("pbx");
    if (box == nullptr) {
        logger.error("{}: its secret is sealed, and SECRETS_KEY is not set", row.id);
        return "";
    }
    auto plain = box->open(row.secret, tenants::pbx_secret_context(row.id));
    if (!plain) {
        logger.error("{}: its secret cannot be opened: {}", row.id, plain.error().detail);
        return "";
    }
    return std::move(*plain);
}

ami::ClientSettings client_settings(const ExchangeRow& row, const crypto::SecretBox* box) {
    ami::ClientSettings out;
    out.name = row.id;
    out.host = row.host;
    out.port = row.port;
    out.username = row.username;
    out.secret = opened_secret(row, box);
    base::add_log_secret(out.secret);
    out.use_tls = row.use_ssl;
    out.connect_limit = row.connect_timeout;
    out.reconnect.initial = row.reconnect_delay;
    out.reconnect.maximum = std::max<std::chrono::milliseconds>(
        std::chrono::seconds(30), std::chrono::milliseconds(row.reconnect_delay)
    );
    out.debug = row.debug_mode;
    return out;
}

}  // namespace

struct Exchange::State {
    State(const Parts& parts, ExchangeRow row_in)
        : row(std::move(row_in)), client(parts.executor, client_settings(row, parts.secrets)) {}

    ExchangeRow row;
    ami::Client client;
};

Exchange::Exchange(const Parts& parts, ExchangeRow row)
    : state_(std::make_unique<State>(parts, std::move(row))) {}

Exchange::~Exchange() = default;

void Exchange::start() { state_->client.start(); }

asio::awaitable<void> Exchange::close() { co_await state_->client.close(); }

const ExchangeRow& Exchange::row() const { return state_->row; }
ami::ClientStatus Exchange::status() const { return state_->client.status(); }

asio::awaitable<base::Result<ami::Reply>> Exchange::send(
    ami::Action action, std::chrono::milliseconds limit
) {
    auto reply = co_await state_->client.send(std::move(action), limit);
    co_return reply;
}

}  // namespace trunkline::pbx_gateway
