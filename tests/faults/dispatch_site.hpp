#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dispatch_caller.hpp"
#include "json/document.hpp"
#include "testing/neighbour.hpp"
#include "testing/postgres.hpp"
#include "testing/process.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::faults {

/// A CRM's connector that writes down the steps it has done.
class RecordingConnector {
public:
    RecordingConnector();

    struct Step {
        std::string unique_id;
        std::string kind;
        bool operator==(const Step&) const = default;
    };
    /// In the order in which they were done; a step that was asked for again stands here again.
    std::vector<Step> done() const;
    testing::HttpNeighbour& neighbour() { return neighbour_; }

private:
    mutable std::mutex mutex_;
    std::vector<Step> done_;
    testing::HttpNeighbour neighbour_;
};

/// What is broken in a scenario: one or two gateways on a PostgreSQL of their own, the real
/// RetailCRM connector before the sandbox, and three connectors that are played. Belongs to the
/// main thread.
class DispatchSite {
public:
    explicit DispatchSite(int replicas);

    testing::PrivatePostgres& postgres() { return postgres_; }
    int replicas() const { return static_cast<int>(gateway_ports_.size()); }
    /// `uon`, `moysklad`, `bitrix24`.
    std::map<std::string, std::unique_ptr<RecordingConnector>>& connectors() { return connectors_; }

    void start_gateway(int replica);
    void kill_gateway(int replica);
    void start_retailcrm();
    void kill_retailcrm();
    void wait_until_ready();
    /// An order to the sandbox (POST /sandbox/faults); nothing: as it should be again.
    void break_crm(const std::string& json);

    void start_callers(double events_per_second);
    void stop_callers();
    const std::vector<std::unique_ptr<DispatchCaller>>& callers() const { return callers_; }
    static constexpr int enterprises = 6;
    static std::string enterprise(int number);

    /// Until every message has reached its connector. Throws if it takes too long.
    void settle();
    std::string sql(const std::string& text) const;
    /// What the sandbox's RetailCRM holds.
    json::Document crm() const;

private:
    testing::Command command(const std::string& program, const std::string& folder) const;
    std::string token(int number) const;
    void make_tables();
    std::string ask(const std::string& method, const std::string& url, const std::string& body)
        const;

    testing::TempFolder folder_;
    testing::PrivatePostgres postgres_;
    std::map<std::string, std::unique_ptr<RecordingConnector>> connectors_;
    std::vector<std::uint16_t> gateway_ports_;
    std::uint16_t retailcrm_port_;
    std::uint16_t sandbox_port_;
    std::map<int, std::unique_ptr<testing::ChildProcess>> gateways_;
    std::unique_ptr<testing::ChildProcess> retailcrm_;
    std::unique_ptr<testing::ChildProcess> sandbox_;
    std::vector<std::unique_ptr<DispatchCaller>> callers_;
};

}  // namespace trunkline::faults
