#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "json/document.hpp"
#include "testing/postgres.hpp"
#include "testing/process.hpp"
#include "testing/redis.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::e2e {

struct HttpAnswer {
    int status = 0;
    std::string body;
    /// The body as JSON; fails the test if it is none.
    json::Document json() const;
};

/// By curl, as a user would. Status 0: no answer.
HttpAnswer http(const std::string& method, const std::string& url, const std::string& body = {});

/// The suite's executables on ports and a database of their own, with the demo enterprise. What is
/// started ends with it.
class Suite {
public:
    Suite();
    ~Suite();

    using Environment = std::map<std::string, std::string>;
    /// Starts one and waits for its /ready; `more` is set over the common settings.
    void start(const std::string& service, const Environment& more = {});
    /// Starts it without waiting.
    void launch(const std::string& service, const Environment& more = {});
    /// The five that the first call needs.
    void start_all();
    void kill(const std::string& service);
    /// SIGTERM; the exit code.
    int stop(const std::string& service);

    int pid(const std::string& service) const;
    std::string url(const std::string& service) const;
    const std::string& database_url() const { return database_.url(); }
    std::string sql(const std::string& text) const;
    std::filesystem::path logs() const { return folder_.path() / "logs"; }
    std::string output_of(const std::string& service) const;
    testing::Command command(const std::string& service, const Environment& more = {}) const;

    /// Sends one event to ingest; fails the test unless it is answered with 200.
    json::Document send(const std::string& event, const std::string& body) const;
    /// The texts that the demo chat's message number `index` went through.
    std::vector<std::string> history(std::size_t index = 0) const;
    std::size_t messages() const;
    /// RetailCRM's account of the demo enterprise.
    json::Document retailcrm() const;
    void fault(const std::string& json) const;
    /// Polls until the chat's message number `index` shows a text that begins so.
    void wait_for_text(const std::string& beginning, std::size_t index = 0) const;
    /// Polls until nothing waits in the outbox and no card is behind.
    void wait_until_idle() const;

private:
    testing::ScratchDatabase database_;
    /// Shared by all suites of a run: keys carry the installation's id.
    std::string redis_url_ = testing::shared_redis_url();
    testing::TempFolder folder_;
    std::map<std::string, std::uint16_t> ports_;
    std::map<std::string, std::unique_ptr<testing::ChildProcess>> processes_;
};

/// The events of contract section 3 row 1, an inbound call that 151 answers, as bodies in order.
struct Event {
    std::string name;
    std::string body;
};
std::vector<Event> inbound_answered(const std::string& unique_id);

}  // namespace trunkline::e2e
