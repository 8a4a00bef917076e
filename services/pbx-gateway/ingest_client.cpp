#include "ingest_client.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "call/event.hpp"
#include "crypto/webhook.hpp"
#include "json/document.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::pbx_gateway {
namespace {

using namespace std::chrono_literals;

/// An exchange of its own would wait no longer (contracts/pbx-webhook.md section 1).
constexpr auto live_limit = 3s;
constexpr auto catch_up_limit = 20s;
constexpr std::size_t kept_detail = 300;
constexpr auto longest_retry_after = 60s;
constexpr json::Limits answer_limits{.max_bytes = std::size_t{4} << 20, .max_depth = 16};

std::string detail_in(const std::string& body) {
    const auto document = json::parse(body, answer_limits);
    const auto detail = document ? document->root().find("detail") : std::nullopt;
    return std::string(
        detail ? detail->string().value_or("").substr(0, kept_detail)
               : std::string_view(body).substr(0, kept_detail)
    );
}

std::chrono::milliseconds retry_after_in(const httpc::Response& response) {
    const auto text = response.header("Retry-After");
    long seconds = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (parsed.ec != std::errc{} || seconds <= 0) {
        return 0ms;
    }
    return std::min<std::chrono::milliseconds>(std::chrono::seconds(seconds), longest_retry_after);
}

Told judge(const httpc::Outcome& outcome) {
    if (!outcome) {
        Told told;
        told.detail = outcome.error().error.detail;
        told.may_be_taken = outcome.error().request_sent;
        return told;
    }
    auto told = pbx_gateway::judge(
        outcome->status, outcome->status < 300 ? std::string() : detail_in(outcome->body)
    );
    told.retry_after = retry_after_in(*outcome);
    return told;
}

void sign(httpc::Request& request, const std::string& key) {
    if (key.empty()) {
        return;
    }
    const auto id = "msg_" + base::random_hex(12);
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                         base::system_clock().now().time_since_epoch()
    )
                         .count();
    request.headers.emplace_back("webhook-id", id);
    request.headers.emplace_back("webhook-timestamp", std::to_string(now));
    request.headers.emplace_back(
        "webhook-signature", crypto::sign_webhook(key, id, now, request.body)
    );
}

Told told_of(json::View line) {
    json::Reader reader(line);
    const auto status = reader.required_integer("status");
    const auto detail = reader.optional_string("detail").value_or("");
    return pbx_gateway::judge(static_cast<unsigned>(status), detail.substr(0, kept_detail));
}

}  // namespace

Told judge(unsigned status, std::string detail) {
    Told told;
    told.status = status;
    told.detail = std::move(detail);
    if (status >= 200 && status < 300) {
        told.kind = Told::Kind::done;
    } else if (status >= 400 && status < 500 && status != 408 && status != 425 && status != 429) {
        told.kind = Told::Kind::refused;
    } else {
        // What broke inside ingest may have been stored before; 429 and 503 were not.
        told.may_be_taken = status != 429 && status != 503;
    }
    return told;
}

asio::awaitable<Told> IngestClient::send(const Sender& sender, const pbx::WebhookEvent& event) {
    httpc::Request request;
    request.method = "POST";
    request.url = url_ + "/" + std::string(call::to_string(event.type));
    request.body = event.body;
    request.headers = {
        {"Content-Type", "application/json"},
        {"X-PBX-Id", sender.pbx},
        {"X-Event-Time", base::format_iso8601(event.at)},
        {"X-Event-Seq", std::to_string(event.seq)},
    };
    sign(request, sender.signing_key);
    request.timeout = live_limit;
    request.peer = "ingest";
    const auto outcome = co_await http_.send(std::move(request));
    co_return judge(outcome);
}

std::string catch_up_body(const std::string& pbx, const std::vector<pbx::WebhookEvent>& events) {
    std::string body;
    for (const auto& event : events) {
        json::Writer line;
        line.begin_object()
            .member("event", call::to_string(event.type))
            .member("at", base::format_iso8601(event.at))
            .member("pbx", pbx)
            .member("seq", event.seq)
            .key("body")
            .raw(event.body)
            .end_object();
        body += line.take();
        body += '\n';
    }
    return body;
}

asio::awaitable<std::vector<Told>> IngestClient::catch_up(
    const Sender& sender, std::vector<pbx::WebhookEvent> events
) {
    httpc::Request request;
    request.method = "POST";
    request.url = url_ + "/events";
    request.body = catch_up_body(sender.pbx, events);
    request.headers = {{"Content-Type", "application/x-ndjson"}};
    sign(request, sender.signing_key);
    request.timeout = catch_up_limit;
    request.peer = "ingest";
    const auto outcome = co_await http_.send(std::move(request));
    if (!outcome || outcome->status != 200) {
        const auto told = judge(outcome);
        co_return std::vector<Told>(told.kind == Told::Kind::refused ? events.size() : 1, told);
    }
    std::vector<Told> out;
    for (const auto& line : base::split(outcome->body, '\n')) {
        const auto document = json::parse(line, answer_limits);
        if (document && out.size() < events.size()) {
            out.push_back(told_of(document->root()));
        }
    }
    co_return out;
}

asio::awaitable<Told> IngestClient::send_recording(
    const Sender& sender, const Recording& recording
) {
    json::Writer body;
    body.begin_object()
        .member("enterprise_number", sender.enterprise)
        .member("unique_id", recording.call)
        .member("pbx", sender.pbx)
        .member("file", recording.file)
        .end_object();
    httpc::Request request;
    request.method = "POST";
    request.url = url_ + "/internal/recordings";
    request.body = body.take();
    request.headers = {{"Content-Type", "application/json"}};
    if (!internal_token_.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + internal_token_);
    }
    request.timeout = live_limit;
    request.peer = "ingest";
    const auto outcome = co_await http_.send(std::move(request));
    auto told = judge(outcome);
    if (told.status == 404) {
        told.kind = Told::Kind::again;
    }
    co_return told;
}

}  // namespace trunkline::pbx_gateway
