#include "standard_routes.hpp"

#include <string>

#include "app/settings.hpp"
#include "embedded_openapi.hpp"
#include "json/writer.hpp"

namespace trunkline::app {
namespace {

std::string_view name_of(Readiness::Part::State state) {
    switch (state) {
        case Readiness::Part::State::ready:
            return "ready";
        case Readiness::Part::State::degraded:
            return "degraded";
        case Readiness::Part::State::failed:
            return "failed";
    }
    return "failed";
}

httpd::Response ready_response(const Readiness& readiness) {
    const auto report = readiness.report();
    json::Writer writer;
    writer.begin_object().member("status", report.status).key("parts").begin_object();
    for (const auto& [name, part] : report.parts) {
        writer.key(name).begin_object().member("status", name_of(part.state));
        if (!part.reason.empty()) {
            writer.member("reason", part.reason);
        }
        writer.end_object();
    }
    writer.end_object().end_object();
    return httpd::Response::json(writer.take(), report.ready ? 200 : 503);
}

std::string escape_html(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

/// Swagger UI, as users of the original know it, from our own host; without its files a page that
/// says where the description is.
std::string docs_page(const ServiceInfo& info, bool has_swagger_ui) {
    const auto title = escape_html(info.name);
    std::string page =
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>" +
        title + " - API</title>";
    if (!has_swagger_ui) {
        return page + "</head><body><h1>" + title + "</h1><p>" + escape_html(info.purpose) +
               "</p><p><a href=\"openapi.json\">openapi.json</a></p></body></html>";
    }
    return page +
           "<link rel=\"stylesheet\" href=\"docs/assets/swagger-ui.css\"></head><body><div "
           "id=\"docs\"></div>"
           "<script src=\"docs/assets/swagger-ui-bundle.js\"></script>"
           "<script>SwaggerUIBundle({url:'openapi.json',dom_id:'#docs',validatorUrl:null})</"
           "script></body></html>";
}

httpd::Response html(std::string body) {
    httpd::Response response;
    response.headers.emplace_back("Content-Type", "text/html; charset=utf-8");
    response.body = std::move(body);
    return response;
}

}  // namespace

void add_standard_routes(
    httpd::Router& router,
    const ServiceInfo& info,
    const CommonSettings& settings,
    const Readiness& readiness,
    const metrics::Registry& registry
) {
    const bool has_swagger_ui = !settings.docs_folder.empty();
    router.add("GET", "/health", [](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        co_return httpd::Response::json(R"({"status":"ok"})");
    });
    router.add(
        "GET",
        "/ready",
        [&readiness](const httpd::Request&) -> asio::awaitable<httpd::Response> {
            co_return ready_response(readiness);
        }
    );
    router.add(
        "GET",
        "/metrics",
        [&registry](const httpd::Request&) -> asio::awaitable<httpd::Response> {
            httpd::Response response;
            response.headers.emplace_back(
                "Content-Type", "text/plain; version=0.0.4; charset=utf-8"
            );
            response.body = registry.render();
            co_return response;
        }
    );
    router
        .add("GET", "/version", [&info](const httpd::Request&) -> asio::awaitable<httpd::Response> {
            json::Writer writer;
            writer.begin_object()
                .member("service", info.name)
                .member("version", version())
                .end_object();
            co_return httpd::Response::json(writer.take());
        });
    router.add(
        "GET",
        "/openapi.json",
        [&info](const httpd::Request&) -> asio::awaitable<httpd::Response> {
            co_return httpd::Response::json(std::string(embedded_openapi(info.name)));
        }
    );
    router.add(
        "GET",
        "/docs",
        [&info, has_swagger_ui](const httpd::Request&) -> asio::awaitable<httpd::Response> {
            co_return html(docs_page(info, has_swagger_ui));
        }
    );
    if (has_swagger_ui) {
        router.add_files("/docs/assets", settings.docs_folder);
    }
}

}  // namespace trunkline::app
