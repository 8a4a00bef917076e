#include "exchange.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace trunkline::faults {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto attempt_limit = 3s;
/// Ingest knows a repeat for five seconds.
constexpr auto give_up_after = 4s;
constexpr auto pause_between_attempts = 50ms;

/// An inbound call that is answered (contracts/pbx-webhook.md section 3, row 1).
struct Step {
    const char* event;
    const char* members;
};
constexpr std::array steps{
    Step{"start", R"("Phone":"{phone}","CallType":0,"Trunk":"0001363")"},
    Step{"new_callerid", R"("Channel":"SIP/line-1","CallerIDNum":"{phone}")"},
    Step{
        "dial",
        R"("Phone":"{phone}","Extensions":["151"],"CallType":0,"Trunk":"0001363","ExtPhone":"{phone}")"
    },
    Step{"bridge_create", R"("BridgeUniqueid":"{bridge}","BridgeNumChannels":"0")"},
    Step{
        "bridge",
        R"("BridgeUniqueid":"{bridge}","Channel":"SIP/151-2","CallerIDNum":"151","ConnectedLineNum":"{phone}")"
    },
    Step{
        "bridge",
        R"("BridgeUniqueid":"{bridge}","Channel":"SIP/line-1","Exten":"0001363","CallerIDNum":"{phone}","ConnectedLineNum":"151")"
    },
    Step{
        "bridge_leave",
        R"("BridgeUniqueid":"{bridge}","Channel":"SIP/line-1","CallerIDNum":"{phone}","ConnectedLineNum":"151","BridgeNumChannels":"1")"
    },
    Step{
        "bridge_leave",
        R"("BridgeUniqueid":"{bridge}","Channel":"SIP/151-2","CallerIDNum":"151","ConnectedLineNum":"{phone}","BridgeNumChannels":"0")"
    },
    Step{"bridge_destroy", R"("BridgeUniqueid":"{bridge}","BridgeNumChannels":"0")"},
    Step{
        "hangup",
        R"("Phone":"{phone}","CallStatus":"2","CallType":0,"Trunk":"0001363","Extensions":["151"],)"
        R"("StartTime":"2026-01-15 12:00:00","DateReceived":"2026-01-15 12:00:00","EndTime":"2026-01-15 12:00:41")"
    },
};

void replace(std::string& text, std::string_view what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), by);
        at += by.size();
    }
}

std::string body_of(
    const Step& step, const std::string& token, const std::string& marker, int number, int call
) {
    std::string members = step.members;
    replace(members, "{phone}", fmt::format("3752{:03}{:05}", number, call));
    replace(members, "{bridge}", fmt::format("00000000-0000-4000-{:04x}-{:012x}", number, call));
    const bool has_no_channel = std::string_view(step.members).starts_with("\"BridgeUniqueid\"") &&
                                std::string_view(step.event).starts_with("bridge_");
    const bool is_far = members.find("SIP/151-2") == std::string::npos;
    const auto unique_id = has_no_channel && members.find("Channel\"") == std::string::npos
                               ? std::string()
                               : fmt::format("{}.{}{}", 1000 + number, call, is_far ? "0" : "1");
    return fmt::format(
        R"({{"Token":"{}","UniqueId":"{}","Marker":"{}",{}}})", token, unique_id, marker, members
    );
}

}  // namespace

Exchange::Exchange(int number, std::uint16_t port, std::string token, double events_per_second)
    : number_(number),
      poster_(port, attempt_limit),
      token_(std::move(token)),
      pace_(1.0 / events_per_second),
      due_(Clock::now()),
      thread_([this] { run(); }) {}

Exchange::~Exchange() { stop(); }

void Exchange::stop() {
    stopping_ = true;
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Exchange::run() {
    for (int call = 1; !stopping_; ++call) {
        send_call(call);
    }
}

void Exchange::send_call(int call) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
        std::this_thread::sleep_until(due_);
        due_ += std::chrono::duration_cast<Clock::duration>(pace_);
        const auto marker = fmt::format("{}:{}:{}", number_, call, i);
        account_.events.push_back({marker, false});
        const auto begun = Clock::now();
        const auto body = body_of(steps[i], token_, marker, number_, call);
        if (deliver(std::string("/") + steps[i].event, body)) {
            account_.events.back().acknowledged = true;
            const std::chrono::duration<double, std::milli> waited = Clock::now() - begun;
            account_.waits_ms.push_back(waited.count());
        }
    }
}

bool Exchange::deliver(const std::string& path, const std::string& body) {
    const auto begun = Clock::now();
    for (bool first = true; first || Clock::now() - begun < give_up_after; first = false) {
        if (!first) {
            ++account_.resent;
            std::this_thread::sleep_for(pause_between_attempts);
        }
        const int status = poster_.post(path, body);
        if (status == 200) {
            return true;
        }
        if (status == 503) {
            ++account_.refused;
        } else if (status != 0) {
            ++account_.surprises;
            return false;
        }
    }
    return false;
}

}  // namespace trunkline::faults
