#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exchange.hpp"
#include "testing/postgres.hpp"
#include "testing/process.hpp"
#include "testing/redis.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::faults {

/// What is broken in a scenario: PostgreSQL (with fsync on) and Redis of its own, one or two
/// ingests, and exchanges that send to them. Belongs to the main thread.
class Site {
public:
    static constexpr int exchanges_per_ingest = 8;

    explicit Site(int replicas);

    testing::PrivatePostgres& postgres() { return postgres_; }
    testing::PrivateRedis& redis() { return redis_; }
    int replicas() const { return static_cast<int>(ports_.size()); }

    /// `journal_bytes` 0: the default.
    void start_ingest(int replica, std::uint64_t journal_bytes = 0);
    void kill_ingest(int replica);
    /// As an administrator would; throws if it does not end with 0.
    void stop_ingest(int replica);
    void wait_until_ready(int replica);
    /// A figure of /metrics; -1 if ingest does not answer.
    double metric(int replica, const std::string& name) const;

    void start_exchanges(double events_per_second);
    void stop_exchanges();
    std::vector<const Account*> accounts() const;

    /// Until every journal is replayed and every event is worked into its call. Throws if it takes
    /// too long.
    void settle();
    std::string sql(const std::string& text) const;

private:
    testing::Command command(const std::string& program, int replica) const;
    std::string token(int exchange) const;
    void make_tables();

    testing::TempFolder folder_;
    testing::PrivatePostgres postgres_;
    testing::PrivateRedis redis_;
    std::vector<std::uint16_t> ports_;
    std::map<int, std::unique_ptr<testing::ChildProcess>> ingests_;
    std::vector<std::unique_ptr<Exchange>> exchanges_;
};

}  // namespace trunkline::faults
