#include "catch_up_handlers.hpp"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch_up.hpp"
#include "event_handlers.hpp"
#include "httpd/problem.hpp"
#include "json/writer.hpp"
#include "net/task_group.hpp"

namespace trunkline::ingest {
namespace {

/// Lines that are stored together: they share commits and keep their order.
constexpr std::size_t at_once = 256;

using Outcomes = std::vector<std::optional<base::Result<Stored>>>;

/// What all lines of one request share.
struct CatchUp {
    EventIntake& intake;
    SignedRequest request;
    EventIntake::Source source;
    std::vector<CatchUpLine> lines;
    Outcomes outcomes;
};

asio::awaitable<void> take_in(std::shared_ptr<CatchUp> all, std::size_t index) {
    auto& line = all->lines[index];
    if (!line.event) {
        all->outcomes[index] = std::unexpected(line.event.error());
        co_return;
    }
    auto stored = co_await all->intake.add(std::move(*line.event), all->source);
    all->outcomes[index] = std::move(stored);
}

asio::awaitable<void> take_all_in(asio::any_io_executor executor, std::shared_ptr<CatchUp> all) {
    // The lines in hand end by themselves, within the store's limits; only no more are begun.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    net::TaskGroup tasks(std::move(executor), "catch-up");
    for (std::size_t from = 0; from < all->lines.size(); from += at_once) {
        if (net::time_left(all->source.deadline) <= net::Duration::zero()) {
            co_return;
        }
        const auto to = std::min(from + at_once, all->lines.size());
        for (auto index = from; index < to; ++index) {
            tasks.spawn("line", take_in(all, index));
        }
        co_await tasks.join();
    }
}

/// Each wrong place with what is wrong there, as a single event's answer lists them.
std::string told(const base::Error& error) {
    std::string text;
    for (const auto& field : error.fields) {
        text += (text.empty() ? "" : "; ") + field.path + ": " + field.detail;
    }
    return text.empty() ? error.detail : text;
}

void write_outcome(
    json::Writer& writer, std::size_t number, const std::optional<base::Result<Stored>>& outcome
) {
    writer.begin_object().member("line", static_cast<std::int64_t>(number));
    if (outcome && *outcome) {
        writer.member("status", 200)
            .member("event_id", (*outcome)->event_id)
            .member("duplicate", (*outcome)->duplicate);
    } else {
        const auto error =
            outcome
                ? outcome->error()
                : base::fail(base::Errc::unavailable, "no time was left; send it again").error();
        writer.member("status", static_cast<std::int64_t>(httpd::status_of(error.code)))
            .member("detail", told(error));
    }
    writer.end_object();
}

httpd::Response answer(const CatchUp& all) {
    std::string body;
    for (std::size_t index = 0; index < all.lines.size(); ++index) {
        json::Writer writer;
        write_outcome(writer, all.lines[index].number, all.outcomes[index]);
        body += writer.take();
        body += '\n';
    }
    return httpd::Response::content(std::move(body), "application/x-ndjson");
}

}  // namespace

httpd::Handler catch_up_handler(EventIntake& intake, asio::any_io_executor executor) {
    return [&intake, executor = std::move(executor)](const httpd::Request& request
           ) -> asio::awaitable<httpd::Response> {
        auto lines = catch_up_lines(request.body, std::string(request.header("Token")));
        if (!lines) {
            co_return httpd::to_response(lines.error());
        }
        // A signature is of the whole request, so it is judged once for each enterprise.
        const auto signature = signature_of(request);
        for (auto& line : *lines) {
            if (line.event) {
                line.event->signature = signature;
            }
        }
        const auto all = std::make_shared<CatchUp>(CatchUp{
            .intake = intake,
            .request = {.body = request.body, .verdicts = {}},
            .source =
                {.address = request.remote,
                 .trace = request.trace,
                 .deadline = request.deadline,
                 .request = nullptr,
                 .recovered = true,
                 .replay = std::nullopt},
            .lines = std::move(*lines),
            .outcomes = {}
        });
        all->source.request = &all->request;
        all->outcomes.resize(all->lines.size());
        co_await take_all_in(executor, all);
        co_return answer(*all);
    };
}

}  // namespace trunkline::ingest
