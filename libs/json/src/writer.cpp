#include "json/writer.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"
#include "quote.hpp"

namespace trunkline::json {
namespace {

void append_escape(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        default:
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    }
}

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void append_any(std::string& out, std::string_view text) {
    if (base::is_valid_utf8(text)) {
        append_quoted(out, text);
    } else {
        append_quoted(out, base::replace_invalid_utf8(text));
    }
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    if (base::is_plain(text)) {
        out += text;
        out += '"';
        return;
    }
    std::size_t plain_from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (needs_escape(text[i])) {
            out += text.substr(plain_from, i - plain_from);
            append_escape(out, text[i]);
            plain_from = i + 1;
        }
    }
    out += text.substr(plain_from);
    out += '"';
}

std::string quote(std::string_view text) {
    std::string out;
    append_any(out, text);
    return out;
}

void Writer::before_value() {
    if (open_.empty() ? !first_ : (open_.back() == Level::object && !key_given_)) {
        throw std::logic_error("json::Writer: a value where none may stand");
    }
    if (!key_given_ && !first_) {
        text_ += ',';
    }
    first_ = false;
    key_given_ = false;
}

Writer& Writer::begin(Level level, char bracket) {
    before_value();
    text_ += bracket;
    open_.push_back(level);
    first_ = true;
    return *this;
}

Writer& Writer::end(Level level, char bracket) {
    if (open_.empty() || open_.back() != level || key_given_) {
        throw std::logic_error("json::Writer: an end without its begin");
    }
    open_.pop_back();
    text_ += bracket;
    first_ = false;
    return *this;
}

Writer& Writer::begin_object() { return begin(Level::object, '{'); }
Writer& Writer::end_object() { return end(Level::object, '}'); }
Writer& Writer::begin_array() { return begin(Level::array, '['); }
Writer& Writer::end_array() { return end(Level::array, ']'); }

Writer& Writer::key(std::string_view name) {
    if (open_.empty() || open_.back() != Level::object || key_given_) {
        throw std::logic_error("json::Writer: a key where none may stand");
    }
    if (!first_) {
        text_ += ',';
    }
    first_ = false;
    append_any(text_, name);
    text_ += ':';
    key_given_ = true;
    return *this;
}

Writer& Writer::value(std::string_view text) {
    before_value();
    append_any(text_, text);
    return *this;
}

Writer& Writer::value(bool truth) { return raw(truth ? "true" : "false"); }

Writer& Writer::signed_value(std::int64_t number) { return raw(fmt::format_int(number).c_str()); }

Writer& Writer::unsigned_value(std::uint64_t number) {
    return raw(fmt::format_int(number).c_str());
}

Writer& Writer::value(double number) {
    return std::isfinite(number) ? raw(fmt::format("{}", number)) : raw("null");
}

Writer& Writer::value(std::nullptr_t) { return raw("null"); }

Writer& Writer::value(View view) { return raw(view.dump()); }

Writer& Writer::raw(std::string_view json) {
    before_value();
    text_ += json;
    return *this;
}

std::string Writer::take() {
    if (!open_.empty() || first_) {
        throw std::logic_error("json::Writer: the text is not complete");
    }
    first_ = true;
    return std::exchange(text_, {});
}

}  // namespace trunkline::json
