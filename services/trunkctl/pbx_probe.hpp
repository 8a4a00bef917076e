#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ami/actions.hpp"
#include "ami/client.hpp"
#include "ami/readings.hpp"
#include "pbx_rows.hpp"

namespace trunkline::trunkctl {

/// A connection of our own to an exchange, with nothing of the suite between. close() before it
/// dies.
class PbxProbe {
public:
    PbxProbe(const asio::any_io_executor& executor, const PbxRow& row, std::string secret);

    /// Connects and logs in. The error says what is wrong and what mends it.
    asio::awaitable<base::Result<>> open();
    asio::awaitable<void> close();

    asio::awaitable<base::Result<ami::Reply>> ask(ami::Built action);
    /// Milliseconds that a ping takes.
    asio::awaitable<base::Result<double>> response_time();
    const ami::Client& client() const { return *client_; }

private:
    std::string row_name_;
    std::chrono::seconds limit_;
    bool use_ssl_;
    std::unique_ptr<ami::Client> client_;
};

/// What a failed connection means, for people.
std::string mend_of(const std::string& last_error, ami::ClientState state, bool use_ssl);

/// `22.10.1` of `22.10.1+dfsg+~cs6.17`.
std::string short_version(std::string_view version);

/// Something that `pbx check` looked at.
struct Finding {
    enum class Kind : std::uint8_t { good, warning, fault } kind = Kind::good;
    std::string what;
    std::string mend;
};
/// What is wrong with an exchange that we are connected to: version, rights, dialplan.
asio::awaitable<std::vector<Finding>> check_exchange(PbxProbe& probe, PbxRow row);

}  // namespace trunkline::trunkctl
