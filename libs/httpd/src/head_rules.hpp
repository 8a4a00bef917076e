#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "httpd/message.hpp"
#include "httpd/router.hpp"

namespace trunkline::httpd {

/// Why a request is refused before any handler sees it.
struct Rejection {
    unsigned status = 400;
    std::string detail;
};

/// Finds the end of a request's head (request line and fields) in bytes that arrive in pieces,
/// without looking at a byte twice. The caller shows it the same beginning again with more behind
/// it.
class HeadScanner {
public:
    explicit HeadScanner(std::size_t max_bytes) : max_bytes_(max_bytes) {}

    enum class State { more, complete, too_large };
    State scan(std::string_view input);
    /// The head's length with its empty line, once complete.
    std::size_t size() const { return next_; }

private:
    std::size_t max_bytes_;
    std::size_t next_ = 0;
};

/// Line structure that a lenient parser ahead of us might read in another way: CR without LF, LF
/// without CR, NUL, and folded fields (RFC 9112 section 5.2) are refused. `head` ends with the
/// empty line.
std::optional<Rejection> check_head_lines(std::string_view head);

/// The framing rules of RFC 9112 section 6, on the strict side, since every leniency is somebody's
/// request smuggling.
std::optional<Rejection> check_framing(
    std::string_view method, const Headers& headers, bool is_http_11
);

/// Exactly one Host for HTTP/1.1 (RFC 9112 section 3.2).
std::optional<Rejection> check_host(const Headers& headers, bool is_http_11);

/// Fills path and query from the target. Absolute form (`http://host/path`) is accepted; a fragment
/// or a control character is not.
std::optional<Rejection> split_target(Request& request);

/// 1 to 64 of [A-Za-z0-9._-]: safe in logs and headers.
bool is_sane_request_id(std::string_view text);

/// `path` as the access log may show it: bot tokens (`/bot123:abc/...`) hidden, quotes and control
/// characters escaped.
std::string loggable_path(std::string_view path);

/// Whether an Accept header asks for server-sent events.
bool accepts_event_stream(std::string_view accept);

/// Whether `list`, a comma list, has `token`, any case.
bool list_has_token(std::string_view list, std::string_view token);

/// Whether `name` is a token of RFC 9110, the alphabet of field names and methods.
bool is_token(std::string_view name);

/// The parts of a WebSocket handshake (RFC 6455 section 4.2.1) beside Upgrade and Connection.
std::optional<Rejection> check_upgrade(const Request& request);

/// The route's check_origin, or its default.
bool is_origin_welcome(const WebSocketOptions& options, const Request& request);

/// Whether a page of `origin` (the Origin header) was served from `host` (the Host header).
bool is_same_origin(std::string_view origin, std::string_view host);

}  // namespace trunkline::httpd
