#include "retailcrm_api.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "base/text.hpp"
#include "json/writer.hpp"
#include "retailcrm_answer.hpp"
#include "retailcrm_modules.hpp"
#include "retailcrm_people.hpp"

namespace trunkline::sandbox {
namespace {

constexpr std::size_t max_upload = 50;

using retailcrm::check_choice;
using retailcrm::check_known;
using retailcrm::Problems;
using retailcrm::text_of;

void check_phone(json::View object, Problems& problems) {
    if (base::digits_of(text_of(object, "phone")).size() < 5) {
        problems["phone"] = "This value should not be blank.";
    }
}

/// `Y-m-d H:i:s`
bool is_date_time(const std::string& text) {
    static constexpr std::string_view shape = "dddd-dd-dd dd:dd:dd";
    return text.size() == shape.size() && std::ranges::equal(text, shape, [](char c, char s) {
               return s == 'd' ? c >= '0' && c <= '9' : c == s;
           });
}

void check_seconds(json::View object, std::string_view key, Problems& problems) {
    const auto member = object.find(key);
    if (member && member->integer().value_or(-1) < 0) {
        problems[std::string(key)] = "This value should be a whole number.";
    }
}

Problems problems_of_event(json::View event) {
    Problems problems;
    check_known(
        event,
        {"phone",
         "type",
         "codes",
         "userIds",
         "hangupStatus",
         "callExternalId",
         "externalPhone",
         "site",
         "webAnalyticsData"},
        problems
    );
    check_phone(event, problems);
    check_choice(event, "type", {"in", "out", "hangup"}, problems);
    const auto codes = event.find("codes");
    const auto users = event.find("userIds");
    if (!codes && !users) {
        problems["codes"] = "Either codes or userIds must be given.";
    }
    if (codes && !codes->is_array()) {
        problems["codes"] = "This value is not valid.";
    }
    if (text_of(event, "type") == "hangup") {
        check_choice(
            event, "hangupStatus", {"answered", "no answered", "busy", "cancel", "failed"}, problems
        );
    } else if (event.find("hangupStatus")) {
        problems["hangupStatus"] = "Only a hangup has a status.";
    }
    return problems;
}

Problems problems_of_call(json::View call) {
    Problems problems;
    check_known(
        call,
        {"date",
         "type",
         "phone",
         "result",
         "externalId",
         "code",
         "userId",
         "duration",
         "durationWaiting",
         "recordUrl",
         "externalPhone",
         "site",
         "source"},
        problems
    );
    if (!is_date_time(text_of(call, "date"))) {
        problems["date"] = "This value is not a valid date.";
    }
    check_choice(call, "type", {"in", "out"}, problems);
    check_phone(call, problems);
    check_choice(
        call,
        "result",
        {"answered", "no answer", "busy", "failed", "not allowed", "unknown"},
        problems
    );
    if (text_of(call, "externalId").empty()) {
        problems["externalId"] = "This value should not be blank.";
    }
    check_seconds(call, "duration", problems);
    check_seconds(call, "durationWaiting", problems);
    const auto url = text_of(call, "recordUrl");
    if (call.find("recordUrl") && !url.starts_with("http://") && !url.starts_with("https://")) {
        problems["recordUrl"] = "This value is not a valid URL.";
    }
    return problems;
}

}  // namespace

ApiAnswer RetailCrmApi::call(
    const std::string& account,
    const std::string& method,
    const std::string& path,
    const std::string& api_key,
    const std::string& content_type,
    const Parameters& parameters
) {
    if (api_key.empty()) {
        return retailcrm::failure(403, "\"apiKey\" is missing.");
    }
    if (api_key != "sandbox-retailcrm-key-" + account) {
        return retailcrm::failure(403, "Wrong \"apiKey\" value.");
    }
    const bool is_post = method == "POST";
    const bool is_form = content_type.starts_with("application/x-www-form-urlencoded");
    auto& entry = accounts_[account];
    if (path.starts_with("/v5/telephony/")) {
        return is_post == (path == "/v5/telephony/manager")
                   ? retailcrm::failure(405, "Method Not Allowed")
                   : telephony(entry, path, is_form, parameters);
    }
    if (path.starts_with("/v5/integration-modules/")) {
        const auto rest = path.substr(std::string_view("/v5/integration-modules/").size());
        if (rest.ends_with("/edit") && is_post) {
            const auto code = rest.substr(0, rest.size() - std::string_view("/edit").size());
            return retailcrm::edit_module(entry.modules, code, is_form ? parameters : Parameters{});
        }
        return is_post ? retailcrm::failure(405, "Method Not Allowed")
                       : retailcrm::get_module(entry.modules, rest);
    }
    if (path == "/credentials" && !is_post) {
        return retailcrm::success(
            R"(,"credentials":["/api/telephony/call/event","/api/telephony/calls/upload","/api/telephony/manager"])"
        );
    }
    if (path == "/v5/users" && !is_post) {
        return retailcrm::list_users(parameters);
    }
    return retailcrm::failure(404, "API method not found");
}

ApiAnswer RetailCrmApi::telephony(
    Account& account, const std::string& path, bool is_form, const Parameters& parameters
) {
    const bool is_event = path == "/v5/telephony/call/event";
    const bool is_upload = path == "/v5/telephony/calls/upload";
    if (!is_event && !is_upload) {
        return path == "/v5/telephony/manager"
                   ? retailcrm::find_manager(account.modules, parameters)
                   : retailcrm::failure(404, "API method not found");
    }
    if (!account.modules.empty() && !retailcrm::has_active(account.modules)) {
        return retailcrm::failure(
            400,
            is_event ? "Telephony not enabled"
                     : "Telephony not enabled or not supports calls upload"
        );
    }
    // A raw JSON body is not read: its fields are simply missing.
    return is_event ? call_event(account, is_form ? parameters : Parameters{})
                    : calls_upload(account, is_form ? parameters : Parameters{});
}

bool RetailCrmApi::set_active(const std::string& account, const std::string& module, bool active) {
    return retailcrm::set_active(accounts_[account].modules, module, active);
}

ApiAnswer RetailCrmApi::call_event(Account& account, const Parameters& parameters) {
    const auto field = parameters.find("event");
    if (field == parameters.end()) {
        return retailcrm::failure(400, "Parameter 'event' is missing");
    }
    const auto event = json::parse(field->second);
    if (!event || !event->root().is_object()) {
        return retailcrm::failure(
            400, "Errors in the entity format", {{"event", "This value is not valid JSON."}}
        );
    }
    const auto problems = problems_of_event(event->root());
    if (!problems.empty()) {
        return retailcrm::failure(400, "Errors in the entity format", problems);
    }
    account.events.push_back(event->root().dump());
    return retailcrm::success("");
}

ApiAnswer RetailCrmApi::calls_upload(Account& account, const Parameters& parameters) {
    const auto field = parameters.find("calls");
    if (field == parameters.end()) {
        return retailcrm::failure(400, "Parameter 'calls' is missing");
    }
    const auto calls =
        json::parse(field->second, {.max_bytes = std::size_t{256} * 1024, .max_depth = 16});
    if (!calls || !calls->root().is_array() || calls->root().size() == 0 ||
        calls->root().size() > max_upload) {
        return retailcrm::failure(
            400, "Errors in the entity format", {{"calls", "Must be an array of 1 to 50 calls."}}
        );
    }
    for (const auto call : calls->root().elements()) {
        const auto problems = problems_of_call(call);
        if (!problems.empty()) {
            return retailcrm::failure(400, "Errors in the entity format", problems);
        }
    }
    int processed = 0;
    json::Writer duplicates;
    duplicates.begin_array();
    bool has_duplicates = false;
    for (const auto call : calls->root().elements()) {
        const auto id = text_of(call, "externalId");
        if (account.uploads.emplace(id, call.dump()).second) {
            account.upload_order.push_back(id);
            ++processed;
        } else {
            duplicates.value(id);
            has_duplicates = true;
        }
    }
    duplicates.end_array();
    return retailcrm::success(
        ",\"processedCallsCount\":" + std::to_string(processed) +
        (has_duplicates ? ",\"duplicateCalls\":" + duplicates.take() : std::string())
    );
}

}  // namespace trunkline::sandbox
