#include "runner.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "json/writer.hpp"
#include "net/sleep.hpp"

namespace trunkline::call_emulator {
namespace {

// What the hosts allow an answer (contracts/pbx-webhook.md section 1).
constexpr std::chrono::milliseconds answer_limit{3000};
constexpr std::chrono::milliseconds catch_up_limit{30'000};
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

/// Counts a run or a batch's worker for as long as it lives.
class Counted {
public:
    explicit Counted(std::size_t& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    std::size_t& count_;
};

base::Error too_many() {
    return base::fail(base::Errc::rate_limited, "16 runs are under way; try again later").error();
}

/// A line of POST /events.
std::string line_of(const PlannedEvent& event) {
    json::Writer writer;
    return writer.begin_object()
        .member("event", call::to_string(event.type))
        .member("at", base::format_iso8601(event.moment))
        .key("body")
        .raw(base::replace_invalid_utf8(event.body))
        .end_object()
        .take();
}

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

base::Result<std::shared_ptr<Run>> Runner::make_run(
    const Order& order, std::string target, const base::TraceContext& trace, unsigned index
) {
    const auto now = base::system_clock().now();
    const auto token = playback::token_of(order.values);
    const playback::Exchange exchange{
        .now = now,
        .free_from = timetable_.free_from(token, now),
        .timezone = timezone_,
        .first_channel = std::exchange(next_channel_, next_channel_ + playback::channels_per_run),
        .make_uuid = base::make_uuid,
    };
    auto plan = make_plan(*order.pattern, order.values, order.pace, exchange);
    if (!plan) {
        logger_.error("pattern {}: {}", order.pattern->id, base::describe(plan.error()));
        return std::unexpected(plan.error());
    }
    timetable_.take(token, plan->end);
    auto run = std::make_shared<Run>(executor_);
    if (!order.disturbance.is_none()) {
        const auto seed = order.seed.value_or(random_channel()) + index;
        playback::disturb(*plan, order.disturbance, seed);
        run->seed = seed;
    }
    run->id = base::make_uuid();
    run->pattern = order.pattern->id;
    run->target = std::move(target);
    run->pace = order.pace;
    run->trace = trace;
    run->plan = std::move(*plan);
    run->started_at = exchange.now;
    return run;
}

base::Result<std::shared_ptr<const Run>> Runner::start(
    const Order& order, std::string target, const base::TraceContext& trace
) {
    if (running_ >= most_running) {
        return std::unexpected(too_many());
    }
    auto run = make_run(order, std::move(target), trace, 0);
    if (!run) {
        return std::unexpected(run.error());
    }
    keep(*run);
    tasks_.spawn("run " + (*run)->id, play_counted(*run));
    return *run;
}

base::Result<std::shared_ptr<const Batch>> Runner::start_batch(
    const Order& order, const std::string& target, const base::TraceContext& trace
) {
    const auto workers = std::min(order.parallel, order.repeat);
    if (running_ + workers > most_running) {
        return std::unexpected(too_many());
    }
    auto batch = std::make_shared<Batch>(executor_);
    batch->id = base::make_uuid();
    batch->pattern = order.pattern->id;
    batch->wanted = order.repeat;
    batch->started_at = base::system_clock().now();
    batches_.push_back(batch);
    if (batches_.size() > most_batches_kept) {
        batches_.pop_front();
    }
    for (unsigned worker = 0; worker < workers; ++worker) {
        tasks_.spawn("batch " + batch->id, play_next_ones(batch, order, target, trace));
    }
    return batch;
}

asio::awaitable<void> Runner::play_counted(std::shared_ptr<Run> run) {
    const Counted counted(running_);
    co_await play(std::move(run));
}

asio::awaitable<void> Runner::play_next_ones(
    std::shared_ptr<Batch> batch, Order order, std::string target, base::TraceContext trace
) {
    const Counted counted(running_);
    while (batch->runs.size() < batch->wanted && batch->detail.empty()) {
        const auto index = static_cast<unsigned>(batch->runs.size());
        auto run = make_run(order, target, trace, index);
        if (!run) {
            batch->detail = run.error().detail;
            break;
        }
        (*run)->batch = batch->id;
        batch->runs.push_back(*run);
        keep(*run);
        co_await play(*run);
        batch->changed.notify();
    }
    const bool all_over =
        std::ranges::all_of(batch->runs, [](const auto& run) { return run->is_over(); });
    if (all_over && !batch->finished_at) {
        batch->finished_at = base::system_clock().now();
        batch->changed.notify();
    }
}

asio::awaitable<base::Result<std::shared_ptr<const Run>>> Runner::play_one(
    const Order& order, std::string target, base::TraceContext trace
) {
    auto run = make_run(order, std::move(target), trace, 0);
    if (!run) {
        co_return std::unexpected(run.error());
    }
    co_await play(*run);
    co_return *run;
}

std::shared_ptr<const Run> Runner::find(std::string_view id) const {
    const auto found =
        std::ranges::find(runs_, id, [](const auto& run) -> const std::string& { return run->id; });
    return found == runs_.end() ? nullptr : *found;
}

std::shared_ptr<const Batch> Runner::find_batch(std::string_view id) const {
    const auto found = std::ranges::find(batches_, id, [](const auto& batch) -> const std::string& {
        return batch->id;
    });
    return found == batches_.end() ? nullptr : *found;
}

asio::awaitable<bool> Runner::wait_for_end(
    std::shared_ptr<const Batch> batch, net::Deadline deadline
) {
    bool in_time = true;
    while (!batch->is_over() && in_time) {
        in_time = co_await batch->changed.wait_until(deadline);
    }
    co_return batch->is_over();
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
    if (run->plan.is_catch_up) {
        reachable = co_await catch_up(*run);
    } else {
        for (const auto& event : run->plan.events) {
            if (event.due.count() > 0) {
                co_await net::sleep_until(begin + event.due);
            }
            reachable = co_await play_event(*run, event);
            if (!reachable) {
                break;
            }
        }
    }
    const auto accepted = run->accepted();
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
    sent.is_repeat = event.is_repeat;
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
    note(run, std::move(sent));
    co_return reachable;
}

/// All events in one request; its answer has a line for each. False: the target is down.
asio::awaitable<bool> Runner::catch_up(Run& run) {
    httpc::Request request;
    request.method = "POST";
    request.url = run.target + "/events";
    request.headers = {{"Content-Type", "application/x-ndjson"}};
    for (const auto& event : run.plan.events) {
        request.body += line_of(event) + "\n";
        log_.sending(run, event, request.url, request.headers);
    }
    request.timeout = catch_up_limit;
    request.trace = run.trace;
    request.peer = "ingest";
    const auto sent_at = base::system_clock().now();
    const auto begin = base::system_clock().steady();
    const auto outcome = co_await client_.send(std::move(request));
    const auto duration = std::chrono::duration_cast<std::chrono::milliseconds>(
        base::system_clock().steady() - begin
    );
    auto lines = base::split(outcome ? outcome->body : std::string(), '\n');
    lines.resize(run.plan.events.size());
    for (std::size_t i = 0; i < run.plan.events.size(); ++i) {
        const auto& event = run.plan.events[i];
        Sent sent;
        sent.event = event.type;
        sent.body = event.body;
        sent.moment = event.moment;
        sent.is_repeat = event.is_repeat;
        sent.sent_at = sent_at;
        sent.duration = duration;
        if (outcome) {
            const auto line = json::parse(lines[i]);
            const auto status = line ? line->root().find("status") : std::nullopt;
            sent.http_status = static_cast<unsigned>(
                status ? status->integer().value_or(outcome->status) : outcome->status
            );
            sent.answer = (line ? lines[i] : outcome->body).substr(0, longest_answer);
            log_.answered(sent, outcome->headers);
        } else {
            sent.error = outcome.error().error.detail;
            log_.failed(run, sent);
        }
        note(run, std::move(sent));
    }
    co_return outcome.has_value() || outcome.error().request_sent;
}

void Runner::note(Run& run, Sent sent) {
    registry_
        .counter(
            "emulator_events_total",
            "Events sent",
            {{"event", std::string(call::to_string(sent.event))}, {"answer", outcome_label(sent)}}
        )
        .add();
    run.sent.push_back(std::move(sent));
    run.changed.notify();
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
