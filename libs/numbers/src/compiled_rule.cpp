#include "compiled_rule.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "numbers/plain.hpp"

namespace trunkline::numbers {
namespace {

constexpr std::size_t longest_pattern = 500;
constexpr std::size_t longest_replacement = 100;
constexpr std::size_t longest_line = 64;
constexpr std::size_t most_digits = 15;  // E.164 has no longer numbers.
constexpr std::size_t longest_result = 64;
/// What one expression may take: enough for any plan of numbers, little enough for thousands.
constexpr std::int64_t expression_memory = 262'144;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

base::Result<std::shared_ptr<const re2::RE2>> compile_expression(const std::string& pattern) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(expression_memory);
    auto expression = std::make_shared<const re2::RE2>("(?:" + pattern + ")", options);
    if (!expression->ok()) {
        return base::fail(
            base::Errc::invalid_input,
            "pattern \"" + pattern + "\" is no regular expression (RE2): " + expression->error()
        );
    }
    return expression;
}

base::Result<> check_lengths(const Rule& rule) {
    if (rule.pattern.empty()) {
        return base::fail(base::Errc::invalid_input, "pattern must not be empty");
    }
    if (rule.pattern.size() > longest_pattern) {
        return base::fail(base::Errc::invalid_input, "pattern is longer than 500 bytes");
    }
    if (rule.replacement.size() > longest_replacement) {
        return base::fail(base::Errc::invalid_input, "replacement is longer than 100 bytes");
    }
    if (rule.line.size() > longest_line) {
        return base::fail(base::Errc::invalid_input, "line is longer than 64 bytes");
    }
    if (!base::is_valid_utf8(rule.pattern) || !base::is_valid_utf8(rule.replacement)) {
        return base::fail(base::Errc::invalid_input, "pattern and replacement must be UTF-8");
    }
    return {};
}

}  // namespace

base::Result<> check(const Rule& rule) {
    const auto compiled = CompiledRule::compile(rule);
    if (!compiled) {
        return std::unexpected(compiled.error());
    }
    return {};
}

std::string describe(const Rule& rule) {
    std::string text = rule.line.empty() ? "" : rule.line + ": ";
    text += rule.pattern;
    return rule.replacement.empty() ? text : text + " -> " + rule.replacement;
}

std::optional<CompiledRule::LastDigits> CompiledRule::last_digits_of(std::string_view text) {
    const auto open = text.find('{');
    if (open == std::string_view::npos || !text.ends_with('}')) {
        return std::nullopt;
    }
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const std::string_view prefix = text.substr(0, open);
    const std::string_view digits = prefix.starts_with('+') ? prefix.substr(1) : prefix;
    const std::string_view count = text.substr(open + 1, text.size() - open - 2);
    if (!std::ranges::all_of(digits, is_digit) || !std::ranges::all_of(count, is_digit) ||
        count.empty() || count.size() > 2) {
        return std::nullopt;
    }
    return LastDigits{std::string(prefix), static_cast<std::size_t>(std::stoi(std::string(count)))};
}

base::Result<CompiledRule> CompiledRule::compile(Rule rule) {
    if (auto lengths = check_lengths(rule); !lengths) {
        return std::unexpected(lengths.error());
    }
    CompiledRule compiled;
    compiled.last_digits_ =
        last_digits_of(rule.replacement.empty() ? rule.pattern : rule.replacement);
    if (compiled.last_digits_) {
        const auto& form = *compiled.last_digits_;
        const auto total = base::digits_of(form.prefix).size() + form.count;
        if (form.count == 0 || total < 5 || total > most_digits) {
            return base::fail(
                base::Errc::invalid_input,
                "PREFIX{N} must give 5 to 15 digits, one or more of them from the number"
            );
        }
    } else if (rule.replacement.empty()) {
        return base::fail(
            base::Errc::invalid_input,
            "replacement must not be empty unless the pattern is of the form PREFIX{N}, such as "
            "375{9}"
        );
    }
    if (!rule.replacement.empty()) {
        auto expression = compile_expression(rule.pattern);
        if (!expression) {
            return std::unexpected(expression.error());
        }
        compiled.expression_ = std::move(*expression);
    }
    std::string problem;
    if (!compiled.last_digits_ &&
        !compiled.expression_->CheckRewriteString(piece(rule.replacement), &problem)) {
        return base::fail(
            base::Errc::invalid_input, "replacement \"" + rule.replacement + "\": " + problem
        );
    }
    compiled.rule_ = std::move(rule);
    return compiled;
}

std::string CompiledRule::keep_last(const LastDigits& form, std::string_view number) {
    const std::string digits = base::digits_of(number);
    if (number.starts_with('+') || digits.size() < form.count || !is_external(number)) {
        return {};
    }
    return form.prefix + digits.substr(digits.size() - form.count);
}

std::optional<std::string> CompiledRule::apply(std::string_view number) const {
    if (expression_ && !re2::RE2::FullMatch(piece(number), *expression_)) {
        return std::nullopt;
    }
    std::string result;
    if (last_digits_) {
        result = keep_last(*last_digits_, number);
    } else if (!re2::RE2::Extract(piece(number), *expression_, piece(rule_.replacement), &result)) {
        return std::nullopt;
    }
    if (result.size() > longest_result || kind_of(result) == NumberKind::none) {
        return std::nullopt;
    }
    return result;
}

}  // namespace trunkline::numbers
