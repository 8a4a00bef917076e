#include "lookup_handlers.hpp"

#include <functional>
#include <utility>

#include "base/text.hpp"
#include "dispatch_handlers.hpp"
#include "httpd/problem.hpp"
#include "json/writer.hpp"

namespace trunkline::integration_cache {
namespace {

using Shape = std::function<std::string(const tenants::Enterprise&, const httpd::Request&)>;

/// Finds the path's enterprise and answers with what `shape` makes of it, 404 in the seed's words
/// if there is none.
httpd::Handler with_enterprise(tenants::Directory& directory, Shape shape) {
    return [&directory, shape = std::move(shape)](const httpd::Request& request
           ) -> asio::awaitable<httpd::Response> {
        const auto enterprise =
            co_await directory.find_or_load(std::string(request.param("ent")), request.deadline);
        if (!enterprise) {
            if (!directory.is_loaded()) {
                co_return httpd::problem(
                    503, "", "the database is away and nothing has been read yet"
                );
            }
            co_return enterprise_not_found();
        }
        co_return httpd::Response::json(shape(*enterprise, request));
    };
}

std::optional<std::string> text_or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

httpd::Handler get_integrations(tenants::Directory& directory) {
    return with_enterprise(
        directory,
        [](const tenants::Enterprise& enterprise, const httpd::Request&) {
            json::Writer writer;
            writer.begin_object().key("integrations").begin_object();
            for (const auto& key : tenants::integration_keys()) {
                writer.member(key, enterprise.is_enabled(key));
            }
            return writer.end_object().end_object().take();
        }
    );
}

httpd::Handler get_config(tenants::Directory& directory) {
    return with_enterprise(
        directory,
        [](const tenants::Enterprise& enterprise, const httpd::Request&) {
            json::Writer writer;
            writer.begin_object()
                .member("number", enterprise.number)
                .member("name", enterprise.name)
                .key("config")
                .raw(tenants::masked_config(enterprise.integrations))
                .end_object();
            return writer.take();
        }
    );
}

httpd::Handler get_manager(tenants::Directory& directory) {
    return with_enterprise(
        directory,
        [](const tenants::Enterprise& enterprise, const httpd::Request& request) {
            const std::string extension(request.param("ext"));
            const auto found = enterprise.managers.find(extension);
            const auto manager =
                found == enterprise.managers.end() ? tenants::Manager{} : found->second;
            json::Writer writer;
            writer.begin_object()
                .member("extension", extension)
                .member("full_name", text_or_null(manager.full_name))
                .member("short_name", text_or_null(manager.short_name))
                .end_object();
            return writer.take();
        }
    );
}

httpd::Handler get_line(tenants::Directory& directory) {
    return with_enterprise(
        directory,
        [](const tenants::Enterprise& enterprise, const httpd::Request& request) {
            const std::string id(request.param("line_id"));
            const auto found = enterprise.lines.find(id);
            const auto line = found == enterprise.lines.end() ? tenants::Line{} : found->second;
            json::Writer writer;
            writer.begin_object()
                .member("line_id", id)
                .member("name", text_or_null(line.name))
                .member("operator", text_or_null(line.operator_name))
                .member("number", text_or_null(line.number))
                .end_object();
            return writer.take();
        }
    );
}

httpd::Handler get_customer_name(tenants::Directory& directory, NameSource& names) {
    return [&directory, &names](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto enterprise =
            co_await directory.find_or_load(std::string(request.param("ent")), request.deadline);
        if (!enterprise) {
            co_return enterprise_not_found();
        }
        const auto phone = enterprise->match_key(request.param("phone"));
        const auto name = phone.empty() ? std::string() : co_await names.name_of(enterprise, phone);
        json::Writer writer;
        writer.begin_object().member("name", text_or_null(name)).end_object();
        co_return httpd::Response::json(writer.take());
    };
}

}  // namespace trunkline::integration_cache
