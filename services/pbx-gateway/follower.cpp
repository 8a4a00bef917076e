#include "follower.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "ami/actions.hpp"
#include "control/recorder.hpp"
#include "json/document.hpp"
#include "net/sleep.hpp"
#include "recording_path.hpp"

namespace trunkline::pbx_gateway {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_waiting = 20'000;
/// As many as a record of the spool takes in any case.
constexpr std::size_t at_once = 200;
constexpr auto list_limit = 30s;
constexpr auto ask_again = 1s;

bool is_recording_variable(std::string_view name) {
    return name == "MIXMONITOR_FILENAME" || name == "MONITOR_FILENAME";
}

double seconds_in(std::string_view text) {
    double out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

std::string_view direction_of(std::string_view call_type) {
    return call_type == "0" ? "in" : call_type == "1" ? "out" : "internal";
}

void count(Figures& figures, const pbx::WebhookEvent& event) {
    if (event.type != call::EventType::hangup) {
        return;
    }
    const auto document = json::parse(event.body);
    if (!document) {
        return;
    }
    const auto type = document->root().find("CallType");
    const auto status = document->root().find("CallStatus");
    figures.call_ended(
        direction_of(type ? type->scalar_text().value_or("") : ""),
        status && status->scalar_text() == "2"
    );
}

}  // namespace

OpenCalls::Alive alive_in(std::span<const ami::StoredMessage> channels) {
    OpenCalls::Alive out;
    for (const auto& channel : channels) {
        out.channels.emplace(channel.view().get("Uniqueid"));
        out.calls.emplace(channel.view().get("Linkedid"));
    }
    return out;
}

bool is_wanted(const ami::Message& message) {
    constexpr std::array<std::string_view, 7> noise{
        "TestEvent", "RTCPSent", "RTCPReceived", "CEL", "Cdr", "DTMFBegin", "DTMFEnd"
    };
    const auto name = message.name();
    if (name == "VarSet") {
        return is_recording_variable(message.get("Variable"));
    }
    return std::ranges::find(noise, name) == noise.end();
}

Follower::Follower(
    ami::Client& client,
    Spool& spool,
    const pbx::CallTrackerSettings& settings,
    std::string recordings_folder,
    Figures& figures,
    std::string name
)
    : client_(client),
      spool_(spool),
      tracker_(settings),
      told_as_{.token = settings.token, .timezone = settings.timezone},
      recordings_folder_(std::move(recordings_folder)),
      figures_(figures),
      name_(std::move(name)),
      events_(client.subscribe(most_waiting, is_wanted)) {}

asio::awaitable<void> Follower::run() {
    for (;;) {
        const auto delivery = co_await events_->next();
        if (!delivery) {
            break;
        }
        co_await take(*delivery);
        if (events_->waiting() == 0 || pending_.size() >= at_once) {
            co_await flush();
        }
    }
    co_await flush();
}

asio::awaitable<void> Follower::take(const ami::Delivery& delivery) {
    using enum ami::Delivery::Kind;
    if (delivery.kind == event) {
        const auto message = delivery.event->view();
        for (auto& told : tracker_.take(message, delivery.at)) {
            pending_.push_back(std::move(told));
        }
        note_queue(message);
        if (message.is("VarSet")) {
            co_await note_recording(message);
        }
    } else if (delivery.kind == connected || delivery.missed > 0) {
        if (delivery.missed > 0) {
            logger_.warning("{}: {} of its events were too many", name_, delivery.missed);
        }
        co_await flush();
        co_await reconcile();
    }
}

void Follower::note_queue(const ami::Message& message) {
    if (message.is("AgentConnect")) {
        figures_.waits.add();
        figures_.wait_seconds.add(seconds_in(message.get("HoldTime")));
    } else if (message.is("QueueCallerAbandon")) {
        figures_.abandoned.add();
    } else if (message.is("AgentComplete")) {
        figures_.talks.add();
        figures_.talk_seconds.add(seconds_in(message.get("TalkTime")));
    } else if (message.is("AgentRingNoAnswer")) {
        figures_.not_answered.add();
    } else if (message.is("UserEvent")) {
        figures_.user_events.add();
    }
}

asio::awaitable<void> Follower::note_recording(const ami::Message& message) {
    if (!is_recording_variable(message.get("Variable"))) {
        co_return;
    }
    Recording recording;
    recording.file = recording_file(message.get("Value"), recordings_folder_);
    recording.unique_id = message.get("Uniqueid");
    recording.call = message.find("Linkedid").value_or(message.get("Uniqueid"));
    const auto recorded = pbx_control::recorded_by(message.get("Channel"));
    if (!recorded.empty()) {
        recording.unique_id = recorded;
        recording.call = tracker_.call_of(recorded);
    }
    if (recording.call.empty()) {
        recording.call = recording.unique_id;
    }
    recording.since = base::system_clock().now();
    if (recording.file.empty()) {
        logger_.warning(
            "{}: {} is not in its folder of recordings", name_, message.get("Value").substr(0, 200)
        );
        co_return;
    }
    co_await flush();
    const auto kept = co_await spool_.add(std::move(recording));
    if (!kept) {
        logger_.error("{}: the spool: {}", name_, kept.error().detail);
    }
}

/// Events wait meanwhile, so that what is asked for is older than they are.
asio::awaitable<void> Follower::reconcile() {
    for (;;) {
        const auto asked = base::system_clock().now();
        const auto reply = co_await client_.send(*ami::core_show_channels(), list_limit);
        if (reply) {
            const auto now = base::system_clock().now();
            auto events = tracker_.reconcile(reply->items, asked, now);
            if (!std::exchange(has_taken_over_, true)) {
                events = spool_.calls().take_over(
                    std::move(events), alive_in(reply->items), now, told_as_
                );
            }
            figures_.reconciled.add();
            logger_.info(
                "{}: {} channels are up, {} events were missed",
                name_,
                reply->items.size(),
                events.size()
            );
            co_await tell(std::move(events));
            co_return;
        }
        const auto state = client_.status().state;
        if (state != ami::ClientState::ready) {
            co_return;  // It is asked again when it is connected.
        }
        logger_.warning("{}: what is up is not told: {}", name_, base::describe(reply.error()));
        if (reply.error().code == base::Errc::forbidden) {
            co_return;
        }
        co_await net::sleep_for(ask_again);
    }
}

asio::awaitable<void> Follower::sweep(std::span<const ami::StoredMessage> channels) {
    if (has_taken_over_) {
        const auto now = base::system_clock().now();
        auto events = spool_.calls().sweep(alive_in(channels), now, told_as_);
        if (!events.empty()) {
            logger_.warning("{}: the ends of calls were missed", name_);
        }
        co_await tell(std::move(events));
    }
}

asio::awaitable<void> Follower::tick() {
    auto events = tracker_.tick(base::system_clock().now());
    co_await tell(std::move(events));
}

asio::awaitable<void> Follower::flush() {
    auto events = std::exchange(pending_, {});
    co_await tell(std::move(events));
}

asio::awaitable<void> Follower::tell(std::vector<pbx::WebhookEvent> events) {
    for (std::size_t from = 0; from < events.size(); from += at_once) {
        const auto to = std::min(from + at_once, events.size());
        std::vector<pbx::WebhookEvent> some;
        for (auto index = from; index < to; ++index) {
            spool_.calls().mend(events[index], told_as_);
            count(figures_, events[index]);
            some.push_back(std::move(events[index]));
        }
        const auto size = some.size();
        const auto kept = co_await spool_.add(std::move(some));
        if (!kept) {
            figures_.lost.add(static_cast<double>(size));
            logger_.error("{}: {} events are lost: {}", name_, size, kept.error().detail);
        }
    }
}

}  // namespace trunkline::pbx_gateway
