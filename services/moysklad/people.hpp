#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connector/connector.hpp"
#include "json/document.hpp"

namespace trunkline::moysklad {

// MoySklad's people as its answers have them. Pure.

struct Counterparty {
    std::string id;
    std::string name;
    std::string company_type;
    std::string full_name;  ///< Of a person: surname, name, patronymic.
    std::string phone;
    std::string updated;
    std::string owner;  ///< The employee's id.
    std::size_t contacts = 0;
};
struct Contact {
    std::string name;
    std::string phone;
};
struct Employee {
    std::string id;
    std::string name;
    std::string extension;
};

/// `rows` of entity/counterparty.
std::vector<Counterparty> counterparties_in(json::View root);
/// `rows` of .../contactpersons.
std::vector<Contact> contacts_in(json::View root);
/// `employees` of the Phone API: id and extension (spelt `extention` there).
std::vector<Employee> extensions_in(json::View root);
/// `rows` of entity/employee: id and name.
std::vector<Employee> names_in(json::View root);

/// The numbers' last nine digits, by which any two spellings of one number are alike.
bool is_same_phone(std::string_view a, std::string_view b);

/// The card that a number belongs to, and by whose number it was found.
struct Match {
    Counterparty card;
    std::string contact;  ///< The contact person's name; "" if it is the card's own number.
};
/// Of several the one that was changed last; `matches` is not empty.
const Match& latest(const std::vector<Match>& matches);
connector::Customer customer_of(const Match& match);

}  // namespace trunkline::moysklad
