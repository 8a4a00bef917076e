#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "httpd/message.hpp"

namespace trunkline::httpd {

/// What the server knows about an answer beside the Response itself.
struct AnswerFacts {
    bool keep_alive = true;
    bool is_http_11 = true;
    bool is_chunked = false;  ///< Instead of a length: streams.
    std::optional<std::uint64_t>
        content_length;  ///< Nothing: neither length nor chunks, closed at the end.
    std::string_view date;
    std::string_view request_id;
    const base::TraceContext* trace = nullptr;
};

/// Appends status line and fields with the empty line behind them. Fields that belong to the server
/// are skipped, others made harmless, so that no handler can split a response.
void write_head(std::string& out, const Response& response, const AnswerFacts& facts);

/// 1xx, 204 and 304 have no body and no length (RFC 9110 section 6.4.1).
bool may_have_body(unsigned status);

/// `25\r\n...`: one chunk of the chunked coding. Empty data would end the stream, so it gives
/// nothing.
void write_chunk(std::string& out, std::string_view data);

/// The Date header's value, formatted once a second.
class DateCache {
public:
    std::string_view get(std::time_t now);

private:
    std::time_t time_ = -1;
    std::string text_;
};

}  // namespace trunkline::httpd
