#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace trunkline::bench {

/// Finds the end of one HTTP/1.1 answer that has a Content-Length, as those of all that are
/// measured do. No more than one answer is expected at a time.
class AnswerReader {
public:
    enum class State { more, complete, broken };

    State feed(std::string_view bytes);
    /// After complete.
    int status() const { return status_; }
    std::string_view body() const;
    /// Before the next answer.
    void reset();

private:
    State read_head();

    std::string text_;
    std::size_t head_size_ = 0;  ///< 0: the head is not complete.
    std::size_t body_size_ = 0;
    int status_ = 0;
};

}  // namespace trunkline::bench
