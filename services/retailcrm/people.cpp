#include "people.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace trunkline::retailcrm {
namespace {

constexpr std::string_view needed_methods[] = {
    "/api/telephony/call/event", "/api/telephony/calls/upload", "/api/telephony/manager"
};

std::string text_of(std::optional<json::View> object, std::string_view key) {
    if (!object) {
        return {};
    }
    const auto member = object->find(key);
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

/// Ids come as numbers or as text; 0 for none.
std::int64_t number_of(std::optional<json::View> object, std::string_view key) {
    const auto text = text_of(object, key);
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::string full_name(std::optional<json::View> person) {
    std::string name;
    for (const auto* part : {"lastName", "firstName", "patronymic"}) {
        const auto text = text_of(person, part);
        if (!text.empty()) {
            name += name.empty() ? text : " " + text;
        }
    }
    return name;
}

connector::Manager manager_of(json::View person) {
    return {
        .id = text_of(person, "id"), .name = full_name(person), .extension = text_of(person, "code")
    };
}

/// Keys are listed with the version or without it.
bool is_listed(json::View credentials, std::string_view method) {
    for (const auto item : credentials.elements()) {
        const auto text = item.string().value_or("");
        if (text.ends_with(method.substr(std::string_view("/api").size()))) {
            return true;
        }
    }
    return false;
}

}  // namespace

connector::Customer customer_of(json::View root) {
    connector::Customer out;
    const auto customer = root.find("customer");
    out.found = customer && customer->is_object();
    out.name = full_name(customer);
    out.id = text_of(customer, "id");
    if (const auto manager = root.find("manager"); manager && manager->is_object()) {
        out.responsible = manager_of(*manager);
    }
    return out;
}

std::vector<User> users_in(json::View root) {
    std::vector<User> out;
    if (const auto users = root.find("users")) {
        for (const auto user : users->elements()) {
            out.push_back({.id = number_of(user, "id"), .name = full_name(user)});
        }
    }
    return out;
}

std::int64_t pages_in(json::View root) {
    const auto pagination = root.find("pagination");
    return std::max<std::int64_t>(number_of(pagination, "totalPageCount"), 1);
}

Codes codes_in(json::View root) {
    Codes out;
    auto place = root.find("integrationModule");
    for (const auto* member : {"integrations", "telephony", "additionalCodes"}) {
        place = place ? place->find(member) : std::nullopt;
    }
    if (place) {
        for (const auto item : place->elements()) {
            out[number_of(item, "userId")] = text_of(item, "code");
        }
    }
    return out;
}

base::Result<std::string> rights_in(json::View root) {
    const auto credentials = root.find("credentials");
    for (const auto method : needed_methods) {
        if (!credentials || !is_listed(*credentials, method)) {
            return base::fail(
                base::Errc::forbidden,
                "the key works but may not use " + std::string(method) +
                    "; give it the rights for telephony in RetailCRM"
            );
        }
    }
    return "the key works and may use the telephony methods";
}

}  // namespace trunkline::retailcrm
