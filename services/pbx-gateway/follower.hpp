#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ami/client.hpp"
#include "base/log.hpp"
#include "figures.hpp"
#include "net/asio.hpp"
#include "open_calls.hpp"
#include "pbx/call_tracker.hpp"
#include "spool.hpp"

namespace trunkline::pbx_gateway {

/// Turns what one exchange says into what ingest is told: the manager's events through the call
/// tracker into the spool. After each gap it asks what is up. One executor.
class Follower {
public:
    /// What is referred to outlives it. Make it before client.start(): it listens from then on.
    Follower(
        ami::Client& client,
        Spool& spool,
        const pbx::CallTrackerSettings& settings,
        std::string recordings_folder,
        Figures& figures,
        std::string name
    );

    /// Ends when the client is closed and all it said is told.
    asio::awaitable<void> run();
    /// What CoreShowChannels says is up now: ends what nobody saw end.
    asio::awaitable<void> sweep(std::span<const ami::StoredMessage> channels);
    /// Once a minute.
    asio::awaitable<void> tick();

    std::size_t calls() const { return tracker_.calls(); }
    std::size_t waiting() const { return events_->waiting(); }

private:
    asio::awaitable<void> take(const ami::Delivery& delivery);
    asio::awaitable<void> note_recording(const ami::Message& message);
    void note_queue(const ami::Message& message);
    asio::awaitable<void> reconcile();
    asio::awaitable<void> tell(std::vector<pbx::WebhookEvent> events);
    asio::awaitable<void> flush();

    ami::Client& client_;
    Spool& spool_;
    pbx::CallTracker tracker_;
    OpenCalls::Settings told_as_;
    std::string recordings_folder_;
    Figures& figures_;
    std::string name_;
    base::Logger logger_{"pbx"};
    std::unique_ptr<ami::Subscription> events_;
    std::vector<pbx::WebhookEvent> pending_;
    bool has_taken_over_ = false;  ///< What an earlier process left was compared with what is up.
};

/// The ids by which calls are known to be up.
OpenCalls::Alive alive_in(std::span<const ami::StoredMessage> channels);
/// Whether an event is worth its way: much of what exchanges say is not.
bool is_wanted(const ami::Message& message);

}  // namespace trunkline::pbx_gateway
