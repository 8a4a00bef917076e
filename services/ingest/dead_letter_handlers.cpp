#include "dead_letter_handlers.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "httpd/problem.hpp"
#include "json/writer.hpp"
#include "page_params.hpp"

namespace trunkline::ingest {
namespace {

base::Result<DeadLetterId> id_of(const httpd::Request& request) {
    const std::string text(request.param("id"));
    if (auto id = parse_dead_letter_id(text)) {
        return *std::move(id);
    }
    return base::fail(base::Errc::not_found, "\"" + text + "\" is not the id of a dead letter");
}

/// A time and an id that this list gave.
bool is_cursor(const std::string& text) {
    const auto underscore = text.find('_');
    return underscore != std::string::npos && base::parse_iso8601(text.substr(0, underscore)) &&
           parse_dead_letter_id(text.substr(underscore + 1));
}

base::Result<> check_words(const DeadLetterStore::Filter& filter) {
    static constexpr std::array<std::string_view, 3> states{"dead", "pending", "delivered"};
    if (filter.state && std::ranges::find(states, *filter.state) == states.end()) {
        return base::fail(base::Errc::invalid_input, "state: must be dead, pending or delivered");
    }
    if (filter.cursor && !is_cursor(*filter.cursor)) {
        return base::fail(base::Errc::invalid_input, "cursor: is none that this list gave");
    }
    return {};
}

base::Result<DeadLetterStore::Filter> read_filter(const httpd::Request& request) {
    DeadLetterStore::Filter filter;
    const auto limit = page_limit(request);
    const auto from = time_param(request, "from");
    const auto to = time_param(request, "to");
    for (const auto* error :
         {limit ? nullptr : &limit.error(),
          from ? nullptr : &from.error(),
          to ? nullptr : &to.error()}) {
        if (error != nullptr) {
            return std::unexpected(*error);
        }
    }
    filter.limit = *limit;
    filter.from = *from;
    filter.to = *to;
    filter.enterprise = request.query_param("enterprise");
    filter.queue = request.query_param("queue");
    filter.target = request.query_param("target");
    filter.state = request.query_param("state");
    filter.cursor = request.query_param("cursor");
    if (const auto words = check_words(filter); !words) {
        return std::unexpected(words.error());
    }
    return filter;
}

}  // namespace

httpd::Handler list_dead_letters(DeadLetterStore& store, tenants::Directory& directory) {
    return [&](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        auto filter = read_filter(request);
        if (!filter) {
            co_return httpd::to_response(filter.error());
        }
        if (filter->enterprise) {
            const auto known =
                co_await directory.find_or_load(*filter->enterprise, request.deadline);
            filter->enterprise = known ? known->number : *filter->enterprise;
        }
        const auto page = co_await store.list(std::move(*filter));
        co_return page ? httpd::Response::json(*page) : httpd::to_response(page.error());
    };
}

httpd::Handler get_dead_letter(DeadLetterStore& store) {
    return [&](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        auto id = id_of(request);
        if (!id) {
            co_return httpd::to_response(id.error());
        }
        std::string text(request.param("id"));
        const auto one = co_await store.get(std::move(*id), std::move(text));
        co_return one ? httpd::Response::json(*one) : httpd::to_response(one.error());
    };
}

httpd::Handler replay_dead_letter(DeadLetterStore& store) {
    return [&](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        static const base::Logger logger("dead_letters");
        auto id = id_of(request);
        if (!id) {
            co_return httpd::to_response(id.error());
        }
        const std::string text(request.param("id"));
        const auto replayed = co_await store.replay(std::move(*id));
        if (!replayed) {
            co_return httpd::to_response(replayed.error());
        }
        logger.info("dead letter {} is back in its queue", text);
        json::Writer writer;
        writer.begin_object().member("status", "queued").member("id", text).end_object();
        co_return httpd::Response::json(writer.take(), 202);
    };
}

}  // namespace trunkline::ingest
