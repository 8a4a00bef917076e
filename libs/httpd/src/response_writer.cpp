#include "response_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.hpp"
#include "files.hpp"
#include "head_rules.hpp"
#include "httpd/problem.hpp"

namespace trunkline::httpd {

namespace {

bool belongs_to_server(std::string_view name) {
    constexpr std::array<std::string_view, 6> names = {
        "Content-Length", "Transfer-Encoding", "Connection", "Date", "Keep-Alive", "X-Request-Id"
    };
    return std::ranges::any_of(names, [&](std::string_view each) {
        return each.size() == name.size() && base::equals_ignoring_case(each, name);
    });
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name);
    out.append(": ");
    out.append(value);
    out.append("\r\n");
}

void append_foreign_field(std::string& out, std::string_view name, std::string_view value) {
    if (!is_token(name) || belongs_to_server(name)) {
        return;
    }
    const auto begin = out.size() + name.size() + 2;
    append_field(out, name, value);
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(begin),
        out.end() - 2,
        [](char c) { return c == '\r' || c == '\n' || c == '\0'; },
        ' '
    );
}

void append_framing(std::string& out, const Response& response, const AnswerFacts& facts) {
    if (facts.is_chunked) {
        out.append("Transfer-Encoding: chunked\r\n");
    } else if (facts.content_length && may_have_body(response.status)) {
        fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", *facts.content_length);
    }
    if (!facts.keep_alive) {
        out.append("Connection: close\r\n");
    } else if (!facts.is_http_11) {
        out.append("Connection: keep-alive\r\n");
    }
}

}  // namespace

void write_head(std::string& out, const Response& response, const AnswerFacts& facts) {
    const auto status = response.status >= 100 && response.status <= 999 ? response.status : 500;
    if (status == 200) {
        out.append("HTTP/1.1 200 OK\r\n");
    } else {
        fmt::format_to(
            std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status, reason_phrase(status)
        );
    }
    append_field(out, "Date", facts.date);
    for (const auto& [name, value] : response.headers) {
        append_foreign_field(out, name, value);
    }
    append_framing(out, response, facts);
    if (!facts.request_id.empty()) {
        append_field(out, "X-Request-Id", facts.request_id);
    }
    if (facts.trace != nullptr && !facts.trace->trace_id.empty()) {
        append_field(out, "traceparent", facts.trace->header());
    }
    out.append("\r\n");
}

bool may_have_body(unsigned status) { return status >= 200 && status != 204 && status != 304; }

void write_chunk(std::string& out, std::string_view data) {
    if (data.empty()) {
        return;
    }
    fmt::format_to(std::back_inserter(out), "{:x}\r\n", data.size());
    out.append(data);
    out.append("\r\n");
}

std::string_view DateCache::get(std::time_t now) {
    if (now != time_) {
        time_ = now;
        text_ = format_http_date(now);
    }
    return text_;
}

}  // namespace trunkline::httpd
