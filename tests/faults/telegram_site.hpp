#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exchange.hpp"
#include "json/document.hpp"
#include "testing/postgres.hpp"
#include "testing/process.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::faults {

/// What is broken in a scenario: a sandbox that enforces Telegram's limits, ingest, one or more
/// notifiers, and an exchange, a bot and a chat for each of a hundred enterprises. Belongs to the
/// main thread.
class TelegramSite {
public:
    static constexpr int exchanges = 100;

    explicit TelegramSite(int notifiers);

    int notifiers() const { return notifiers_; }
    void start_notifier(int number);
    void kill_notifier(int number);
    int kills() const { return kills_; }

    /// A fault as the sandbox takes it, without `api`.
    void fault(const std::string& members) const;
    void clear_faults() const;
    /// GET or POST to the sandbox.
    json::Document sandbox(const std::string& path, const std::string& body = {}) const;

    void start_exchanges(double events_per_second);
    void stop_exchanges();
    std::vector<const Account*> accounts() const;
    static std::int64_t chat(int exchange) { return 700'000 + exchange; }

    /// Until every event is worked in and every card is delivered. Throws if it takes too long.
    void settle() const;
    std::string sql(const std::string& text) const;

private:
    testing::Command command(const std::string& program, const std::string& folder) const;
    void start(const std::string& service);
    void wait_for(const std::string& service, std::uint16_t port) const;
    void make_tables();
    static std::string token(int exchange);

    int notifiers_;
    int kills_ = 0;
    testing::TempFolder folder_;
    testing::PrivatePostgres postgres_;
    std::map<std::string, std::uint16_t> ports_;
    std::map<std::string, std::unique_ptr<testing::ChildProcess>> services_;
    std::map<int, std::unique_ptr<testing::ChildProcess>> notifier_processes_;
    std::vector<std::unique_ptr<Exchange>> senders_;
};

}  // namespace trunkline::faults
