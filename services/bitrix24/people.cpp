#include "people.hpp"

#include <charconv>

namespace trunkline::bitrix24 {
namespace {

std::string text_of(std::optional<json::View> object, std::string_view name) {
    const auto member = object ? object->find(name) : std::nullopt;
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

std::optional<json::View> first_entity(json::View root) {
    const auto result = root.find("result");
    return result && result->size() > 0 ? std::optional((*result)[0]) : std::nullopt;
}

std::string id_of_responsible(json::View entity) {
    auto id = text_of(entity, "ASSIGNED_BY_ID");
    return id.empty() ? text_of(entity.find("ASSIGNED_BY"), "ID") : id;
}

}  // namespace

std::optional<std::int64_t> responsible_in(json::View root) {
    const auto entity = first_entity(root);
    const auto text = entity ? id_of_responsible(*entity) : std::string();
    std::int64_t id = 0;
    std::from_chars(text.data(), text.data() + text.size(), id);
    return id > 0 ? std::optional(id) : std::nullopt;
}

connector::Customer customer_of(json::View root, const Users& users) {
    connector::Customer out;
    const auto entity = first_entity(root);
    if (!entity) {
        return out;
    }
    out.found = true;
    out.id = text_of(entity, "CRM_ENTITY_ID");
    out.name = text_of(entity, "NAME");
    if (text_of(entity, "CRM_ENTITY_TYPE") == "COMPANY") {
        out.company = out.name;
    }
    const auto responsible = responsible_in(root);
    if (!responsible) {
        return out;
    }
    connector::Manager manager;
    manager.id = std::to_string(*responsible);
    manager.extension = text_of(entity->find("ASSIGNED_BY"), "USER_PHONE_INNER");
    if (const auto* user = users.by_id(*responsible)) {
        manager.name = user->name;
        manager.extension = manager.extension.empty() ? user->extension : manager.extension;
    }
    out.responsible = std::move(manager);
    return out;
}

std::vector<connector::Manager> managers_of(const Users& users) {
    std::vector<connector::Manager> out;
    for (const auto& [id, user] : users.all()) {
        out.push_back({.id = std::to_string(id), .name = user.name, .extension = user.extension});
    }
    return out;
}

}  // namespace trunkline::bitrix24
