#include "retailcrm_people.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"
#include "json/writer.hpp"
#include "retailcrm_answer.hpp"
#include "retailcrm_modules.hpp"

namespace trunkline::sandbox::retailcrm {
namespace {

struct User {
    std::int64_t id;
    std::string_view last_name, first_name, email;
    bool active;
};
constexpr std::array<User, 5> users{{
    {27, "Ковалёва", "Анна", "anna@example.by", true},
    {28, "Сидоров", "Пётр", "petr@example.by", true},
    {29, "Новик", "Ольга", "olga@example.by", true},
    {30, "Лис", "Егор", "egor@example.by", false},
    {31, "Администратор", "", "admin@example.by", true},
}};

struct Customer {
    std::string_view phone, last_name, first_name;
    int id;
    std::int64_t manager;
};
constexpr std::array<Customer, 2> customers{{
    {"375296254070", "Петров", "Иван", 101, 27},
    {"375290000001", "Орлова", "Мария", 102, 27},
}};
/// What it is while no module says so.
constexpr std::string_view usual_code = "150";

std::string value_of(const Parameters& parameters, std::string_view name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
}

std::int64_t number_in(const std::string& text, std::int64_t otherwise) {
    std::int64_t number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

void check_parameters(
    const Parameters& parameters, std::initializer_list<std::string_view> known, Problems& problems
) {
    for (const auto& [name, value] : parameters) {
        if (name != "apiKey" && std::ranges::find(known, name) == known.end()) {
            problems[name] = "This form should not contain extra fields.";
        }
    }
}

/// Booleans of a query are 1 and 0.
void check_flag(const Parameters& parameters, std::string_view name, Problems& problems) {
    const auto value = value_of(parameters, name);
    if (!value.empty() && value != "0" && value != "1") {
        problems[std::string(name)] = "This value is not valid.";
    }
}

void write_user(json::Writer& writer, const User& user) {
    writer.begin_object()
        .member("id", user.id)
        .member("createdAt", "2025-01-15 10:00:00")
        .member("active", user.active)
        .member("email", user.email)
        .member("firstName", user.first_name)
        .member("lastName", user.last_name)
        .member("isAdmin", user.first_name.empty())
        .member("isManager", !user.first_name.empty())
        .member("status", "free")
        .member("online", true)
        .end_object();
}

void write_manager(
    json::Writer& writer, const std::map<std::string, std::string>& modules, std::int64_t id
) {
    const auto user = std::ranges::find(users, id, &User::id);
    const auto code = modules.empty() ? std::string(usual_code) : code_of(modules, id);
    writer.begin_object()
        .member("id", user->id)
        .member("firstName", user->first_name)
        .member("lastName", user->last_name);
    if (!code.empty()) {
        writer.member("code", code);
    }
    writer.end_object();
}

}  // namespace

bool is_user(std::int64_t id) { return std::ranges::find(users, id, &User::id) != users.end(); }

ApiAnswer list_users(const Parameters& parameters) {
    Problems problems;
    check_parameters(parameters, {"filter[active]", "limit", "page"}, problems);
    check_flag(parameters, "filter[active]", problems);
    const auto limit = number_in(value_of(parameters, "limit"), 20);
    const auto page = number_in(value_of(parameters, "page"), 1);
    if (limit != 20 && limit != 50 && limit != 100) {
        problems["limit"] = "The value you selected is not a valid choice.";
    }
    if (page < 1) {
        problems["page"] = "This value should be 1 or more.";
    }
    if (!problems.empty()) {
        return failure(400, "Errors in the input parameters", problems);
    }
    const auto wanted = value_of(parameters, "filter[active]");
    const auto fits = [&](const User& user) {
        return wanted.empty() || user.active == (wanted == "1");
    };
    json::Writer writer;
    writer.begin_object()
        .key("pagination")
        .begin_object()
        .member("limit", limit)
        .member("totalCount", std::ranges::count_if(users, fits))
        .member("currentPage", page)
        .member("totalPageCount", 1)
        .end_object()
        .key("users")
        .begin_array();
    for (const auto& user : users) {
        if (page == 1 && fits(user)) {
            write_user(writer, user);
        }
    }
    const auto members = writer.end_array().end_object().take();
    return success("," + members.substr(1, members.size() - 2));
}

ApiAnswer find_manager(
    const std::map<std::string, std::string>& modules, const Parameters& parameters
) {
    Problems problems;
    check_parameters(parameters, {"phone", "details", "ignoreStatus"}, problems);
    check_flag(parameters, "details", problems);
    check_flag(parameters, "ignoreStatus", problems);
    const auto phone = value_of(parameters, "phone");
    if (phone.empty()) {
        problems["phone"] = "This value should not be blank.";
    }
    if (!problems.empty()) {
        return failure(400, "Errors in the input parameters", problems);
    }
    const auto customer = std::ranges::find(customers, base::digits_of(phone), &Customer::phone);
    if (customer == customers.end()) {
        return success("");
    }
    json::Writer writer;
    writer.begin_object().key("manager");
    write_manager(writer, modules, customer->manager);
    if (value_of(parameters, "details") == "1") {
        writer.key("customer")
            .begin_object()
            .member("id", customer->id)
            .member("firstName", customer->first_name)
            .member("lastName", customer->last_name)
            .key("phones")
            .begin_array()
            .begin_object()
            .member("number", "+" + std::string(customer->phone))
            .end_object()
            .end_array()
            .end_object();
    }
    const auto members = writer.end_object().take();
    return success("," + members.substr(1, members.size() - 2));
}

}  // namespace trunkline::sandbox::retailcrm
