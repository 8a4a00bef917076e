#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ami/message.hpp"
#include "base/clock.hpp"
#include "call/event.hpp"

namespace trunkline::pbx {

struct CallTrackerSettings {
    std::string token;                      ///< The enterprise's, in every body.
    std::string timezone = "Europe/Minsk";  ///< Of StartTime and EndTime.

    // Who is a trunk, who an extension. A channel's endpoint is the part of its name between the
    // technology and the number: `PJSIP/trunk-main-00000012` is of `trunk-main`.
    std::vector<std::string> trunks;            ///< Endpoints that lead outside.
    std::map<std::string, std::string> phones;  ///< Endpoints without a number in their name -> it.
    std::vector<std::string> trunk_contexts{"from-trunk", "from-external", "from-pstn", "incoming"};
    std::map<std::string, std::string> lines;  ///< Trunk -> the line's id; else the company number.
    std::size_t shortest_extension = 2;        ///< Digits.
    std::size_t longest_extension = 5;

    std::uint64_t first_seq = 1;
    std::size_t max_channels = 20'000;
    /// A channel that nothing was heard of for so long has hung up unseen.
    std::chrono::hours lost_after{12};
};

/// One webhook event as ingest takes it: `POST /<type>` with this body, X-Event-Time `at`,
/// X-Event-Seq `seq`.
struct WebhookEvent {
    call::EventType type = call::EventType::start;
    std::string body;
    base::WallTime at;
    std::uint64_t seq = 0;
    bool recovered = false;  ///< It was not seen when it happened.
};

/// Follows the calls of ONE exchange through its manager's events and tells of them as
/// contracts/pbx-webhook.md says. Pure: no clock, no I/O. Not thread-safe.
class CallTracker {
public:
    explicit CallTracker(CallTrackerSettings settings);
    ~CallTracker();
    CallTracker(CallTracker&&) noexcept;
    CallTracker& operator=(CallTracker&&) noexcept;

    /// One event of the exchange, in the order that it sent them. `now` is when it came; its own
    /// Timestamp counts where it has one. Other messages are nothing.
    std::vector<WebhookEvent> take(const ami::Message& message, base::WallTime now);

    /// After a gap: `channels` are the items of CoreShowChannels, which was asked at `asked`. What
    /// ended or began unseen is told as recovered.
    std::vector<WebhookEvent> reconcile(
        std::span<const ami::StoredMessage> channels, base::WallTime asked, base::WallTime now
    );

    /// Ends what was lost. Once a minute is enough.
    std::vector<WebhookEvent> tick(base::WallTime now);

    /// The call of a channel that is up: the UniqueId of its start, dial and hangup; empty if it is
    /// not known.
    std::string call_of(std::string_view unique_id) const;

    std::size_t channels() const;
    std::size_t calls() const;
    std::size_t bridges() const;
    /// Channels that were not followed because there were too many.
    std::uint64_t ignored() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace trunkline::pbx
