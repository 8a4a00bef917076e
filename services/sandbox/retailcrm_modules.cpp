#include "retailcrm_modules.hpp"

#include <algorithm>
#include <vector>

#include "json/writer.hpp"
#include "retailcrm_answer.hpp"
#include "retailcrm_people.hpp"

namespace trunkline::sandbox::retailcrm {
namespace {

constexpr json::Limits module_limits{.max_bytes = std::size_t{256} * 1024, .max_depth = 16};

void check_text(json::View object, std::string_view key, Problems& problems) {
    if (text_of(object, key).empty()) {
        problems[std::string(key)] = "This value should not be blank.";
    }
}

void check_url(json::View object, std::string_view key, Problems& problems) {
    const auto url = text_of(object, key);
    if (!url.starts_with("http://") && !url.starts_with("https://")) {
        problems[std::string(key)] = "This value is not a valid URL.";
    }
}

void check_flag(json::View object, std::string_view key, Problems& problems) {
    const auto member = object.find(key);
    if (!member || !member->is_boolean()) {
        problems[std::string(key)] = "This value should be a boolean.";
    }
}

void check_telephony(json::View telephony, Problems& problems) {
    check_known(
        telephony,
        {"makeCallUrl",
         "changeUserStatusUrl",
         "allowEdit",
         "inputEventSupported",
         "outputEventSupported",
         "hangupEventSupported",
         "additionalCodes",
         "externalPhones"},
        problems
    );
    check_url(telephony, "makeCallUrl", problems);
    check_url(telephony, "changeUserStatusUrl", problems);
    for (const auto* flag :
         {"allowEdit", "inputEventSupported", "outputEventSupported", "hangupEventSupported"}) {
        check_flag(telephony, flag, problems);
    }
    if (const auto codes = telephony.find("additionalCodes")) {
        for (const auto item : codes->elements()) {
            check_known(item, {"userId", "code"}, problems);
            const auto user = item.find("userId");
            if (!user || !user->integer()) {
                problems["userId"] = "This value should be of type integer.";
            }
            check_text(item, "code", problems);
        }
    }
    if (const auto phones = telephony.find("externalPhones")) {
        for (const auto item : phones->elements()) {
            check_known(item, {"siteCode", "externalPhone"}, problems);
            check_text(item, "externalPhone", problems);
        }
    }
}

std::optional<json::View> telephony_of(json::View module) {
    const auto integrations = module.find("integrations");
    return integrations ? integrations->find("telephony") : std::nullopt;
}

Problems problems_of(json::View module, const std::string& code) {
    Problems problems;
    check_known(
        module,
        {"code",
         "integrationCode",
         "active",
         "freeze",
         "name",
         "logo",
         "clientId",
         "baseUrl",
         "accountUrl",
         "actions",
         "availableCountries",
         "integrations"},
        problems
    );
    if (text_of(module, "code") != code) {
        problems["code"] = "This value should be that of the address.";
    }
    for (const auto* text : {"integrationCode", "name", "clientId"}) {
        check_text(module, text, problems);
    }
    check_flag(module, "active", problems);
    // Both are needed while a module is not published, and none of ours is.
    check_url(module, "logo", problems);
    check_url(module, "baseUrl", problems);
    if (const auto telephony = telephony_of(module)) {
        check_telephony(*telephony, problems);
    }
    return problems;
}

std::optional<std::int64_t> user_of(json::View code) {
    const auto id = code.find("userId");
    return id ? id->integer() : std::nullopt;
}

/// `"info":[]`, or whom and what the account does not have.
std::string info_of(json::View module) {
    std::vector<std::int64_t> users;
    std::vector<std::string> sites;
    const auto telephony = telephony_of(module);
    const auto codes = telephony ? telephony->find("additionalCodes") : std::nullopt;
    for (const auto item : codes ? codes->elements() : module.elements()) {
        const auto user = user_of(item).value_or(0);
        if (!is_user(user)) {
            users.push_back(user);
        }
    }
    const auto phones = telephony ? telephony->find("externalPhones") : std::nullopt;
    for (const auto item : phones ? phones->elements() : module.elements()) {
        const auto site = text_of(item, "siteCode");
        if (!site.empty() && site != known_site) {
            sites.push_back(site);
        }
    }
    if (users.empty() && sites.empty()) {
        return "[]";
    }
    json::Writer writer;
    writer.begin_object()
        .member("notExistUsersIds", users)
        .member("notExistSiteCodes", sites)
        .end_object();
    return writer.take();
}

bool is_active(const std::string& module) {
    const auto document = json::parse(module, module_limits);
    const auto active = document ? document->root().find("active") : std::nullopt;
    return active && active->boolean().value_or(false);
}

}  // namespace

ApiAnswer edit_module(Modules& modules, const std::string& code, const Parameters& parameters) {
    const auto field = parameters.find("integrationModule");
    if (field == parameters.end()) {
        return failure(400, "Parameter 'integrationModule' is missing");
    }
    const auto module = json::parse(field->second, module_limits);
    if (!module || !module->root().is_object()) {
        return failure(
            400,
            "Errors in the entity format",
            {{"integrationModule", "This value is not valid JSON."}}
        );
    }
    const auto problems = problems_of(module->root(), code);
    if (!problems.empty()) {
        return failure(400, "Errors in the entity format", problems);
    }
    modules[code] = module->root().dump();
    return success(",\"info\":" + info_of(module->root()));
}

ApiAnswer get_module(const Modules& modules, const std::string& code) {
    const auto found = modules.find(code);
    return found == modules.end() ? failure(404, "Not found")
                                  : success(",\"integrationModule\":" + found->second);
}

bool has_active(const Modules& modules) {
    return std::ranges::any_of(modules, [](const auto& item) { return is_active(item.second); });
}

bool set_active(Modules& modules, const std::string& code, bool active) {
    const auto found = modules.find(code);
    const auto module =
        found == modules.end() ? json::parse("") : json::parse(found->second, module_limits);
    if (!module) {
        return false;
    }
    json::Writer writer;
    writer.begin_object();
    for (const auto& [key, value] : module->root().members()) {
        if (key == "active") {
            writer.member(key, active);
        } else {
            writer.member(key, value);
        }
    }
    found->second = writer.end_object().take();
    return true;
}

std::string code_of(const Modules& modules, std::int64_t user) {
    for (const auto& [name, text] : modules) {
        const auto module = json::parse(text, module_limits);
        const auto telephony = module ? telephony_of(module->root()) : std::nullopt;
        const auto codes = telephony ? telephony->find("additionalCodes") : std::nullopt;
        if (!codes) {
            continue;
        }
        for (const auto item : codes->elements()) {
            if (user_of(item) == user) {
                return text_of(item, "code");
            }
        }
    }
    return {};
}

std::optional<Place> place_of(const Modules& modules) {
    if (modules.empty()) {
        return std::nullopt;
    }
    const auto module = json::parse(modules.begin()->second, module_limits);
    const auto telephony = module ? telephony_of(module->root()) : std::nullopt;
    if (!telephony) {
        return std::nullopt;
    }
    const auto actions = module->root().find("actions");
    Place place;
    place.code = modules.begin()->first;
    place.client_id = text_of(module->root(), "clientId");
    place.make_call_url = text_of(*telephony, "makeCallUrl");
    place.change_user_status_url = text_of(*telephony, "changeUserStatusUrl");
    place.activity_url =
        text_of(module->root(), "baseUrl") + (actions ? text_of(*actions, "activity") : "");
    return place;
}

}  // namespace trunkline::sandbox::retailcrm
