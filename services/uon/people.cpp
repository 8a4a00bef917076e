#include "people.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "markup.hpp"

namespace trunkline::uon {
namespace {

std::string text_of(json::View object, std::string_view key) {
    const auto member = object.find(key);
    return member ? std::string(base::trim(member->scalar_text().value_or(""))) : std::string();
}

bool flag_of(json::View object, std::string_view key, bool otherwise) {
    const auto text = text_of(object, key);
    return text.empty() ? otherwise : text != "0" && text != "false";
}

std::string full_name(json::View person) {
    std::string name;
    for (const auto* part : {"u_surname", "u_name", "u_sname"}) {
        const auto text = without_entities(text_of(person, part));
        if (!text.empty()) {
            name += name.empty() ? text : " " + text;
        }
    }
    return name;
}

Person person_of(json::View object) {
    Person person;
    person.id = text_of(object, "u_id");
    person.name = full_name(object);
    person.company = without_entities(text_of(object, "u_company"));
    person.manager_id = text_of(object, "manager_id");
    if (person.manager_id == "0") {
        person.manager_id.clear();
    }
    person.extension = text_of(object, "ip_internal_number");
    person.is_active = flag_of(object, "active", true);
    person.is_deleted = flag_of(object, "deleted", false);
    person.changed =
        base::parse_iso8601(text_of(object, "u_date_update")).value_or(base::WallTime{});
    return person;
}

std::optional<json::View> list_in(json::View root) {
    if (const auto users = root.find("users"); users && users->is_array()) {
        return users;
    }
    for (const auto& [key, value] : root.members()) {
        if (value.is_array()) {
            return value;
        }
    }
    return std::nullopt;
}

/// `Сидоров Пётр` is `Сидоров Пётр Иванович`, whoever writes it in full.
bool is_same_name(const std::string& ours, const std::string& theirs) {
    return !ours.empty() &&
           (ours == theirs || theirs.starts_with(ours + " ") || ours.starts_with(theirs + " "));
}

/// The only one of that name.
connector::Manager* namesake(std::vector<connector::Manager>& staff, const std::string& name) {
    connector::Manager* found = nullptr;
    for (auto& manager : staff) {
        if (manager.name.empty() || !is_same_name(name, manager.name)) {
            continue;
        }
        if (found != nullptr) {
            return nullptr;
        }
        found = &manager;
    }
    return found;
}

}  // namespace

std::vector<Person> people_in(json::View root) {
    std::vector<Person> people;
    if (const auto list = list_in(root)) {
        for (const auto item : list->elements()) {
            if (item.is_object()) {
                people.push_back(person_of(item));
            }
        }
    }
    return people;
}

const Person* best_of(const std::vector<Person>& clients) {
    const auto rank = [](const Person& person) {
        return std::tuple(!person.is_deleted, person.is_active, person.changed);
    };
    const auto best = std::ranges::max_element(clients, {}, rank);
    return best == clients.end() ? nullptr : &*best;
}

std::vector<connector::Manager> staff_of(
    const tenants::Enterprise& enterprise, const std::vector<Person>& managers
) {
    std::vector<connector::Manager> staff;
    for (const auto& person : managers) {
        if (person.is_active && !person.is_deleted && !person.id.empty()) {
            staff.push_back(
                {.id = person.id, .name = person.shown_name(), .extension = person.extension}
            );
        }
    }
    for (const auto& [extension, own] : enterprise.managers) {
        auto* owner = namesake(staff, std::string(base::trim(own.full_name)));
        if (owner == nullptr || owner->extension == extension) {
            continue;
        }
        for (auto& manager : staff) {
            if (manager.extension == extension) {
                manager.extension.clear();
            }
        }
        owner->extension = extension;
    }
    for (auto& manager : staff) {
        const auto own = enterprise.managers.find(manager.extension);
        if (own != enterprise.managers.end() && !own->second.full_name.empty()) {
            manager.name = own->second.full_name;
        }
    }
    return staff;
}

const connector::Manager* manager_at(
    const std::vector<connector::Manager>& staff, std::string_view extension
) {
    const auto found = std::ranges::find(staff, extension, &connector::Manager::extension);
    return extension.empty() || found == staff.end() ? nullptr : &*found;
}

const connector::Manager* manager_by_id(
    const std::vector<connector::Manager>& staff, std::string_view id
) {
    const auto found = std::ranges::find(staff, id, &connector::Manager::id);
    return id.empty() || found == staff.end() ? nullptr : &*found;
}

}  // namespace trunkline::uon
