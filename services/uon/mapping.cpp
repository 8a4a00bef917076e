#include "mapping.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "call/card.hpp"
#include "call/number.hpp"
#include "connector/call_facts.hpp"

namespace trunkline::uon {
namespace {

constexpr int outgoing = 1;
constexpr int incoming = 2;

void add(std::string& form, std::string_view name, const std::string& value) {
    if (!value.empty()) {
        form += (form.empty() ? "" : "&") + std::string(name) + "=" + base::percent_encode(value);
    }
}

}  // namespace

std::string CallRecord::form() const {
    std::string form;
    add(form, "phone", phone);
    add(form, "start", start);
    add(form, "direction", std::to_string(direction));
    add(form, "duration", std::to_string(duration));
    add(form, "manager_id", manager_id);
    add(form, "record_link", record_link);
    return form;
}

std::string CallRecord::signature() const {
    return phone + " " + start + " " + std::to_string(direction) + " " + std::to_string(duration);
}

CallRecord record_of(const call::Call& call, const std::string& zone, std::string manager_id) {
    CallRecord record;
    record.phone = connector::digits(call.phone);
    record.start = connector::local_time(call.started_at, zone);
    record.direction = connector::is_outbound(call) ? outgoing : incoming;
    // There is no status: 0 says that nobody answered, so a talk is a second long at least.
    record.duration = call.answered ? std::max<std::int64_t>(call.talk_s, 1) : 0;
    record.manager_id = std::move(manager_id);
    record.record_link = call.answered ? call.record_url : std::string();
    return record;
}

std::string manager_of_record(
    const call::Call& call,
    const std::vector<connector::Manager>& staff,
    const std::string& responsible_id
) {
    if (call.answered) {
        const auto* manager = manager_at(staff, connector::who_talked(call));
        return manager == nullptr ? std::string() : manager->id;
    }
    const auto ringing = managers_ringing(call, staff);
    if (ringing.empty()) {
        return {};
    }
    return std::ranges::find(ringing, responsible_id) != ringing.end() ? responsible_id
                                                                       : ringing.front();
}

std::vector<std::string> managers_ringing(
    const call::Call& call, const std::vector<connector::Manager>& staff
) {
    std::vector<std::string> ids;
    for (const auto& extension : call.rang) {
        const auto* manager = manager_at(staff, extension);
        if (manager != nullptr && std::ranges::find(ids, manager->id) == ids.end()) {
            ids.push_back(manager->id);
        }
    }
    return ids;
}

std::string notification_text(
    const call::Call& call, const std::string& client_name, const std::string& line_name
) {
    const auto phone = call::escape_html(call::format_phone(call.phone));
    std::string text = "Входящий звонок: <b>" + phone + "</b>";
    if (!client_name.empty()) {
        text += "<br>" + call::escape_html(client_name);
    }
    if (!line_name.empty()) {
        text += "<br>Линия: " + call::escape_html(line_name);
    }
    return text;
}

std::string notification_form(const std::string& text, const std::string& manager_id) {
    std::string form;
    add(form, "text", text);
    add(form, "manager_id", manager_id);
    return form;
}

}  // namespace trunkline::uon
