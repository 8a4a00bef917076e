#include "moysklad_people.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "moysklad_answer.hpp"

namespace trunkline::sandbox::moysklad {
namespace {

constexpr std::array<Employee, 3> all_employees{{
    {"0a1b2c3d-e001-11f0-0a80-000000000150", "150", "Ковалёва", "Анна", "Сергеевна", "anna@demo"},
    {"0a1b2c3d-e001-11f0-0a80-000000000151", "151", "Мороз", "Павел", "Ильич", "pavel@demo"},
    {"0a1b2c3d-e001-11f0-0a80-000000000152", "152", "Зайцев", "Олег", "", "oleg@demo"},
}};

}  // namespace

std::span<const Employee> employees() { return all_employees; }

const std::vector<Counterparty>& counterparties() {
    static const std::vector<Counterparty> all{
        {.id = "0a1b2c3d-c001-11f0-0a80-000000000101",
         .name = "Петров Иван",
         .company_type = "individual",
         .phone = "+375 (29) 625-40-70",
         .updated = "2025-09-01 10:00:00.000",
         .last_name = "Петров",
         .first_name = "Иван",
         .middle_name = "",
         .owner = all_employees[0].id},
        {.id = "0a1b2c3d-c001-11f0-0a80-000000000102",
         .name = "ООО Орлова и партнёры",
         .company_type = "legal",
         .phone = "80171112233",
         .updated = "2025-09-02 10:00:00.000",
         .last_name = "",
         .first_name = "",
         .middle_name = "",
         .owner = all_employees[1].id,
         .contacts =
             {{"0a1b2c3d-c0a1-11f0-0a80-000000000001", "Сидоров Пётр", "8 029 700 00 00"},
              {"0a1b2c3d-c0a1-11f0-0a80-000000000002", "Орлова Мария", "8 (029) 000-00-01"}}},
        // Two cards with one number: which one is meant is ambiguous.
        {.id = "0a1b2c3d-c001-11f0-0a80-000000000103",
         .name = "Старая карточка",
         .company_type = "individual",
         .phone = "375447770001",
         .updated = "2024-01-01 10:00:00.000",
         .last_name = "",
         .first_name = "",
         .middle_name = "",
         .owner = all_employees[0].id},
        {.id = "0a1b2c3d-c001-11f0-0a80-000000000104",
         .name = "Новая карточка",
         .company_type = "individual",
         .phone = "+375447770001",
         .updated = "2025-01-01 10:00:00.000",
         .last_name = "",
         .first_name = "",
         .middle_name = "",
         .owner = all_employees[2].id},
        {.id = "0a1b2c3d-c001-11f0-0a80-000000000105",
         .name = "Из архива",
         .company_type = "individual",
         .phone = "+375447770002",
         .updated = "2025-01-01 10:00:00.000",
         .last_name = "",
         .first_name = "",
         .middle_name = "",
         .owner = all_employees[2].id,
         .archived = true},
        // Its code holds the digits of somebody's number: found by search, and not meant.
        {.id = "0a1b2c3d-c001-11f0-0a80-000000000106",
         .name = "Заказ 375447770003-7",
         .company_type = "individual",
         .phone = "+375331112233",
         .updated = "2025-01-01 10:00:00.000",
         .last_name = "",
         .first_name = "",
         .middle_name = "",
         .owner = all_employees[2].id},
    };
    return all;
}

const Employee* employee_by_id(std::string_view id) {
    const auto* found = std::ranges::find(all_employees, id, &Employee::id);
    return found == all_employees.end() ? nullptr : found;
}

const Employee* employee_by_extension(std::string_view extension) {
    const auto* found = std::ranges::find(all_employees, extension, &Employee::extension);
    return found == all_employees.end() ? nullptr : found;
}

const Counterparty* counterparty_by_id(std::string_view id) {
    const auto found = std::ranges::find(counterparties(), id, &Counterparty::id);
    return found == counterparties().end() ? nullptr : &*found;
}

const Counterparty* counterparty_by_number(std::string_view number) {
    const auto digits = base::digits_of(number);
    const auto found = std::ranges::find_if(counterparties(), [&](const Counterparty& each) {
        return !each.archived && base::digits_of(each.phone) == digits;
    });
    return found == counterparties().end() ? nullptr : &*found;
}

void write_reference(json::Writer& writer, std::string_view type, std::string_view id) {
    writer.begin_object()
        .member(
            "href", std::string(remap_base) + "/entity/" + std::string(type) + "/" + std::string(id)
        )
        .member("type", type)
        .member("mediaType", "application/json")
        .end_object();
}

}  // namespace trunkline::sandbox::moysklad
