#include "answer_reader.hpp"

#include <charconv>
#include <optional>

#include "base/text.hpp"

namespace trunkline::bench {
namespace {

template <class Number>
std::optional<Number> number_of(std::string_view text) {
    Number value{};
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc{}) {
        return std::nullopt;
    }
    return value;
}

}  // namespace

AnswerReader::State AnswerReader::feed(std::string_view bytes) {
    text_.append(bytes);
    if (head_size_ == 0) {
        const auto end = text_.find("\r\n\r\n");
        if (end == std::string::npos) {
            return State::more;
        }
        head_size_ = end + 4;
        if (read_head() == State::broken) {
            return State::broken;
        }
    }
    const auto size = head_size_ + body_size_;
    if (text_.size() > size) {
        return State::broken;
    }
    return text_.size() == size ? State::complete : State::more;
}

AnswerReader::State AnswerReader::read_head() {
    std::string_view head(text_.data(), head_size_);
    constexpr std::size_t status_at = std::string_view("HTTP/1.1 ").size();
    const auto status = number_of<int>(head.substr(std::min(status_at, head.size())));
    if (!head.starts_with("HTTP/1.") || !status) {
        return State::broken;
    }
    status_ = *status;
    constexpr std::string_view field = "content-length:";
    while (!head.empty()) {
        const auto line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(line.size() + 2);
        if (line.size() > field.size() &&
            base::equals_ignoring_case(line.substr(0, field.size()), field)) {
            const auto size = number_of<std::size_t>(base::trim(line.substr(field.size())));
            body_size_ = size.value_or(0);
            return size ? State::more : State::broken;
        }
    }
    return State::broken;
}

std::string_view AnswerReader::body() const {
    return std::string_view(text_).substr(head_size_, body_size_);
}

void AnswerReader::reset() {
    text_.clear();
    head_size_ = 0;
    body_size_ = 0;
    status_ = 0;
}

}  // namespace trunkline::bench
