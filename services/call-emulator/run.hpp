#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/trace.hpp"
#include "call/event.hpp"
#include "json/writer.hpp"
#include "net/event.hpp"
#include "playback/plan.hpp"

namespace trunkline::call_emulator {

using playback::Pace;
using playback::Plan;
using playback::PlannedEvent;

/// One event that was sent, or could not be.
struct Sent {
    call::EventType event = call::EventType::start;
    std::string body;       ///< As sent.
    base::WallTime moment;  ///< When it happened by the exchange's clock.
    base::WallTime sent_at;
    std::chrono::milliseconds duration{0};
    std::optional<unsigned> http_status;  ///< Nothing: no answer came.
    std::string answer;                   ///< Cut after 4 KiB.
    std::string error;                    ///< Why no answer came.
    bool is_repeat = false;               ///< Sent a second time on purpose.

    bool is_accepted() const { return http_status && *http_status >= 200 && *http_status < 300; }
    /// Of ingest's answer; "" if it has none.
    std::string event_id() const;
};

enum class RunStatus {
    running,
    done,      ///< Every event was answered with 2xx.
    failed,    ///< Some were not, or the target is down.
    canceled,  ///< The emulator was stopped in the middle.
};

std::string_view to_string(RunStatus status);

/// A call that is being played, or was. Handlers that follow it and the book share it.
struct Run {
    explicit Run(const asio::any_io_executor& executor) : changed(executor) {}

    std::string id;
    std::string batch;  ///< "" for a run by itself.
    std::string pattern;
    std::string target;
    Pace pace;
    std::optional<std::uint64_t> seed;  ///< Set if events are lost, doubled or shuffled.
    base::TraceContext trace;
    Plan plan;
    base::WallTime started_at;
    std::optional<base::WallTime> finished_at;
    RunStatus status = RunStatus::running;
    std::string detail;      ///< Of a run that failed: what went wrong, in words.
    std::vector<Sent> sent;  ///< Grows.
    /// Told after each event and at the end. Who waits for it sees a run, and changes nothing of
    /// it.
    mutable net::Event changed;

    bool is_over() const { return status != RunStatus::running; }
    std::size_t accepted() const;
};

/// Several runs of one order.
struct Batch {
    explicit Batch(const asio::any_io_executor& executor) : changed(executor) {}

    std::string id;
    std::string pattern;
    unsigned wanted = 0;
    base::WallTime started_at;
    std::optional<base::WallTime> finished_at;
    std::string detail;                            ///< Why not all runs were begun.
    std::vector<std::shared_ptr<const Run>> runs;  ///< Grows.
    mutable net::Event changed;

    bool is_over() const { return finished_at.has_value(); }
};

/// One event of a run as everybody sees it.
std::string to_json(const Sent& sent);
/// The answer of POST /emulate and GET /runs/{id}.
std::string to_json(const Run& run);
/// The same without events and expectations.
std::string summary_json(const Run& run);
/// The answer of POST /emulate for more than one run: figures of all, summaries of each.
std::string to_json(const Batch& batch);
/// The outcome that is expected, and which of its parts cannot be known.
void write_expected(json::Writer& writer, const Plan& plan);

}  // namespace trunkline::call_emulator
