#include "mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/ids.hpp"
#include "connector/call_facts.hpp"
#include "json/writer.hpp"

namespace trunkline::bitrix24 {
namespace {

constexpr std::int64_t outgoing = 1;
constexpr std::int64_t incoming = 2;

std::string text_of(json::View object, std::string_view name) {
    const auto member = object.find(name);
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

/// Ids come as numbers and as texts.
std::int64_t id_of(json::View object, std::string_view name) {
    const auto text = text_of(object, name);
    std::int64_t id = 0;
    std::from_chars(text.data(), text.data() + text.size(), id);
    return id;
}

/// The last part of the recording's address, which is the call's uuid everywhere.
std::string record_name(const call::Call& call) {
    const auto path = call.record_url.substr(0, call.record_url.find_first_of("?#"));
    const auto last = path.substr(path.rfind('/') + 1);
    return base::is_uuid(last) ? last : call.uuid;
}

}  // namespace

void Users::add(User user) {
    if (!user.extension.empty()) {
        ids_.emplace(user.extension, user.id);
    }
    by_id_.insert_or_assign(user.id, std::move(user));
}

const User* Users::by_extension(const std::string& extension) const {
    const auto found = ids_.find(extension);
    return found == ids_.end() ? nullptr : by_id(found->second);
}

const User* Users::by_id(std::int64_t id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

void add_users(json::View root, Users& users) {
    const auto result = root.find("result");
    if (!result) {
        return;
    }
    for (const auto item : result->elements()) {
        User user;
        user.id = id_of(item, "ID");
        user.name = text_of(item, "LAST_NAME");
        if (const auto first = text_of(item, "NAME"); !first.empty()) {
            user.name += user.name.empty() ? first : " " + first;
        }
        user.extension = text_of(item, "UF_PHONE_INNER");
        if (user.id > 0) {
            users.add(std::move(user));
        }
    }
}

std::optional<std::int64_t> next_page_of(json::View root) {
    const auto next = root.find("next");
    return next && !next->is_null() ? std::optional(id_of(root, "next")) : std::nullopt;
}

std::vector<std::int64_t> ringing_users(
    const call::Call& call, const Users& users, std::optional<std::int64_t> default_user
) {
    std::vector<std::int64_t> out;
    for (const auto& extension : call.rang) {
        const auto* user = users.by_extension(extension);
        if (user != nullptr && std::ranges::find(out, user->id) == out.end()) {
            out.push_back(user->id);
        }
    }
    if (out.empty() && default_user) {
        out.push_back(*default_user);
    }
    return out;
}

std::optional<std::int64_t> talking_user(
    const call::Call& call, const Users& users, std::optional<std::int64_t> default_user
) {
    const auto* user = users.by_extension(connector::who_talked(call));
    return user != nullptr ? std::optional(user->id) : default_user;
}

Registration registration_of(
    const call::Call& call,
    const std::string& external_id,
    std::int64_t user,
    const Context& context
) {
    Registration out;
    out.user = user;
    out.phone = connector::international(call.phone);
    out.type = connector::is_outbound(call) ? outgoing : incoming;
    out.start = time_with_zone(call.started_at, context.timezone);
    out.line = context.line;
    out.external_id = external_id;
    out.crm_create = context.crm_create;
    out.crm_source = context.crm_source;
    return out;
}

std::string register_parameters(const Registration& registration, bool is_shown) {
    json::Writer writer;
    writer.begin_object()
        .member("USER_ID", registration.user)
        .member("PHONE_NUMBER", registration.phone)
        .member("TYPE", registration.type)
        .member("CALL_START_DATE", registration.start);
    if (!registration.line.empty()) {
        writer.member("LINE_NUMBER", registration.line);
    }
    writer.member("EXTERNAL_CALL_ID", registration.external_id)
        .member("SHOW", is_shown ? 1 : 0)
        .member("ADD_TO_CHAT", 0)
        .member("CRM_CREATE", registration.crm_create ? 1 : 0);
    if (registration.crm_create && !registration.crm_source.empty()) {
        writer.member("CRM_SOURCE", registration.crm_source);
    }
    return writer.end_object().take();
}

CardChange cards_once_answered(const std::vector<std::int64_t>& shown, std::int64_t talker) {
    CardChange out;
    std::ranges::copy_if(shown, std::back_inserter(out.hide), [talker](std::int64_t user) {
        return user != talker;
    });
    if (std::ranges::find(shown, talker) == shown.end()) {
        out.show.push_back(talker);
    }
    return out;
}

std::string card_parameters(const std::string& call_id, const std::vector<std::int64_t>& users) {
    json::Writer writer;
    writer.begin_object().member("CALL_ID", call_id).member("USER_ID", users).end_object();
    return writer.take();
}

std::string status_code_of(const call::Call& call) {
    using enum connector::Ending;
    switch (connector::ending_of(call)) {
        case answered:
            return "200";
        case busy:
            return "486";
        case canceled:
            return "603-S";
        case declined:
            return "603";
        case bad_number:
            return "404";
        case unreachable:
            return "480";
        case no_answer:
        case failed:
            break;
    }
    return "304";
}

std::string finish_parameters(
    const std::string& call_id, std::int64_t user, std::int64_t duration, const std::string& status
) {
    json::Writer writer;
    writer.begin_object()
        .member("CALL_ID", call_id)
        .member("USER_ID", user)
        .member("DURATION", duration)
        .member("STATUS_CODE", status)
        .member("ADD_TO_CHAT", 0)
        .end_object();
    return writer.take();
}

std::string record_parameters(const std::string& call_id, const call::Call& call) {
    json::Writer writer;
    writer.begin_object()
        .member("CALL_ID", call_id)
        .member("RECORD_URL", call.record_url)
        .member("FILENAME", record_name(call) + ".mp3")
        .end_object();
    return writer.take();
}

std::string time_with_zone(base::WallTime time, const std::string& zone) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    auto local = connector::local_time(seconds, zone);
    const auto as_if_utc = base::parse_iso8601(local + "Z");
    if (!as_if_utc) {
        return base::format_iso8601(time);
    }
    const auto offset =
        std::chrono::duration_cast<std::chrono::minutes>(*as_if_utc - base::WallTime(seconds));
    const auto minutes = std::chrono::abs(offset).count();
    constexpr std::size_t place_of_t = 10;
    local[place_of_t] = 'T';
    return fmt::format(
        "{}{}{:02}:{:02}", local, offset.count() < 0 ? '-' : '+', minutes / 60, minutes % 60
    );
}

}  // namespace trunkline::bitrix24
