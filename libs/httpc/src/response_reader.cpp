#include "response_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <optional>
#include <utility>

#include "net/asio.hpp"

namespace trunkline::httpc {
namespace {

namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;
using Parser = http::response_parser<http::string_body>;

constexpr std::size_t max_header_bytes = 64 * 1024;
constexpr unsigned max_interim_answers = 16;

base::Error to_error(const ErrorCode& error) {
    const bool over_limit = error == http::error::body_limit ||
                            error == http::error::header_limit ||
                            error == http::error::buffer_overflow;
    return {
        .code = over_limit ? base::Errc::too_large : base::Errc::malformed,
        .detail = over_limit ? "the answer is over a size limit"
                             : "the answer is not HTTP: " + error.message(),
        .fields = {},
        .native = {},
    };
}

}  // namespace

struct ResponseReader::State {
    void start() {
        parser.emplace();
        parser->eager(true);
        parser->skip(to_head);
        parser->body_limit(static_cast<std::uint64_t>(max_body_bytes));
        parser->header_limit(static_cast<std::uint32_t>(max_header_bytes));
        header_bytes = 0;
    }

    /// Beast forgets what it has consumed of a header, and does not bound a chunk's extensions or
    /// trailers at all: its own limit alone lets a slow sender go on for ever.
    bool is_over_limit() const {
        return (!parser->is_header_done() && header_bytes + pending.size() > max_header_bytes) ||
               pending.size() > max_header_bytes + max_body_bytes;
    }

    /// A status without a reason still needs a blank behind it (RFC 9112 section 4), which some
    /// servers forget and Beast insists on. False: too little has come to tell.
    bool mend_status_line() {
        constexpr std::string_view start = "HTTP/1.";
        constexpr std::size_t status_end = 12;
        if (parser->is_header_done() || header_bytes > 0 || !pending.starts_with(start)) {
            return true;
        }
        if (pending.size() < status_end + 2) {
            return false;
        }
        if (pending[status_end] == '\r' && pending[status_end + 1] == '\n') {
            pending.insert(status_end, 1, ' ');
        }
        return true;
    }

    /// Beast asserts that it is asked for the last chunk with at least five bytes, and forgets
    /// those that it has seen. No chunked body ends with fewer: "0", and two ends of line.
    bool has_enough() const {
        const bool in_chunks = parser->is_header_done() && parser->chunked();
        return pending.size() >= (in_chunks && pending.starts_with('0') ? 5 : 1);
    }

    /// A complete interim answer makes room for the next one.
    base::Result<> skip_interim() {
        const auto status = parser->get().result_int();
        if (status == 101 || ++interim_answers > max_interim_answers) {
            return base::fail(
                base::Errc::malformed,
                "the answer is not HTTP: interim answers that were not asked for"
            );
        }
        start();
        return {};
    }

    bool is_interim() const { return parser->get().result_int() / 100 == 1; }

    bool to_head = false;
    std::size_t max_body_bytes = 0;
    std::optional<Parser> parser;
    std::string pending;
    std::size_t header_bytes = 0;
    unsigned interim_answers = 0;
    bool started = false;
};

ResponseReader::ResponseReader(bool to_head, std::size_t max_body_bytes)
    : state_(std::make_unique<State>()) {
    state_->to_head = to_head;
    state_->max_body_bytes = max_body_bytes;
    state_->start();
}

ResponseReader::~ResponseReader() = default;

base::Result<bool> ResponseReader::feed(std::string_view bytes) {
    auto& state = *state_;
    state.started = state.started || !bytes.empty();
    state.pending += bytes;
    while (!state.parser->is_done() && state.has_enough() && state.mend_status_line()) {
        ErrorCode error;
        const auto used = state.parser->put(asio::buffer(state.pending), error);
        state.pending.erase(0, used);
        if (!state.parser->is_header_done()) {
            state.header_bytes += used;
        }
        if (error && error != http::error::need_more) {
            return std::unexpected(to_error(error));
        }
        if (state.parser->is_header_done() && state.parser->get().result_int() < 100) {
            return std::unexpected(to_error(http::error::bad_status));
        }
        if (state.is_over_limit()) {
            return std::unexpected(to_error(http::error::header_limit));
        }
        if (state.parser->is_done() && state.is_interim()) {
            auto skipped = state.skip_interim();
            if (!skipped) {
                return std::unexpected(std::move(skipped.error()));
            }
            continue;
        }
        if (error || used == 0) {
            break;
        }
    }
    return state.parser->is_done();
}

base::Result<> ResponseReader::finish() {
    auto& parser = *state_->parser;
    if (parser.is_done()) {
        return {};
    }
    ErrorCode error = http::error::partial_message;
    if (parser.got_some() && state_->pending.empty()) {
        parser.put_eof(error);
    }
    if (error) {
        return base::fail(
            base::Errc::unavailable, "the connection was closed in the middle of the answer"
        );
    }
    return {};
}

bool ResponseReader::has_started() const { return state_->started; }

bool ResponseReader::leaves_connection_usable() const {
    return state_->parser->is_done() && state_->parser->keep_alive() && state_->pending.empty();
}

Response ResponseReader::take() {
    auto message = state_->parser->release();
    Response response;
    response.status = message.result_int();
    for (const auto& field : message) {
        response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    response.body = std::move(message.body());
    return response;
}

}  // namespace trunkline::httpc
