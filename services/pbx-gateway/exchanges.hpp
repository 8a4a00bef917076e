#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exchange.hpp"
#include "exchange_store.hpp"
#include "net/asio.hpp"
#include "pg/listener.hpp"

namespace trunkline::pbx_gateway {

/// The exchanges of pbx_servers that this process leads: those whose advisory lock it holds, so
/// that of two gateways one follows an exchange and the other waits. Rows that are added, changed
/// or switched off are seen at once by NOTIFY, within seconds without it. One executor.
class Exchanges {
public:
    using Pointer = std::shared_ptr<Exchange>;

    struct Settings {
        pg::Settings postgres;  ///< For the connection that holds the locks.
    };
    /// Adds its channel to `listener`, so make it before listener.start().
    Exchanges(
        Exchange::Parts parts,
        const Settings& settings,
        ExchangeStore& store,
        pg::Listener& listener
    );
    ~Exchanges();

    void start();
    /// Closes all of them and lets go of the locks.
    asio::awaitable<void> stop();

    /// Null: there is none, it is switched off, or another gateway leads it (`is_elsewhere`). Keep
    /// the pointer while something of it is awaited.
    Pointer find(std::string_view id) const;
    /// Whether the row is there and enabled, but another process leads it.
    bool is_elsewhere(std::string_view id) const;
    std::vector<Pointer> all() const;
    /// Enabled rows as last read; those led here are all().
    std::size_t known() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::pbx_gateway
