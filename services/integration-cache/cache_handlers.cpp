#include "cache_handlers.hpp"

#include <chrono>
#include <string>

#include "httpd/problem.hpp"
#include "json/writer.hpp"
#include "lookup_handlers.hpp"

namespace trunkline::integration_cache {
namespace {

httpd::Response done(std::size_t enterprises) {
    json::Writer writer;
    writer.begin_object().member("status", "ok").member("enterprises", enterprises).end_object();
    return httpd::Response::json(writer.take());
}

}  // namespace

httpd::Handler get_stats(CacheKeeper& keeper) {
    return [&keeper](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        co_return httpd::Response::json(keeper.stats_answer());
    };
}

httpd::Handler refresh_cache(CacheKeeper& keeper, tenants::Directory& directory) {
    return [&](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const bool refreshed = co_await keeper.refresh(request.deadline);
        if (!refreshed) {
            auto response = httpd::problem(
                503, "", "the database does not answer; what is in memory goes on being served"
            );
            co_return httpd::with_retry_after(std::move(response), std::chrono::seconds(5));
        }
        co_return done(directory.size());
    };
}

httpd::Handler invalidate_cache(CacheKeeper& keeper, tenants::Directory& directory) {
    return [&](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto enterprise =
            co_await directory.find_or_load(std::string(request.param("ent")), request.deadline);
        if (!enterprise) {
            co_return not_found_or_away(directory);
        }
        co_await keeper.invalidate(enterprise->number, request.deadline);
        co_return done(1);
    };
}

}  // namespace trunkline::integration_cache
