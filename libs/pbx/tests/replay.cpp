#include "replay.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "json/document.hpp"
#include "testing/catch.hpp"

namespace trunkline::pbx {
namespace {

call::TrackerSettings model_settings(unsigned& made) {
    call::TrackerSettings settings;
    settings.make_uuid = [&made] { return fmt::format("call-{:05}", ++made); };
    return settings;
}

std::string outcome(const call::Call& call) {
    std::string text = fmt::format(
        "{} {}{}",
        to_string(call.direction),
        call.phone.empty() ? "hidden" : call.phone,
        call.line.empty() ? "" : " over " + call.line
    );
    if (!call.rang.empty()) {
        text += fmt::format(" rang {}", fmt::join(call.rang, " "));
    }
    if (call.answered) {
        text += fmt::format(" talked {} for {}", fmt::join(call.talkers, " "), call.talk_s);
    } else {
        text += " missed";
    }
    if (call.phase != call::Phase::done) {
        text += " and is " + std::string(to_string(call.phase));
    }
    return text + fmt::format(" ({}){}", call.hangup_cause, call.end_assumed ? " assumed" : "");
}

}  // namespace

Replay::Replay(CallTrackerSettings settings)
    : tracker(std::move(settings)), model_(model_settings(made_)), now_(at(0)) {}

CallTrackerSettings Replay::plain_settings() {
    CallTrackerSettings settings;
    settings.token = "375293332255";
    return settings;
}

base::WallTime Replay::at(double seconds) {
    static const auto zero = base::parse_iso8601("2026-11-21T04:25:54Z");
    return zero.value() + std::chrono::microseconds(std::llround(seconds * 1e6));
}

void Replay::hear(std::string_view bytes, double seconds) {
    parser_.feed(bytes);
    while (const auto message = parser_.next()) {
        apply(tracker.take(*message, at(seconds)));
    }
}

void Replay::play(const ami::Capture& capture) {
    const std::string_view bytes = capture.bytes;
    for (std::size_t i = 0; i < capture.timing.size(); ++i) {
        const auto begin = capture.timing[i].offset;
        const auto end =
            i + 1 < capture.timing.size() ? capture.timing[i + 1].offset : bytes.size();
        hear(bytes.substr(begin, end - begin), capture.timing[i].seconds);
    }
}

void Replay::apply(const std::vector<WebhookEvent>& told) {
    for (const WebhookEvent& event : told) {
        events.push_back(event);
        const auto body = json::parse(event.body);
        REQUIRE(body);
        call::Arrival arrival;
        arrival.received = event.at;
        arrival.event_time = event.at;
        arrival.pbx = "1";
        arrival.recovered = event.recovered;
        const auto decoded = call::decode_event(event.type, body->root(), arrival);
        REQUIRE(decoded);
        now_ = std::max(now_, event.at);
        auto changes = model_.tick(now_);
        const auto more = model_.apply(*decoded);
        changes.insert(changes.end(), more.begin(), more.end());
        for (const call::Change& change : changes) {
            for (const std::string& gone : change.absorbed) {
                calls_.erase(gone);
                std::erase(order_, gone);
            }
            if (change.call.phase != call::Phase::none) {
                if (!calls_.contains(change.call.uuid)) {
                    order_.push_back(change.call.uuid);
                }
                calls_[change.call.uuid] = change.call;
            }
        }
    }
}

void Replay::settle() {
    for (int i = 0; i < 40; ++i) {
        now_ += std::chrono::seconds(3);
        for (const call::Change& change : model_.tick(now_)) {
            if (change.call.phase != call::Phase::none) {
                if (!calls_.contains(change.call.uuid)) {
                    order_.push_back(change.call.uuid);
                }
                calls_[change.call.uuid] = change.call;
            }
        }
    }
}

std::vector<call::Call> Replay::calls() const {
    std::vector<call::Call> all;
    for (const std::string& uuid : order_) {
        all.push_back(calls_.at(uuid));
    }
    return all;
}

std::vector<std::string> Replay::outcomes() const {
    std::vector<std::string> all;
    for (const call::Call& call : calls()) {
        all.push_back(outcome(call));
    }
    return all;
}

std::string read_packed(const std::string& name) {
    const auto command = "gzip -dc '" + (ami::capture_folder() / name).string() + "'";
    std::FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) {
        throw std::runtime_error("cannot run gzip");
    }
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const auto bytes = std::fread(buffer.data(), 1, buffer.size(), pipe);
        if (bytes == 0) {
            break;
        }
        text.append(buffer.data(), bytes);
    }
    if (pclose(pipe) != 0) {
        throw std::runtime_error("cannot unpack " + name);
    }
    return text;
}

}  // namespace trunkline::pbx
