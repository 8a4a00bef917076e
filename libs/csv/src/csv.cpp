#include "csv/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace trunkline::csv {
namespace {

constexpr std::size_t max_bytes = std::size_t{16} << 20;
constexpr std::size_t max_records = 100'000;
constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
constexpr auto save_as = "save it as \"CSV UTF-8\"";

/// Russian in Windows-1251 is nearly all bytes from 0xC0 on, and in UTF-8 never is.
bool looks_like_cp1251(std::string_view text) {
    std::size_t letters = 0;
    std::size_t others = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        letters += byte >= 0xC0 || byte == 0xA8 || byte == 0xB8 ? 1 : 0;
        others += byte >= 0x80 && byte < 0xC0 && byte != 0xA8 && byte != 0xB8 ? 1 : 0;
    }
    return letters > 4 * others;
}

base::Result<> check_encoding(std::string_view text) {
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        return base::fail(
            base::Errc::malformed, std::string("the file is UTF-16, not UTF-8: ") + save_as
        );
    }
    if (text.find('\0') != std::string_view::npos) {
        return base::fail(base::Errc::malformed, "the file is no text: it holds a NUL byte");
    }
    if (base::is_valid_utf8(text)) {
        return {};
    }
    std::size_t line = 1;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const auto end = std::min(text.find('\n', begin), text.size());
        if (!base::is_valid_utf8(text.substr(begin, end - begin))) {
            break;
        }
        begin = end + 1;
        ++line;
    }
    return base::fail(
        base::Errc::malformed,
        fmt::format(
            "line {} is not UTF-8{}: {}",
            line,
            looks_like_cp1251(text) ? ", the file looks like Windows-1251" : "",
            save_as
        )
    );
}

/// The separator that the first line names or uses; `sep=` lines are eaten.
char take_separator(std::string_view& text, std::size_t& line) {
    if (text.size() > 4 && text.starts_with("sep=")) {
        const char named = text[4];
        const auto end = text.find('\n');
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        ++line;
        return named;
    }
    const auto first = text.substr(0, text.find('\n'));
    char best = ',';
    std::ptrdiff_t most = 0;
    for (const char candidate : {',', ';', '\t'}) {
        bool is_quoted = false;
        const auto count = std::ranges::count_if(first, [&](char c) {
            is_quoted = c == '"' ? !is_quoted : is_quoted;
            return c == candidate && !is_quoted;
        });
        if (count > most) {
            most = count;
            best = candidate;
        }
    }
    return best;
}

/// Reads one record after another.
class Reader {
public:
    Reader(std::string_view text, char separator, std::size_t line)
        : text_(text), separator_(separator), line_(line) {}

    bool at_end() const { return at_ >= text_.size(); }

    Record next() {
        Record record;
        record.line = line_;
        for (;;) {
            auto field = is_at('"') ? quoted() : plain();
            if (!field) {
                record.fields.clear();
                record.fault = std::move(fault_);
                skip_line();
                return record;
            }
            record.fields.push_back(std::move(*field));
            if (at_end() || text_[at_] != separator_) {
                skip_line();
                return record;
            }
            ++at_;
        }
    }

private:
    bool is_at(char c) const { return !at_end() && text_[at_] == c; }
    bool is_at_line_end() const { return at_end() || text_[at_] == '\n' || text_[at_] == '\r'; }

    void skip_line() {
        while (!at_end() && text_[at_] != '\n') {
            ++at_;
        }
        at_ += at_end() ? 0 : 1;
        ++line_;
    }

    std::optional<std::string> plain() {
        const auto begin = at_;
        while (!is_at_line_end() && text_[at_] != separator_) {
            if (text_[at_] == '"') {
                // Blanks before a quoted field are no field.
                if (base::trim(text_.substr(begin, at_ - begin)).empty()) {
                    return quoted();
                }
                fault_ = "a quote in the middle of a field that does not begin with one";
                return std::nullopt;
            }
            ++at_;
        }
        return std::string(base::trim(text_.substr(begin, at_ - begin)));
    }

    std::optional<std::string> quoted() {
        std::string field;
        for (++at_; !at_end(); ++at_) {
            if (text_[at_] != '"') {
                line_ += text_[at_] == '\n' ? 1 : 0;
                field += text_[at_];
            } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
                field += '"';
                ++at_;
            } else {
                ++at_;
                return after_quoted(std::move(field));
            }
        }
        fault_ = "a quote is never closed";
        return std::nullopt;
    }

    std::optional<std::string> after_quoted(std::string field) {
        while (is_at(' ') || (separator_ != '\t' && is_at('\t'))) {
            ++at_;
        }
        if (!is_at_line_end() && text_[at_] != separator_) {
            fault_ = "text behind a closing quote";
            return std::nullopt;
        }
        return field;
    }

    std::string_view text_;
    char separator_;
    std::size_t line_;
    std::size_t at_ = 0;
    std::string fault_;
};

bool is_empty(const Record& record) {
    return record.fault.empty() &&
           std::ranges::all_of(record.fields, [](const auto& field) { return field.empty(); });
}

}  // namespace

base::Result<std::vector<Record>> parse(std::string_view text) {
    if (text.size() > max_bytes) {
        return base::fail(base::Errc::too_large, "the file has more than 16 MiB");
    }
    if (text.starts_with(utf8_mark)) {
        text.remove_prefix(utf8_mark.size());
    }
    if (const auto readable = check_encoding(text); !readable) {
        return std::unexpected(readable.error());
    }
    std::size_t line = 1;
    const char separator = take_separator(text, line);
    std::vector<Record> records;
    for (Reader reader(text, separator, line); !reader.at_end();) {
        auto record = reader.next();
        if (is_empty(record)) {
            continue;
        }
        if (records.size() >= max_records) {
            return base::fail(base::Errc::too_large, "the file has more than 100,000 records");
        }
        records.push_back(std::move(record));
    }
    return records;
}

}  // namespace trunkline::csv
