#include "app/page.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/ids.hpp"
#include "base/text.hpp"

namespace trunkline::app {
namespace {

// As web/pages/vite.config.ts names it.
constexpr std::string_view nonce_mark = "__CSP_NONCE__";

constexpr std::string_view no_page =
    "<!doctype html><html lang=\"ru\"><head><meta charset=\"utf-8\"><title>Trunkline</title></head>"
    "<body><h1>Страница не собрана</h1><p>При сборке не было npm или сети. / This page was not "
    "built: there was no npm, or no network.</p><pre>scripts/deps web\nscripts/build</pre></body>"
    "</html>";

std::string with_nonce(std::string page, std::string_view nonce) {
    for (auto at = page.find(nonce_mark); at != std::string::npos;
         at = page.find(nonce_mark, at + nonce.size())) {
        page.replace(at, nonce_mark.size(), nonce);
    }
    return page;
}

std::string policy(const std::string& nonce) {
    return "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce +
           "'; font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
           "form-action 'none'; frame-ancestors 'none'";
}

httpd::Response html(std::string body, const std::string& nonce, unsigned status) {
    auto response = httpd::Response::content(std::move(body), "text/html; charset=utf-8", status);
    response.add_header("Content-Security-Policy", policy(nonce));
    response.add_header("Referrer-Policy", "no-referrer");
    response.add_header("X-Content-Type-Options", "nosniff");
    response.add_header("Cache-Control", "no-store");
    return response;
}

/// `gzip` among the codings, and not with a weight of nothing (RFC 9110 section 12.5.3).
bool takes_gzip(std::string_view accepted) {
    for (const auto& each : base::split(accepted, ',')) {
        const auto parts = base::split(each, ';');
        if (parts.empty() || parts.front() != "gzip") {
            continue;
        }
        return parts.size() < 2 || (parts[1] != "q=0" && !parts[1].starts_with("q=0.000"));
    }
    return false;
}

/// Sends what scripts/build packed beforehand in the file's stead, if it is there.
void use_packed(
    httpd::Response& response, const std::filesystem::path& folder, std::string_view path
) {
    auto packed = httpd::Response::file_in(folder, std::string(path) + ".gz");
    if (packed.opened_file) {
        response.opened_file = std::move(packed.opened_file);
        response.add_header("Content-Encoding", "gzip");
    }
}

}  // namespace

httpd::Handler page(std::string folder, std::string file) {
    return [path = std::filesystem::path(std::move(folder)) /
                   std::move(file)](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        // A few hundred bytes, read anew each time: a deployment changes it under our feet.
        std::ifstream stream(path, std::ios::binary);
        const std::string text((std::istreambuf_iterator<char>(stream)), {});
        const auto nonce = base::random_hex(16);
        co_return text.empty() ? html(std::string(no_page), nonce, 503)
                               : html(with_nonce(text, nonce), nonce, 200);
    };
}

httpd::Handler page_assets(std::string folder) {
    return [folder = std::filesystem::path(std::move(folder)) /
                     "assets"](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        auto response = httpd::Response::file_in(folder, request.param("path"));
        if (response.opened_file) {
            // Which of the two came says the ETag, too: it is of the file that is sent.
            response.add_header("Vary", "Accept-Encoding");
            if (takes_gzip(request.header("Accept-Encoding"))) {
                use_packed(response, folder, request.param("path"));
            }
            response.add_header("Cache-Control", "public, max-age=31536000, immutable");
            response.add_header("X-Content-Type-Options", "nosniff");
        }
        co_return response;
    };
}

}  // namespace trunkline::app
