#include "request_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cctype>
#include <utility>

namespace trunkline::httpd {

namespace http = boost::beast::http;
using boost::beast::error_code;

namespace {

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool names_a_version(std::string_view head) {
    const auto line = head.substr(0, head.find('\r'));
    const auto blank = line.rfind(' ');
    const auto version =
        blank == std::string_view::npos ? std::string_view{} : line.substr(blank + 1);
    return version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' &&
           std::isdigit(static_cast<unsigned char>(version[5])) != 0 &&
           std::isdigit(static_cast<unsigned char>(version[7])) != 0;
}

}  // namespace

// Writes what Beast finds straight into the request: no second set of containers.
class RequestReader::Parser final : public http::basic_parser<true> {
public:
    explicit Parser(Request& request) : request_(request) {
        body_limit(boost::none);  // Counted here, since the limit is known only after the head.
        eager(false);
    }

    bool is_http_11() const { return version_ >= 11; }

    void keep_body(std::size_t limit) {
        limit_ = limit;
        eager(true);
    }
    void drop_body(std::size_t limit) {
        limit_ = limit;
        keeps_ = false;
        eager(true);
    }

private:
    void
    on_request_impl(http::verb, boost::beast::string_view method, boost::beast::string_view target, int version, error_code&)
        override {
        version_ = version;
        request_.method.assign(method.data(), method.size());
        request_.target.assign(target.data(), target.size());
    }
    void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}
    void
    on_field_impl(http::field, boost::beast::string_view name, boost::beast::string_view value, error_code&)
        override {
        // A field in the trailer must not pass for one of the head.
        if (!head_done_) {
            request_.headers.add(view(name), view(value));
        }
    }
    void on_header_impl(error_code&) override { head_done_ = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
        // A large announcement alone shall not hold memory.
        constexpr std::uint64_t most = 64UL * 1024;
        if (keeps_ && length) {
            request_.body.reserve(static_cast<std::size_t>(std::min(*length, most)));
        }
    }
    std::size_t on_body_impl(boost::beast::string_view part, error_code& error) override {
        return take(part, error);
    }
    void on_chunk_header_impl(std::uint64_t size, boost::beast::string_view, error_code& error)
        override {
        if (size > limit_ - taken_) {
            error = http::error::body_limit;
        }
    }
    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view part, error_code& error)
        override {
        return take(part, error);
    }
    void on_finish_impl(error_code&) override {}

    std::size_t take(boost::beast::string_view part, error_code& error) {
        if (part.size() > limit_ - taken_) {
            error = http::error::body_limit;
            return 0;
        }
        taken_ += part.size();
        if (keeps_) {
            request_.body.append(part.data(), part.size());
        }
        return part.size();
    }

    Request& request_;
    int version_ = 11;
    std::size_t limit_ = 0;
    std::size_t taken_ = 0;
    bool keeps_ = true;
    bool head_done_ = false;
};

RequestReader::RequestReader(Request& request, std::size_t max_header_bytes)
    : request_(request), scanner_(max_header_bytes), max_header_bytes_(max_header_bytes) {}

RequestReader::~RequestReader() = default;

std::size_t RequestReader::feed(std::string_view input) {
    switch (state_) {
        case State::head:
            return feed_head(input);
        case State::body:
            return feed_body(input);
        case State::head_done:
        case State::complete:
        case State::rejected:
            break;
    }
    return 0;
}

std::size_t RequestReader::feed_head(std::string_view input) {
    const auto scanned = scanner_.scan(input);
    if (scanned == HeadScanner::State::more) {
        return 0;
    }
    if (scanned == HeadScanner::State::too_large) {
        reject({431, fmt::format("The request's head is larger than {} bytes.", max_header_bytes_)}
        );
        return 0;
    }
    const auto head = input.substr(0, scanner_.size());
    if (auto wrong = check_head_lines(head)) {
        reject(std::move(*wrong));
        return 0;
    }
    parser_ = std::make_unique<Parser>(request_);
    parser_->header_limit(static_cast<std::uint32_t>(max_header_bytes_ + 1));
    error_code error;
    parser_->put(boost::asio::buffer(head.data(), head.size()), error);
    if (error == http::error::bad_version && names_a_version(head)) {
        reject({505, "The only versions spoken here are HTTP/1.0 and HTTP/1.1."});
        return 0;
    }
    // Beast looks at Content-Length and Transfer-Encoding too; ours goes first for the better
    // words.
    auto wrong = check_framing(request_.method, request_.headers, is_http_11());
    if (error && !wrong) {
        wrong =
            Rejection{400, fmt::format("The request's head is malformed: {}.", error.message())};
    } else if (!wrong) {
        wrong = check_host(request_.headers, is_http_11());
    }
    if (wrong) {
        reject(std::move(*wrong));
        return 0;
    }
    state_ = State::head_done;
    return head.size();
}

void RequestReader::begin_body(std::size_t limit) {
    if (announced_length() > limit) {
        reject({413, fmt::format("The body is larger than {} bytes.", limit)});
        return;
    }
    parser_->keep_body(limit);
    state_ = parser_->is_done() ? State::complete : State::body;
}

void RequestReader::skip_body(std::size_t limit) {
    parser_->drop_body(limit);
    state_ = parser_->is_done() ? State::complete : State::body;
}

std::size_t RequestReader::feed_body(std::string_view input) {
    // Chunk headers and trailers are re-read until they are whole, so that what they may hold back
    // is bounded.
    constexpr std::size_t max_unfinished = 8UL * 1024;
    // Beast asserts that it is asked for the last chunk with at least five bytes, and forgets those
    // that it has seen. No chunked body ends with fewer: "0", and two ends of line.
    constexpr std::size_t least_of_chunks = 5;
    if (is_chunked() && input.starts_with('0') && input.size() < least_of_chunks) {
        return 0;
    }
    error_code error;
    const auto used =
        input.empty() ? 0 : parser_->put(boost::asio::buffer(input.data(), input.size()), error);
    if (parser_->is_done()) {
        state_ = State::complete;
    } else if (error == http::error::body_limit) {
        reject({413, "The body is larger than this route takes."});
    } else if (error && error != http::error::need_more) {
        reject({400, fmt::format("The body is malformed: {}.", error.message())});
    } else if (input.size() - used > max_unfinished) {
        reject({400, "A chunk's header or the trailer is too long."});
    }
    return used;
}

void RequestReader::reject(Rejection rejection) {
    rejection_ = std::move(rejection);
    state_ = State::rejected;
}

RequestReader::State RequestReader::state() const { return state_; }
const Rejection& RequestReader::rejection() const { return rejection_; }

bool RequestReader::has_body() const { return is_chunked() || announced_length() != 0; }

std::uint64_t RequestReader::announced_length() const {
    return parser_ && parser_->is_header_done() ? parser_->content_length().value_or(0) : 0;
}

bool RequestReader::is_chunked() const {
    return parser_ && parser_->is_header_done() && parser_->chunked();
}
bool RequestReader::is_http_11() const { return !parser_ || parser_->is_http_11(); }
bool RequestReader::keep_alive() const {
    return parser_ && parser_->is_header_done() && parser_->keep_alive();
}
bool RequestReader::is_upgrade() const {
    return parser_ && parser_->is_header_done() && parser_->upgrade();
}

}  // namespace trunkline::httpd
