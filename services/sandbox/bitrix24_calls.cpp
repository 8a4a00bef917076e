// The life of a call in Bitrix24Portal (contracts/bitrix24.md section 4).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "bitrix24_portal.hpp"

namespace trunkline::sandbox {
namespace {

using bitrix24::core_error;
using bitrix24::number_of;
using bitrix24::text_of;

/// A register with the same data within this time gives the same call.
constexpr auto same_call_for = std::chrono::minutes(30);
constexpr std::int64_t last_type = 5;
constexpr std::size_t min_digits = 5;
constexpr std::string_view no_call =
    "Call is not found (call should be registered prior to finishing)";
constexpr std::array<std::string_view, 13> status_codes{
    "200",
    "304",
    "603",
    "603-S",
    "403",
    "404",
    "486",
    "484",
    "503",
    "480",
    "402",
    "423",
    "OTHER",
};

/// `2025-09-30T11:15:02+03:00`
bool is_iso_8601(const std::string& text) {
    constexpr std::size_t place_of_t = 10;
    return text.size() > place_of_t && text[place_of_t] == 'T' && base::parse_iso8601(text);
}

/// Whose card it is; nothing if nobody active is meant.
const Bitrix24Portal::User* user_of(json::View parameters) {
    if (parameters.find("USER_ID")) {
        const auto id = number_of(parameters, "USER_ID");
        return id ? Bitrix24Portal::user_by_id(*id) : nullptr;
    }
    return Bitrix24Portal::user_by_phone(text_of(parameters, "USER_PHONE_INNER"));
}

bool names_no_user(json::View parameters) {
    return text_of(parameters, "USER_ID").empty() &&
           text_of(parameters, "USER_PHONE_INNER").empty();
}

/// 0 or 1; anything else is refused.
bool is_flag(json::View parameters, std::string_view name) {
    const auto text = text_of(parameters, name);
    return !parameters.find(name) || text == "0" || text == "1";
}

std::optional<ApiAnswer> fault_of_register(json::View parameters) {
    const auto unknown = bitrix24::unknown_member(
        parameters,
        {"USER_ID",
         "USER_PHONE_INNER",
         "PHONE_NUMBER",
         "TYPE",
         "CALL_START_DATE",
         "CRM_CREATE",
         "CRM_SOURCE",
         "CRM_ENTITY_TYPE",
         "CRM_ENTITY_ID",
         "SHOW",
         "ADD_TO_CHAT",
         "LINE_NUMBER",
         "EXTERNAL_CALL_ID",
         "CALL_LIST_ID"}
    );
    if (!unknown.empty()) {
        return core_error("unknown parameter " + unknown);
    }
    if (names_no_user(parameters)) {
        return core_error("USER_ID or USER_PHONE_INNER should be set");
    }
    if (base::digits_of(text_of(parameters, "PHONE_NUMBER")).size() < min_digits) {
        return core_error("Unsupported phone number format");
    }
    const auto type = number_of(parameters, "TYPE");
    if (!type || *type < 1 || *type > last_type) {
        return core_error("Unknown TYPE");
    }
    if (parameters.find("CALL_START_DATE") &&
        !is_iso_8601(text_of(parameters, "CALL_START_DATE"))) {
        return core_error("CALL_START_DATE should be in the ISO-8601 format");
    }
    for (const auto* flag : {"SHOW", "ADD_TO_CHAT", "CRM_CREATE"}) {
        if (!is_flag(parameters, flag)) {
            return core_error(std::string(flag) + " should be 0 or 1");
        }
    }
    if (user_of(parameters) == nullptr) {
        return core_error("User is not found or is not active");
    }
    return std::nullopt;
}

/// The numeric ids of USER_ID, one or a list; nothing if one is none or unknown.
std::optional<std::vector<std::int64_t>> users_of(json::View parameters) {
    const auto member = parameters.find("USER_ID");
    std::vector<std::int64_t> ids;
    const auto add = [&](json::View value) {
        const auto id = bitrix24::number_in(value);
        if (!id || Bitrix24Portal::user_by_id(*id) == nullptr) {
            return false;
        }
        ids.push_back(*id);
        return true;
    };
    if (!member) {
        return std::nullopt;
    }
    if (!member->is_array()) {
        return add(*member) ? std::optional(ids) : std::nullopt;
    }
    for (const auto each : member->elements()) {
        if (!add(each)) {
            return std::nullopt;
        }
    }
    return ids.empty() ? std::nullopt : std::optional(ids);
}

std::string extension_of(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string()
                                         : base::to_lower_ascii(name.substr(dot + 1));
}

std::string record_of(const Bitrix24Portal::Call& call, std::size_t number) {
    json::Writer writer;
    writer.begin_object()
        .member("ID", std::to_string(number))
        .member("CALL_ID", call.id)
        .member("EXTERNAL_CALL_ID", call.external_id)
        .member("PORTAL_USER_ID", std::to_string(call.finish->user))
        .member("PHONE_NUMBER", call.phone)
        .member("PORTAL_NUMBER", call.line)
        .member("INCOMING", std::to_string(call.type))
        .member("CALL_DURATION", std::to_string(call.finish->duration))
        .member("CALL_START_DATE", call.start_date)
        .member("CALL_STATUS", call.finish->status_code == "200" ? "1" : "0")
        .member("CALL_FAILED_CODE", call.finish->status_code)
        .member("CALL_FAILED_REASON", "")
        .member("CRM_ACTIVITY_ID", std::to_string(number))
        .end_object();
    return writer.take();
}

}  // namespace

Bitrix24Portal::Call* Bitrix24Portal::find(std::string_view id) {
    const auto found = std::ranges::find(calls_, id, &Call::id);
    return found == calls_.end() ? nullptr : &*found;
}

Bitrix24Portal::Call* Bitrix24Portal::find_same(const Call& call) {
    const auto found = std::ranges::find_if(calls_, [&](const Call& each) {
        return !each.finish && each.phone == call.phone && each.type == call.type &&
               each.user == call.user && each.line == call.line &&
               each.external_id == call.external_id &&
               clock_.now() - each.registered_at < same_call_for;
    });
    return found == calls_.end() ? nullptr : &*found;
}

Bitrix24Portal::Call& Bitrix24Portal::keep(Call call) {
    call.registered_at = clock_.now();
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(call.registered_at.time_since_epoch());
    constexpr std::uint64_t first_hex = 0x5b1f0c;
    call.id = fmt::format("externalCall.{:x}.{}", first_hex + next_call_++, seconds.count());
    calls_.push_back(std::move(call));
    return calls_.back();
}

std::string Bitrix24Portal::click(
    std::int64_t user, const std::string& phone, const std::string& line
) {
    Call call;
    call.user = user;
    call.phone = phone;
    call.type = 1;
    call.line = line;
    call.by_portal = true;
    call.shown = {user};
    call.seen = {user};
    return keep(std::move(call)).id;
}

ApiAnswer Bitrix24Portal::register_call(json::View parameters) {
    if (auto fault = fault_of_register(parameters)) {
        return *fault;
    }
    Call call;
    call.user = user_of(parameters)->id;
    call.phone = text_of(parameters, "PHONE_NUMBER");
    call.type = *number_of(parameters, "TYPE");
    call.line = text_of(parameters, "LINE_NUMBER");
    call.external_id = text_of(parameters, "EXTERNAL_CALL_ID");
    call.start_date = text_of(parameters, "CALL_START_DATE");
    call.crm_create = text_of(parameters, "CRM_CREATE") == "1";
    call.crm_source = text_of(parameters, "CRM_SOURCE");
    for (const auto* always : {"EXTERNAL_CALL_ID", "ADD_TO_CHAT", "CALL_START_DATE"}) {
        if (!parameters.find(always)) {
            violate(std::string("register without ") + always);
        }
    }
    // The default is to show.
    const bool is_shown = text_of(parameters, "SHOW") != "0";
    auto* kept = find_same(call);
    if (kept != nullptr) {
        ++kept->registrations;
    } else {
        for (const auto& other : calls_) {
            if (!call.external_id.empty() && other.external_id == call.external_id) {
                violate(
                    other.finish ? "register after finish" : "a second call of one EXTERNAL_CALL_ID"
                );
            }
        }
        kept = &keep(std::move(call));
    }
    if (is_shown) {
        kept->shown.insert(kept->user);
        kept->seen.insert(kept->user);
    }
    json::Writer writer;
    writer.begin_object()
        .member("CALL_ID", kept->id)
        .member("CRM_CREATED_LEAD", nullptr)
        .key("CRM_CREATED_ENTITIES")
        .begin_array()
        .end_array()
        .member("CRM_ENTITY_TYPE", nullptr)
        .member("CRM_ENTITY_ID", nullptr)
        .end_object();
    return bitrix24::result(writer.take(), clock_.now());
}

ApiAnswer Bitrix24Portal::show_or_hide(json::View parameters, bool is_show) {
    const auto unknown = bitrix24::unknown_member(parameters, {"CALL_ID", "USER_ID"});
    if (!unknown.empty()) {
        return core_error("unknown parameter " + unknown);
    }
    const auto ids = users_of(parameters);
    if (!ids) {
        violate("show or hide of what is no user's id");
        return core_error("User is not found or is not active");
    }
    auto* call = find(text_of(parameters, "CALL_ID"));
    if (call == nullptr || call->finish) {
        violate(call == nullptr ? "show or hide of an unknown call" : "show or hide after finish");
        return bitrix24::result("false", clock_.now());
    }
    for (const auto id : *ids) {
        if (is_show) {
            call->shown.insert(id);
            call->seen.insert(id);
        } else {
            call->shown.erase(id);
        }
    }
    return bitrix24::result("true", clock_.now());
}

ApiAnswer Bitrix24Portal::finish_call(json::View parameters) {
    const auto unknown = bitrix24::unknown_member(
        parameters,
        {"CALL_ID",
         "USER_ID",
         "USER_PHONE_INNER",
         "DURATION",
         "STATUS_CODE",
         "FAILED_REASON",
         "COST",
         "COST_CURRENCY",
         "VOTE",
         "ADD_TO_CHAT"}
    );
    if (!unknown.empty()) {
        return core_error("unknown parameter " + unknown);
    }
    const auto id = parameters.find("CALL_ID");
    if (!id || !id->is_string()) {
        return bitrix24::error(400, "INVALID_ARGUMENT", "CALL_ID must be a string");
    }
    const auto duration = parameters.find("DURATION") ? number_of(parameters, "DURATION") : 0;
    if (!duration || *duration < 0) {
        return core_error("DURATION should be a whole number");
    }
    auto code = text_of(parameters, "STATUS_CODE");
    if (code.empty()) {
        code = *duration > 0 ? "200" : "304";
    }
    if (std::ranges::find(status_codes, code) == status_codes.end()) {
        return core_error("Unknown STATUS_CODE");
    }
    const auto* user = user_of(parameters);
    if (user == nullptr) {
        return core_error("User is not found or is not active");
    }
    auto* call = find(*id->string());
    if (call == nullptr || call->finish) {
        return core_error(no_call);
    }
    if (!parameters.find("ADD_TO_CHAT")) {
        violate("finish without ADD_TO_CHAT");
    }
    call->shown.clear();
    call->finish = Finish{
        .user = user->id,
        .duration = *duration,
        .status_code = code,
        .in_chat = text_of(parameters, "ADD_TO_CHAT") == "1"
    };
    const auto number = static_cast<std::size_t>(call - calls_.data()) + 1;
    return bitrix24::result(record_of(*call, number), clock_.now());
}

ApiAnswer Bitrix24Portal::attach_record(json::View parameters) {
    const auto unknown =
        bitrix24::unknown_member(parameters, {"CALL_ID", "RECORD_URL", "FILENAME"});
    if (!unknown.empty()) {
        return core_error("unknown parameter " + unknown);
    }
    auto* call = find(text_of(parameters, "CALL_ID"));
    if (call == nullptr || !call->finish) {
        violate("attachRecord before finish");
        return core_error(
            "Call is not found in the statistic table. It looks like it is not finished yet."
        );
    }
    const auto url = text_of(parameters, "RECORD_URL");
    const auto filename = text_of(parameters, "FILENAME");
    if (!url.starts_with("http://") && !url.starts_with("https://")) {
        return core_error(
            "Required parameters are not set. Request should contain either URL or FILENAME "
            "parameter"
        );
    }
    const auto extension = extension_of(filename.empty() ? url : filename);
    if (extension != "wav" && extension != "mp3") {
        return core_error("Wrong file extension. Only wav and mp3 are allowed");
    }
    const auto times = call->recording ? call->recording->times + 1 : 1;
    call->recording = Recording{.url = url, .filename = filename, .times = times};
    return bitrix24::result(R"({"FILE_ID":)" + std::to_string(900 + times) + "}", clock_.now());
}

ApiAnswer Bitrix24Portal::get_statistics(json::View parameters) {
    if (!sees_statistics_) {
        return bitrix24::error(403, "ACCESS_DENIED", "Access denied!");
    }
    const auto filter = parameters.find("FILTER");
    const auto id = filter ? text_of(*filter, "CALL_ID") : std::string();
    const auto external_id = filter ? text_of(*filter, "EXTERNAL_CALL_ID") : std::string();
    if (id.empty() && external_id.empty()) {
        return core_error("FILTER should name CALL_ID or EXTERNAL_CALL_ID");
    }
    json::Writer writer;
    writer.begin_array();
    for (std::size_t n = 0; n < calls_.size(); ++n) {
        const auto& call = calls_[n];
        const bool is_meant = id.empty() ? call.external_id == external_id : call.id == id;
        if (call.finish && is_meant) {
            writer.raw(record_of(call, n + 1));
        }
    }
    return bitrix24::result(writer.end_array().take(), clock_.now());
}

}  // namespace trunkline::sandbox
