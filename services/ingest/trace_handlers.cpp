#include "trace_handlers.hpp"

#include "httpd/problem.hpp"
#include "playback/recording.hpp"
#include "story/reader.hpp"
#include "story/recording.hpp"
#include "story/story.hpp"

namespace trunkline::ingest {

httpd::Handler get_call_trace(pg::Pool& pool, const Settings& settings) {
    const story::StorySettings told{
        .timers = settings.timers, .default_timezone = settings.default_timezone
    };
    return [&pool, told](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const std::string call(request.param("uuid"));
        const auto records =
            co_await story::read_records(pool, call, request.query_param("enterprise"));
        if (!records) {
            co_return httpd::to_response(records.error());
        }
        co_return httpd::Response::json(story::to_json(story::tell(*records, told)));
    };
}

httpd::Handler export_call(pg::Pool& pool, const Settings& settings) {
    return [&pool, zone = settings.default_timezone](const httpd::Request& request
           ) -> asio::awaitable<httpd::Response> {
        const std::string call(request.param("uuid"));
        const auto records =
            co_await story::read_records(pool, call, request.query_param("enterprise"));
        if (!records) {
            co_return httpd::to_response(records.error());
        }
        if (records->truncated) {
            co_return httpd::problem(422, "", "the call has more events than can be exported");
        }
        const auto trace = playback::export_trace(story::recording_of(*records, zone));
        co_return trace ? httpd::Response::json(*trace) : httpd::to_response(trace.error());
    };
}

}  // namespace trunkline::ingest
