#include "uon_api.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <utility>

#include "base/text.hpp"
#include "json/writer.hpp"
#include "uon_rules.hpp"

namespace trunkline::sandbox {
namespace {

constexpr std::string_view key_beginning = "sandboxuonkey";
constexpr std::size_t most_a_second = 10;
constexpr std::size_t page_size = 100;

ApiAnswer answer(unsigned status, const std::string& body) {
    return {.status = status, .body = uon::with_escapes(body), .retry_after = std::nullopt};
}

ApiAnswer error(unsigned status, const std::string& message) {
    json::Writer writer;
    writer.begin_object().key("error").begin_object();
    if (status != 403) {
        writer.member("code", status);
    }
    writer.member("message", message).end_object().end_object();
    return answer(status, writer.take());
}

ApiAnswer refuse(UonApi::Cabinet& cabinet, const std::string& message) {
    ++cabinet.violations[message];
    return error(404, message);
}

ApiAnswer list(std::string_view name, const std::vector<std::string>& items) {
    json::Writer writer;
    writer.begin_object().key(name).begin_array();
    for (const auto& item : items) {
        writer.raw(item);
    }
    writer.end_array().member("result", 200).end_object();
    return answer(200, writer.take());
}

/// Ids and figures as strings, as in real answers.
std::string to_json(const UonApi::Row& row) {
    json::Writer writer;
    writer.begin_object().member("id", std::to_string(row.id));
    for (const auto& [name, value] : row.fields) {
        writer.member(name, value);
    }
    return writer.end_object().take();
}

bool is_path(const std::vector<std::string>& path, std::initializer_list<std::string_view> wanted) {
    return std::ranges::equal(path, wanted, [](const std::string& part, std::string_view want) {
        return want == "*" || part == want;
    });
}

std::vector<std::string> managers_json(std::optional<int> only) {
    std::vector<std::string> out;
    for (const auto& manager : uon::managers()) {
        if (!only || *only == manager.id) {
            out.push_back(uon::to_json(manager));
        }
    }
    return out;
}

std::optional<int> number_in(const std::string& text) {
    int number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    return code == std::errc{} && end == text.data() + text.size() && number > 0
               ? std::optional(number)
               : std::nullopt;
}

}  // namespace

std::optional<std::string> UonApi::cabinet_of(const std::string& key) {
    if (!key.starts_with(key_beginning) || key.size() == key_beginning.size()) {
        return std::nullopt;
    }
    return key.substr(key_beginning.size());
}

std::optional<ApiAnswer> UonApi::wait(const std::string& key) {
    const auto name = cabinet_of(key);
    if (!name) {
        return std::nullopt;
    }
    auto& cabinet = cabinets_[*name];
    const auto now = clock_.steady();
    while (!cabinet.recent.empty() && now - cabinet.recent.front() >= std::chrono::seconds(1)) {
        cabinet.recent.pop_front();
    }
    ++cabinet.requests;
    if (cabinet.recent.size() < most_a_second) {
        cabinet.recent.push_back(now);
        return std::nullopt;
    }
    ++cabinet.violations["more than 10 requests a second"];
    return error(429, "Too many requests");
}

ApiAnswer UonApi::call(
    const std::string& key,
    const std::string& method,
    const std::string& path,
    const Parameters& parameters
) {
    const auto name = cabinet_of(key);
    const bool is_post = method == "POST";
    if (!name || !(is_post ? switches.post : switches.get)) {
        return error(403, "API key is wrong");
    }
    auto& cabinet = cabinets_[*name];
    constexpr std::string_view ending = ".json";
    if (!path.ends_with(ending)) {
        return refuse(cabinet, "No route found");
    }
    const auto parts = base::split(path.substr(0, path.size() - ending.size()), '/');
    return is_post ? post(cabinet, parts, parameters) : get(cabinet, parts);
}

ApiAnswer UonApi::get(Cabinet& cabinet, const std::vector<std::string>& path) {
    if (is_path(path, {"user", "phone", "*"}) || is_path(path, {"user", "phone", "*", "*"})) {
        return users_by_phone(cabinet, path[2]);
    }
    if (is_path(path, {"manager"})) {
        return list("users", managers_json(std::nullopt));
    }
    if (is_path(path, {"manager", "*"})) {
        const auto found = managers_json(number_in(path[1]).value_or(0));
        return found.empty() ? nothing_found("users") : list("users", found);
    }
    const bool is_creation = !path.empty() && path.back() == "create";
    if (is_path(path, {"call_history", "*"}) && !is_creation) {
        // So they were seen.
        return page_of(cabinet, cabinet.calls, "users", path[1]);
    }
    if (is_path(path, {"webhook", "*"}) && !is_creation) {
        return page_of(cabinet, cabinet.webhooks, "webhooks", path[1]);
    }
    return refuse(cabinet, is_creation ? "Method not allowed (see GET/POST)" : "No route found");
}

ApiAnswer UonApi::post(
    Cabinet& cabinet, const std::vector<std::string>& path, const Parameters& parameters
) {
    std::optional<std::string> wrong;
    std::vector<Row>* rows = nullptr;
    if (is_path(path, {"call_history", "create"})) {
        wrong = uon::wrong_in_call(parameters);
        rows = &cabinet.calls;
    } else if (is_path(path, {"notification", "create"})) {
        wrong = uon::wrong_in_notification(parameters);
        rows = &cabinet.notifications;
    } else if (is_path(path, {"webhook", "create"})) {
        wrong = uon::wrong_in_webhook(parameters);
        rows = &cabinet.webhooks;
    } else if (is_path(path, {"user", "create"})) {
        wrong = uon::wrong_in_client(parameters);
        return wrong ? refuse(cabinet, "Parameter " + *wrong + " is wrong")
                     : create_client(cabinet, parameters);
    } else if (is_path(path, {"webhook", "delete", "*"})) {
        const auto id = number_in(path[2]);
        const auto gone =
            std::erase_if(cabinet.webhooks, [&](const Row& row) { return id && row.id == *id; });
        return gone == 0 ? nothing_found("webhooks") : answer(200, R"({"result":200})");
    } else {
        const bool is_reading = is_path(path, {"manager"}) ||
                                is_path(path, {"user", "phone", "*"}) ||
                                is_path(path, {"call_history", "*"});
        return refuse(cabinet, is_reading ? "Method not allowed (see GET/POST)" : "No route found");
    }
    if (wrong) {
        return refuse(cabinet, "Parameter " + *wrong + " is wrong");
    }
    return create(*rows, parameters);
}

ApiAnswer UonApi::users_by_phone(Cabinet& cabinet, const std::string& phone) {
    if (phone.empty() || phone != base::digits_of(phone)) {
        return refuse(cabinet, "Parameter phone is wrong");
    }
    std::vector<std::string> found;
    for (const auto& client : cabinet.clients) {
        if (base::digits_of(client.phone) == phone) {
            found.push_back(uon::to_json(client));
        }
    }
    return found.empty() ? nothing_found("users") : list("users", found);
}

/// The newest first.
ApiAnswer UonApi::page_of(
    Cabinet& cabinet, const std::vector<Row>& rows, std::string_view name, const std::string& page
) {
    const auto number = number_in(page);
    if (!number) {
        return refuse(cabinet, "Parameter page is wrong");
    }
    std::vector<std::string> items;
    const auto begin = (static_cast<std::size_t>(*number) - 1) * page_size;
    for (auto i = begin; i < std::min(begin + page_size, rows.size()); ++i) {
        items.push_back(to_json(rows[rows.size() - 1 - i]));
    }
    return items.empty() ? nothing_found(name) : list(name, items);
}

/// A repeat makes a second row: U-ON knows no key of ours.
ApiAnswer UonApi::create(std::vector<Row>& rows, const Parameters& parameters) {
    rows.push_back({next_id_++, parameters});
    return answer(200, R"({"result":200,"id":")" + std::to_string(rows.back().id) + "\"}");
}

ApiAnswer UonApi::create_client(Cabinet& cabinet, const Parameters& parameters) {
    const auto field = [&](const char* name) {
        const auto found = parameters.find(name);
        return found == parameters.end() ? std::string() : found->second;
    };
    uon::Person person;
    person.id = next_id_++;
    person.type = number_in(field("u_type")).value_or(1);
    person.surname = field("u_surname");
    person.name = field("u_name");
    person.patronymic = field("u_sname");
    person.company = field("u_company");
    person.phone = field("u_phone").empty() ? field("u_phone_mobile") : field("u_phone");
    std::ranges::replace(person.phone, '+', ' ');
    person.manager_id = number_in(field("u_manager_id")).value_or(0);
    person.changed = base::format_iso8601(clock_.now());
    cabinet.clients.push_back(std::move(person));
    const auto id = std::to_string(cabinet.clients.back().id);
    return answer(200, R"({"result":200,"id":")" + id + R"(","user_id":")" + id + "\"}");
}

ApiAnswer UonApi::nothing_found(std::string_view name) const {
    switch (switches.not_found) {
        case Switches::NotFound::status_404:
            return answer(404, R"({"result":404})");
        case Switches::NotFound::result_404:
            return answer(200, R"({"result":404})");
        case Switches::NotFound::empty:
            return list(name, {});
    }
    return {};
}

}  // namespace trunkline::sandbox
