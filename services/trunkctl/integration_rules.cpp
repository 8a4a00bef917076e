#include "integration_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "base/text.hpp"
#include "base/timezone.hpp"
#include "httpc/url.hpp"
#include "json/writer.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::trunkctl {
namespace {

enum class Kind { text, secret, url, secret_url, host, zone, flag, number };

struct Member {
    const char* name;
    Kind kind;
};

/// INTERFACES section 3: what a section may hold, and of which sets it needs one when it is on.
struct Integration {
    const char* key;
    std::vector<Member> members;
    std::vector<std::vector<std::string>> needs;
};

const std::vector<Integration>& integrations() {
    static const std::vector<Integration> all{
        {"retailcrm",
         {{"base_url", Kind::url},
          {"api_key", Kind::secret},
          {"site", Kind::text},
          {"timezone", Kind::zone},
          {"client_id", Kind::secret}},
         {{"base_url", "api_key"}}},
        {"ms",
         {{"phone_api_key", Kind::secret},
          {"remap_token", Kind::secret},
          {"login", Kind::text},
          {"password", Kind::secret}},
         {{"phone_api_key"}}},
        {"uon", {{"api_key", Kind::secret}, {"timezone", Kind::zone}}, {{"api_key"}}},
        {"bitrix24",
         {{"webhook_url", Kind::secret_url},
          {"domain", Kind::host},
          {"client_id", Kind::secret},
          {"client_secret", Kind::secret},
          {"member_id", Kind::text},
          {"access_token", Kind::secret},
          {"refresh_token", Kind::secret},
          {"expires", Kind::number},
          {"application_token", Kind::secret},
          {"default_user_id", Kind::number},
          {"crm_create", Kind::flag},
          {"crm_source", Kind::text},
          {"timezone", Kind::zone}},
         {{"webhook_url"}, {"domain", "client_id", "client_secret"}}},
        {"own", {}, {}},
    };
    return all;
}

const Integration* find_integration(const std::string& key) {
    const auto found = std::ranges::find_if(integrations(), [&](const Integration& each) {
        return each.key == key;
    });
    return found == integrations().end() ? nullptr : &*found;
}

std::optional<Kind> kind_of(const Integration& integration, const std::string& name) {
    if (name == "enabled") {
        return Kind::flag;
    }
    const auto found = std::ranges::find_if(integration.members, [&](const Member& each) {
        return each.name == name;
    });
    return found == integration.members.end() ? std::nullopt : std::optional(found->kind);
}

std::string names_of(const Integration& integration) {
    std::vector<std::string> names{"enabled"};
    for (const auto& member : integration.members) {
        names.emplace_back(member.name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string fault_of_url(const std::string& value) {
    const auto url = httpc::Url::parse(value);
    if (!url) {
        return "is no address: " + url.error().detail;
    }
    return !url->is_tls() && url->host != "127.0.0.1"
               ? "must begin with https:// (plain http is for 127.0.0.1 alone)"
               : "";
}

bool is_whole_number(const std::string& value) {
    std::int64_t number = 0;
    const auto* end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, number);
    return parsed.ec == std::errc{} && parsed.ptr == end && number >= 0;
}

/// Nothing: it is good.
std::string fault_of(Kind kind, const std::string& value) {
    if (!base::is_valid_utf8(value) || value.size() > 4096 ||
        std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
        return "must be one line of UTF-8, at most 4096 bytes";
    }
    switch (kind) {
        case Kind::url:
        case Kind::secret_url:
            return fault_of_url(value);
        case Kind::host:
            return value.find_first_of("/: ") == std::string::npos ? ""
                                                                   : "must be a host name alone";
        case Kind::zone:
            return base::is_known_timezone(value) ? "" : "is no IANA zone, such as Europe/Minsk";
        case Kind::flag:
            return value == "true" || value == "false" ? "" : "must be true or false";
        case Kind::number:
            return is_whole_number(value) ? "" : "must be a whole number";
        case Kind::text:
        case Kind::secret:
            return "";
    }
    return "";
}

std::string sealed(
    const std::string& value,
    const std::string& number,
    const std::string& integration,
    const std::string& member,
    const crypto::SecretBox* box
) {
    return box == nullptr || crypto::SecretBox::is_sealed(value)
               ? value
               : box->seal(value, tenants::secret_context(number, integration, member));
}

/// A section's members, each as JSON text, in their order.
using Section = std::vector<std::pair<std::string, std::string>>;

Section read_section(
    json::View section,
    const std::string& number,
    const std::string& integration,
    const crypto::SecretBox* box
) {
    Section out;
    for (const auto& [key, value] : section.members()) {
        const std::string name(key);
        const auto text = value.string();
        const bool seals = text && !text->empty() && tenants::is_secret_member(name);
        out.emplace_back(
            name,
            seals ? json::quote(sealed(std::string(*text), number, integration, name, box))
                  : value.dump()
        );
    }
    return out;
}

void put(Section& section, const std::string& name, std::string text) {
    const auto found = std::ranges::find(section, name, &Section::value_type::first);
    if (found == section.end()) {
        section.emplace_back(name, std::move(text));
    } else {
        found->second = std::move(text);
    }
}

std::string text_of(const Section& section) {
    json::Writer writer;
    writer.begin_object();
    for (const auto& [name, text] : section) {
        writer.key(name).raw(text);
    }
    return writer.end_object().take();
}

using Sections = std::vector<std::pair<std::string, std::string>>;

/// The whole configuration, plain secrets sealed on the way.
Sections read_all(
    const json::Document& config, const std::string& number, const crypto::SecretBox* box
) {
    Sections out;
    for (const auto& [key, value] : config.root().members()) {
        const std::string name(key);
        out.emplace_back(
            name, value.is_object() ? text_of(read_section(value, number, name, box)) : value.dump()
        );
    }
    return out;
}

base::Error faulty(const std::string& integration, std::vector<base::FieldError> fields) {
    base::Error error;
    error.code = base::Errc::invalid_input;
    error.detail = integration + " is not set";
    error.fields = std::move(fields);
    return error;
}

void apply(
    Section& section,
    const Integration& integration,
    const std::string& number,
    const MemberValues& values,
    const crypto::SecretBox* box,
    std::vector<base::FieldError>& faults
) {
    for (const auto& [name, value] : values) {
        const auto kind = kind_of(integration, name);
        const auto said = kind && !value.empty() ? fault_of(*kind, value) : std::string();
        if (!kind) {
            faults.push_back(
                {name,
                 fmt::format(
                     "is no member of {}, which has {}", integration.key, names_of(integration)
                 )}
            );
        } else if (value.empty()) {
            std::erase_if(section, [&](const auto& each) { return each.first == name; });
        } else if (!said.empty()) {
            faults.push_back({name, said});
        } else if (*kind == Kind::flag || *kind == Kind::number) {
            put(section, name, value);
        } else if (tenants::is_secret_member(name)) {
            put(section, name, json::quote(sealed(value, number, integration.key, name, box)));
        } else {
            put(section, name, json::quote(value));
        }
    }
}

}  // namespace

base::Result<> check_integration(const std::string& integration) {
    if (find_integration(integration) != nullptr) {
        return {};
    }
    return base::fail(
        base::Errc::invalid_input,
        fmt::format(
            "\"{}\" is none of {}", integration, fmt::join(tenants::integration_keys(), ", ")
        )
    );
}

std::vector<std::string> missing_members(json::View section, const std::string& integration) {
    const auto* rules = find_integration(integration);
    const auto has = [&](const std::string& name) {
        const auto value = section.find(name);
        return value && !value->is_null() && value->string().value_or("x") != "";
    };
    std::vector<std::string> out;
    if (rules == nullptr) {
        return out;
    }
    const bool is_complete = std::ranges::any_of(rules->needs, [&](const auto& set) {
        return std::ranges::all_of(set, has);
    });
    if (!is_complete && !rules->needs.empty()) {
        std::vector<std::string> ways;
        for (const auto& set : rules->needs) {
            std::vector<std::string> lacking;
            std::ranges::copy_if(set, std::back_inserter(lacking), [&](const auto& name) {
                return !has(name);
            });
            ways.push_back(fmt::format("{}", fmt::join(lacking, ", ")));
        }
        out.push_back(fmt::format("{}", fmt::join(ways, " or ")));
    }
    if (integration == "ms" && has("login") != has("password")) {
        out.emplace_back("login and password together");
    }
    return out;
}

base::Result<std::string> changed_config(
    const json::Document& config,
    const std::string& number,
    const std::string& integration,
    const MemberValues& values,
    const crypto::SecretBox* box
) {
    const auto* rules = find_integration(integration);
    if (rules == nullptr) {
        return std::unexpected(check_integration(integration).error());
    }
    auto sections = read_all(config, number, box);
    const auto before = config.root().find(integration);
    auto section =
        before && before->is_object() ? read_section(*before, number, integration, box) : Section{};
    std::vector<base::FieldError> faults;
    const auto says_enabled = [](const auto& each) { return each.first == "enabled"; };
    if (std::ranges::none_of(values, says_enabled)) {
        put(section, "enabled", "true");
    }
    apply(section, *rules, number, values, box, faults);
    const auto text = text_of(section);
    const auto written = json::parse(text, {.max_bytes = std::size_t{2} << 20, .max_depth = 64});
    const auto enabled = written ? written->root().find("enabled") : std::nullopt;
    if (faults.empty() && enabled && enabled->boolean().value_or(false)) {
        for (const auto& need : missing_members(written->root(), integration)) {
            faults.push_back({integration, "is switched on and needs " + need});
        }
    }
    if (!faults.empty()) {
        return std::unexpected(faulty(integration, std::move(faults)));
    }
    put(sections, integration, text);
    return text_of(sections);
}

std::string config_without(
    const json::Document& config,
    const std::string& number,
    const std::string& integration,
    const crypto::SecretBox* box
) {
    auto sections = read_all(config, number, box);
    std::erase_if(sections, [&](const auto& each) { return each.first == integration; });
    const auto smart = config.root().find("smart");
    const auto primary = smart ? smart->find("primary") : std::nullopt;
    if (primary && primary->string() == integration) {
        auto kept = read_section(*smart, number, "smart", box);
        std::erase_if(kept, [](const auto& each) { return each.first == "primary"; });
        put(sections, "smart", text_of(kept));
    }
    return text_of(sections);
}

}  // namespace trunkline::trunkctl
