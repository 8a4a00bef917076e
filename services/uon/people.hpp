#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "connector/connector.hpp"
#include "json/document.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::uon {

// Clients and managers as U-ON tells of them (contracts/uon.md sections 3.1 and 3.2). Pure.

struct Person {
    std::string id;
    std::string name;  ///< Surname, name, patronymic, decoded.
    std::string company;
    std::string manager_id;  ///< Who is responsible; "" for nobody.
    std::string extension;   ///< Managers: ip_internal_number, often "".
    bool is_active = true;
    bool is_deleted = false;
    base::WallTime changed;  ///< The epoch if it is not told.

    const std::string& shown_name() const { return name.empty() ? company : name; }
};

/// Of `users`, or of the first list in the answer.
std::vector<Person> people_in(json::View root);

/// Of several clients with one number: not deleted, then active, then changed last. Null if there
/// is nobody.
const Person* best_of(const std::vector<Person>& clients);

/// Those who work there, with extension and name. The enterprise's own table wins: an extension
/// that it has belongs to the manager of that name, if U-ON knows exactly one such; else
/// ip_internal_number decides.
std::vector<connector::Manager> staff_of(
    const tenants::Enterprise& enterprise, const std::vector<Person>& managers
);

/// Null if nobody of them sits there; "" is nobody's extension.
const connector::Manager* manager_at(
    const std::vector<connector::Manager>& staff, std::string_view extension
);
const connector::Manager* manager_by_id(
    const std::vector<connector::Manager>& staff, std::string_view id
);

}  // namespace trunkline::uon
