#include "runner.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ids.hpp"
#include "net/sleep.hpp"

namespace trunkline::call_emulator {
namespace {

// What the hosts allow an answer (contracts/pbx-webhook.md section 1).
constexpr std::chrono::milliseconds answer_limit{3000};
constexpr std::size_t longest_answer = 4096;

/// A start far from that of an emulator that ran before: two runs within one second must differ.
std::uint64_t random_channel() {
    std::array<unsigned char, 3> bytes{};
    base::fill_random(bytes);
    return 1 + bytes[0] + 256UL * bytes[1] + 65536UL * bytes[2];
}

httpc::Headers headers_of(const Run& run, const PlannedEvent& event) {
    httpc::Headers headers{{"Content-Type", "application/json"}};
    if (!run.plan.token.empty()) {
        headers.emplace_back("Token", run.plan.token);
    }
    if (run.plan.tells_time) {
        headers.emplace_back("X-Event-Time", base::format_iso8601(event.moment));
    }
    return headers;
}

/// The last words of a run that nobody brought to its end: the service stops.
class EndGuard {
public:
    explicit EndGuard(Run& run) : run_(run) {}
    ~EndGuard() {
        if (!run_.is_over()) {
            run_.status = RunStatus::canceled;
            run_.detail = "the emulator was stopped";
            run_.finished_at = base::system_clock().now();
            run_.changed.notify();
        }
    }
    EndGuard(const EndGuard&) = delete;
    EndGuard& operator=(const EndGuard&) = delete;

private:
    Run& run_;
};

std::string outcome_label(const Sent& sent) {
    return sent.http_status ? std::to_string(*sent.http_status / 100) + "xx" : std::string("none");
}

}  // namespace

Runner::Runner(
    asio::any_io_executor executor,
    httpc::Client& client,
    metrics::Registry& registry,
    std::string timezone
)
    : executor_(executor),
      client_(client),
      registry_(registry),
      timezone_(std::move(timezone)),
      next_channel_(random_channel()),
      tasks_(std::move(executor), "emulation") {}

base::Result<std::shared_ptr<const Run>> Runner::start(
    const Order& order, std::string target, const base::TraceContext& trace
) {
    if (tasks_.size() >= most_running) {
        return base::fail(base::Errc::rate_limited, "16 runs are under way; try again later");
    }
    const auto now = base::system_clock().now();
    const auto token = token_of(order.values);
    const Exchange exchange{
        .now = now,
        .free_from = timetable_.free_from(token, now),
        .timezone = timezone_,
        .first_channel = std::exchange(next_channel_, next_channel_ + channels_per_run),
        .make_uuid = base::make_uuid,
    };
    auto plan = make_plan(*order.pattern, order.values, order.pace, exchange);
    if (!plan) {
        logger_.error("pattern {}: {}", order.pattern->id, base::describe(plan.error()));
        return std::unexpected(plan.error());
    }
    timetable_.take(token, plan->end());
    auto run = std::make_shared<Run>(executor_);
    run->id = base::make_uuid();
    run->pattern = order.pattern->id;
    run->target = std::move(target);
    run->pace = order.pace;
    run->trace = trace;
    run->plan = std::move(*plan);
    run->started_at = exchange.now;
    keep(run);
    tasks_.spawn("run " + run->id, play(run));
    return run;
}

std::shared_ptr<const Run> Runner::find(std::string_view id) const {
    const auto found =
        std::ranges::find(runs_, id, [](const auto& run) -> const std::string& { return run->id; });
    return found == runs_.end() ? nullptr : *found;
}

asio::awaitable<bool> Runner::wait_for_end(std::shared_ptr<const Run> run, net::Deadline deadline) {
    bool in_time = true;
    while (!run->is_over() && in_time) {
        in_time = co_await run->changed.wait_until(deadline);
    }
    co_return run->is_over();
}

asio::awaitable<void> Runner::drain(net::Deadline deadline) {
    const bool all_ended = co_await tasks_.drain(deadline);
    if (!all_ended) {
        logger_.warning("runs were cut by the stop");
    }
}

asio::awaitable<void> Runner::play(std::shared_ptr<Run> run) {
    const EndGuard guard(*run);
    const auto begin = base::system_clock().steady();
    bool reachable = true;
    for (const auto& event : run->plan.events) {
        if (event.due.count() > 0) {
            co_await net::sleep_until(begin + event.due);
        }
        reachable = co_await play_event(*run, event);
        if (!reachable) {
            break;
        }
    }
    const auto accepted =
        static_cast<std::size_t>(std::ranges::count_if(run->sent, &Sent::is_accepted));
    const auto planned = run->plan.events.size();
    if (!reachable) {
        run->detail = "the target " + run->target + " is down: " + run->sent.back().error + "; " +
                      std::to_string(accepted) + " of " + std::to_string(planned) +
                      " events were delivered";
    } else if (accepted < planned) {
        run->detail = std::to_string(planned - accepted) + " of " + std::to_string(planned) +
                      " events were not accepted";
    }
    finish(*run, accepted == planned ? RunStatus::done : RunStatus::failed);
}

/// False: the target cannot even be reached, so that the rest is not worth trying.
asio::awaitable<bool> Runner::play_event(Run& run, const PlannedEvent& event) {
    httpc::Request request;
    request.method = "POST";
    request.url = run.target + "/" + std::string(call::to_string(event.type));
    request.headers = headers_of(run, event);
    request.body = event.body;
    request.timeout = answer_limit;
    request.trace = run.trace;
    request.max_response_bytes = std::size_t{64} * 1024;
    request.peer = "ingest";
    log_.sending(run, event, request.url, request.headers);

    Sent sent;
    sent.event = event.type;
    sent.body = event.body;
    sent.moment = event.moment;
    sent.sent_at = base::system_clock().now();
    const auto begin = base::system_clock().steady();
    const auto outcome = co_await client_.send(std::move(request));
    sent.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
        base::system_clock().steady() - begin
    );
    bool reachable = true;
    if (outcome) {
        sent.http_status = outcome->status;
        sent.answer = outcome->body.substr(0, longest_answer);
        log_.answered(sent, outcome->headers);
    } else {
        sent.error = outcome.error().error.detail;
        reachable = outcome.error().request_sent;
        log_.failed(run, sent);
    }
    registry_
        .counter(
            "emulator_events_total",
            "Events sent",
            {{"event", std::string(call::to_string(event.type))}, {"answer", outcome_label(sent)}}
        )
        .add();
    run.sent.push_back(std::move(sent));
    run.changed.notify();
    co_return reachable;
}

void Runner::keep(std::shared_ptr<Run> run) {
    runs_.push_back(std::move(run));
    if (runs_.size() > most_kept) {
        // Fewer run at once than are kept, so there is always one that is over.
        runs_.erase(std::ranges::find_if(runs_, [](const auto& each) { return each->is_over(); }));
    }
}

void Runner::finish(Run& run, RunStatus status) {
    run.status = status;
    run.finished_at = base::system_clock().now();
    registry_
        .counter(
            "emulator_runs_total",
            "Runs by pattern and outcome",
            {{"pattern", run.pattern}, {"status", std::string(to_string(status))}}
        )
        .add();
    logger_.info(
        "run {} of {} {}: {} events to {}{}{}",
        run.id,
        run.pattern,
        to_string(status),
        run.sent.size(),
        run.target,
        run.detail.empty() ? "" : ", ",
        run.detail
    );
    run.changed.notify();
}

}  // namespace trunkline::call_emulator
