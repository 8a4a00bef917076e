#include "dispatch_caller.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/clock.hpp"
#include "call/call.hpp"
#include "contract/dispatch.hpp"

namespace trunkline::faults {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto attempt_limit = std::chrono::seconds(3);
constexpr auto pause_between_attempts = std::chrono::milliseconds(50);
constexpr int patterns = 5;

std::string raw_of(
    const std::string& kind,
    const std::string& token,
    const std::string& id,
    const std::string& phone
) {
    const auto head = fmt::format(R"({{"Token":"{}","UniqueId":"{}",)", token, id);
    if (kind == "dial") {
        return head + fmt::format(
                          R"("Phone":"{0}","Extensions":["151"],"CallType":0,"Trunk":"0001363",)"
                          R"("ExtTrunk":"","ExtPhone":"{0}"}})",
                          phone
                      );
    }
    if (kind == "bridge") {
        return head + fmt::format(
                          R"("BridgeUniqueid":"b-{}","Channel":"SIP/151-2","Exten":"",)"
                          R"("CallerIDNum":"{}","ConnectedLineNum":"151"}})",
                          id,
                          phone
                      );
    }
    return head + fmt::format(
                      R"("CallStatus":"2","Phone":"{}","Trunk":"0001363","Extensions":["151"],)"
                      R"("StartTime":"","DateReceived":"","EndTime":"","CallType":0}})",
                      phone
                  );
}

/// The call as ingest would tell it with that event.
call::Call call_of(
    const std::string& kind, int number, int call, const std::string& id, const std::string& phone
) {
    call::Call out;
    out.uuid = fmt::format("00000000-0000-7000-{:04x}-{:012x}", 0x8000 + number, call);
    out.unique_id = id;
    out.unique_ids = {id};
    out.phone = phone;
    out.line = "0001363";
    out.rang = {"151"};
    out.started_at = base::system_clock().now();
    out.phase = call::Phase::dialing;
    if (kind != "dial") {
        out.talkers = {"151"};
        out.talker = "151";
        out.answered = true;
        out.answered_at = out.started_at;
        out.phase = kind == "bridge" ? call::Phase::talking : call::Phase::done;
    }
    if (kind == "hangup") {
        out.ended_at = out.started_at;
    }
    return out;
}

}  // namespace

DispatchCaller::DispatchCaller(
    int number, std::vector<std::uint16_t> ports, std::string token, double events_per_second
)
    : number_(number),
      token_(std::move(token)),
      pace_(1.0 / events_per_second),
      due_(Clock::now()) {
    for (const auto port : ports) {
        posters_.push_back(std::make_unique<Poster>(port, attempt_limit));
    }
    thread_ = std::thread([this] { run(); });
}

DispatchCaller::~DispatchCaller() { stop(); }

void DispatchCaller::stop() {
    stopping_ = true;
    if (thread_.joinable()) {
        thread_.join();
    }
}

void DispatchCaller::run() {
    for (int call = 1; !stopping_; ++call) {
        send_call(call);
    }
}

void DispatchCaller::send_call(int call) {
    const int pattern = call % patterns;
    DispatchedCall sent;
    sent.unique_id = fmt::format("{}.{}", 1000 + number_, call);
    sent.is_internal = pattern == 4;
    sent.has_dial = pattern != 2 && !sent.is_internal;
    sent.has_bridge = pattern == 0 || pattern == 3;
    const auto phone = sent.is_internal ? std::string("152")
                                        : fmt::format("37529{:03}{:04}", number_, call % 10000);
    std::vector<std::string> kinds;
    if (sent.has_dial) {
        kinds.emplace_back("dial");
    }
    if (sent.has_bridge) {
        kinds.emplace_back("bridge");
    }
    kinds.emplace_back("hangup");
    for (const auto& kind : kinds) {
        contract::Dispatch dispatch;
        dispatch.token = token_;
        dispatch.unique_id = sent.unique_id;
        dispatch.kind = *contract::parse_dispatch_kind(kind);
        dispatch.raw = raw_of(kind, token_, sent.unique_id, phone);
        if (pattern == 3) {
            dispatch.call = call_of(kind, number_, call, sent.unique_id, phone);
        }
        send(kind, contract::to_json(dispatch));
    }
    calls_.push_back(std::move(sent));
}

void DispatchCaller::send(const std::string& kind, const std::string& body) {
    std::this_thread::sleep_until(due_);
    due_ = std::max(
        due_ + std::chrono::duration_cast<Clock::duration>(pace_), Clock::now() - attempt_limit
    );
    for (;;) {
        auto& poster = *posters_[next_poster_];
        next_poster_ = (next_poster_ + 1) % posters_.size();
        const int status = poster.post("/dispatch/call-event", body);
        if (status == 202 || status == 200) {
            ++accepted_;
            repeated_ += status == 200 ? 1 : 0;
            return;
        }
        if (status != 0 && status != 503) {
            fmt::print(stderr, "{}: answered {}\n", kind, status);
            ++surprises_;
            return;
        }
        std::this_thread::sleep_for(pause_between_attempts);
    }
}

}  // namespace trunkline::faults
