#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "ami/client.hpp"
#include "base/error.hpp"
#include "crypto/secret_box.hpp"
#include "exchange_row.hpp"
#include "exchange_store.hpp"
#include "httpc/client.hpp"
#include "ingest_client.hpp"
#include "metrics/registry.hpp"
#include "net/asio.hpp"

namespace trunkline::pbx_gateway {

/// One exchange: its connection, and who follows its calls. What breaks here breaks nobody else.
/// One executor.
class Exchange {
public:
    /// What all exchanges share; outlives them.
    struct Parts {
        asio::any_io_executor executor;
        const crypto::SecretBox* secrets = nullptr;  ///< Null without SECRETS_KEY.
        ExchangeStore& store;
        IngestClient& ingest;
        metrics::Registry& registry;
        std::filesystem::path spools;
        std::uint64_t spool_max_bytes;
        std::string recordings_path;
        std::string default_timezone;
    };
    /// invalid_input: the row's settings are wrong.
    static base::Result<std::shared_ptr<Exchange>> create(const Parts& parts, ExchangeRow row);
    ~Exchange();

    void start();
    /// Waits of send() end with `canceled`. What waits for ingest gets a moment more, the rest
    /// stays in the spool. Must have ended before the last owner lets go.
    asio::awaitable<void> close();
    /// Brings its figures up to date.
    void show();

    const ExchangeRow& row() const;
    const std::string& id() const { return row().id; }
    const std::string& enterprise() const { return row().enterprise_number; }
    ami::ClientStatus status() const;
    bool is_connected() const { return status().state == ami::ClientState::ready; }

    /// ami::Client::send(): `unavailable` while not connected, nothing was sent then.
    asio::awaitable<base::Result<ami::Reply>> send(
        ami::Action action, std::chrono::milliseconds limit = std::chrono::milliseconds(5'000)
    );

private:
    struct State;
    explicit Exchange(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace trunkline::pbx_gateway
