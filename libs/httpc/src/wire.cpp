#include "wire.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace trunkline::httpc {
namespace {

// RFC 9110 section 5.6.2.
bool is_token_character(char c) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.contains(c);
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_token_character);
}

// RFC 9110 section 5.5: no control characters but the tab. Bytes over 0x7F are opaque, but legal.
bool is_value_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= ' ' && byte != 0x7F);
}

bool is_own_header(std::string_view name) {
    constexpr std::array<std::string_view, 9> own = {
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "expect",
        "te",
        "trailer",
        "upgrade"
    };
    return std::ranges::any_of(own, [name](std::string_view each) {
        return base::equals_ignoring_case(each, name);
    });
}

bool has_header(const Headers& headers, std::string_view name) {
    return std::ranges::any_of(headers, [name](const auto& header) {
        return base::equals_ignoring_case(header.first, name);
    });
}

base::Result<> check(const Request& request) {
    if (!is_token(request.method) || request.method == "CONNECT") {
        return base::fail(base::Errc::invalid_input, "the method cannot be sent");
    }
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name)) {
            return base::fail(base::Errc::invalid_input, "a header's name is not a token");
        }
        if (is_own_header(name) ||
            (request.accept_gzip && base::equals_ignoring_case(name, "accept-encoding"))) {
            return base::fail(
                base::Errc::invalid_input, "header " + name + " is set by the client"
            );
        }
        if (!std::ranges::all_of(value, is_value_character)) {
            return base::fail(
                base::Errc::invalid_input, "header " + name + " holds a control character"
            );
        }
    }
    return {};
}

bool announces_length(const Request& request) {
    return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
           request.method == "PATCH";
}

void add(std::string& text, std::string_view name, std::string_view value) {
    text += name;
    text += ": ";
    text += value;
    text += "\r\n";
}

}  // namespace

base::Result<std::string> serialise(
    const Request& request, const Url& url, std::string_view user_agent
) {
    auto checked = check(request);
    if (!checked) {
        return std::unexpected(std::move(checked.error()));
    }
    std::string text = request.method + " " + url.target + " HTTP/1.1\r\n";
    add(text, "Host", url.authority());
    if (!has_header(request.headers, "user-agent")) {
        add(text, "User-Agent", user_agent);
    }
    if (request.trace && !has_header(request.headers, "traceparent")) {
        add(text, "traceparent", request.trace->child().header());
    }
    if (request.accept_gzip) {
        add(text, "Accept-Encoding", "gzip");
    }
    for (const auto& [name, value] : request.headers) {
        add(text, name, value);
    }
    if (announces_length(request)) {
        add(text, "Content-Length", std::to_string(request.body.size()));
    }
    text += "\r\n";
    text += request.body;
    return text;
}

bool is_idempotent(std::string_view method) {
    constexpr std::array<std::string_view, 6> methods = {
        "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"
    };
    return std::ranges::find(methods, method) != methods.end();
}

}  // namespace trunkline::httpc
