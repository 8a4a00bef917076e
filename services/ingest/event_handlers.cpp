#include "event_handlers.hpp"

#include <optional>
#include <utility>

#include "httpd/problem.hpp"
#include "json/writer.hpp"

namespace trunkline::ingest {
namespace {

RawEvent raw_event_of(const httpd::Request& request, call::EventType type) {
    return RawEvent{
        .type = type,
        .body = request.body,
        .content_type = std::string(request.header("Content-Type")),
        .token_header = std::string(request.header("Token")),
        .event_time = std::string(request.header("X-Event-Time")),
        .pbx = std::string(request.header("X-PBX-Id")),
        .seq = std::string(request.header("X-Event-Seq")),
        .signature = signature_of(request),
    };
}

}  // namespace

crypto::WebhookHeaders signature_of(const httpd::Request& request) {
    return {
        .id = std::string(request.header("webhook-id")),
        .timestamp = std::string(request.header("webhook-timestamp")),
        .signature = std::string(request.header("webhook-signature")),
    };
}

httpd::Response accepted(const Stored& stored) {
    json::Writer writer;
    writer.begin_object()
        .member("status", "ok")
        .member("event_id", stored.event_id)
        .member("duplicate", stored.duplicate)
        .end_object();
    return httpd::Response::json(writer.take());
}

httpd::Handler event_handler(EventIntake& intake, call::EventType type) {
    return [&intake, type](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        EventIntake::Source source{
            .address = request.remote,
            .trace = request.trace,
            .deadline = request.deadline,
            .request = nullptr,
            .replay = std::nullopt
        };
        const auto stored = co_await intake.add(raw_event_of(request, type), std::move(source));
        if (!stored) {
            co_return httpd::to_response(stored.error());
        }
        co_return accepted(*stored);
    };
}

}  // namespace trunkline::ingest
