#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "httpc/client.hpp"

namespace trunkline::httpc {

/// Takes the bytes of one answer as they come and makes a Response of them; knows no socket, so
/// that it can be tested and fuzzed byte by byte. Interim answers (1xx) are skipped.
class ResponseReader {
public:
    /// `to_head`: the answer to a HEAD request has no body whatever its headers say.
    ResponseReader(bool to_head, std::size_t max_body_bytes);
    ~ResponseReader();
    ResponseReader(const ResponseReader&) = delete;
    ResponseReader& operator=(const ResponseReader&) = delete;

    /// True: the answer is complete; bytes beyond it are an excess. `malformed` or `too_large`
    /// otherwise final.
    base::Result<bool> feed(std::string_view bytes);

    /// The peer has closed: fine if the body was to end so. `unavailable`: the answer was cut off.
    base::Result<> finish();

    /// Whether a byte of it has come, interim answers included.
    bool has_started() const;
    /// Complete, both sides keep the connection, and nothing came that was not asked for.
    bool leaves_connection_usable() const;

    /// Once, after feed() returned true or finish() succeeded.
    Response take();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::httpc
