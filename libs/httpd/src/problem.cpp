#include "httpd/problem.hpp"

#include <algorithm>

#include "json/writer.hpp"

namespace trunkline::httpd {

namespace {

void write_fields(json::Writer& writer, const std::vector<base::FieldError>& fields) {
    writer.key("errors");
    writer.begin_array();
    for (const auto& field : fields) {
        writer.begin_object();
        writer.member("path", std::string_view(field.path));
        writer.member("detail", std::string_view(field.detail));
        writer.end_object();
    }
    writer.end_array();
}

}  // namespace

Response problem(
    unsigned status,
    std::string_view title,
    std::string_view detail,
    const std::vector<base::FieldError>& fields
) {
    json::Writer writer;
    writer.begin_object();
    writer.member("type", std::string_view("about:blank"));
    writer.member("title", title.empty() ? reason_phrase(status) : title);
    writer.member("status", static_cast<std::int64_t>(status));
    writer.member("detail", detail);
    if (!fields.empty()) {
        write_fields(writer, fields);
    }
    writer.end_object();
    return Response::content(writer.take(), "application/problem+json", status);
}

unsigned status_of(base::Errc code) {
    using enum base::Errc;
    switch (code) {
        case malformed:
            return 400;
        case invalid_input:
            return 422;
        case unauthorized:
            return 401;
        case forbidden:
            return 403;
        case not_found:
            return 404;
        case conflict:
            return 409;
        case too_large:
            return 413;
        case rate_limited:
            return 429;
        case timeout:
            return 504;
        case unavailable:
        case canceled:
            return 503;
        case internal:
            return 500;
    }
    return 500;
}

Response to_response(const base::Error& error) {
    const auto status = status_of(error.code);
    if (error.code == base::Errc::internal) {
        return problem(
            status, "", "Something broke on our side; the log has it under this request's id."
        );
    }
    auto response = problem(status, "", error.detail, error.fields);
    if (error.code == base::Errc::unauthorized) {
        response.add_header("WWW-Authenticate", "Bearer");
    }
    if (status == 503 || status == 429) {
        return with_retry_after(std::move(response), std::chrono::seconds(status == 503 ? 2 : 1));
    }
    return response;
}

Response with_retry_after(Response response, std::chrono::milliseconds delay) {
    const auto seconds =
        std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(delay).count());
    std::erase_if(response.headers, [](const auto& header) {
        return header.first == "Retry-After";
    });
    response.add_header("Retry-After", std::to_string(seconds));
    return response;
}

std::string_view reason_phrase(unsigned status) {
    struct Phrase {
        unsigned status;
        std::string_view text;
    };
    static constexpr Phrase phrases[] = {
        {200, "OK"},
        {404, "Not Found"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {423, "Locked"},
        {425, "Too Early"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {451, "Unavailable For Legal Reasons"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };
    for (const auto& phrase : phrases) {
        if (phrase.status == status) {
            return phrase.text;
        }
    }
    return "Status";
}

}  // namespace trunkline::httpd
