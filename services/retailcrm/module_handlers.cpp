#include "module_handlers.hpp"

#include <utility>

#include "httpd/problem.hpp"
#include "registration.hpp"

namespace trunkline::retailcrm {
namespace {

base::Result<Wish> wish_of(const httpd::Request& request) {
    if (request.body.empty()) {
        return Wish{};
    }
    const auto document = json::parse(request.body);
    return document ? wish_from_json(document->root()) : std::unexpected(document.error());
}

}  // namespace

httpd::Handler register_telephony(const connector::Parts& parts) {
    return [parts](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        auto wish = wish_of(request);
        if (!wish) {
            co_return httpd::to_response(wish.error());
        }
        const auto enterprise = co_await parts.directory.find_or_load(
            std::string(request.param("ent")), request.deadline
        );
        if (!enterprise) {
            co_return parts.directory.is_loaded()
                ? httpd::problem(404, "", "no such enterprise")
                : httpd::problem(503, "", "the database is away and nothing has been read yet");
        }
        const auto registration =
            co_await register_module(parts, enterprise, std::move(*wish), request.deadline);
        if (!registration) {
            co_return httpd::to_response(registration.error());
        }
        co_return httpd::Response::json(to_json(*registration));
    };
}

httpd::Handler get_logo() {
    return [](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        co_return httpd::Response::content(
            R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" )"
            R"(height="64" rx="12" fill="#1c6dd0"/><path d="M18 20h28M32 20v26" stroke="#fff" )"
            R"(stroke-width="7" stroke-linecap="round"/></svg>)",
            "image/svg+xml"
        );
    };
}

}  // namespace trunkline::retailcrm
