#include "head_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <utility>

#include "base/text.hpp"

namespace trunkline::httpd {

namespace {

std::optional<Rejection> reject(unsigned status, std::string detail) {
    return Rejection{status, std::move(detail)};
}

constexpr std::array<bool, 256> make_token_table() {
    std::array<bool, 256> table{};
    for (unsigned char c = '0'; c <= '9'; ++c) {
        table[c] = true;
    }
    for (unsigned char c = 'a'; c <= 'z'; ++c) {
        table[c] = true;
        table[static_cast<unsigned char>(c - 'a' + 'A')] = true;
    }
    for (const char c : std::string_view("!#$%&'*+-.^_`|~")) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}

constexpr auto token_table = make_token_table();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

HeadScanner::State HeadScanner::scan(std::string_view input) {
    while (true) {
        const auto newline = input.find('\n', next_);
        if (newline == std::string_view::npos) {
            next_ = input.size();
            return input.size() >= max_bytes_ ? State::too_large : State::more;
        }
        next_ = newline + 1;
        // Ends with bare LF count too: check_head_lines() shall refuse them now, not a time-out
        // later.
        const auto line = input.substr(0, newline);
        if (line.ends_with('\n') || line.ends_with("\n\r")) {
            return next_ > max_bytes_ ? State::too_large : State::complete;
        }
    }
}

std::optional<Rejection> check_head_lines(std::string_view head) {
    if (head.find('\0') != std::string_view::npos) {
        return reject(400, "The request's head holds a NUL byte.");
    }
    bool is_first = true;
    while (!head.empty()) {
        const auto newline = head.find('\n');
        if (newline == std::string_view::npos || newline == 0 || head[newline - 1] != '\r') {
            return reject(400, "A line of the request's head does not end with CR LF.");
        }
        const auto line = head.substr(0, newline - 1);
        if (line.find('\r') != std::string_view::npos) {
            return reject(400, "A line of the request's head holds a lone CR.");
        }
        if (!is_first && !line.empty() && (line.front() == ' ' || line.front() == '\t')) {
            return reject(400, "A header field is folded over several lines.");
        }
        is_first = false;
        head.remove_prefix(newline + 1);
    }
    return std::nullopt;
}

std::optional<Rejection> check_framing(
    std::string_view method, const Headers& headers, bool is_http_11
) {
    const auto lengths = headers.count("Content-Length");
    const auto codings = headers.count("Transfer-Encoding");
    if (lengths != 0 && codings != 0) {
        return reject(400, "Content-Length and Transfer-Encoding exclude each other.");
    }
    if (lengths > 1 || codings > 1) {
        return reject(400, "Content-Length or Transfer-Encoding is given more than once.");
    }
    if (lengths == 1) {
        const auto value = headers.find("Content-Length");
        if (value.empty() || value.size() > 18 || !std::ranges::all_of(value, is_digit)) {
            return reject(400, "Content-Length is not a number.");
        }
    }
    if (codings == 1) {
        if (!is_http_11) {
            return reject(400, "Transfer-Encoding does not exist in HTTP/1.0.");
        }
        if (!base::equals_ignoring_case(headers.find("Transfer-Encoding"), "chunked")) {
            return reject(501, "The only transfer coding known here is chunked.");
        }
    }
    const bool brings_body = method == "POST" || method == "PUT" || method == "PATCH";
    if (!is_http_11 && lengths == 0 && brings_body) {
        return reject(411, "An HTTP/1.0 request with a body needs Content-Length.");
    }
    return std::nullopt;
}

std::optional<Rejection> check_host(const Headers& headers, bool is_http_11) {
    const auto hosts = headers.count("Host");
    if (hosts > 1) {
        return reject(400, "Host is given more than once.");
    }
    if (hosts == 0 && is_http_11) {
        return reject(400, "Host is missing.");
    }
    constexpr std::string_view allowed = "!$&'()*+,;=-._~%:[]";
    const auto is_allowed = [&](unsigned char c) {
        return std::isalnum(c) != 0 || allowed.find(static_cast<char>(c)) != std::string_view::npos;
    };
    if (!std::ranges::all_of(headers.find("Host"), is_allowed)) {
        return reject(400, "Host is not a host name.");
    }
    return std::nullopt;
}

std::optional<Rejection> split_target(Request& request) {
    std::string_view target = request.target;
    if (target == "*" && request.method == "OPTIONS") {
        request.path = target;
        return std::nullopt;
    }
    const auto scheme = target.find("://");
    if (scheme <= 5 && !target.starts_with('/')) {
        target.remove_prefix(scheme + 3);
        const auto slash = std::min(target.find_first_of("/?"), target.size());
        target.remove_prefix(slash);
        if (!target.starts_with('/')) {
            request.path = "/";
        }
    } else if (!target.starts_with('/')) {
        return reject(400, "The request's target is not a path.");
    }
    const auto is_bad = [](unsigned char c) { return c <= 0x20 || c == 0x7f || c == '#'; };
    if (std::ranges::any_of(target, is_bad)) {
        return reject(400, "The request's target holds a character that must be escaped.");
    }
    const auto question = std::min(target.find('?'), target.size());
    request.path.append(target.substr(0, question));
    request.query.assign(target.substr(std::min(question + 1, target.size())));
    return std::nullopt;
}

bool is_sane_request_id(std::string_view text) {
    const auto is_sane = [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
               c == '_' || c == '-';
    };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, is_sane);
}

namespace {

// https://core.telegram.org/bots/api#authorizing-your-bot: /bot<digits>:<35 characters>/method
std::string hide_bot_token(std::string_view path) {
    const auto start = path.find("/bot");
    if (start == std::string_view::npos) {
        return std::string(path);
    }
    auto at = start + 4;
    while (at < path.size() && is_digit(path[at])) {
        ++at;
    }
    const bool has_colon = at < path.size() && (path[at] == ':' || path.substr(at, 3) == "%3A" ||
                                                path.substr(at, 3) == "%3a");
    if (at == start + 4 || !has_colon) {
        return std::string(path);
    }
    const auto end = std::min(path.find('/', at), path.size());
    return fmt::format("{}/bot***{}", path.substr(0, start), path.substr(end));
}

}  // namespace

std::string loggable_path(std::string_view path) {
    auto text = hide_bot_token(path);
    const auto needs_escape = [](unsigned char c) {
        return c <= 0x20 || c == 0x7f || c == '"' || c == '\\';
    };
    if (std::ranges::none_of(text, needs_escape)) {
        return text;
    }
    std::string escaped;
    for (const char c : text) {
        if (needs_escape(static_cast<unsigned char>(c))) {
            fmt::format_to(
                std::back_inserter(escaped),
                "%{:02X}",
                static_cast<unsigned>(static_cast<unsigned char>(c))
            );
        } else {
            escaped.push_back(c);
        }
    }
    return escaped;
}

bool list_has_token(std::string_view list, std::string_view token) {
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        if (base::equals_ignoring_case(base::trim(list.substr(0, comma)), token)) {
            return true;
        }
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

bool accepts_event_stream(std::string_view accept) {
    while (!accept.empty()) {
        const auto comma = std::min(accept.find(','), accept.size());
        const auto element = accept.substr(0, comma);
        if (base::equals_ignoring_case(
                base::trim(element.substr(0, element.find(';'))), "text/event-stream"
            )) {
            return true;
        }
        accept.remove_prefix(std::min(comma + 1, accept.size()));
    }
    return false;
}

bool is_token(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return token_table[static_cast<unsigned char>(c)];
    });
}

std::optional<Rejection> check_upgrade(const Request& request) {
    if (request.header("Sec-WebSocket-Version") != "13") {
        return reject(426, "The only WebSocket version spoken here is 13.");
    }
    if (request.header("Sec-WebSocket-Key").size() != 24) {
        return reject(400, "Sec-WebSocket-Key is missing or malformed.");
    }
    return std::nullopt;
}

bool is_origin_welcome(const WebSocketOptions& options, const Request& request) {
    const auto origin = request.header("Origin");
    if (options.check_origin) {
        return options.check_origin(origin, request);
    }
    return origin.empty() || is_same_origin(origin, request.header("Host"));
}

bool is_same_origin(std::string_view origin, std::string_view host) {
    const auto scheme = origin.find("://");
    return scheme != std::string_view::npos && !host.empty() &&
           base::equals_ignoring_case(origin.substr(scheme + 3), host);
}

}  // namespace trunkline::httpd
