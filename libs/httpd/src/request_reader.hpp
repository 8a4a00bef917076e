#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "head_rules.hpp"
#include "httpd/message.hpp"

namespace trunkline::httpd {

/// Turns bytes into one Request, whatever pieces they come in. No I/O and no clock; the session and
/// the fuzzer drive it alike. Inside is Beast's parser with our stricter rules in front.
class RequestReader {
public:
    /// `request` is filled and must outlive the reader; it is expected empty.
    RequestReader(Request& request, std::size_t max_header_bytes);
    ~RequestReader();
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;

    enum class State {
        head,       ///< Wants more bytes of the request line and fields.
        head_done,  ///< Stopped so that the caller can look at the head; begin_body() goes on.
        body,       ///< Wants more bytes of the body.
        complete,
        rejected,  ///< See rejection(); what follows in the stream has no meaning any more.
    };

    /// Returns how many bytes were taken from the front of `input`; the rest must be shown again,
    /// with more behind it while the state asks for more.
    std::size_t feed(std::string_view input);

    /// After head_done. Bodies over `limit` bytes are rejected with 413, at once when the length is
    /// announced.
    void begin_body(std::size_t limit);
    /// After head_done, instead of begin_body: reads up to `limit` bytes and throws them away.
    void skip_body(std::size_t limit);

    State state() const;
    const Rejection& rejection() const;
    /// After head_done.
    bool has_body() const;
    std::uint64_t announced_length() const;  ///< 0 for chunked bodies.
    bool is_chunked() const;
    bool is_http_11() const;
    bool keep_alive() const;
    bool is_upgrade() const;

private:
    class Parser;
    std::size_t feed_head(std::string_view input);
    std::size_t feed_body(std::string_view input);
    void reject(Rejection rejection);

    Request& request_;
    HeadScanner scanner_;
    std::unique_ptr<Parser> parser_;
    State state_ = State::head;
    Rejection rejection_;
    std::size_t max_header_bytes_;
};

}  // namespace trunkline::httpd
