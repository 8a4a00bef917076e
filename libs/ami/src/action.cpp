#include "ami/action.hpp"

#include <algorithm>
#include <utility>

#include "action_builder.hpp"
#include "base/text.hpp"

namespace trunkline::ami {
namespace {

constexpr std::size_t longest_value = 1024;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// What a charset has beside letters and digits.
std::string_view signs_of(Charset charset) {
    switch (charset) {
        case Charset::word:
            return "_.-";
        case Charset::channel:
            return "_.-/@;:+*#=";
        case Charset::dial_string:
            return "_.-/@:+*#=";
        case Charset::exten:
            return "_.-*#+";
        case Charset::file:
            return "_.-/";
        case Charset::name:
            return "_";
        case Charset::list:
            return "_.-,";
        case Charset::text:
        case Charset::secret:
            break;
    }
    return "";
}

bool takes_any_text(Charset charset) {
    return charset == Charset::text || charset == Charset::secret;
}

bool is_in(Charset charset, char c) {
    const bool is_foreign_letter =
        charset == Charset::word && static_cast<unsigned char>(c) >= 0x80;
    return takes_any_text(charset) || is_foreign_letter || is_letter_or_digit(c) ||
           signs_of(charset).find(c) != std::string_view::npos;
}

/// "" if the value is in order.
std::string_view fault_of(std::string_view value, Charset charset) {
    if (value.size() > longest_value) {
        return "is too long";
    }
    if (std::ranges::any_of(value, is_control)) {
        return "must not hold a control character or the end of a line";
    }
    if (!base::is_valid_utf8(value)) {
        return "must be valid UTF-8";
    }
    if (!std::ranges::all_of(value, [&](char c) { return is_in(charset, c); })) {
        return "holds a character that is not allowed here";
    }
    if (charset == Charset::channel && value.starts_with('/')) {
        return "must not be a pattern";
    }
    if (charset == Charset::file && value.find("..") != std::string_view::npos) {
        return "must not leave its folder";
    }
    return "";
}

}  // namespace

std::string Action::text(std::string_view id) const {
    std::string text = "Action: " + name_ + "\r\nActionID: ";
    text += id;
    text += "\r\n";
    for (const Field& field : fields_) {
        text += field.name + ": " + field.value + "\r\n";
    }
    text += "\r\n";
    return text;
}

std::string Action::describe() const {
    std::string text = name_;
    for (const Field& field : fields_) {
        text += " " + field.name + "=" + (field.is_secret ? "***" : field.value);
    }
    return text;
}

ActionBuilder::ActionBuilder(std::string name) { action_.name_ = std::move(name); }

ActionBuilder& ActionBuilder::add(std::string_view field, std::string_view value, Charset charset) {
    if (value.empty()) {
        return refuse(field, "is missing");
    }
    const auto fault = fault_of(value, charset);
    if (!fault.empty()) {
        return refuse(field, fault);
    }
    action_.fields_.push_back(
        {.name = std::string(field),
         .value = std::string(value),
         .is_secret = charset == Charset::secret}
    );
    return *this;
}

ActionBuilder& ActionBuilder::add_if(
    std::string_view field, std::string_view value, Charset charset
) {
    return value.empty() ? *this : add(field, value, charset);
}

ActionBuilder& ActionBuilder::set(std::string_view field, std::string value) {
    action_.fields_.push_back({.name = std::string(field), .value = std::move(value)});
    return *this;
}

ActionBuilder& ActionBuilder::extension(const Extension& target, std::string_view prefix) {
    const std::string start(prefix);
    add(start + "Exten", target.exten, Charset::exten);
    add(start + "Context", target.context, Charset::word);
    return set(start + "Priority", std::to_string(target.priority));
}

// One Variable header is split at commas outside quotes (AST_STANDARD_APP_ARGS), so that a value
// with a comma would set a second variable, or call a function.
ActionBuilder& ActionBuilder::variable(std::string_view name, std::string_view value) {
    // Leading underscores let the channels that come of it inherit the variable.
    if (const auto fault = fault_of(name, Charset::name); name.empty() || !fault.empty()) {
        return refuse("Variable", "must have a name of letters, digits and _");
    }
    if (const auto fault = fault_of(value, Charset::text); !fault.empty()) {
        return refuse("Variable", fault);
    }
    if (value.find_first_of(",\"\\") != std::string_view::npos) {
        return refuse("Variable", "must not hold a comma, a quote or a backslash");
    }
    return set("Variable", std::string(name) + "=" + std::string(value));
}

ActionBuilder& ActionBuilder::refuse(std::string_view field, std::string_view why) {
    errors_.push_back({.path = "/" + std::string(field), .detail = std::string(why)});
    return *this;
}

Built ActionBuilder::build() {
    if (errors_.empty()) {
        return std::move(action_);
    }
    return std::unexpected(base::Error{
        .code = base::Errc::invalid_input,
        .detail = "the action " + action_.name_ + " cannot be built",
        .fields = std::move(errors_),
        .native = {},
    });
}

}  // namespace trunkline::ami
