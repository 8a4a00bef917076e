#include "retailcrm_api.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "base/text.hpp"
#include "json/writer.hpp"

namespace trunkline::sandbox {
namespace {

constexpr std::size_t max_upload = 50;

using Problems = std::map<std::string, std::string>;

ApiAnswer failure(unsigned status, const std::string& message, const Problems& errors = {}) {
    json::Writer writer;
    writer.begin_object().member("success", false).member("errorMsg", message);
    if (!errors.empty()) {
        writer.key("errors").begin_object();
        for (const auto& [field, text] : errors) {
            writer.member(field, text);
        }
        writer.end_object();
    }
    return {.status = status, .body = writer.end_object().take(), .retry_after = std::nullopt};
}

ApiAnswer success(const std::string& members) {
    return {
        .status = 200, .body = "{\"success\":true" + members + "}", .retry_after = std::nullopt
    };
}

std::string text_of(json::View object, std::string_view key) {
    const auto member = object.find(key);
    return member ? std::string(member->string().value_or("")) : std::string();
}

void check_known(
    json::View object, std::initializer_list<std::string_view> known, Problems& problems
) {
    for (const auto& [key, value] : object.members()) {
        if (std::ranges::find(known, key) == known.end()) {
            problems[std::string(key)] = "This form should not contain extra fields.";
        }
    }
}

void check_choice(
    json::View object,
    std::string_view key,
    std::initializer_list<std::string_view> allowed,
    Problems& problems
) {
    if (std::ranges::find(allowed, text_of(object, key)) == allowed.end()) {
        problems[std::string(key)] = "The value you selected is not a valid choice.";
    }
}

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
    if (member && (!member->integer() || *member->integer() < 0)) {
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

struct Person {
    std::string_view phone, last_name, first_name;
    int id;
};
/// Whom the demo's account knows.
constexpr std::array<Person, 2> customers{{
    {"375296254070", "Петров", "Иван", 101},
    {"375290000001", "Орлова", "Мария", 102},
}};

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
        return failure(403, "\"apiKey\" is missing.");
    }
    if (api_key != "sandbox-retailcrm-key-" + account) {
        return failure(403, "Wrong \"apiKey\" value.");
    }
    const bool is_post = method == "POST";
    if (path == "/credentials" && !is_post) {
        return success(
            R"(,"credentials":["/api/telephony/call/event","/api/telephony/calls/upload","/api/telephony/manager"])"
        );
    }
    const bool is_event = path == "/v5/telephony/call/event";
    const bool is_upload = path == "/v5/telephony/calls/upload";
    const bool is_manager = path == "/v5/telephony/manager";
    if (!is_event && !is_upload && !is_manager) {
        return failure(404, "API method not found");
    }
    if (is_post == is_manager) {
        return failure(405, "Method Not Allowed");
    }
    if (is_manager) {
        return manager(parameters);
    }
    // A raw JSON body is not read: its fields are simply missing.
    const bool is_form = content_type.starts_with("application/x-www-form-urlencoded");
    const Parameters none;
    auto& entry = accounts_[account];
    return is_event ? call_event(entry, is_form ? parameters : none)
                    : calls_upload(entry, is_form ? parameters : none);
}

ApiAnswer RetailCrmApi::call_event(Account& account, const Parameters& parameters) {
    const auto field = parameters.find("event");
    if (field == parameters.end()) {
        return failure(400, "Parameter 'event' is missing");
    }
    const auto event = json::parse(field->second);
    if (!event || !event->root().is_object()) {
        return failure(
            400, "Errors in the entity format", {{"event", "This value is not valid JSON."}}
        );
    }
    const auto problems = problems_of_event(event->root());
    if (!problems.empty()) {
        return failure(400, "Errors in the entity format", problems);
    }
    account.events.push_back(event->root().dump());
    return success("");
}

ApiAnswer RetailCrmApi::calls_upload(Account& account, const Parameters& parameters) {
    const auto field = parameters.find("calls");
    if (field == parameters.end()) {
        return failure(400, "Parameter 'calls' is missing");
    }
    const auto calls =
        json::parse(field->second, {.max_bytes = std::size_t{256} * 1024, .max_depth = 16});
    if (!calls || !calls->root().is_array() || calls->root().size() == 0 ||
        calls->root().size() > max_upload) {
        return failure(
            400, "Errors in the entity format", {{"calls", "Must be an array of 1 to 50 calls."}}
        );
    }
    for (const auto call : calls->root().elements()) {
        const auto problems = problems_of_call(call);
        if (!problems.empty()) {
            return failure(400, "Errors in the entity format", problems);
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
    return success(
        ",\"processedCallsCount\":" + std::to_string(processed) +
        (has_duplicates ? ",\"duplicateCalls\":" + duplicates.take() : std::string())
    );
}

ApiAnswer RetailCrmApi::manager(const Parameters& parameters) {
    const auto phone = parameters.find("phone");
    if (phone == parameters.end() || phone->second.empty()) {
        return failure(
            400, "Errors in the input parameters", {{"phone", "This value should not be blank."}}
        );
    }
    const auto person =
        std::ranges::find(customers, base::digits_of(phone->second), &Person::phone);
    if (person == customers.end()) {
        return success("");
    }
    json::Writer writer;
    writer.begin_object()
        .member("id", person->id)
        .member("firstName", person->first_name)
        .member("lastName", person->last_name)
        .key("phones")
        .begin_array()
        .begin_object()
        .member("number", "+" + std::string(person->phone))
        .end_object()
        .end_array()
        .end_object();
    return success(
        R"(,"manager":{"id":27,"firstName":"Анна","lastName":"Ковалёва","code":"150"},"customer":)" +
        writer.take()
    );
}

}  // namespace trunkline::sandbox
