#include "trace_handlers.hpp"

#include "base/ids.hpp"
#include "httpd/problem.hpp"
#include "story/reader.hpp"
#include "story/story.hpp"

namespace trunkline::ingest {

httpd::Handler get_call_trace(pg::Pool& pool, const Settings& settings) {
    const story::StorySettings told{
        .timers = settings.timers, .default_timezone = settings.default_timezone
    };
    return [&pool, told](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const std::string uuid(request.param("uuid"));
        if (!base::is_uuid(uuid)) {
            co_return httpd::to_response(base::Error{
                .code = base::Errc::not_found,
                .detail = "\"" + uuid + "\" is not the uuid of a call",
                .fields = {},
                .native = {}
            });
        }
        const auto records =
            co_await story::read_records(pool, uuid, request.query_param("enterprise"));
        if (!records) {
            co_return httpd::to_response(records.error());
        }
        co_return httpd::Response::json(story::to_json(story::tell(*records, told)));
    };
}

}  // namespace trunkline::ingest
