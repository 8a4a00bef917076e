#include "routes.hpp"

#include <array>
#include <chrono>

#include "call_handlers.hpp"
#include "catch_up.hpp"
#include "catch_up_handlers.hpp"
#include "dead_letter_handlers.hpp"
#include "event_handlers.hpp"
#include "ledger_handlers.hpp"
#include "rejected_handlers.hpp"
#include "trace_handlers.hpp"

namespace trunkline::ingest {
namespace {

constexpr std::array all_event_types{
    call::EventType::start,
    call::EventType::dial,
    call::EventType::bridge_create,
    call::EventType::bridge,
    call::EventType::bridge_leave,
    call::EventType::bridge_destroy,
    call::EventType::new_callerid,
    call::EventType::hangup,
};

constexpr httpd::RouteOptions admin{
    .body_limit = 0, .access = httpd::Access::admin, .deadline = std::chrono::milliseconds(10000)
};
constexpr httpd::RouteOptions replays{
    .body_limit = 1024, .access = httpd::Access::admin, .deadline = std::chrono::milliseconds(60000)
};

}  // namespace

void add_event_routes(httpd::Router& router, Front& front, const asio::any_io_executor& executor) {
    auto& intake = front.intake();
    const httpd::RouteOptions events{
        .body_limit = 64UL * 1024,
        .access = httpd::Access::open,
        .deadline = std::chrono::milliseconds(5000)
    };
    for (const auto type : all_event_types) {
        router.add(
            "POST", "/" + std::string(call::to_string(type)), event_handler(intake, type), events
        );
    }
    const httpd::RouteOptions catch_up{
        .body_limit = most_catch_up_bytes,
        .access = httpd::Access::open,
        .deadline = std::chrono::milliseconds(60000)
    };
    router.add("POST", "/events", catch_up_handler(intake, executor), catch_up);
    auto& rejected = front.rejected();
    auto& directory = front.directory();
    router.add("GET", "/rejected", list_rejected(rejected, directory), admin);
    router.add("GET", "/rejected/{id}", get_rejected(rejected), admin);
    router.add("POST", "/rejected/{id}/replay", replay_rejected(rejected, intake), replays);
    router.add(
        "POST", "/rejected/replay", replay_many_rejected(rejected, intake, directory), replays
    );
}

void add_other_routes(httpd::Router& router, const Parts& parts) {
    router.add("GET", "/calls", list_calls(parts.calls, parts.directory), admin);
    router.add("GET", "/calls/{uuid}", get_call(parts.calls), admin);
    router.add("GET", "/calls/{uuid}/events", get_call_events(parts.calls), admin);
    router.add("GET", "/calls/{uuid}/trace", get_call_trace(parts.pool, parts.settings), admin);
    router.add("GET", "/calls/{uuid}/export", export_call(parts.pool, parts.settings), admin);
    router.add("GET", "/ledger", get_ledger(parts.pool), admin);
    router.add(
        "GET", "/dead-letters", list_dead_letters(parts.dead_letters, parts.directory), admin
    );
    router.add("GET", "/dead-letters/{id}", get_dead_letter(parts.dead_letters), admin);
    router.add(
        "POST", "/dead-letters/{id}/replay", replay_dead_letter(parts.dead_letters), replays
    );
    // Another server may have to be asked for the first bytes.
    const httpd::RouteOptions links{
        .body_limit = 0, .access = httpd::Access::open, .deadline = std::chrono::milliseconds(25000)
    };
    router.add("GET", "/recordings/{uuid}", get_recording(parts.recordings), links);
    const httpd::RouteOptions internal{
        .access = httpd::Access::internal, .deadline = std::chrono::milliseconds(10000)
    };
    router.add(
        "POST",
        "/internal/recordings",
        note_recording(parts.recordings, parts.settings.recordings_path),
        internal
    );
}

}  // namespace trunkline::ingest
