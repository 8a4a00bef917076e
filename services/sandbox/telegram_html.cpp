#include "telegram_html.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace trunkline::sandbox {
namespace {

constexpr std::array<std::string_view, 17> known_tags{
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "code",
    "pre",
    "a",
    "blockquote",
    "tg-spoiler",
    "span",
    "tg-emoji",
    "tg-time",
};

void append_code_point(std::string& out, std::uint32_t code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6U));
        out += static_cast<char>(0x80 | (code & 0x3FU));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | (code >> 12U));
        out += static_cast<char>(0x80 | ((code >> 6U) & 0x3FU));
        out += static_cast<char>(0x80 | (code & 0x3FU));
    } else {
        out += static_cast<char>(0xF0 | (code >> 18U));
        out += static_cast<char>(0x80 | ((code >> 12U) & 0x3FU));
        out += static_cast<char>(0x80 | ((code >> 6U) & 0x3FU));
        out += static_cast<char>(0x80 | (code & 0x3FU));
    }
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    base::Result<std::string> run() {
        while (at_ < text_.size()) {
            if (text_[at_] == '<') {
                if (const auto tag = take_tag(); !tag) {
                    return std::unexpected(tag.error());
                }
            } else if (text_[at_] == '&') {
                take_reference();
            } else {
                out_ += text_[at_++];
            }
        }
        if (!open_.empty()) {
            return base::fail(
                base::Errc::malformed,
                "can't find end tag corresponding to start tag \"" + open_.back() + "\""
            );
        }
        return std::string(base::trim(out_));
    }

private:
    static std::string at_offset(std::size_t offset) {
        return " at byte offset " + std::to_string(offset);
    }

    static base::Result<> fault(const std::string& what, std::size_t offset) {
        return base::fail(base::Errc::malformed, what + at_offset(offset));
    }

    static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
    bool at_end() const { return at_ >= text_.size(); }
    void skip_blanks() {
        while (!at_end() && is_blank(text_[at_])) {
            ++at_;
        }
    }

    std::string take_name() {
        const auto begin = at_;
        while (!at_end() && !is_blank(text_[at_]) && text_[at_] != '>') {
            ++at_;
        }
        return base::to_lower_ascii(text_.substr(begin, at_ - begin));
    }

    base::Result<> take_tag() {
        const auto begin = at_++;
        const bool is_end = !at_end() && text_[at_] == '/';
        at_ += is_end ? 1 : 0;
        const auto name = take_name();
        if (at_end()) {
            return fault(is_end ? "unclosed end tag" : "unclosed start tag", begin);
        }
        if (is_end) {
            skip_blanks();
            if (at_end() || text_[at_] != '>') {
                return fault("unclosed end tag", begin);
            }
            ++at_;
            return end_tag(name, begin);
        }
        return start_tag(name, begin);
    }

    base::Result<> start_tag(const std::string& name, std::size_t begin) {
        if (std::ranges::find(known_tags, name) == known_tags.end()) {
            return fault("unsupported start tag \"" + name + "\"", begin);
        }
        std::string span_class;
        for (;;) {
            skip_blanks();
            if (at_end()) {
                return fault("unclosed start tag \"" + name + "\"", begin);
            }
            if (text_[at_] == '>') {
                ++at_;
                break;
            }
            const auto attribute = take_attribute(name, begin);
            if (!attribute) {
                return std::unexpected(attribute.error());
            }
            if (attribute->first == "class") {
                span_class = attribute->second;
            }
        }
        if (name == "span" && span_class != "tg-spoiler") {
            return fault("tag \"span\" must have class \"tg-spoiler\"", begin);
        }
        open_.push_back(name);
        return {};
    }

    /// Name and value; a name alone has an empty one.
    base::Result<std::pair<std::string, std::string>> take_attribute(
        const std::string& tag, std::size_t begin
    ) {
        constexpr std::string_view ends = " \t\n\r=>/\"'";
        const auto from = at_;
        while (!at_end() && ends.find(text_[at_]) == std::string_view::npos) {
            ++at_;
        }
        auto name = base::to_lower_ascii(text_.substr(from, at_ - from));
        if (name.empty()) {
            return std::unexpected(
                fault("empty attribute name in the tag \"" + tag + "\"", begin).error()
            );
        }
        skip_blanks();
        if (at_end() || text_[at_] != '=') {
            return std::pair(std::move(name), std::string());
        }
        ++at_;
        skip_blanks();
        const auto value = take_value(begin);
        if (!value) {
            return std::unexpected(value.error());
        }
        return std::pair(std::move(name), *value);
    }

    base::Result<std::string> take_value(std::size_t begin) {
        if (at_end()) {
            return std::unexpected(fault("unclosed start tag", begin).error());
        }
        const char quote = text_[at_];
        const auto from = at_;
        if (quote != '"' && quote != '\'') {
            while (!at_end() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                 text_[at_] == '.' || text_[at_] == '-')) {
                ++at_;
            }
            if (at_end() || (!is_blank(text_[at_]) && text_[at_] != '>')) {
                return std::unexpected(fault("unexpected end of name token", from).error());
            }
            return base::to_lower_ascii(text_.substr(from, at_ - from));
        }
        const auto close = text_.find(quote, at_ + 1);
        if (close == std::string_view::npos) {
            return std::unexpected(fault("unclosed start tag", begin).error());
        }
        at_ = close + 1;
        return std::string(text_.substr(from + 1, close - from - 1));
    }

    base::Result<> end_tag(const std::string& name, std::size_t begin) {
        if (open_.empty()) {
            return base::fail(base::Errc::malformed, "unexpected end tag" + at_offset(begin));
        }
        if (!name.empty() && open_.back() != name) {
            return base::fail(
                base::Errc::malformed,
                "unmatched end tag" + at_offset(begin) + ", expected \"</" + open_.back() +
                    ">\", found \"</" + name + ">\""
            );
        }
        open_.pop_back();
        return {};
    }

    /// Known references are resolved; an unknown one and a lone `&` stay as they are.
    void take_reference() {
        const auto end = text_.find(';', at_);
        const auto name = end == std::string_view::npos ? std::string_view()
                                                        : text_.substr(at_ + 1, end - at_ - 1);
        if (const auto code = resolve(name)) {
            append_code_point(out_, *code);
            at_ = end + 1;
        } else {
            out_ += text_[at_++];
        }
    }

    static std::optional<std::uint32_t> resolve(std::string_view name) {
        if (name == "lt") return '<';
        if (name == "gt") return '>';
        if (name == "amp") return '&';
        if (name == "quot") return '"';
        if (!name.starts_with('#') || name.size() > 9) return std::nullopt;
        const bool is_hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
        const auto digits = name.substr(is_hex ? 2 : 1);
        std::uint32_t code = 0;
        const auto parsed =
            std::from_chars(digits.data(), digits.data() + digits.size(), code, is_hex ? 16 : 10);
        const bool is_whole = !digits.empty() && parsed.ec == std::errc{} &&
                              parsed.ptr == digits.data() + digits.size();
        if (!is_whole || code == 0 || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
            return std::nullopt;
        return code;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string out_;
    std::vector<std::string> open_;
};

}  // namespace

base::Result<std::string> parse_telegram_html(std::string_view text) { return Parser(text).run(); }

std::size_t length_in_code_points(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

}  // namespace trunkline::sandbox
