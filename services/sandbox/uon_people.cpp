#include "uon_people.hpp"

#include <fmt/core.h>

#include <cstdint>
#include <optional>

#include "json/writer.hpp"

namespace trunkline::sandbox::uon {
namespace {

std::optional<std::string> text_or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

/// The code point that begins at `at`, of valid UTF-8; moves `at` behind it.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
    const auto lead = static_cast<unsigned char>(text[at++]);
    const unsigned more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    std::uint32_t code = lead & (0x3FU >> more);
    for (unsigned i = 0; i < more && at < text.size(); ++i) {
        code = code << 6U | (static_cast<unsigned char>(text[at++]) & 0x3FU);
    }
    return code;
}

}  // namespace

std::vector<Person> sample_clients() {
    return {
        {.id = 5012,
         .surname = "Петров",
         .name = "Иван",
         .patronymic = "Сергеевич",
         .phone = " 375296254070",
         .manager_id = 11},
        // The same number once more: older, and thrown away.
        {.id = 4001,
         .surname = "Петрова",
         .name = "Старая",
         .phone = "375296254070",
         .manager_id = 12,
         .changed = "2024-05-01T09:00:00+03:00"},
        {.id = 6001,
         .surname = "Удалённый",
         .phone = "375296254070",
         .is_deleted = true,
         .changed = "2026-02-01T09:00:00+03:00"},
        {.id = 5020,
         .surname = "О&#039;Нил &rarr; VIP",
         .name = "Анна",
         .phone = " 375291110021",
         .manager_id = 12},
        {.id = 5030,
         .type = 2,
         .company = "ООО &laquo;Ромашка&raquo; &amp; Ко",
         .phone = " 74950000000"},
    };
}

const std::vector<Person>& managers() {
    static const std::vector<Person> all{
        {.id = 11, .type = 0, .surname = "Ковалёва", .name = "Анна", .extension = "150"},
        {.id = 12, .type = 0, .surname = "Сидоров", .name = "Пётр", .extension = "151"},
        // Nobody has told U-ON her extension, as it is so often.
        {.id = 13, .type = 0, .surname = "Новик", .name = "Ольга"},
        {.id = 14,
         .type = 0,
         .surname = "Уволен",
         .name = "Давно",
         .is_active = false,
         .extension = "153"},
    };
    return all;
}

std::string to_json(const Person& person) {
    json::Writer writer;
    writer.begin_object()
        .member("u_id", person.id)
        .member("global_u_id", person.id + 100'000)
        .member("u_surname", text_or_null(person.surname))
        .member("u_name", text_or_null(person.name))
        .member("u_sname", text_or_null(person.patronymic))
        .member("u_company", person.company)
        .member("u_type", person.type)
        .member("u_phone", text_or_null(person.phone))
        .member("u_phone_mobile", nullptr)
        .member("u_phone_home", nullptr)
        .member("manager_id", person.manager_id)
        .member("office_id", nullptr)
        .member("active", person.is_active ? 1 : 0)
        .member("deleted", person.is_deleted ? 1 : 0)
        .member("u_date_update", person.changed);
    if (person.type == 0) {
        writer.member("ip_internal_number", person.extension)
            .member("u_manager_status", 1)
            .member("role_id", 2);
    }
    return writer.end_object().take();
}

std::string with_escapes(std::string_view json) {
    std::string out;
    for (std::size_t at = 0; at < json.size();) {
        if (static_cast<unsigned char>(json[at]) < 0x80) {
            out += json[at++];
            continue;
        }
        const auto code = next_code_point(json, at);
        if (code < 0x10000) {
            out += fmt::format("\\u{:04x}", code);
        } else {
            const auto rest = code - 0x10000;
            out +=
                fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10U), 0xDC00 + (rest & 0x3FFU));
        }
    }
    return out;
}

}  // namespace trunkline::sandbox::uon
