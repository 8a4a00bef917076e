#include "evidence.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "base/text.hpp"

namespace trunkline::call_emulator {
namespace {

using std::chrono::milliseconds;

constexpr json::Limits answer_limits{.max_bytes = std::size_t{64} << 20, .max_depth = 64};
constexpr milliseconds longest_question{5000};
// A run has a handful; one whose ids are many is a call of many legs, all of one call.
constexpr std::size_t most_ids_asked = 12;
// The sandbox may have seen the first request a moment before our clock says that the run began.
constexpr std::chrono::seconds slack{2};

constexpr auto unseen = "the target is another host, whose results cannot be seen from here";

std::set<std::string> unique_ids_of(const Run& run) {
    std::set<std::string> ids{run.plan.unique_id};
    for (const auto& event : run.plan.events) {
        const auto body = json::parse(base::replace_invalid_utf8(event.body));
        const auto id = body ? body->root().find("UniqueId") : std::nullopt;
        const auto text = id ? id->scalar_text() : std::nullopt;
        if (text && !text->empty() && ids.size() < most_ids_asked) {
            ids.emplace(*text);
        }
    }
    return ids;
}

std::string in_query(const std::string& token) {
    return token.empty() ? std::string() : "enterprise=" + base::percent_encode(token);
}

milliseconds left_until(net::Deadline deadline) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - base::system_clock().steady());
    return std::clamp(left, milliseconds(1), longest_question);
}

}  // namespace

std::optional<json::View> Testimony::find(std::string_view name) const {
    return said ? said->root().find(name) : std::nullopt;
}

Witnesses::Witnesses(httpc::Client& client, Settings settings)
    : client_(client), settings_(std::move(settings)) {}

asio::awaitable<Testimony> Witnesses::get(
    std::string url, std::string token, std::string peer, net::Deadline deadline
) {
    httpc::Request request;
    request.url = std::move(url);
    request.timeout = left_until(deadline);
    request.max_response_bytes = answer_limits.max_bytes;
    request.retry_safe = true;
    request.max_tries = 2;
    request.peer = peer;
    if (!token.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + token);
    }
    const auto outcome = co_await client_.send(std::move(request));
    Testimony testimony;
    if (!outcome) {
        testimony.why_not = peer + " does not answer: " + outcome.error().error.detail;
        co_return testimony;
    }
    auto document = json::parse(outcome->body, answer_limits);
    if (outcome->status == 200 && document) {
        testimony.said = std::move(*document);
        co_return testimony;
    }
    testimony.why_not = peer + " answered " + std::to_string(outcome->status);
    const auto detail = document ? document->root().find("detail") : std::nullopt;
    const auto reason = detail ? detail->string() : std::nullopt;
    if (reason) {
        testimony.why_not += ": " + std::string(*reason);
    }
    if (outcome->status == 401 || outcome->status == 403) {
        testimony.why_not += peer == "ingest" ? " (ADMIN_TOKEN must be ingest's)"
                                              : " (INTERNAL_TOKEN must be the sandbox's)";
    }
    co_return testimony;
}

asio::awaitable<void> Witnesses::find_calls(
    CallEvidence& evidence, const Run& run, net::Deadline deadline
) {
    std::set<std::string> known;
    for (const auto& id : unique_ids_of(run)) {
        const auto url = settings_.ingest_url + "/calls?unique_id=" + base::percent_encode(id) +
                         "&" + in_query(run.plan.token);
        auto page = co_await get(url, settings_.admin_token, "ingest", deadline);
        const auto items = page.find("items");
        if (!items) {
            evidence.why_no_calls = page.why_not;
            co_return;
        }
        for (const auto item : items->elements()) {
            const auto uuid = item.find("uuid");
            auto copy = json::parse(item.dump(), answer_limits);
            if (uuid && copy && known.emplace(uuid->string().value_or("")).second) {
                evidence.calls.push_back(std::move(*copy));
            }
        }
    }
}

asio::awaitable<CallEvidence> Witnesses::ask_about(const Run& run, net::Deadline deadline) {
    CallEvidence evidence;
    evidence.can_be_seen = can_see(run.target);
    if (!evidence.can_be_seen) {
        evidence.trace.why_not = evidence.events.why_not = evidence.why_no_calls = unseen;
        co_return evidence;
    }
    auto url = settings_.ingest_url + "/calls/" + base::percent_encode(run.plan.unique_id) +
               "/trace?" + in_query(run.plan.token);
    evidence.trace = co_await get(std::move(url), settings_.admin_token, "ingest", deadline);
    co_await find_calls(evidence, run, deadline);
    const auto call = evidence.trace.find("call");
    const auto member = call ? call->find("uuid") : std::nullopt;
    const auto uuid = member ? member->string() : std::nullopt;
    if (!uuid) {
        evidence.events.why_not =
            evidence.trace.said ? "the events belong to no call" : evidence.trace.why_not;
        co_return evidence;
    }
    auto events_url = settings_.ingest_url + "/calls/" + std::string(*uuid) + "/events";
    evidence.events =
        co_await get(std::move(events_url), settings_.admin_token, "ingest", deadline);
    co_return evidence;
}

asio::awaitable<Testimony> Witnesses::ask_export(const Run& run, net::Deadline deadline) {
    if (!can_see(run.target)) {
        Testimony nothing;
        nothing.why_not = unseen;
        co_return nothing;
    }
    auto url = settings_.ingest_url + "/calls/" + base::percent_encode(run.plan.unique_id) +
               "/export?" + in_query(run.plan.token);
    co_return co_await get(std::move(url), settings_.admin_token, "ingest", deadline);
}

asio::awaitable<SandboxEvidence> Witnesses::ask_sandbox(
    base::WallTime since, net::Deadline deadline
) {
    SandboxEvidence evidence;
    if (settings_.sandbox_url.empty()) {
        evidence.chats.why_not = evidence.requests.why_not = "SANDBOX_URL is empty";
        co_return evidence;
    }
    const auto query = "?since=" + base::percent_encode(base::format_iso8601(since - slack));
    auto chats_url = settings_.sandbox_url + "/sandbox/chats" + query;
    evidence.chats =
        co_await get(std::move(chats_url), settings_.internal_token, "sandbox", deadline);
    auto requests_url = settings_.sandbox_url + "/sandbox/requests" + query;
    evidence.requests =
        co_await get(std::move(requests_url), settings_.internal_token, "sandbox", deadline);
    co_return evidence;
}

}  // namespace trunkline::call_emulator
