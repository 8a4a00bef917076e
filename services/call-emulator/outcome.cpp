#include "outcome.hpp"

#include <algorithm>
#include <chrono>

#include "outcome_parts.hpp"

namespace trunkline::call_emulator {
namespace {

bool waits_for_something(const Testimony& trace) { return !items_of(trace, "waiting").empty(); }

bool is_settled(
    const Run& run,
    const CallEvidence& call,
    const std::vector<Difference>& differences,
    base::WallTime now,
    std::chrono::milliseconds patience
) {
    if (!run.is_over()) {
        return false;
    }
    const bool is_late = now - run.finished_at.value_or(now) >= patience;
    if (!call.can_be_seen || run.accepted() == 0) {
        return true;
    }
    if (!call.trace.said) {
        return is_late;
    }
    if (waits_for_something(call.trace)) {
        return false;
    }
    return (!call.calls.empty() && differences.empty()) || is_late;
}

/// `null`, and why in `reasons`, for what could not be seen.
void write_said(
    json::Writer& writer, std::string_view name, const std::optional<json::View>& said
) {
    writer.key(name);
    if (said) {
        writer.value(*said);
    } else {
        writer.value(nullptr);
    }
}

void write_reasons(json::Writer& writer, const CallEvidence& call, const SandboxEvidence& sandbox) {
    writer.key("reasons").begin_object();
    const auto note = [&writer](const char* part, const std::string& why) {
        if (!why.empty()) {
            writer.member(part, why);
        }
    };
    note("trace", call.trace.why_not);
    note("calls", call.why_no_calls);
    note("call_events", call.events.why_not);
    note("chats", call.trace.said ? sandbox.chats.why_not : call.trace.why_not);
    note("crm", call.can_be_seen ? sandbox.requests.why_not : call.trace.why_not);
    writer.end_object();
}

class Composer {
public:
    Composer(const Run& run, const CallEvidence& call, const SandboxEvidence& sandbox)
        : run_(run), call_(call), sandbox_(sandbox) {}

    std::string compose(
        const Outcome& outcome,
        const std::vector<Chat>& chats,
        const std::vector<json::View>& requests
    ) {
        writer_.begin_object().member("run", run_.id).member("status", to_string(run_.status));
        writer_.key("events").begin_array();
        for (const auto& sent : run_.sent) {
            writer_.raw(to_json(sent));
        }
        writer_.end_array();
        write_call();
        write_effects(chats, requests);
        writer_.key("expected");
        write_expected(writer_, run_.plan);
        writer_.key("differences").begin_array();
        for (const auto& difference : outcome.differences) {
            playback::write_difference(writer_, difference);
        }
        writer_.end_array();
        write_reasons(writer_, call_, sandbox_);
        writer_.member("settled", outcome.is_settled).member("complete", outcome.is_complete);
        writer_.key("reason");
        if (outcome.incomplete_because.empty()) {
            writer_.value(nullptr);
        } else {
            writer_.value(outcome.incomplete_because);
        }
        return writer_.end_object().take();
    }

private:
    void write_call() {
        writer_.key("calls");
        if (call_.why_no_calls.empty()) {
            writer_.begin_array();
            for (const auto& call : call_.calls) {
                writer_.value(call.root());
            }
            writer_.end_array();
        } else {
            writer_.value(nullptr);
        }
        write_said(writer_, "call_events", call_.events.find("items"));
        write_said(
            writer_,
            "trace",
            call_.trace.said ? std::optional(call_.trace.said->root()) : std::nullopt
        );
    }

    void write_effects(const std::vector<Chat>& chats, const std::vector<json::View>& requests) {
        writer_.key("chats");
        if (call_.trace.said) {
            write_chats(writer_, chats);
        } else {
            writer_.value(nullptr);
        }
        writer_.key("crm");
        if (sandbox_.requests.said && call_.can_be_seen) {
            writer_.begin_array();
            for (const auto request : requests) {
                writer_.value(request);
            }
            writer_.end_array();
        } else {
            writer_.value(nullptr);
        }
    }

    const Run& run_;
    const CallEvidence& call_;
    const SandboxEvidence& sandbox_;
    json::Writer writer_;
};

std::string mark_of(
    const Run& run,
    const CallEvidence& call,
    const std::vector<Chat>& chats,
    const std::vector<json::View>& requests,
    const Outcome& outcome
) {
    json::Writer writer;
    writer.begin_array().value(run.sent.size()).value(requests.size());
    writer.value(outcome.is_settled).value(outcome.incomplete_because);
    const auto items = call.trace.find("items");
    writer.value(items ? items->size() : std::size_t{0});
    for (const auto& stored : call.calls) {
        writer.value(stored.root());
    }
    for (const auto& difference : outcome.differences) {
        writer.value(difference.path).value(difference.received);
    }
    write_chats(writer, chats);
    return writer.end_array().take();
}

std::string why_incomplete(const CallEvidence& call, const SandboxEvidence& sandbox) {
    for (const auto* reason :
         {&call.trace.why_not, &call.why_no_calls, &sandbox.chats.why_not, &sandbox.requests.why_not
         }) {
        if (!reason->empty()) {
            return *reason;
        }
    }
    return {};
}

}  // namespace

std::size_t Outcome::count(std::string_view what) const {
    return static_cast<std::size_t>(std::ranges::count(differences, what, &Difference::what));
}

Outcome outcome_of(
    const Run& run,
    const CallEvidence& call,
    const SandboxEvidence& sandbox,
    base::WallTime now,
    std::chrono::milliseconds patience
) {
    Outcome outcome;
    const auto chats = chats_of(call.trace, sandbox);
    const auto requests =
        call.can_be_seen ? crm_requests_of(run, sandbox) : std::vector<json::View>();
    for (auto part :
         {event_differences(run, call),
          call_differences(run, call),
          chat_differences(run, call, chats),
          crm_differences(run, call, requests)}) {
        std::ranges::move(part, std::back_inserter(outcome.differences));
    }
    outcome.is_settled = is_settled(run, call, outcome.differences, now, patience);
    outcome.incomplete_because = why_incomplete(call, sandbox);
    outcome.is_complete = outcome.incomplete_because.empty();
    outcome.mark = mark_of(run, call, chats, requests, outcome);
    outcome.body = Composer(run, call, sandbox).compose(outcome, chats, requests);
    return outcome;
}

}  // namespace trunkline::call_emulator
