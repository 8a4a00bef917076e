#include "integration_commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <functional>
#include <iostream>
#include <utility>

#include "base/text.hpp"
#include "integration_rules.hpp"
#include "json/writer.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr json::Limits config_limits{.max_bytes = std::size_t{2} << 20, .max_depth = 64};

const crypto::SecretBox* box_of(const Context& context) {
    return context.secrets ? &*context.secrets : nullptr;
}

/// An enterprise's row while it is being changed.
struct Config {
    std::string number;
    json::Document config;
};

asio::awaitable<base::Result<Config>> read_config(
    pg::Session& session, std::string any, std::string lock
) {
    const auto rows = co_await session.execute(
        "SELECT number, integrations_config::text FROM enterprises WHERE number = $1 OR name2 = $1 "
        "OR name = $1 ORDER BY number = $1 DESC, name2 = $1 DESC, number LIMIT 1" +
            lock,
        pg::Params::of(any)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "there is no enterprise " + any);
    }
    auto parsed = json::parse(rows->front().text(1), config_limits);
    if (!parsed) {
        co_return std::unexpected(parsed.error());
    }
    Config config{std::string(rows->front().text(0)), std::move(*parsed)};
    co_return config;
}

using Change = std::function<base::Result<std::string>(const Config&)>;

/// Reads the configuration, changes it and writes it back, alone. The enterprise's number.
asio::awaitable<base::Result<std::string>> change_config(
    Context& context, std::string any, Change change
) {
    std::function<asio::awaitable<base::Result<std::string>>(pg::Session&)> body =
        [any, change](pg::Session& session) -> asio::awaitable<base::Result<std::string>> {
        const auto config = co_await read_config(session, any, " FOR UPDATE");
        if (!config) {
            co_return std::unexpected(config.error());
        }
        const auto text = change(*config);
        if (!text) {
            co_return std::unexpected(text.error());
        }
        const auto written = co_await session.execute(
            "UPDATE enterprises SET integrations_config = $2::jsonb, updated_at = now() WHERE "
            "number = $1",
            pg::Params::of(config->number, *text)
        );
        if (!written) {
            co_return std::unexpected(written.error());
        }
        co_return config->number;
    };
    co_return co_await context.pool.transaction<std::string>(std::move(body));
}

base::Result<MemberValues> parse_assignments(const std::vector<std::string>& assignments) {
    MemberValues values;
    for (const auto& text : assignments) {
        const auto equals = text.find('=');
        if (equals == std::string::npos || equals == 0) {
            return base::fail(
                base::Errc::invalid_input, "\"" + text + "\" is not of the form member=value"
            );
        }
        const auto member = text.substr(0, equals);
        auto value = text.substr(equals + 1);
        if (value == "-") {
            if (!std::getline(std::cin, value) || base::trim(value).empty()) {
                return base::fail(
                    base::Errc::invalid_input,
                    fmt::format(
                        "{}: standard input has no line for it ({}=- reads one)", member, member
                    )
                );
            }
        }
        values.emplace_back(member, std::string(base::trim(value)));
    }
    return values;
}

void tell(
    Context& context,
    const std::string& people,
    const std::string& number,
    const std::string& integration
) {
    json::Writer writer;
    writer.begin_object()
        .member("status", "ok")
        .member("number", number)
        .member("integration", integration)
        .end_object();
    context.out.print(people, writer.take());
}

/// Who keeps secrets in the clear is told so, where it spoils no output.
void warn_of_plain_secrets(const Context& context, const MemberValues& values) {
    for (const auto& [member, value] : values) {
        if (!context.secrets && !value.empty() && tenants::is_secret_member(member)) {
            std::fprintf(
                stderr,
                "trunkctl: SECRETS_KEY is not set, so %s is stored in the clear\n",
                member.c_str()
            );
        }
    }
}

asio::awaitable<base::Result<>> change_section(
    Context& context,
    std::string any,
    std::string integration,
    MemberValues values,
    std::string done
) {
    const auto number = co_await change_config(context, any, [&](const Config& config) {
        return changed_config(config.config, config.number, integration, values, box_of(context));
    });
    if (!number) {
        co_return std::unexpected(number.error());
    }
    warn_of_plain_secrets(context, values);
    tell(context, integration + " of " + *number + " is " + done, *number, integration);
    co_return base::Result<>{};
}

struct ShownSection {
    std::string key;
    bool enabled = false;
    bool primary = false;
    std::string members;  ///< Masked, JSON text.
    std::vector<std::string> missing;
};

std::vector<ShownSection> sections_of(const tenants::Enterprise& enterprise) {
    const auto masked = json::parse(tenants::masked_config(enterprise.integrations), config_limits);
    std::vector<ShownSection> out;
    for (const auto& key : tenants::integration_keys()) {
        const auto section = enterprise.integrations.root().find(key);
        if (!section || !section->is_object()) {
            continue;
        }
        ShownSection shown;
        shown.key = key;
        shown.enabled = enterprise.is_enabled(key);
        shown.primary = enterprise.primary() == key;
        const auto members = masked ? masked->root().find(key) : std::nullopt;
        shown.members = members ? members->dump() : "{}";
        shown.missing = missing_members(*section, key);
        out.push_back(std::move(shown));
    }
    return out;
}

std::string in_words(const std::string& number, const std::vector<ShownSection>& sections) {
    if (sections.empty()) {
        return number + ": CRM не заданы (no CRM): trunkctl enterprise set-integration " + number;
    }
    auto out = number;
    for (const auto& section : sections) {
        out += fmt::format(
            "\n{:<10} {}{}",
            section.key,
            section.enabled ? "включён (enabled)" : "выключен (disabled)",
            section.primary ? ", основной (primary)" : ""
        );
        const auto members = json::parse(section.members, config_limits);
        for (const auto& [name, value] : members->root().members()) {
            if (name != "enabled") {
                out +=
                    fmt::format("\n  {:<18} {}", name, value.scalar_text().value_or(value.dump()));
            }
        }
        for (const auto& need : section.missing) {
            out += "\n  не хватает (missing): " + need;
        }
    }
    return out;
}

std::string in_json(
    const std::string& number, const std::string& primary, const std::vector<ShownSection>& sections
) {
    json::Writer writer;
    writer.begin_object()
        .member("number", number)
        .member("primary", primary.empty() ? std::nullopt : std::optional(primary))
        .key("integrations")
        .begin_object();
    for (const auto& section : sections) {
        writer.key(section.key)
            .begin_object()
            .member("enabled", section.enabled)
            .key("members")
            .raw(section.members)
            .member("missing", section.missing)
            .end_object();
    }
    return writer.end_object().end_object().take();
}

}  // namespace

asio::awaitable<base::Result<>> set_integration(
    Context& context, std::string any, std::string integration, std::vector<std::string> assignments
) {
    if (const auto known = check_integration(integration); !known) {
        co_return known;
    }
    auto values = parse_assignments(assignments);
    if (!values) {
        co_return std::unexpected(values.error());
    }
    co_return co_await change_section(
        context, std::move(any), std::move(integration), std::move(*values), "set"
    );
}

asio::awaitable<base::Result<>> switch_integration(
    Context& context, std::string any, std::string integration, bool enabled
) {
    MemberValues values{{"enabled", enabled ? "true" : "false"}};
    co_return co_await change_section(
        context,
        std::move(any),
        std::move(integration),
        std::move(values),
        enabled ? "switched on" : "switched off"
    );
}

asio::awaitable<base::Result<>> remove_integration(
    Context& context, std::string any, std::string integration
) {
    if (const auto known = check_integration(integration); !known) {
        co_return known;
    }
    const auto number = co_await change_config(
        context,
        any,
        [&](const Config& config) -> base::Result<std::string> {
            if (!config.config.root().find(integration)) {
                return base::fail(
                    base::Errc::not_found, config.number + " has no integration " + integration
                );
            }
            return config_without(config.config, config.number, integration, box_of(context));
        }
    );
    if (!number) {
        co_return std::unexpected(number.error());
    }
    tell(context, integration + " of " + *number + " is removed", *number, integration);
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> set_primary(
    Context& context, std::string any, std::string integration
) {
    if (const auto known = check_integration(integration); !known) {
        co_return known;
    }
    const auto rows = co_await context.pool.execute(
        "UPDATE enterprises SET updated_at = now(), integrations_config = integrations_config || "
        "jsonb_build_object('smart', coalesce(integrations_config->'smart', '{}'::jsonb) || "
        "jsonb_build_object('primary', $2::text)) WHERE number = (SELECT number FROM enterprises "
        "WHERE number = $1 OR name2 = $1 OR name = $1 ORDER BY number = $1 DESC, name2 = $1 DESC, "
        "number LIMIT 1) RETURNING number, integrations_config->$2::text->'enabled' = "
        "'true'::jsonb",
        pg::Params::of(any, integration)
    );
    if (!rows) {
        co_return std::unexpected(rows.error());
    }
    if (rows->empty()) {
        co_return base::fail(base::Errc::not_found, "there is no enterprise " + any);
    }
    const auto row = rows->front();
    const std::string number(row.text(0));
    const bool is_enabled = row.optional_text(1).value_or("f") == "t";
    tell(
        context,
        integration + " is the primary integration of " + number +
            (is_enabled ? "" : "; it is not enabled: trunkctl enterprise set-integration"),
        number,
        integration
    );
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> show_integrations(Context& context, std::string any) {
    auto session = co_await context.pool.acquire();
    if (!session) {
        co_return std::unexpected(session.error());
    }
    auto config = co_await read_config(*session, std::move(any), "");
    if (!config) {
        co_return std::unexpected(config.error());
    }
    tenants::Enterprise enterprise;
    enterprise.number = config->number;
    enterprise.integrations = std::move(config->config);
    const auto sections = sections_of(enterprise);
    context.out.print(
        in_words(enterprise.number, sections),
        in_json(enterprise.number, enterprise.primary(), sections)
    );
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
