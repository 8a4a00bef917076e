#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ami/message.hpp"

namespace trunkline::ami {

/// What one message may take. A line over its limit, and lines over the message's, are left out and
/// counted; the message comes all the same, marked as cut.
struct Limits {
    std::size_t line_bytes = std::size_t{64} << 10;
    std::size_t message_bytes = std::size_t{1} << 20;
    std::size_t headers = 20'000;
};

struct ParserCounters {
    std::uint64_t messages = 0;
    std::uint64_t cut_messages = 0;
    std::uint64_t dropped_lines = 0;
};

/// Bytes of an AMI stream in, cut anywhere; messages out. Tolerates what exchanges send: lines that
/// end with LF alone, empty frames, no blank after the colon, the banner, command output of both
/// styles (`Output:` headers since Asterisk 14; before, plain lines up to `--END COMMAND--`).
/// Allocates only while its buffer grows; never holds more than the limits and one piece of input.
/// Plain value; not thread-safe.
class Parser {
public:
    Parser() : Parser(Limits()) {}
    explicit Parser(Limits limits);

    /// Room for at least that many bytes, to read into; then commit() says how many came.
    std::span<char> prepare(std::size_t at_least);
    void commit(std::size_t bytes);
    /// Both at once, by a copy.
    void feed(std::string_view bytes);

    /// The next whole message; nothing until more bytes come. It lasts until the next call of any
    /// of these functions.
    std::optional<Message> next();

    /// Forgets what it has, for a new connection. Counters stay.
    void reset();

    const ParserCounters& counters() const { return counters_; }
    /// What the buffer takes now.
    std::size_t capacity() const { return buffer_.size(); }

private:
    bool find_line_end();
    void drop_unfinished_line();
    bool take_line();
    bool take_output(std::string_view line);
    bool record(const Line& line, std::size_t bytes);
    Line header_of(std::string_view line) const;
    bool is_follows(const Line& line) const;
    Message finish();
    void start_message();
    void compact();

    Limits limits_;
    ParserCounters counters_;
    std::vector<char> buffer_;
    std::vector<Line> lines_;
    std::size_t size_ = 0;           ///< Bytes in the buffer.
    std::size_t message_begin_ = 0;  ///< All that follows are positions in it.
    std::size_t kept_end_ = 0;       ///< End of the last line that was recorded.
    std::size_t line_begin_ = 0;
    std::size_t line_end_ = 0;  ///< Of the line in hand: its LF.
    std::size_t scan_ = 0;      ///< Up to here there is no LF in the line.
    std::size_t colon_ = 0;     ///< The line's first colon, or `no_colon`.
    std::size_t kept_bytes_ = 0;
    Message::Kind kind_ = Message::Kind::other;
    bool is_given_ = false;      ///< next() has returned the message in hand.
    bool is_cut_ = false;        ///< The message lacks something.
    bool is_full_ = false;       ///< Over the message's limits: nothing more is recorded.
    bool is_line_cut_ = false;   ///< The line in hand is too long; its tail is in the buffer.
    bool is_raw_ = false;        ///< Old-style command output.
    bool is_raw_head_ = false;   ///< The headers before that output.
    bool may_be_banner_ = true;  ///< Nothing has come on this connection.
};

}  // namespace trunkline::ami
