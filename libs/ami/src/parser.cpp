#include "ami/parser.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "ascii.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace trunkline::ami {
namespace {

constexpr std::size_t no_colon = std::numeric_limits<std::size_t>::max();
constexpr std::string_view banner = "Asterisk Call Manager";
constexpr std::string_view end_of_output = "--END COMMAND--";
constexpr std::size_t block = 16;
constexpr std::size_t first_buffer = std::size_t{16} << 10;

#ifdef __SSE2__
/// Bit i: byte i of the sixteen is `wanted`.
unsigned matches(__m128i bytes, char wanted) {
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted))));
}
#endif

std::string_view without_returns(std::string_view line) {
    while (!line.empty() && line.back() == '\r') {
        line.remove_suffix(1);
    }
    return line;
}

}  // namespace

// A block is read whole, so sixteen bytes behind the last one belong to the buffer too.
Parser::Parser(Limits limits) : limits_(limits), buffer_(first_buffer + block), colon_(no_colon) {}

void Parser::reset() {
    const ParserCounters counters = counters_;
    *this = Parser(limits_);
    counters_ = counters;
}

void Parser::feed(std::string_view bytes) {
    if (bytes.empty()) {
        return;
    }
    const auto room = prepare(bytes.size());
    std::memcpy(room.data(), bytes.data(), bytes.size());
    commit(bytes.size());
}

std::span<char> Parser::prepare(std::size_t at_least) {
    if (is_given_) {
        start_message();
    }
    if (buffer_.size() - block - size_ < at_least) {
        compact();
    }
    if (buffer_.size() - block - size_ < at_least) {
        buffer_.resize(std::max(size_ + at_least, 2 * (buffer_.size() - block)) + block);
    }
    return std::span(buffer_).subspan(size_, buffer_.size() - block - size_);
}

void Parser::commit(std::size_t bytes) { size_ += bytes; }

/// Moves the message in hand to the front, and its unfinished line behind what was recorded.
void Parser::compact() {
    const std::size_t kept = kept_end_ - message_begin_;
    std::memmove(buffer_.data(), buffer_.data() + message_begin_, kept);
    std::memmove(buffer_.data() + kept, buffer_.data() + line_begin_, size_ - line_begin_);
    const std::size_t moved = line_begin_ - kept;
    size_ -= moved;
    scan_ -= moved;
    if (colon_ != no_colon) {
        colon_ -= moved;
    }
    message_begin_ = 0;
    line_begin_ = kept_end_ = kept;
}

void Parser::start_message() {
    message_begin_ = kept_end_ = line_begin_;
    lines_.clear();
    kept_bytes_ = 0;
    kind_ = Message::Kind::other;
    is_given_ = is_cut_ = is_full_ = is_raw_ = is_raw_head_ = false;
}

std::optional<Message> Parser::next() {
    if (is_given_) {
        start_message();
    }
    while (find_line_end()) {
        const bool is_whole = take_line();
        line_begin_ = scan_ = line_end_ + 1;
        colon_ = no_colon;
        is_line_cut_ = false;
        if (is_whole) {
            return finish();
        }
    }
    drop_unfinished_line();
    return std::nullopt;
}

Message Parser::finish() {
    is_given_ = true;
    ++counters_.messages;
    counters_.cut_messages += is_cut_ ? 1 : 0;
    return {buffer_.data() + message_begin_, lines_, kind_, is_cut_};
}

/// The line's LF and its first colon, found in one pass that later bytes continue.
bool Parser::find_line_end() {
    const char* const data = buffer_.data();
#ifdef __SSE2__
    for (std::size_t at = scan_; at < size_; at += block) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + at));
        if (colon_ == no_colon) {
            const unsigned colons = matches(bytes, ':');
            colon_ =
                colons != 0 ? at + static_cast<std::size_t>(std::countr_zero(colons)) : no_colon;
        }
        const unsigned ends = matches(bytes, '\n');
        if (ends != 0) {
            line_end_ = at + static_cast<std::size_t>(std::countr_zero(ends));
            if (line_end_ >= size_) {
                break;
            }
            colon_ = colon_ < line_end_ ? colon_ : no_colon;
            return true;
        }
    }
    colon_ = colon_ < size_ ? colon_ : no_colon;
#else
    const auto* const end =
        static_cast<const char*>(std::memchr(data + scan_, '\n', size_ - scan_));
    const std::size_t limit = end != nullptr ? static_cast<std::size_t>(end - data) : size_;
    if (colon_ == no_colon) {
        const auto* const colon =
            static_cast<const char*>(std::memchr(data + scan_, ':', limit - scan_));
        colon_ = colon != nullptr ? static_cast<std::size_t>(colon - data) : no_colon;
    }
    if (end != nullptr) {
        line_end_ = limit;
        return true;
    }
#endif
    scan_ = size_;
    return false;
}

/// Of a line that is already too long only the tail stays, for it may end old-style output.
void Parser::drop_unfinished_line() {
    const std::size_t length = size_ - line_begin_;
    if (!is_line_cut_ && length <= limits_.line_bytes) {
        return;
    }
    is_line_cut_ = true;
    // Returns at a line's end say nothing, so however many there are they must not push the end
    // marker out.
    std::size_t end = size_;
    while (end - line_begin_ > 1 && buffer_[end - 1] == '\r' && buffer_[end - 2] == '\r') {
        --end;
    }
    const std::size_t tail = std::min(end - line_begin_, end_of_output.size() + block);
    std::memmove(buffer_.data() + line_begin_, buffer_.data() + end - tail, tail);
    size_ = scan_ = line_begin_ + tail;
    colon_ = no_colon;
}

/// True when the line ends the message in hand.
bool Parser::take_line() {
    const std::string_view raw(buffer_.data() + line_begin_, line_end_ - line_begin_);
    const std::string_view line = without_returns(raw);
    is_line_cut_ = is_line_cut_ || raw.size() > limits_.line_bytes;
    if (is_raw_) {
        return take_output(line);
    }
    const bool is_first = lines_.empty() && !is_cut_;
    if (line.empty() && !is_line_cut_) {
        if (is_first) {
            message_begin_ = kept_end_ = line_end_ + 1;  // An empty frame.
        }
        return !is_first;
    }
    if (may_be_banner_ && is_first && line.starts_with(banner) && !is_line_cut_) {
        may_be_banner_ = false;
        kind_ = Message::Kind::banner;
        const auto size = static_cast<std::uint32_t>(line.size());
        const auto at = static_cast<std::uint32_t>(line_begin_ - message_begin_);
        return record({.name = at, .name_size = 0, .value = at, .value_size = size}, raw.size());
    }
    may_be_banner_ = false;
    const Line header = header_of(line);
    if (record(header, raw.size()) && is_follows(header)) {
        is_raw_ = is_raw_head_ = true;
    }
    return false;
}

Line Parser::header_of(std::string_view line) const {
    const auto begin = static_cast<std::uint32_t>(line_begin_ - message_begin_);
    const auto end = static_cast<std::uint32_t>(begin + line.size());
    if (colon_ == no_colon || is_line_cut_) {
        return {.name = begin, .name_size = 0, .value = begin, .value_size = end - begin};
    }
    const auto colon = static_cast<std::uint32_t>(colon_ - message_begin_);
    std::uint32_t name_end = colon;
    while (name_end > begin && line[name_end - begin - 1] == ' ') {
        --name_end;
    }
    // One blank only: the others belong to the indentation of command output.
    std::uint32_t value = colon + 1;
    value += value < end && line[value - begin] == ' ' ? 1 : 0;
    return {
        .name = begin, .name_size = name_end - begin, .value = value, .value_size = end - value
    };
}

/// False if it was left out.
bool Parser::record(const Line& line, std::size_t bytes) {
    // How much of a line that is too long is here depends on how the stream was cut: it fills
    // nothing.
    const bool is_over =
        kept_bytes_ + bytes > limits_.message_bytes || lines_.size() >= limits_.headers;
    is_full_ = is_full_ || (is_over && !is_line_cut_);
    if (is_full_ || is_line_cut_) {
        is_cut_ = true;
        ++counters_.dropped_lines;
        return false;
    }
    if (kind_ == Message::Kind::other) {
        const std::string_view name(buffer_.data() + message_begin_ + line.name, line.name_size);
        if (equals_ascii(name, "Event")) {
            kind_ = Message::Kind::event;
        } else if (equals_ascii(name, "Response")) {
            kind_ = Message::Kind::response;
        }
    }
    lines_.push_back(line);
    kept_bytes_ += bytes;
    kept_end_ = line_end_ + 1;
    return true;
}

bool Parser::is_follows(const Line& line) const {
    const char* const text = buffer_.data() + message_begin_;
    return lines_.size() == 1 && kind_ == Message::Kind::response &&
           equals_ascii({text + line.value, line.value_size}, "Follows");
}

/// A line of old-style output may look like a header or be empty; only the end marker ends it, and
/// that may stand behind a last line without an end of its own.
bool Parser::take_output(std::string_view line) {
    const std::size_t bytes = line_end_ - line_begin_;
    const Line header = header_of(line);
    if (is_raw_head_ && !is_line_cut_) {
        const std::string_view name = line.substr(0, header.name_size);
        if (equals_ascii(name, "Privilege") || equals_ascii(name, "ActionID")) {
            record(header, bytes);
            return false;
        }
        is_raw_head_ = false;
    }
    const bool is_end = line.ends_with(end_of_output);
    if (is_end) {
        line.remove_suffix(end_of_output.size());
    }
    if (!is_end || !line.empty() || is_line_cut_) {
        const auto at = static_cast<std::uint32_t>(line_begin_ - message_begin_);
        const auto size = static_cast<std::uint32_t>(line.size());
        record({.name = Line::output, .name_size = 0, .value = at, .value_size = size}, bytes);
    }
    return is_end;
}

}  // namespace trunkline::ami
