#include "call_handlers.hpp"

#include <charconv>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "httpd/problem.hpp"
#include "numbers/plain.hpp"

namespace trunkline::ingest {
namespace {

constexpr int default_limit = 100;
constexpr int max_limit = 1000;

httpd::Response answer(const base::Result<std::string>& body) {
    return body ? httpd::Response::json(*body) : httpd::to_response(body.error());
}

base::Result<int> limit_of(const httpd::Request& request) {
    const auto text = request.query_param("limit");
    if (!text) {
        return default_limit;
    }
    int limit = 0;
    const auto* end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, limit);
    if (parsed.ec != std::errc{} || parsed.ptr != end || limit < 1 || limit > max_limit) {
        return base::fail(
            base::Errc::invalid_input, "limit: must be a whole number from 1 to 1000"
        );
    }
    return limit;
}

base::Result<std::optional<std::string>> time_of(
    const httpd::Request& request, std::string_view name
) {
    const auto text = request.query_param(name);
    if (!text) {
        return std::optional<std::string>();
    }
    const auto time = base::parse_iso8601(*text);
    if (!time) {
        return base::fail(
            base::Errc::invalid_input, std::string(name) + ": " + time.error().detail
        );
    }
    return std::optional(base::format_iso8601(*time));
}

bool is_cursor(const std::string& text) {
    const auto parts = base::split(text, '_');
    return parts.size() == 2 && base::parse_iso8601(parts[0]) && base::is_uuid(parts[1]);
}

/// Sets whose calls of which number are wanted.
void read_parties(
    const httpd::Request& request,
    const tenants::Directory& directory,
    CallStore::CallFilter& filter
) {
    filter.enterprise = request.query_param("enterprise");
    const auto enterprise = filter.enterprise ? directory.find(*filter.enterprise) : nullptr;
    if (enterprise) {
        filter.enterprise = enterprise->number;
    }
    filter.phone = request.query_param("phone").transform([&](const auto& phone) {
        return enterprise ? enterprise->match_key(phone)
                          : numbers::match_key(numbers::clean_number(phone));
    });
}

base::Result<CallStore::CallFilter> filter_of(
    const httpd::Request& request, const tenants::Directory& directory
) {
    CallStore::CallFilter filter;
    const auto limit = limit_of(request);
    const auto from = time_of(request, "from");
    const auto to = time_of(request, "to");
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
    read_parties(request, directory, filter);
    filter.unique_id = request.query_param("unique_id");
    filter.cursor = request.query_param("cursor");
    if (filter.cursor && !is_cursor(*filter.cursor)) {
        return base::fail(base::Errc::invalid_input, "cursor: is none that this list gave");
    }
    return filter;
}

base::Result<std::string> uuid_of(const httpd::Request& request) {
    std::string uuid(request.param("uuid"));
    if (!base::is_uuid(uuid)) {
        return base::fail(base::Errc::not_found, "\"" + uuid + "\" is not the uuid of a call");
    }
    return uuid;
}

}  // namespace

httpd::Handler list_calls(CallStore& calls, const tenants::Directory& directory) {
    return [&calls, &directory](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        auto filter = filter_of(request, directory);
        if (!filter) {
            co_return httpd::to_response(filter.error());
        }
        const auto page = co_await calls.list_calls(std::move(*filter));
        co_return answer(page);
    };
}

httpd::Handler get_call(CallStore& calls) {
    return [&calls](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto uuid = uuid_of(request);
        if (!uuid) {
            co_return httpd::to_response(uuid.error());
        }
        const auto call = co_await calls.get_call(*uuid);
        co_return answer(call);
    };
}

httpd::Handler get_call_events(CallStore& calls) {
    return [&calls](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto uuid = uuid_of(request);
        if (!uuid) {
            co_return httpd::to_response(uuid.error());
        }
        const auto events = co_await calls.get_events(*uuid);
        co_return answer(events);
    };
}

}  // namespace trunkline::ingest
