#include "bitrix24_portal.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace trunkline::sandbox {
namespace {

using bitrix24::core_error;
using bitrix24::text_of;

/// Whom the demo's portal knows.
struct Client {
    std::string_view phone, name, kind;
    std::int64_t id, responsible;
};
constexpr std::array<Client, 2> clients{{
    {"375296254070", "Иван Петров", "CONTACT", 501, 11},
    {"375290000001", "ООО Ромашка", "COMPANY", 77, 12},
}};

void write_user(json::Writer& writer, const Bitrix24Portal::User& user) {
    // Numbers in quotes, as portals send them.
    writer.begin_object()
        .member("ID", std::to_string(user.id))
        .member("ACTIVE", user.is_active)
        .member("NAME", user.first_name)
        .member("LAST_NAME", user.last_name)
        .member("UF_PHONE_INNER", user.inner_phone)
        .end_object();
}

/// Whether `value` is what a filter asks for: one value or a list of them.
bool fits(json::View wanted, std::string_view value) {
    if (wanted.is_array()) {
        for (const auto each : wanted.elements()) {
            if (each.scalar_text().value_or("") == value) {
                return true;
            }
        }
        return false;
    }
    return wanted.scalar_text().value_or("") == value;
}

}  // namespace

const Bitrix24Portal::User* Bitrix24Portal::user_by_id(std::int64_t id) {
    const auto* const found = std::ranges::find(users, id, &User::id);
    return found != users.end() && found->is_active ? found : nullptr;
}

const Bitrix24Portal::User* Bitrix24Portal::user_by_phone(std::string_view inner_phone) {
    const auto* const found = std::ranges::find(users, inner_phone, &User::inner_phone);
    return !inner_phone.empty() && found != users.end() && found->is_active ? found : nullptr;
}

std::optional<ApiAnswer> Bitrix24Portal::call(std::string_view method, json::View parameters) {
    if (method == "telephony.externalcall.register") {
        return register_call(parameters);
    }
    if (method == "telephony.externalcall.show" || method == "telephony.externalcall.hide") {
        return show_or_hide(parameters, method.ends_with("show"));
    }
    if (method == "telephony.externalcall.finish") {
        return finish_call(parameters);
    }
    if (method == "telephony.externalcall.attachrecord") {
        return attach_record(parameters);
    }
    if (method == "telephony.externalcall.searchcrmentities") {
        return search_crm_entities(parameters);
    }
    if (method == "telephony.externalline.add") {
        return add_line(parameters);
    }
    if (method == "telephony.externalline.get") {
        return get_lines();
    }
    if (method == "user.get") {
        return get_users(parameters);
    }
    if (method == "voximplant.statistic.get") {
        return get_statistics(parameters);
    }
    if (method == "event.bind") {
        return bind_event(parameters);
    }
    if (method == "event.get") {
        return get_bindings();
    }
    return std::nullopt;
}

ApiAnswer Bitrix24Portal::search_crm_entities(json::View parameters) {
    const auto phone = base::digits_of(text_of(parameters, "PHONE_NUMBER"));
    if (phone.empty()) {
        return core_error("PHONE_NUMBER is empty");
    }
    json::Writer writer;
    writer.begin_array();
    for (const auto& client : clients) {
        if (client.phone != phone) {
            continue;
        }
        const auto& user = *user_by_id(client.responsible);
        // Ids as numbers here and as strings there: portals do both.
        writer.begin_object()
            .member("CRM_ENTITY_TYPE", client.kind)
            .member("CRM_ENTITY_ID", client.id)
            .member("ASSIGNED_BY_ID", client.responsible)
            .member("NAME", client.name)
            .key("ASSIGNED_BY")
            .begin_object()
            .member("ID", std::to_string(user.id))
            .member("TIMEMAN_STATUS", "")
            .member("USER_PHONE_INNER", user.inner_phone)
            .member("WORK_PHONE", "")
            .member("PERSONAL_PHONE", "")
            .member("PERSONAL_MOBILE", "")
            .end_object()
            .end_object();
    }
    return bitrix24::result(writer.end_array().take(), clock_.now());
}

ApiAnswer Bitrix24Portal::add_line(json::View parameters) {
    const auto number = text_of(parameters, "NUMBER");
    if (number.empty()) {
        return core_error("NUMBER is empty");
    }
    if (!lines_.emplace(number, text_of(parameters, "NAME")).second) {
        return core_error("Line already exists");
    }
    return bitrix24::result(R"({"ID":)" + std::to_string(lines_.size()) + "}", clock_.now());
}

ApiAnswer Bitrix24Portal::get_lines() const {
    json::Writer writer;
    writer.begin_array();
    for (const auto& [number, name] : lines_) {
        writer.begin_object()
            .member("NUMBER", number)
            .member("NAME", name)
            .member("CRM_AUTO_CREATE", "N")
            .end_object();
    }
    return bitrix24::result(writer.end_array().take(), clock_.now());
}

ApiAnswer Bitrix24Portal::get_users(json::View parameters) {
    const auto unknown = bitrix24::unknown_member(
        parameters, {"FILTER", "filter", "select", "SELECT", "start", "sort", "order"}
    );
    if (!unknown.empty()) {
        return core_error("unknown parameter " + unknown);
    }
    auto filter = parameters.find("FILTER");
    if (!filter) {
        filter = parameters.find("filter");
    }
    json::Writer writer;
    writer.begin_array();
    std::int64_t total = 0;
    for (const auto& user : users) {
        const auto wants = [&](std::string_view name) {
            return filter ? filter->find(name) : std::nullopt;
        };
        const auto phone = wants("UF_PHONE_INNER");
        const auto id = wants("ID");
        const auto active = wants("ACTIVE");
        if ((phone && !fits(*phone, user.inner_phone)) ||
            (id && !fits(*id, std::to_string(user.id))) ||
            (active && fits(*active, "true") != user.is_active)) {
            continue;
        }
        ++total;
        write_user(writer, user);
    }
    auto answer = bitrix24::result(writer.end_array().take(), clock_.now());
    answer.body.insert(answer.body.size() - 1, ",\"total\":" + std::to_string(total));
    return answer;
}

ApiAnswer Bitrix24Portal::bind_event(json::View parameters) {
    const auto handler = text_of(parameters, "handler");
    const auto event = text_of(parameters, "event");
    if (event.empty() || !handler.starts_with("http")) {
        return core_error("event and handler are needed");
    }
    handlers_[event] = handler;
    return bitrix24::result("true", clock_.now());
}

ApiAnswer Bitrix24Portal::get_bindings() const {
    json::Writer writer;
    writer.begin_array();
    for (const auto& [event, handler] : handlers_) {
        writer.begin_object().member("event", event).member("handler", handler).end_object();
    }
    return bitrix24::result(writer.end_array().take(), clock_.now());
}

void Bitrix24Portal::write(json::Writer& writer) const {
    writer.key("calls").begin_array();
    for (const auto& call : calls_) {
        writer.begin_object()
            .member("call_id", call.id)
            .member("external_call_id", call.external_id)
            .member("user_id", call.user)
            .member("phone_number", call.phone)
            .member("type", call.type)
            .member("line_number", call.line)
            .member("call_start_date", call.start_date)
            .member("crm_create", call.crm_create)
            .member("crm_source", call.crm_source)
            .member("by_portal", call.by_portal)
            .member("registrations", call.registrations)
            .member("shown", std::vector<std::int64_t>(call.shown.begin(), call.shown.end()))
            .member("seen", std::vector<std::int64_t>(call.seen.begin(), call.seen.end()));
        if (call.finish) {
            writer.key("finish")
                .begin_object()
                .member("user_id", call.finish->user)
                .member("duration", call.finish->duration)
                .member("status_code", call.finish->status_code)
                .member("add_to_chat", call.finish->in_chat)
                .end_object();
        }
        if (call.recording) {
            writer.key("record")
                .begin_object()
                .member("url", call.recording->url)
                .member("filename", call.recording->filename)
                .member("times", call.recording->times)
                .end_object();
        }
        writer.end_object();
    }
    writer.end_array().key("violations").begin_object();
    for (const auto& [what, times] : violations_) {
        writer.member(what, times);
    }
    writer.end_object().key("handlers").begin_object();
    for (const auto& [event, handler] : handlers_) {
        writer.member(event, handler);
    }
    writer.end_object().key("lines").begin_object();
    for (const auto& [number, name] : lines_) {
        writer.member(number, name);
    }
    writer.end_object();
}

}  // namespace trunkline::sandbox
