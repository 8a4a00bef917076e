#include "moysklad_fields.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "moysklad_people.hpp"

namespace trunkline::sandbox::moysklad {
namespace {

using Problem = std::optional<Answer>;

constexpr std::size_t max_comment = 4096;
constexpr std::size_t max_id = 255;

Answer missing(std::string_view field) {
    return error(412, 3000, "Обязательное поле '" + std::string(field) + "' не указано", field);
}

Answer wrong_type(std::string_view field, std::string_view wanted) {
    return error(
        400,
        2016,
        "Неверный тип поля '" + std::string(field) + "': ожидается " + std::string(wanted),
        field
    );
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

Problem check_text(std::string_view field, json::View value, std::size_t most) {
    const auto text = value.string();
    return text && !text->empty() && characters(*text) <= most
               ? std::nullopt
               : Problem(wrong_type(field, "string"));
}

/// `+` and country code.
Problem check_number(json::View value) {
    const auto text = value.string();
    const auto digits = text ? base::digits_of(*text) : std::string();
    return text && *text == "+" + digits && digits.size() >= 7 && digits.size() <= 15
               ? std::nullopt
               : Problem(wrong_type("number", "phone number"));
}

Problem check_moment(std::string_view field, json::View value) {
    return is_moment(value.string().value_or("")) ? std::nullopt
                                                  : Problem(wrong_type(field, "moment"));
}

Problem check_reference(std::string_view type, json::View value) {
    const auto href = value.find("href");
    const auto named = value.find("type");
    const auto media = value.find("mediaType");
    const auto prefix = std::string(remap_base) + "/entity/" + std::string(type) + "/";
    const auto target = href ? href->string().value_or("") : std::string_view();
    if (!value.is_object() || !target.starts_with(prefix) || !named || named->string() != type ||
        !media || media->string() != "application/json") {
        return error(400, 2010, "Неверная ссылка", type);
    }
    const auto id = target.substr(prefix.size());
    const bool is_known =
        type == "employee" ? employee_by_id(id) != nullptr : counterparty_by_id(id) != nullptr;
    return is_known ? std::nullopt : Problem(error(400, 2010, "Неверная ссылка", type));
}

Problem check_links(json::View value) {
    bool is_good = value.is_array() && value.size() > 0;
    for (const auto link : value.elements()) {
        const auto text = link.string();
        is_good =
            is_good && text && (text->starts_with("https://") || text->starts_with("http://"));
    }
    return is_good ? std::nullopt : Problem(wrong_type("recordUrl", "array of addresses"));
}

Problem check_events(json::View value) {
    if (!value.is_array() || value.size() == 0) {
        return wrong_type("events", "array");
    }
    for (const auto event : value.elements()) {
        if (auto problem = problem_of_event(event)) {
            return problem;
        }
    }
    return std::nullopt;
}

Problem check_field(std::string_view field, json::View value) {
    if (field == "externalId" || field == "extension") {
        return check_text(field, value, max_id);
    }
    if (field == "comment") {
        return check_text(field, value, max_comment);
    }
    if (field == "number") {
        return check_number(value);
    }
    if (field == "isIncoming") {
        return value.is_boolean() ? std::nullopt : Problem(wrong_type(field, "boolean"));
    }
    if (field == "startTime" || field == "endTime") {
        return check_moment(field, value);
    }
    if (field == "duration") {
        return value.integer().value_or(-1) >= 0 ? std::nullopt
                                                 : Problem(wrong_type(field, "integer"));
    }
    if (field == "employee" || field == "counterparty") {
        return check_reference(field, value);
    }
    if (field == "recordUrl") {
        return check_links(value);
    }
    if (field == "events") {
        return check_events(value);
    }
    return error(400, 2016, "Неизвестное поле '" + std::string(field) + "'", field);
}

Problem check_fields(json::View body) {
    if (!body.is_object()) {
        return error(400, 2001, "Ошибка формата: ожидается объект");
    }
    for (const auto& [field, value] : body.members()) {
        if (auto problem = check_field(field, value)) {
            return problem;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<Answer> problem_of_event(json::View event) {
    if (!event.is_object()) {
        return wrong_type("events", "object");
    }
    for (const auto& [field, value] : event.members()) {
        if (field != "eventType" && field != "extension" && field != "sequence" &&
            field != "employee") {
            return error(400, 2016, "Неизвестное поле '" + std::string(field) + "'", field);
        }
    }
    const auto type = event.find("eventType");
    const auto sequence = event.find("sequence");
    const auto extension = event.find("extension");
    const auto employee = event.find("employee");
    if (!type || !sequence) {
        return missing(type ? "sequence" : "eventType");
    }
    const auto name = type->string().value_or("");
    if (name != "SHOW" && name != "STARTTIME" && name != "HIDE" && name != "HIDE_ALL") {
        return error(412, 3005, "Значение не входит в список допустимых", "eventType");
    }
    if (sequence->integer().value_or(0) < 1) {
        return wrong_type("sequence", "integer");
    }
    if (!extension && name != "HIDE_ALL") {
        return missing("extension");
    }
    if (extension) {
        if (auto problem = check_text("extension", *extension, max_id)) {
            return problem;
        }
    }
    return employee ? check_reference("employee", *employee) : std::nullopt;
}

std::optional<Answer> problem_of_create(json::View body) {
    if (auto problem = check_fields(body)) {
        return problem;
    }
    for (const auto* field : {"externalId", "number", "isIncoming", "startTime"}) {
        if (!body.find(field)) {
            return missing(field);
        }
    }
    return std::nullopt;
}

std::optional<Answer> problem_of_update(json::View body) {
    if (auto problem = check_fields(body)) {
        return problem;
    }
    return body.size() > 0 ? std::nullopt
                           : Problem(error(400, 2001, "Ошибка формата: пустой объект"));
}

}  // namespace trunkline::sandbox::moysklad
