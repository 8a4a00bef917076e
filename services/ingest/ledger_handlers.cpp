#include "ledger_handlers.hpp"

#include <charconv>

#include "httpd/problem.hpp"
#include "story/ledger.hpp"

namespace trunkline::ingest {
namespace {

constexpr auto default_span = std::chrono::hours(24);
constexpr int max_limit = 1000;

base::Result<std::optional<base::WallTime>> time_of(
    const httpd::Request& request, const std::string& name
) {
    const auto text = request.query_param(name);
    if (!text) {
        return std::optional<base::WallTime>();
    }
    const auto time = base::parse_iso8601(*text);
    if (!time) {
        return base::fail(base::Errc::invalid_input, name + ": " + time.error().detail);
    }
    return std::optional(*time);
}

base::Result<int> limit_of(const httpd::Request& request) {
    const auto text = request.query_param("limit").value_or("100");
    int limit = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, limit);
    if (parsed.ec != std::errc{} || parsed.ptr != end || limit < 1 || limit > max_limit) {
        return base::fail(
            base::Errc::invalid_input, "limit: must be a whole number from 1 to 1000"
        );
    }
    return limit;
}

base::Result<story::LedgerFilter> filter_of(const httpd::Request& request) {
    const auto from = time_of(request, "from");
    const auto to = time_of(request, "to");
    const auto limit = limit_of(request);
    for (const auto* error :
         {from ? nullptr : &from.error(),
          to ? nullptr : &to.error(),
          limit ? nullptr : &limit.error()}) {
        if (error != nullptr) {
            return std::unexpected(*error);
        }
    }
    story::LedgerFilter filter;
    filter.enterprise = request.query_param("enterprise");
    filter.pbx = request.query_param("pbx");
    filter.to = to->value_or(base::system_clock().now());
    filter.from = from->value_or(filter.to - default_span);
    filter.cursor = request.query_param("cursor");
    filter.limit = *limit;
    return filter;
}

}  // namespace

httpd::Handler get_ledger(pg::Pool& pool) {
    return [&pool](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        auto filter = filter_of(request);
        if (!filter) {
            co_return httpd::to_response(filter.error());
        }
        const auto page = co_await story::read_ledger(pool, std::move(*filter));
        if (!page) {
            co_return httpd::to_response(page.error());
        }
        co_return httpd::Response::json(story::to_json(*page));
    };
}

}  // namespace trunkline::ingest
