#include "env_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "base/text.hpp"
#include "config/suite_names.hpp"

namespace trunkline::config {
namespace {

bool is_key(std::string_view text) {
    return !text.empty() && !(text.front() >= '0' && text.front() <= '9') &&
           text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
           ) == std::string_view::npos;
}

char unescaped(char c) {
    switch (c) {
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return c;
    }
}

/// What may follow a closing quote.
bool is_blank_or_comment(std::string_view text) {
    const auto rest = base::trim(text);
    return rest.empty() || rest.front() == '#';
}

/// `text` starts with a quote. Nothing: the quote is not closed, or something stands behind it.
std::optional<std::string> quoted_value(std::string_view text) {
    const char quote = text.front();
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == quote) {
            return is_blank_or_comment(text.substr(i + 1)) ? std::optional(value) : std::nullopt;
        }
        if (text[i] == '\\' && quote == '"' && i + 1 < text.size()) {
            ++i;
            value += unescaped(text[i]);
        } else {
            value += text[i];
        }
    }
    return std::nullopt;
}

/// A `#` starts a comment only behind white space, for it may be part of a value.
std::string plain_value(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '#' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t')) {
            text = text.substr(0, i);
        }
    }
    return std::string(base::trim(text));
}

std::string unknown_name(std::string_view key, std::string_view place) {
    const auto near = nearest_suite_name(key);
    const auto hint = near ? fmt::format(" Did you mean {}?", *near) : std::string();
    return fmt::format("is not a setting of this suite (from {}).{}", place, hint);
}

class EnvParser {
public:
    explicit EnvParser(std::string_view file) { result_.name = file; }

    void take_line(std::string_view line) {
        ++number_;
        line = base::trim(line);
        if (line.empty() || line.front() == '#') {
            return;
        }
        if (line.starts_with("export ")) {
            line = base::trim(line.substr(7));
        }
        const auto equals = line.find('=');
        const auto key = base::trim(line.substr(0, equals));
        if (equals == std::string_view::npos || !is_key(key)) {
            result_.faults.push_back({place(), "is not of the form KEY=VALUE"});
            return;
        }
        if (!is_suite_name(key)) {
            result_.faults.push_back({std::string(key), unknown_name(key, place())});
            return;
        }
        take_value(key, base::trim(line.substr(equals + 1)));
    }

    EnvFile take() { return std::move(result_); }

private:
    void take_value(std::string_view key, std::string_view text) {
        const bool quoted = text.starts_with('"') || text.starts_with('\'');
        auto value = quoted ? quoted_value(text) : plain_value(text);
        if (!value) {
            result_.faults.push_back(
                {std::string(key), fmt::format("has a broken quotation (from {})", place())}
            );
            return;
        }
        result_.entries[std::string(key)] = {.value = *std::move(value), .line = number_};
    }

    std::string place() const { return fmt::format("{} line {}", result_.name, number_); }

    std::size_t number_ = 0;
    EnvFile result_;
};

}  // namespace

EnvFile parse_env_file(std::string_view text, std::string_view file) {
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);  // Editors on Windows put a byte order mark there.
    }
    EnvParser parser(file);
    while (!text.empty()) {
        const auto end = text.find('\n');
        parser.take_line(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return parser.take();
}

EnvFile read_env_file(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error) && !error) {
        return {};
    }
    const auto name = path.filename().string();
    std::ifstream file(path, std::ios::binary);
    const bool is_folder = std::filesystem::is_directory(path, error);
    if (!file || is_folder) {
        const auto reason =
            is_folder ? std::string("it is a folder") : std::generic_category().message(errno);
        EnvFile unreadable;
        unreadable.faults.push_back({name, fmt::format("cannot be read: {}", reason)});
        return unreadable;
    }
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return parse_env_file(text, name);
}

}  // namespace trunkline::config
