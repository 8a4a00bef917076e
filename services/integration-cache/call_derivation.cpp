#include "call_derivation.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "call/event.hpp"
#include "call/tracker.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"

namespace trunkline::integration_cache {
namespace {

constexpr json::Limits raw_limits{.max_bytes = std::size_t{512} * 1024, .max_depth = 40};

std::string uuid_from(const std::string& name) {
    auto hex = crypto::to_hex(crypto::sha256(name)).substr(0, 32);
    hex[12] = '8';  // RFC 9562 version 8: made by our own rule.
    hex[16] = 'a';
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
           hex.substr(16, 4) + "-" + hex.substr(20);
}

/// The raw event with the UniqueId that stands beside it: of a bridge, the raw one names a leg, and
/// some senders leave it out.
std::string with_unique_id(json::View raw, const std::string& unique_id) {
    json::Writer writer;
    writer.begin_object();
    for (const auto& [key, value] : raw.members()) {
        if (key != "UniqueId") {
            writer.key(key).raw(value.dump());
        }
    }
    return writer.member("UniqueId", unique_id).end_object().take();
}

base::Result<call::Event> event_of(const contract::Dispatch& dispatch, base::WallTime now) {
    const auto type = call::parse_event_type(call::to_string(dispatch.kind));
    if (!type) {
        return base::fail(base::Errc::invalid_input, "event_type: an update needs the member call");
    }
    const auto raw = json::parse(dispatch.raw, raw_limits);
    if (!raw) {
        return std::unexpected(raw.error());
    }
    const auto whole = json::parse(with_unique_id(raw->root(), dispatch.unique_id), raw_limits);
    if (!whole) {
        return std::unexpected(whole.error());
    }
    const call::Arrival arrival{
        .received = now, .event_time = std::nullopt, .pbx = "", .recovered = false
    };
    return call::decode_event(*type, whole->root(), arrival);
}

call::TrackerSettings settings_for(
    const tenants::Enterprise& enterprise, const std::string& unique_id
) {
    call::TrackerSettings settings;
    settings.timezone = enterprise.timezone;
    for (const auto& [id, line] : enterprise.lines) {
        settings.lines.insert(id);
    }
    settings.canonical_number = [&enterprise](std::string_view number, std::string_view line) {
        return enterprise.canonical_number(number, line);
    };
    settings.make_uuid = [&enterprise, unique_id] {
        return uuid_from(enterprise.number + "/" + unique_id);
    };
    return settings;
}

/// The one call of the tracker; nothing if the events have told of none.
const call::LiveCall* only_call(const call::Tracker& tracker) {
    const auto calls = tracker.live_calls();
    const auto told = std::ranges::find_if(calls, [](const call::LiveCall* live) {
        return live->call.phase != call::Phase::none;
    });
    return told == calls.end() ? nullptr : *told;
}

}  // namespace

base::Result<DerivedCall> derive_call(
    const tenants::Enterprise& enterprise,
    const contract::Dispatch& dispatch,
    const std::string& state,
    base::WallTime now
) {
    const auto event = event_of(dispatch, now);
    if (!event) {
        return std::unexpected(event.error());
    }
    auto settings = settings_for(enterprise, dispatch.unique_id);
    const auto timers = settings.timers;
    call::Tracker tracker(std::move(settings));
    if (!state.empty()) {
        // A state that cannot be read is no reason to lose the event.
        if (auto live = call::live_call_from_json(state)) {
            tracker.restore(std::move(*live));
        }
    }
    (void)tracker.apply(*event);
    const auto* live = only_call(tracker);
    if (live == nullptr) {
        return base::fail(base::Errc::invalid_input, "raw: tells nothing of a call");
    }
    if (dispatch.kind == call::DispatchKind::hangup && live->call.phase != call::Phase::done) {
        (void)tracker.tick(now + timers.quiet + timers.leave_settle);
        live = only_call(tracker);
    }
    if (live == nullptr) {
        return base::fail(base::Errc::internal, "the call is gone after its own event");
    }
    DerivedCall derived{.call = live->call, .state = call::to_json(*live)};
    return derived;
}

}  // namespace trunkline::integration_cache
