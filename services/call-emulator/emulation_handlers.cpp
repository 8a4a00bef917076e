#include "emulation_handlers.hpp"

#include <charconv>
#include <chrono>
#include <ranges>
#include <utility>

#include "httpd/problem.hpp"
#include "httpd/stream.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "outcome.hpp"

namespace trunkline::call_emulator {
namespace {

// How often a listener's stream looks again, and how long after the end at the most.
constexpr std::chrono::milliseconds look_again{700};
constexpr std::chrono::seconds last_look{30};
constexpr std::chrono::seconds asking_limit{10};

httpd::Response no_such_run() {
    return httpd::problem(404, "", "no such run; the last 300 are kept, until the emulator stops");
}

/// Of a Run or a Batch.
template <class Work>
httpd::Response respond(const Work& work, const std::string& place) {
    auto response = httpd::Response::json(to_json(work), work.is_over() ? 200 : 202);
    if (!work.is_over()) {
        response.add_header("Location", place + work.id);
    }
    return response;
}

asio::awaitable<Outcome> ask_all(
    std::shared_ptr<const Run> run, Witnesses& witnesses, net::Deadline deadline
) {
    const auto call = co_await witnesses.ask_about(*run, deadline);
    SandboxEvidence sandbox;
    if (call.can_be_seen) {
        sandbox = co_await witnesses.ask_sandbox(run->started_at, deadline);
    } else {
        sandbox.chats.why_not = sandbox.requests.why_not = call.trace.why_not;
    }
    const auto now = base::system_clock().now();
    co_return outcome_of(*run, call, sandbox, now, witnesses.patience());
}

/// How many events the browser has seen before it connected again.
std::size_t seen_by(const httpd::EventStream& stream) {
    const auto text = stream.last_event_id();
    std::size_t seen = 0;
    std::from_chars(text.data(), text.data() + text.size(), seen);
    return seen;
}

/// One listener of a run: tells events as they are sent, and what becomes of them.
class Narrator {
public:
    Narrator(std::shared_ptr<const Run> run, Witnesses& witnesses, httpd::EventStream& stream)
        : run_(std::move(run)), witnesses_(witnesses), stream_(stream), next_(seen_by(stream)) {}

    asio::awaitable<void> tell() {
        bool open = co_await stream_.start();
        bool was_over = false;
        while (open && !is_told_) {
            open = co_await tell_sent();
            const auto now = base::system_clock().steady();
            const bool has_just_ended = run_->is_over() && !was_over;
            was_over = run_->is_over();
            if (open && (now >= next_look_ || has_just_ended)) {
                open = co_await tell_outcome();
            }
            if (open && !is_told_) {
                co_await run_->changed.wait_until(next_look_);
            }
        }
        if (open) {
            co_await stream_.send("end", summary_json(*run_), std::to_string(next_));
        }
    }

private:
    asio::awaitable<bool> tell_sent() {
        bool open = true;
        while (open && next_ < run_->sent.size()) {
            const auto data = to_json(run_->sent[next_]);
            ++next_;
            open = co_await stream_.send("sent", data, std::to_string(next_));
        }
        co_return open;
    }

    asio::awaitable<bool> tell_outcome() {
        const bool was_over = run_->is_over();
        const auto outcome = co_await ask_all(run_, witnesses_, net::deadline_in(asking_limit));
        next_look_ = base::system_clock().steady() + look_again;
        const auto since_end =
            base::system_clock().now() - run_->finished_at.value_or(base::system_clock().now());
        is_told_ = was_over && (outcome.is_settled || since_end >= last_look);
        if (outcome.mark == last_told_) {
            co_return true;
        }
        last_told_ = outcome.mark;
        co_return co_await stream_.send("outcome", outcome.body);
    }

    std::shared_ptr<const Run> run_;
    Witnesses& witnesses_;
    httpd::EventStream& stream_;
    std::size_t next_;
    net::Deadline next_look_;
    std::string last_told_;
    bool is_told_ = false;
};

/// `limit`, 100 where it is absent or no number.
std::size_t limit_of(const httpd::Request& request) {
    const auto text = request.query_param("limit").value_or("100");
    std::size_t limit = 0;
    std::from_chars(text.data(), text.data() + text.size(), limit);
    return limit == 0 ? 100 : limit;
}

}  // namespace

httpd::Handler list_patterns(const PatternBook& book) {
    return [&book](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        co_return httpd::Response::json(book.to_json());
    };
}

httpd::Handler import_pattern(PatternBook& book) {
    return [&book](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto pattern = book.add(request.body);
        if (!pattern) {
            co_return httpd::to_response(pattern.error());
        }
        co_return httpd::Response::json((*pattern)->to_json(), 201);
    };
}

httpd::Handler delete_pattern(PatternBook& book) {
    return [&book](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto removed = book.remove(request.param("id"));
        co_return removed ? httpd::Response::json(R"({"status":"ok"})")
                          : httpd::to_response(removed.error());
    };
}

httpd::Handler emulate(Runner& runner, const PatternBook& book, const Targets& targets) {
    return [&runner, &book, &targets](const httpd::Request& request
           ) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        const auto order = order_from_json(document->root(), book);
        if (!order) {
            co_return httpd::to_response(order.error());
        }
        const auto target = targets.resolve(order->target);
        if (!target) {
            co_return httpd::to_response(target.error());
        }
        if (order->is_batch()) {
            const auto batch = runner.start_batch(*order, *target, request.trace);
            if (!batch) {
                co_return httpd::to_response(batch.error());
            }
            if (order->wait) {
                co_await Runner::wait_for_end(*batch, request.deadline);
            }
            co_return respond(**batch, "/batches/");
        }
        const auto run = runner.start(*order, *target, request.trace);
        if (!run) {
            co_return httpd::to_response(run.error());
        }
        if (order->wait) {
            co_await Runner::wait_for_end(*run, request.deadline);
        }
        co_return respond(**run, "/runs/");
    };
}

httpd::Handler start_load(Loads& loads, const Targets& targets) {
    return [&loads, &targets](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        auto order = load_order_from_json(document->root());
        if (!order) {
            co_return httpd::to_response(order.error());
        }
        auto target = targets.resolve(order->target);
        if (!target) {
            co_return httpd::to_response(target.error());
        }
        const auto load = loads.start(std::move(*order), std::move(*target));
        if (!load) {
            co_return httpd::to_response(load.error());
        }
        auto response = httpd::Response::json(to_json(**load), 202);
        response.add_header("Location", "/loads/" + (*load)->id);
        co_return response;
    };
}

httpd::Handler get_load(const Loads& loads) {
    return [&loads](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto load = loads.find(request.param("id"));
        co_return load ? httpd::Response::json(to_json(*load))
                       : httpd::problem(404, "", "no such load; the last 10 are kept");
    };
}

httpd::Handler list_runs(const Runner& runner) {
    return [&runner](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        auto left = limit_of(request);
        json::Writer writer;
        writer.begin_object().key("items").begin_array();
        for (const auto& run : std::views::reverse(runner.runs())) {
            if (left-- == 0) {
                break;
            }
            writer.raw(summary_json(*run));
        }
        co_return httpd::Response::json(writer.end_array().end_object().take());
    };
}

httpd::Handler get_run(const Runner& runner) {
    return [&runner](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto run = runner.find(request.param("id"));
        co_return run ? httpd::Response::json(to_json(*run)) : no_such_run();
    };
}

httpd::Handler get_batch(const Runner& runner) {
    return [&runner](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto batch = runner.find_batch(request.param("id"));
        co_return batch ? httpd::Response::json(to_json(*batch))
                        : httpd::problem(404, "", "no such batch; the last 20 are kept");
    };
}

httpd::Handler get_outcome(const Runner& runner, Witnesses& witnesses) {
    return
        [&runner, &witnesses](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
            const auto run = runner.find(request.param("id"));
            if (!run) {
                co_return no_such_run();
            }
            const auto outcome = co_await ask_all(run, witnesses, net::deadline_in(asking_limit));
            co_return httpd::Response::json(outcome.body);
        };
}

httpd::Handler export_run(const Runner& runner, Witnesses& witnesses) {
    return
        [&runner, &witnesses](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
            const auto run = runner.find(request.param("id"));
            if (!run) {
                co_return no_such_run();
            }
            const auto trace = co_await witnesses.ask_export(*run, net::deadline_in(asking_limit));
            if (!trace.said) {
                co_return httpd::problem(409, "", "the call cannot be exported: " + trace.why_not);
            }
            auto response = httpd::Response::json(trace.said->root().dump(2));
            response.add_header(
                "Content-Disposition", "attachment; filename=\"trace-" + run->id + ".json\""
            );
            co_return response;
        };
}

httpd::EventStreamHandler follow_run(const Runner& runner, Witnesses& witnesses) {
    return [&runner, &witnesses](
               const httpd::Request& request, httpd::EventStream& stream
           ) -> asio::awaitable<void> {
        const auto run = runner.find(request.param("id"));
        if (!run) {
            stream.refuse(no_such_run());
            co_return;
        }
        Narrator narrator(run, witnesses, stream);
        co_await narrator.tell();
    };
}

}  // namespace trunkline::call_emulator
