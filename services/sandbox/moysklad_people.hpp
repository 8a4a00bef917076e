#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/writer.hpp"

namespace trunkline::sandbox::moysklad {

// Whom every account of the sandbox knows.

struct Employee {
    std::string_view id, extension, last_name, first_name, middle_name, uid;
};
struct ContactPerson {
    std::string_view id, name, phone;
};
struct Counterparty {
    std::string_view id, name, company_type, phone, updated;
    std::string_view last_name, first_name, middle_name;
    std::string_view owner;  ///< An employee's id.
    bool archived = false;
    std::vector<ContactPerson> contacts = {};
};

std::span<const Employee> employees();
const std::vector<Counterparty>& counterparties();

const Employee* employee_by_id(std::string_view id);
const Employee* employee_by_extension(std::string_view extension);
const Counterparty* counterparty_by_id(std::string_view id);
/// The service's own look-up of a call's number, by digits.
const Counterparty* counterparty_by_number(std::string_view number);

/// `{"href":...,"type":...,"mediaType":...}` of an entity.
void write_reference(json::Writer& writer, std::string_view type, std::string_view id);

}  // namespace trunkline::sandbox::moysklad
