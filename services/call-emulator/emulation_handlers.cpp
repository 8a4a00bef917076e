#include "emulation_handlers.hpp"

#include <charconv>
#include <utility>

#include "httpd/problem.hpp"
#include "httpd/stream.hpp"
#include "json/document.hpp"

namespace trunkline::call_emulator {
namespace {

httpd::Response no_such_run() {
    return httpd::problem(404, "", "no such run; the last 100 are kept, until the emulator stops");
}

httpd::Response respond(const Run& run) {
    auto response = httpd::Response::json(to_json(run), run.is_over() ? 200 : 202);
    if (!run.is_over()) {
        response.add_header("Location", "/runs/" + run.id);
    }
    return response;
}

/// How many events the browser has seen before it connected again.
std::size_t seen_by(const httpd::EventStream& stream) {
    const auto text = stream.last_event_id();
    std::size_t seen = 0;
    std::from_chars(text.data(), text.data() + text.size(), seen);
    return seen;
}

}  // namespace

httpd::Handler list_patterns() {
    return [body = patterns_json()](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        co_return httpd::Response::json(body);
    };
}

httpd::Handler emulate(Runner& runner, const Targets& targets) {
    return [&runner, &targets](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        const auto order = order_from_json(document->root());
        if (!order) {
            co_return httpd::to_response(order.error());
        }
        const auto target = targets.resolve(order->target);
        if (!target) {
            co_return httpd::to_response(target.error());
        }
        const auto run = runner.start(*order, *target, request.trace);
        if (!run) {
            co_return httpd::to_response(run.error());
        }
        if (order->wait) {
            co_await Runner::wait_for_end(*run, request.deadline);
        }
        co_return respond(**run);
    };
}

httpd::Handler get_run(const Runner& runner) {
    return [&runner](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto run = runner.find(request.param("id"));
        co_return run ? httpd::Response::json(to_json(*run)) : no_such_run();
    };
}

httpd::EventStreamHandler follow_run(const Runner& runner) {
    return [&runner](
               const httpd::Request& request, httpd::EventStream& stream
           ) -> asio::awaitable<void> {
        const auto run = runner.find(request.param("id"));
        if (!run) {
            stream.refuse(no_such_run());
            co_return;
        }
        std::size_t next = seen_by(stream);
        bool open = co_await stream.start();
        while (open) {
            if (next < run->sent.size()) {
                const auto data = to_json(run->sent[next]);
                ++next;
                open = co_await stream.send("sent", data, std::to_string(next));
            } else if (run->is_over()) {
                co_await stream.send("end", summary_json(*run), std::to_string(next));
                co_return;
            } else {
                co_await run->changed.wait();
            }
        }
    };
}

}  // namespace trunkline::call_emulator
