#include "module.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "connector/call_facts.hpp"
#include "json/writer.hpp"

namespace trunkline::retailcrm {
namespace {

using Words = std::set<std::string>;

/// People write a name with `ё` or without.
Words words_of(std::string name) {
    for (const auto& [from, to] : {std::pair("ё", "е"), std::pair("Ё", "Е")}) {
        for (auto at = name.find(from); at != std::string::npos; at = name.find(from)) {
            name.replace(at, std::string_view(from).size(), to);
        }
    }
    const auto parts = base::split(name, ' ');
    Words words(parts.begin(), parts.end());
    words.erase("");
    return words;
}

bool is_same_person(const Words& one, const Words& other) {
    const auto& shorter = one.size() < other.size() ? one : other;
    const auto& longer = one.size() < other.size() ? other : one;
    return shorter.size() >= 2 && std::ranges::includes(longer, shorter);
}

std::vector<std::string> texts_of(std::optional<json::View> list) {
    std::vector<std::string> out;
    if (list) {
        for (const auto item : list->elements()) {
            out.emplace_back(item.scalar_text().value_or(""));
        }
    }
    return out;
}

void write_telephony(json::Writer& writer, const Module& module) {
    writer.begin_object()
        .member("makeCallUrl", module.base_url + "/click-to-call")
        .member("changeUserStatusUrl", module.base_url + "/status")
        .member("allowEdit", false)
        .member("inputEventSupported", true)
        .member("outputEventSupported", true)
        .member("hangupEventSupported", true)
        .key("additionalCodes")
        .begin_array();
    for (const auto& [user, code] : module.codes) {
        writer.begin_object().member("userId", user).member("code", code).end_object();
    }
    writer.end_array().key("externalPhones").begin_array();
    for (const auto& phone : module.phones) {
        writer.begin_object();
        if (!module.site.empty()) {
            writer.member("siteCode", module.site);
        }
        writer.member("externalPhone", phone).end_object();
    }
    writer.end_array().end_object();
}

}  // namespace

std::string Module::to_json() const {
    json::Writer writer;
    writer.begin_object()
        .member("code", code)
        .member("integrationCode", "trunkline")
        .member("active", active)
        .member("name", name)
        .member("logo", logo)
        .member("clientId", client_id)
        .member("baseUrl", base_url)
        .key("actions")
        .begin_object()
        .member("activity", "/activity")
        .end_object()
        .key("integrations")
        .begin_object()
        .key("telephony");
    write_telephony(writer, *this);
    return writer.end_object().end_object().take();
}

std::string module_code(const std::string& enterprise) { return "trunkline-" + enterprise; }

std::string hooks_url(const std::string& public_url, const std::string& hook_key) {
    auto url = public_url;
    while (url.ends_with('/')) {
        url.pop_back();
    }
    return url + "/retailcrm/hooks/" + hook_key;
}

std::vector<std::string> phones_of(const tenants::Enterprise& enterprise) {
    std::vector<std::string> out;
    for (const auto& [id, line] : enterprise.lines) {
        const auto phone = connector::international(enterprise.canonical_number(line.number));
        if (!phone.empty() && std::ranges::find(out, phone) == out.end()) {
            out.push_back(phone);
        }
    }
    return out;
}

Seats seats_of(
    const std::vector<User>& users,
    const std::map<std::string, tenants::Manager, std::less<>>& managers,
    const Codes& known,
    const Codes& given
) {
    Seats seats;
    seats.codes = known;
    for (const auto& [user, code] : given) {
        seats.codes[user] = code;
    }
    std::erase_if(seats.codes, [](const auto& item) { return item.second.empty(); });
    std::set<std::string> seated;
    for (const auto& [user, code] : seats.codes) {
        seated.insert(code);
    }
    const auto is_free = [&](const User& user) {
        return !seats.codes.contains(user.id) && !given.contains(user.id);
    };
    Codes found;
    for (const auto& [extension, manager] : managers) {
        if (seated.contains(extension)) {
            continue;
        }
        const auto wanted = words_of(manager.full_name);
        const auto fits = [&](const User& user) {
            return is_free(user) && is_same_person(wanted, words_of(user.name));
        };
        const auto user = std::ranges::find_if(users, fits);
        if (user == users.end() || std::ranges::count_if(users, fits) > 1) {
            seats.managers_without.push_back(extension + " " + manager.full_name);
        } else if (!found.emplace(user->id, extension).second) {
            found[user->id].clear();  // Two managers of this name: nobody can say which one.
        }
    }
    for (const auto& [user, code] : found) {
        if (!code.empty()) {
            seats.codes[user] = code;
        }
    }
    for (const auto& user : users) {
        if (!seats.codes.contains(user.id)) {
            seats.users_without.push_back(user);
        }
    }
    return seats;
}

Unknown unknown_in(json::View root) {
    Unknown out;
    if (const auto info = root.find("info")) {
        out.users = texts_of(info->find("notExistUsersIds"));
        out.sites = texts_of(info->find("notExistSiteCodes"));
    }
    return out;
}

}  // namespace trunkline::retailcrm
