#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace trunkline::sandbox::uon {

/// A client or a manager as U-ON keeps them: names with HTML entities, phones with a blank where
/// the `+` was.
struct Person {
    int id = 0;
    int type = 1;  ///< 1 person, 2 company, 3 agency, 0 staff.
    std::string surname = {};
    std::string name = {};
    std::string patronymic = {};
    std::string company = {};
    std::string phone = {};
    int manager_id = 0;
    bool is_active = true;
    bool is_deleted = false;
    std::string changed = "2026-01-10T12:00:00+03:00";
    std::string extension = {};  ///< Managers only: ip_internal_number.
};

std::vector<Person> sample_clients();
/// Who has left is among them.
const std::vector<Person>& managers();

/// The person as a member of `users`.
std::string to_json(const Person& person);
/// Everything outside ASCII as `\uXXXX`, as the real API may write it.
std::string with_escapes(std::string_view json);

}  // namespace trunkline::sandbox::uon
