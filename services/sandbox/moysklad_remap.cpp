#include "moysklad_remap.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

#include "base/text.hpp"
#include "json/writer.hpp"
#include "moysklad_people.hpp"

namespace trunkline::sandbox::moysklad {
namespace {

void member_unless_empty(json::Writer& writer, std::string_view name, std::string_view text) {
    if (!text.empty()) {
        writer.member(name, text);
    }
}

void write_meta(json::Writer& writer, std::string_view type, std::string_view id) {
    writer.key("meta");
    write_reference(writer, type, id);
}

void write_employee(json::Writer& writer, const Employee& each) {
    const auto full = std::string(each.last_name) + " " + std::string(each.first_name) +
                      (each.middle_name.empty() ? "" : " " + std::string(each.middle_name));
    writer.begin_object();
    write_meta(writer, "employee", each.id);
    writer.member("id", each.id)
        .member("name", each.last_name)
        .member("uid", each.uid)
        .member("lastName", each.last_name)
        .member("firstName", each.first_name);
    member_unless_empty(writer, "middleName", each.middle_name);
    writer.member("fullName", full).member("shortFio", each.last_name).end_object();
}

void write_counterparty(json::Writer& writer, const Counterparty& each) {
    writer.begin_object();
    write_meta(writer, "counterparty", each.id);
    writer.member("id", each.id)
        .member("name", each.name)
        .member("companyType", each.company_type)
        .member("archived", each.archived)
        .member("updated", each.updated);
    member_unless_empty(writer, "phone", each.phone);
    member_unless_empty(writer, "legalLastName", each.last_name);
    member_unless_empty(writer, "legalFirstName", each.first_name);
    member_unless_empty(writer, "legalMiddleName", each.middle_name);
    writer.key("owner").begin_object();
    write_meta(writer, "employee", each.owner);
    writer.end_object()
        .key("contactpersons")
        .begin_object()
        .key("meta")
        .begin_object()
        .member(
            "href",
            std::string(remap_base) + "/entity/counterparty/" + std::string(each.id) +
                "/contactpersons"
        )
        .member("size", static_cast<std::uint64_t>(each.contacts.size()))
        .end_object()
        .end_object()
        .end_object();
}

void write_contact(json::Writer& writer, const ContactPerson& each) {
    writer.begin_object();
    write_meta(writer, "contactperson", each.id);
    writer.member("id", each.id).member("name", each.name).member("phone", each.phone).end_object();
}

struct Page {
    std::size_t limit = 1000;
    std::size_t offset = 0;
};

std::optional<Page> page_of(const Parameters& query) {
    Page page;
    for (const auto& [name, value] :
         {std::pair{"limit", &page.limit}, std::pair{"offset", &page.offset}}) {
        if (const auto found = query.find(name); found != query.end()) {
            const auto& text = found->second;
            const auto parsed = std::from_chars(text.data(), text.data() + text.size(), *value);
            if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
                return std::nullopt;
            }
        }
    }
    return page.limit >= 1 && page.limit <= 1000 ? std::optional(page) : std::nullopt;
}

template <class Entity>
Answer list(
    const std::vector<const Entity*>& found,
    const Page& page,
    void (*write)(json::Writer&, const Entity&)
) {
    json::Writer writer;
    writer.begin_object()
        .key("context")
        .begin_object()
        .end_object()
        .key("meta")
        .begin_object()
        .member("size", static_cast<std::uint64_t>(found.size()))
        .member("limit", static_cast<std::uint64_t>(page.limit))
        .member("offset", static_cast<std::uint64_t>(page.offset))
        .end_object()
        .key("rows")
        .begin_array();
    for (std::size_t i = page.offset; i < found.size() && i - page.offset < page.limit; ++i) {
        write(writer, *found[i]);
    }
    writer.end_array().end_object();
    return ok(writer.take());
}

template <class Entity>
Answer one(const Entity* entity, void (*write)(json::Writer&, const Entity&)) {
    if (entity == nullptr) {
        return error(404, 1021, "Объект не найден");
    }
    json::Writer writer;
    write(writer, *entity);
    return ok(writer.take());
}

/// Context search: any spelling of a number is found by its digits.
bool is_found_by(const Counterparty& each, const std::string& search) {
    const auto digits = base::digits_of(search);
    const auto has = [&](std::string_view phone) {
        return digits.size() == search.size() && base::digits_of(phone).contains(digits);
    };
    return base::to_lower_ascii(each.name).contains(base::to_lower_ascii(search)) ||
           has(each.phone) || std::ranges::any_of(each.contacts, [&](const ContactPerson& contact) {
               return has(contact.phone);
           });
}

using Condition = std::function<bool(const Counterparty&)>;

/// `phone~text`, `phone~=text`, `phone=~text`, `phone=text`, `archived=true`.
std::optional<Condition> condition_of(const std::string& text) {
    if (text == "archived=true" || text == "archived=false") {
        const bool wanted = text == "archived=true";
        return [wanted](const Counterparty& each) { return each.archived == wanted; };
    }
    if (!text.starts_with("phone")) {
        return std::nullopt;
    }
    const auto rest = text.substr(5);
    for (const auto* sign : {"~=", "=~", "~", "="}) {
        const std::string name = sign;
        if (!rest.starts_with(name)) {
            continue;
        }
        const auto value = rest.substr(name.size());
        return [name, value](const Counterparty& each) {
            return name == "~="   ? each.phone.starts_with(value)
                   : name == "=~" ? each.phone.ends_with(value)
                   : name == "~"  ? each.phone.contains(value)
                                  : each.phone == value;
        };
    }
    return std::nullopt;
}

bool has_only(const Parameters& query, std::initializer_list<std::string_view> known) {
    return std::ranges::all_of(query, [&](const auto& field) {
        return field.first.empty() || std::ranges::find(known, field.first) != known.end();
    });
}

Answer wrong_query() { return error(412, 1034, "Неверное условие выборки"); }

Answer find_counterparties(const Parameters& query) {
    const auto page = page_of(query);
    if (!page || !has_only(query, {"search", "filter", "limit", "offset"})) {
        return wrong_query();
    }
    std::vector<Condition> conditions;
    bool asks_archived = false;
    if (const auto filter = query.find("filter"); filter != query.end()) {
        for (const auto& text : base::split(filter->second, ';')) {
            const auto condition = condition_of(text);
            if (!condition) {
                return wrong_query();
            }
            asks_archived = asks_archived || text.starts_with("archived");
            conditions.push_back(*condition);
        }
    }
    if (!asks_archived) {
        conditions.emplace_back([](const Counterparty& each) { return !each.archived; });
    }
    if (const auto search = query.find("search"); search != query.end()) {
        conditions.emplace_back([text = search->second](const Counterparty& each) {
            return is_found_by(each, text);
        });
    }
    std::vector<const Counterparty*> found;
    for (const auto& each : counterparties()) {
        if (std::ranges::all_of(conditions, [&](const auto& meets) { return meets(each); })) {
            found.push_back(&each);
        }
    }
    return list(found, *page, write_counterparty);
}

Answer list_employees(const Parameters& query) {
    const auto page = page_of(query);
    if (!page || !has_only(query, {"limit", "offset"})) {
        return wrong_query();
    }
    std::vector<const Employee*> found;
    for (const auto& each : employees()) {
        found.push_back(&each);
    }
    return list(found, *page, write_employee);
}

Answer list_contacts(const std::string& id) {
    const auto* counterparty = counterparty_by_id(id);
    if (counterparty == nullptr) {
        return error(404, 1021, "Объект не найден");
    }
    std::vector<const ContactPerson*> found;
    found.reserve(counterparty->contacts.size());
    for (const auto& each : counterparty->contacts) {
        found.push_back(&each);
    }
    return list(found, Page{}, write_contact);
}

}  // namespace

Answer remap(
    const std::string& method, const std::vector<std::string>& path, const Parameters& query
) {
    const bool is_context = path.size() == 2 && path[0] == "context" && path[1] == "employee";
    const bool is_entity = path.size() >= 2 && path[0] == "entity" &&
                           (path[1] == "counterparty" || path[1] == "employee");
    const bool is_contacts =
        path.size() == 4 && is_entity && path[1] == "counterparty" && path[3] == "contactpersons";
    if (!is_context && !(is_entity && path.size() <= 3) && !is_contacts) {
        return error(404, 1002, "Неизвестный путь");
    }
    if (method != "GET") {
        return error(405, 1039, "Метод не поддерживается");
    }
    if (is_context) {
        return one(employee_by_id(employees()[0].id), write_employee);
    }
    if (path.size() == 2) {
        return path[1] == "employee" ? list_employees(query) : find_counterparties(query);
    }
    if (!is_uuid(path[2])) {
        return error(404, 1000, "Неверный идентификатор");
    }
    if (is_contacts) {
        return list_contacts(path[2]);
    }
    return path[1] == "employee" ? one(employee_by_id(path[2]), write_employee)
                                 : one(counterparty_by_id(path[2]), write_counterparty);
}

}  // namespace trunkline::sandbox::moysklad
