#include "uon_rules.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "uon_people.hpp"

namespace trunkline::sandbox::uon {
namespace {

bool is_number(const std::string& text) {
    return !text.empty() && text.size() < 10 && text == base::digits_of(text);
}

bool is_text(const std::string& text) { return !text.empty(); }

bool is_anything(const std::string&) { return true; }

bool is_phone(const std::string& text) {
    return text.size() >= 5 && text.size() <= 15 && text == base::digits_of(text);
}

/// `Y-m-d H:i:s`
bool is_date_time(const std::string& text) {
    static constexpr std::string_view shape = "dddd-dd-dd dd:dd:dd";
    return text.size() == shape.size() && std::ranges::equal(text, shape, [](char c, char s) {
               return s == 'd' ? c >= '0' && c <= '9' : c == s;
           });
}

bool is_direction(const std::string& text) { return text == "1" || text == "2"; }

bool is_url(const std::string& text) {
    return text.starts_with("http://") || text.starts_with("https://");
}

/// Whether a manager who has left is refused is open, so he is.
bool is_manager(const std::string& text) {
    return std::ranges::any_of(managers(), [&](const Person& manager) {
        return manager.is_active && std::to_string(manager.id) == text;
    });
}

bool is_client_type(const std::string& text) { return text == "1" || text == "2" || text == "3"; }

bool is_method(const std::string& text) { return text == "GET" || text == "POST"; }

struct Rule {
    std::string_view name;
    bool is_required;
    bool (*takes)(const std::string& text);
};

std::optional<std::string> wrong_in(const Parameters& parameters, const std::vector<Rule>& rules) {
    for (const auto& rule : rules) {
        const auto found = parameters.find(rule.name);
        const bool is_there = found != parameters.end();
        if (is_there ? !rule.takes(found->second) : rule.is_required) {
            return std::string(rule.name);
        }
    }
    for (const auto& [name, value] : parameters) {
        const bool is_known = std::ranges::find(rules, name, &Rule::name) != rules.end();
        if (!is_known && !name.starts_with("extended_fields[")) {
            return name;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> wrong_in_call(const Parameters& parameters) {
    static const std::vector<Rule> rules{
        {"phone", true, is_phone},
        {"start", true, is_date_time},
        {"direction", true, is_direction},
        {"duration", true, is_number},
        {"manager_id", false, is_manager},
        {"record_link", false, is_url},
    };
    return wrong_in(parameters, rules);
}

std::optional<std::string> wrong_in_notification(const Parameters& parameters) {
    static const std::vector<Rule> rules{
        {"text", true, is_text},
        {"manager_id", true, is_manager},
    };
    return wrong_in(parameters, rules);
}

std::optional<std::string> wrong_in_client(const Parameters& parameters) {
    static const std::vector<Rule> rules{
        {"u_type", false, is_client_type},
        {"u_surname", false, is_anything},
        {"u_name", false, is_anything},
        {"u_sname", false, is_anything},
        {"u_company", false, is_anything},
        {"u_phone", false, is_anything},
        {"u_phone_mobile", false, is_anything},
        {"u_phone_home", false, is_anything},
        {"u_email", false, is_anything},
        {"u_manager_id", false, is_manager},
        {"u_office_id", false, is_number},
        {"u_note", false, is_anything},
        {"u_labels", false, is_anything},
    };
    return wrong_in(parameters, rules);
}

std::optional<std::string> wrong_in_webhook(const Parameters& parameters) {
    static const std::vector<Rule> rules{
        {"type_id", true, is_number},
        {"url", true, is_url},
        {"method", false, is_method},
    };
    return wrong_in(parameters, rules);
}

}  // namespace trunkline::sandbox::uon
