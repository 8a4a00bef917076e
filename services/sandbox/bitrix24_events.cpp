#include "bitrix24_events.hpp"

#include <charconv>
#include <chrono>

#include "base/text.hpp"
#include "json/reader.hpp"

namespace trunkline::sandbox {
namespace {

/// Fields in the order that PHP writes them.
class Form {
public:
    void add(const std::string& name, const std::string& value) {
        text_ += (text_.empty() ? "" : "&") + base::percent_encode(name) + "=" +
                 base::percent_encode(value);
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

std::int64_t user_in(const Parameters& data) {
    const auto found = data.find("USER_ID");
    std::int64_t id = 0;
    if (found != data.end()) {
        std::from_chars(found->second.data(), found->second.data() + found->second.size(), id);
    }
    return id;
}

std::string value_in(const Parameters& data, std::string_view name) {
    const auto found = data.find(name);
    return found == data.end() ? std::string() : found->second;
}

void add_click(Bitrix24Event& event, Bitrix24Portal& portal, std::string& call_id) {
    const auto user = user_in(event.data);
    call_id = portal.click(
        user, value_in(event.data, "PHONE_NUMBER"), value_in(event.data, "LINE_NUMBER")
    );
    event.data["CALL_ID"] = call_id;
    event.data.try_emplace("PHONE_NUMBER_INTERNATIONAL", value_in(event.data, "PHONE_NUMBER"));
    const auto* known = Bitrix24Portal::user_by_id(user);
    event.data.try_emplace(
        "EXTENSION", known != nullptr ? std::string(known->inner_phone) : std::string()
    );
    for (const auto* name : {"LINE_NUMBER", "CALL_LIST_ID", "CRM_ENTITY_TYPE", "CRM_ENTITY_ID"}) {
        event.data.try_emplace(name, "");
    }
    event.data.try_emplace("IS_MOBILE", "0");
}

}  // namespace

base::Result<Bitrix24Event> event_from_json(json::View view) {
    json::Reader reader(view);
    Bitrix24Event event;
    event.portal = reader.required_string("portal");
    event.event = reader.required_string("event");
    event.url = reader.optional_string("url").value_or("");
    event.application_token = reader.optional_string("application_token");
    event.member_id = reader.optional_string("member_id");
    if (const auto data = reader.view("data")) {
        for (const auto& [name, value] : data->members()) {
            event.data[std::string(name)] = value.scalar_text().value_or("");
        }
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return event;
}

std::string form_of(
    Bitrix24Event event,
    Bitrix24Api::Account& account,
    const std::string& self,
    std::string& call_id
) {
    Form form;
    form.add("event", event.event);
    form.add("event_handler_id", "7");
    if (event.event == "ONEXTERNALCALLSTART") {
        add_click(event, account.portal, call_id);
    }
    for (const auto& [name, value] : event.data) {
        form.add("data[" + name + "]", value);
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    form.add("ts", std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count()));
    if (event.event == "ONAPPINSTALL") {
        const auto pair = account.tokens.issue();
        form.add("auth[access_token]", pair.access);
        form.add("auth[refresh_token]", pair.refresh);
        form.add("auth[expires_in]", std::to_string(pair.life.count()));
        form.add("auth[scope]", "telephony,crm,user_basic");
        form.add("auth[status]", "L");
        form.add("auth[server_endpoint]", self + "/bitrix24/oauth/rest/");
    }
    if (event.event == "ONAPPUNINSTALL") {
        account.tokens.revoke();
        account.portal.forget_handlers();
    }
    form.add("auth[domain]", self.substr(self.find("//") + 2));
    form.add("auth[client_endpoint]", self + "/bitrix24/" + event.portal + "/rest/");
    form.add("auth[member_id]", event.member_id.value_or(account.tokens.member_id()));
    form.add(
        "auth[application_token]",
        event.application_token.value_or(account.tokens.application_token())
    );
    return form.take();
}

}  // namespace trunkline::sandbox
