#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dispatch_caller.hpp"
#include "json/document.hpp"
#include "testing/postgres.hpp"
#include "testing/process.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::faults {

/// What is broken in a scenario: the gateway and the four connectors, all real, before the sandbox;
/// six enterprises that have all four CRMs. Belongs to the main thread.
class ConnectorsSite {
public:
    ConnectorsSite();

    /// The names of connectors and of the sandbox's APIs alike.
    static const std::vector<std::string>& crms();
    static constexpr int enterprises = 6;
    static std::string token(int number);
    static std::string enterprise(int number);

    void start(const std::string& service);
    void kill(const std::string& service);
    void wait_until_ready();
    /// An order to the sandbox (POST /sandbox/faults); nothing: as it should be again.
    void break_crm(const std::string& json);

    void start_callers(double events_per_second);
    void stop_callers();
    const std::vector<std::unique_ptr<DispatchCaller>>& callers() const { return callers_; }

    /// Until every message has reached its connector. Throws if it takes too long.
    void settle();
    std::string sql(const std::string& text) const;
    /// What the sandbox holds of a CRM.
    json::Document crm(const std::string& name) const;
    testing::PrivatePostgres& postgres() { return postgres_; }

private:
    testing::Command command(const std::string& program) const;
    std::string url_of(const std::string& service) const;
    void make_tables();
    std::string ask(const std::string& method, const std::string& url, const std::string& body)
        const;

    testing::TempFolder folder_;
    testing::PrivatePostgres postgres_;
    std::map<std::string, std::uint16_t> ports_;
    std::map<std::string, std::unique_ptr<testing::ChildProcess>> processes_;
    std::vector<std::unique_ptr<DispatchCaller>> callers_;
};

}  // namespace trunkline::faults
