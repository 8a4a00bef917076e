#include "lookup_handlers.hpp"

#include <chrono>
#include <functional>
#include <utility>

#include "dispatch_handlers.hpp"
#include "httpd/problem.hpp"
#include "json/writer.hpp"

namespace trunkline::integration_cache {
namespace {

using Pointer = tenants::Directory::Pointer;
using Shape = std::function<std::string(const Pointer&, const httpd::Request&)>;

/// Finds the path's enterprise and answers with what `shape` makes of it. Who was in memory is a
/// hit; who had to be asked for in the database, or is nowhere, a miss.
httpd::Handler with_enterprise(LookupParts parts, Shape shape) {
    return [parts, shape = std::move(shape)](const httpd::Request& request
           ) -> asio::awaitable<httpd::Response> {
        auto enterprise = parts.directory.find(request.param("ent"));
        const bool was_known = enterprise != nullptr;
        if (!was_known) {
            parts.figures.add_miss();
            enterprise = co_await parts.directory.find_or_load(
                std::string(request.param("ent")), request.deadline
            );
        }
        if (!enterprise) {
            co_return not_found_or_away(parts.directory);
        }
        if (was_known) {
            parts.figures.add_hit();
        }
        co_return httpd::Response::json(shape(enterprise, request));
    };
}

std::optional<std::string> text_or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

using CustomerShape = std::string (*)(const Customer&);

asio::awaitable<httpd::Response> look_up_customer(
    LookupParts parts, const httpd::Request& request, CustomerShape shape
) {
    auto enterprise =
        co_await parts.directory.find_or_load(std::string(request.param("ent")), request.deadline);
    if (!enterprise) {
        parts.figures.add_miss();
        co_return not_found_or_away(parts.directory);
    }
    auto phone = enterprise->match_key(request.param("phone"));
    if (phone.empty()) {
        // Hidden, or no number at all: nobody, which needs no asking.
        parts.figures.add_hit();
        co_return httpd::Response::json(shape(Customer{}));
    }
    const auto customer = co_await parts.customers.look_up(std::move(enterprise), std::move(phone));
    co_return httpd::Response::json(shape(customer));
}

}  // namespace

httpd::Response not_found_or_away(const tenants::Directory& directory) {
    if (!directory.is_loaded()) {
        auto response =
            httpd::problem(503, "", "the database is away and nothing has been read yet");
        return httpd::with_retry_after(std::move(response), std::chrono::seconds(1));
    }
    return enterprise_not_found();
}

httpd::Handler get_integrations(const LookupParts& parts) {
    return with_enterprise(parts, [parts](const Pointer& enterprise, const httpd::Request&) {
        return parts.answers.of(enterprise).integrations;
    });
}

httpd::Handler get_config(const LookupParts& parts) {
    return with_enterprise(parts, [parts](const Pointer& enterprise, const httpd::Request&) {
        return parts.answers.of(enterprise).config;
    });
}

httpd::Handler get_manager(const LookupParts& parts) {
    return with_enterprise(parts, [](const Pointer& enterprise, const httpd::Request& request) {
        const std::string extension(request.param("ext"));
        const auto found = enterprise->managers.find(extension);
        const auto manager =
            found == enterprise->managers.end() ? tenants::Manager{} : found->second;
        json::Writer writer;
        writer.begin_object()
            .member("extension", extension)
            .member("full_name", text_or_null(manager.full_name))
            .member("short_name", text_or_null(manager.short_name))
            .end_object();
        return writer.take();
    });
}

httpd::Handler get_line(const LookupParts& parts) {
    return with_enterprise(parts, [](const Pointer& enterprise, const httpd::Request& request) {
        const std::string id(request.param("line_id"));
        const auto found = enterprise->lines.find(id);
        const auto line = found == enterprise->lines.end() ? tenants::Line{} : found->second;
        json::Writer writer;
        writer.begin_object()
            .member("line_id", id)
            .member("name", text_or_null(line.name))
            .member("operator", text_or_null(line.operator_name))
            .member("number", text_or_null(line.number))
            .end_object();
        return writer.take();
    });
}

// The path of most requests: nothing is waited for, nothing is made but a copy of the answer.
httpd::Handler get_customer_name(const LookupParts& parts) {
    return [parts](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        if (const auto enterprise = parts.directory.find(request.param("ent"))) {
            const auto phone = enterprise->match_key(request.param("phone"));
            const auto* answer = phone.empty()
                                     ? nullptr
                                     : parts.customers.fresh_name_answer(enterprise->number, phone);
            if (answer != nullptr) {
                co_return httpd::Response::json(*answer);
            }
        }
        auto response = co_await look_up_customer(parts, request, name_answer);
        co_return response;
    };
}

httpd::Handler get_customer_profile(const LookupParts& parts) {
    return [parts](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        auto response = co_await look_up_customer(parts, request, profile_answer);
        co_return response;
    };
}

}  // namespace trunkline::integration_cache
