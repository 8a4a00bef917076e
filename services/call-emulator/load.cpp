#include "load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <random>
#include <utility>

#include "base/ids.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"
#include "net/sleep.hpp"
#include "outcome.hpp"

namespace trunkline::call_emulator {
namespace {

using std::chrono::milliseconds;

constexpr double fastest = 5000;
constexpr std::int64_t longest_s = 600;
constexpr std::size_t most_tokens = 1000;
constexpr std::size_t most_calls = 20'000;
constexpr std::size_t most_examples = 20;
constexpr std::chrono::seconds settle_limit{90};
constexpr std::chrono::seconds between_looks{3};
constexpr std::chrono::seconds asking_limit{20};

/// Calls as they come to an exchange: patterns by their weights, numbers and phones of their own,
/// since no phone is in two calls at once.
class Traffic {
public:
    Traffic(const PatternBook& book, const LoadOrder& order)
        : patterns_(book.mix()), order_(order), random_(order.seed) {
        for (const auto& pattern : patterns_) {
            weights_ += pattern->weight;
            events_ += pattern->weight * static_cast<std::int64_t>(pattern->steps.size());
        }
    }

    double events_a_call() const {
        return static_cast<double>(events_) /
               static_cast<double>(std::max<std::int64_t>(weights_, 1));
    }

    Order next() {
        const auto number = made_++;
        Order order;
        order.pattern = choose();
        order.pace = order_.pace;
        order.values = playback::defaults_of(*order.pattern);
        const auto enterprises = order_.tokens.size();
        // Four phones for each call; the numbers come round long after the call is over.
        const auto first = 100 + 4 * (number / enterprises % 200);
        const auto phone = [first](std::size_t place) { return std::to_string(first + place); };
        set(order, "token", {order_.tokens[number % enterprises]});
        set(order, "answered_by", {phone(1)});
        set(order, "transfer_to", {phone(3)});
        set(order, "caller", {phone(0)});
        set(order, "callee", {phone(1)});
        set(order, "mobile", {fmt::format("+37533{:07}", number % 10'000'000)});
        if (!is_hidden(order, "phone")) {
            set(order, "phone", {fmt::format("+37529{:07}", number % 10'000'000)});
        }
        if (auto found = order.values.find("extensions"); found != order.values.end()) {
            for (std::size_t i = 0; i < found->second.size(); ++i) {
                found->second[i] = phone(std::min<std::size_t>(i, 2));
            }
        }
        return order;
    }

private:
    static void set(Order& order, std::string_view field, std::vector<std::string> value) {
        if (const auto found = order.values.find(field); found != order.values.end()) {
            found->second = std::move(value);
        }
    }
    static bool is_hidden(const Order& order, std::string_view field) {
        const auto found = order.values.find(field);
        return found != order.values.end() && found->second.front().empty();
    }

    std::shared_ptr<const Pattern> choose() {
        auto ticket = static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(weights_));
        for (const auto& pattern : patterns_) {
            ticket -= pattern->weight;
            if (ticket < 0) {
                return pattern;
            }
        }
        return patterns_.back();
    }

    std::vector<std::shared_ptr<const Pattern>> patterns_;
    const LoadOrder& order_;
    std::mt19937_64 random_;
    std::int64_t weights_ = 0;
    std::int64_t events_ = 0;
    std::size_t made_ = 0;
};

std::string_view to_string(Load::Phase phase) {
    switch (phase) {
        case Load::Phase::sending:
            return "sending";
        case Load::Phase::settling:
            return "settling";
        case Load::Phase::done:
            return "done";
        case Load::Phase::canceled:
            return "canceled";
    }
    return "canceled";
}

void note_difference(Load& load, const Run& run, const Difference& difference) {
    if (load.examples.size() >= most_examples) {
        return;
    }
    json::Writer writer;
    writer.begin_object()
        .member("pattern", run.pattern)
        .member("unique_id", run.plan.unique_id)
        .member("token", run.plan.token)
        .member("what", difference.what)
        .member("path", difference.path)
        .key("expected")
        .raw(difference.expected)
        .key("received")
        .raw(difference.received)
        .member("text", difference.text_en)
        .end_object();
    load.examples.push_back(writer.take());
}

void count(Load& load, const Run& run, const Outcome& outcome) {
    ++load.calls_seen;
    // What could not be seen is not right.
    const auto is_right = [&outcome](std::initializer_list<const char*> kinds) {
        return outcome.is_complete && std::ranges::none_of(kinds, [&outcome](const char* kind) {
                   return outcome.count(kind) > 0;
               });
    };
    load.stored += is_right({"call", "event"}) ? 1 : 0;
    load.messages_right += is_right({"chat"}) ? 1 : 0;
    load.crm_right += is_right({"crm"}) ? 1 : 0;
    load.unsettled += outcome.is_settled ? 0 : 1;
    if (load.detail.empty()) {
        load.detail = outcome.incomplete_because;
    }
    for (const auto& difference : outcome.differences) {
        note_difference(load, run, difference);
    }
}

void read_pace(json::Reader& reader, LoadOrder& order) {
    const auto pace = reader.optional_string("pace").value_or("real");
    if (pace != "real" && pace != "fast") {
        reader.fail("pace", "must be real or fast");
    }
    order.pace.kind = pace == "fast" ? Pace::Kind::fast : Pace::Kind::real;
}

}  // namespace

double Latencies::percentile(double share) const {
    if (all_.empty()) {
        return 0;
    }
    auto sorted = all_;
    std::ranges::sort(sorted);
    const auto last = static_cast<double>(sorted.size() - 1);
    const auto place = static_cast<std::size_t>(std::lround(last * share));
    return std::chrono::duration<double, std::milli>(sorted[place]).count();
}

base::Result<LoadOrder> load_order_from_json(json::View view) {
    json::Reader reader(view);
    LoadOrder order;
    order.rate = reader.required_number("rate");
    if (order.rate <= 0 || order.rate > fastest) {
        reader.fail("rate", "must be over 0, and 5000 at most");
    }
    const auto seconds = reader.required_integer("seconds");
    if (seconds < 1 || seconds > longest_s) {
        reader.fail("seconds", "must be from 1 to 600");
    }
    order.lasts = std::chrono::seconds(seconds);
    order.tokens = reader.string_list("tokens");
    if (order.tokens.empty() || order.tokens.size() > most_tokens) {
        reader.fail("tokens", "must be Tokens of enterprises, 1 to 1000");
    }
    read_pace(reader, order);
    order.seed = static_cast<std::uint64_t>(reader.optional_integer("seed").value_or(1));
    order.target = reader.optional_string("target");
    if (auto finished = reader.finish(); !finished) {
        return std::unexpected(std::move(finished.error()));
    }
    return order;
}

std::string to_json(const Load& load) {
    json::Writer writer;
    const auto seconds = std::chrono::duration<double>(load.sending_took).count();
    writer.begin_object()
        .member("load", load.id)
        .member("status", to_string(load.phase))
        .member("target", load.target)
        .member("rate", load.order.rate)
        .member("seconds", load.order.lasts.count())
        .member("enterprises", load.order.tokens.size())
        .member("started_at", base::format_iso8601(load.started_at))
        .key("finished_at");
    if (load.finished_at) {
        writer.value(base::format_iso8601(*load.finished_at));
    } else {
        writer.value(nullptr);
    }
    writer.member("calls", load.calls_begun)
        .member("sent", load.sent)
        .member("acknowledged", load.acknowledged)
        .member("sent_a_second", seconds > 0 ? static_cast<double>(load.sent) / seconds : 0.0)
        .key("latency_ms")
        .begin_object()
        .member("p50", load.acknowledgements.percentile(0.5))
        .member("p95", load.acknowledgements.percentile(0.95))
        .member("p99", load.acknowledgements.percentile(0.99))
        .member("max", load.acknowledgements.percentile(1))
        .end_object()
        .member("calls_seen", load.calls_seen)
        .member("stored", load.stored)
        .member("messages_right", load.messages_right)
        .member("crm_right", load.crm_right)
        .member("unsettled", load.unsettled)
        .member("detail", load.detail)
        .key("differences")
        .begin_array();
    for (const auto& example : load.examples) {
        writer.raw(example);
    }
    return writer.end_array().end_object().take();
}

Loads::Loads(
    asio::any_io_executor executor, Runner& runner, const PatternBook& book, Witnesses& witnesses
)
    : executor_(executor),
      runner_(runner),
      book_(book),
      witnesses_(witnesses),
      tasks_(executor, "load"),
      calls_(std::move(executor), "load's calls") {}

base::Result<std::shared_ptr<const Load>> Loads::start(LoadOrder order, std::string target) {
    const auto& all = loads_;
    if (!std::ranges::all_of(all, [](const auto& load) { return load->is_over(); })) {
        return base::fail(base::Errc::conflict, "a load is under way");
    }
    auto load = std::make_shared<Load>();
    load->id = base::make_uuid();
    load->order = std::move(order);
    load->target = std::move(target);
    load->started_at = base::system_clock().now();
    loads_.push_back(load);
    if (loads_.size() > most_kept) {
        loads_.erase(loads_.begin());
    }
    tasks_.spawn("load " + load->id, carry_out(load));
    return load;
}

std::shared_ptr<const Load> Loads::find(std::string_view id) const {
    const auto found = std::ranges::find(loads_, id, [](const auto& load) -> const std::string& {
        return load->id;
    });
    return found == loads_.end() ? nullptr : *found;
}

asio::awaitable<void> Loads::drain(net::Deadline deadline) {
    co_await tasks_.drain(deadline);
    co_await calls_.drain(deadline);
}

asio::awaitable<void> Loads::carry_out(std::shared_ptr<Load> load) {
    // Whatever ends it, it is over then.
    const auto end = [](Load* ended) {
        ended->phase = ended->phase == Load::Phase::done ? ended->phase : Load::Phase::canceled;
        ended->finished_at = base::system_clock().now();
    };
    const std::unique_ptr<Load, decltype(end)> guard(load.get(), end);
    co_await send_all(load);
    load->phase = Load::Phase::settling;
    if (witnesses_.can_see(load->target)) {
        co_await judge(*load);
    } else {
        load->detail = "the target is another host, whose results cannot be seen from here";
    }
    load->phase = Load::Phase::done;
    logger_.info(
        "load {}: {} calls, {} of {} events acknowledged, {} stored",
        load->id,
        load->calls_begun,
        load->acknowledged,
        load->sent,
        load->stored
    );
}

/// Calls begin evenly; each takes its own time.
asio::awaitable<void> Loads::send_all(std::shared_ptr<Load> load) {
    Traffic traffic(book_, load->order);
    const auto calls_a_second = load->order.rate / traffic.events_a_call();
    const auto pause = std::chrono::duration<double>(1 / calls_a_second);
    const auto begin = base::system_clock().steady();
    for (std::size_t i = 0; i < most_calls; ++i) {
        const auto due = begin + std::chrono::duration_cast<base::Duration>(pause * i);
        if (due >= begin + load->order.lasts) {
            break;
        }
        co_await net::sleep_until(due);
        ++load->calls_begun;
        calls_.spawn("call", play_one(load, traffic.next()));
    }
    co_await calls_.join();
    load->sending_took =
        std::chrono::duration_cast<milliseconds>(base::system_clock().steady() - begin);
}

asio::awaitable<void> Loads::play_one(std::shared_ptr<Load> load, Order order) {
    const auto run = co_await runner_.play_one(order, load->target, base::TraceContext::make());
    if (!run) {
        load->detail = run.error().detail;
        co_return;
    }
    for (const auto& sent : (*run)->sent) {
        ++load->sent;
        load->acknowledged += sent.is_accepted() ? 1 : 0;
        if (sent.http_status) {
            load->acknowledgements.add(sent.duration);
        }
    }
    load->runs.push_back(*run);
}

asio::awaitable<void> Loads::judge(Load& load) {
    auto runs = std::exchange(load.runs, {});
    const auto deadline = base::system_clock().steady() + settle_limit;
    while (!runs.empty()) {
        const bool is_last = base::system_clock().steady() >= deadline;
        // A round takes a while, and what is asked once may be old news for the last call.
        const auto asked_at = base::system_clock().now();
        const auto sandbox =
            co_await witnesses_.ask_sandbox(load.started_at, net::deadline_in(asking_limit));
        if (load.detail.empty()) {
            load.detail = sandbox.requests.why_not;
        }
        runs = co_await judge_once(load, std::move(runs), sandbox, asked_at, is_last);
        if (!runs.empty()) {
            co_await net::sleep_until(base::system_clock().steady() + between_looks);
        }
    }
}

/// Those that are not settled yet.
asio::awaitable<Loads::Runs> Loads::judge_once(
    Load& load, Runs runs, const SandboxEvidence& sandbox, base::WallTime asked_at, bool is_last
) {
    Runs open;
    for (const auto& run : runs) {
        const auto call = co_await witnesses_.ask_about(*run, net::deadline_in(asking_limit));
        const auto outcome = outcome_of(*run, call, sandbox, asked_at, witnesses_.patience());
        if (outcome.is_settled || is_last) {
            count(load, *run, outcome);
        } else {
            open.push_back(run);
        }
    }
    co_return open;
}

}  // namespace trunkline::call_emulator
