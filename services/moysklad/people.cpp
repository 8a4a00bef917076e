#include "people.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace trunkline::moysklad {
namespace {

constexpr std::size_t compared_digits = 9;

std::string text_of(std::optional<json::View> object, std::string_view key) {
    const auto member = object ? object->find(key) : std::nullopt;
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

std::optional<json::View> child(std::optional<json::View> object, std::string_view key) {
    return object ? object->find(key) : std::nullopt;
}

/// The id is the last part of a reference's address.
std::string referred_id(std::optional<json::View> meta) {
    const auto href = text_of(meta, "href");
    const auto path = href.substr(0, href.find('?'));
    return path.substr(path.rfind('/') + 1);
}

std::string joined_name(json::View object, std::initializer_list<std::string_view> parts) {
    std::string name;
    for (const auto part : parts) {
        const auto text = text_of(object, part);
        name += name.empty() || text.empty() ? text : " " + text;
    }
    return name;
}

template <class Item>
std::vector<Item> items_in(json::View root, std::string_view list, Item (*read)(json::View)) {
    std::vector<Item> items;
    if (const auto rows = root.find(list)) {
        for (const auto row : rows->elements()) {
            items.push_back(read(row));
        }
    }
    return items;
}

Counterparty counterparty_of(json::View row) {
    Counterparty card;
    card.id = text_of(row, "id");
    card.name = text_of(row, "name");
    card.company_type = text_of(row, "companyType");
    card.full_name = joined_name(row, {"legalLastName", "legalFirstName", "legalMiddleName"});
    card.phone = text_of(row, "phone");
    card.updated = text_of(row, "updated");
    card.owner = referred_id(child(row.find("owner"), "meta"));
    const auto size = child(child(row.find("contactpersons"), "meta"), "size");
    card.contacts = static_cast<std::size_t>(size ? size->integer().value_or(0) : 0);
    return card;
}

Contact contact_of(json::View row) {
    return {.name = text_of(row, "name"), .phone = text_of(row, "phone")};
}

Employee extension_of(json::View row) {
    return {
        .id = referred_id(row.find("meta")), .name = "", .extension = text_of(row, "extention")
    };
}

Employee name_of(json::View row) {
    auto name = joined_name(row, {"lastName", "firstName", "middleName"});
    if (name.empty()) {
        name = text_of(row, "fullName");
    }
    return {
        .id = text_of(row, "id"),
        .name = name.empty() ? text_of(row, "name") : std::move(name),
        .extension = ""
    };
}

}  // namespace

std::vector<Counterparty> counterparties_in(json::View root) {
    return items_in(root, "rows", counterparty_of);
}
std::vector<Contact> contacts_in(json::View root) { return items_in(root, "rows", contact_of); }
std::vector<Employee> extensions_in(json::View root) {
    return items_in(root, "employees", extension_of);
}
std::vector<Employee> names_in(json::View root) { return items_in(root, "rows", name_of); }

bool is_same_phone(std::string_view a, std::string_view b) {
    const auto first = base::digits_of(a);
    const auto second = base::digits_of(b);
    if (first.size() < compared_digits || second.size() < compared_digits) {
        return !first.empty() && first == second;
    }
    return first.substr(first.size() - compared_digits) ==
           second.substr(second.size() - compared_digits);
}

const Match& latest(const std::vector<Match>& matches) {
    return *std::ranges::max_element(matches, {}, [](const Match& match) -> const std::string& {
        return match.card.updated;
    });
}

connector::Customer customer_of(const Match& match) {
    connector::Customer customer;
    customer.found = true;
    customer.id = match.card.id;
    if (match.card.company_type == "legal") {
        customer.company = match.card.name;
        customer.name = match.contact.empty() ? match.card.name : match.contact;
    } else {
        const auto& own = match.card.full_name.empty() ? match.card.name : match.card.full_name;
        customer.name = match.contact.empty() ? own : match.contact;
    }
    if (!match.card.owner.empty()) {
        customer.responsible =
            connector::Manager{.id = match.card.owner, .name = "", .extension = ""};
    }
    return customer;
}

}  // namespace trunkline::moysklad
