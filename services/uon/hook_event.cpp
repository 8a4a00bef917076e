#include "hook_event.hpp"

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "json/document.hpp"
#include "json/reader.hpp"

namespace trunkline::uon {
namespace {

constexpr std::size_t shortest_phone = 3;
constexpr std::size_t request_id_digits = 24;

void add_form(HookFields& fields, std::string_view text) {
    for (const auto& part : base::split(text, '&')) {
        const auto equals = part.find('=');
        const auto name = base::percent_decode(part.substr(0, equals), true);
        fields[name] =
            equals == std::string::npos ? "" : base::percent_decode(part.substr(equals + 1), true);
    }
}

base::Result<> add_json(HookFields& fields, std::string_view body) {
    const auto document = json::parse(body);
    if (!document) {
        return std::unexpected(document.error());
    }
    for (const auto& [key, value] : document->root().members()) {
        if (const auto text = value.scalar_text()) {
            fields[std::string(key)] = *text;
        }
        for (const auto& [inner, inner_value] : value.members()) {
            if (const auto text = inner_value.scalar_text()) {
                fields[std::string(key) + "[" + std::string(inner) + "]"] = *text;
            }
        }
    }
    return {};
}

}  // namespace

base::Result<HookFields> hook_fields(
    std::string_view query, std::string_view content_type, std::string_view body
) {
    HookFields fields;
    add_form(fields, query);
    const auto type = base::to_lower_ascii(content_type);
    const bool is_json = type.starts_with("application/json") || body.starts_with('{');
    if (is_json && !body.empty()) {
        if (const auto added = add_json(fields, body); !added) {
            return std::unexpected(added.error());
        }
    } else {
        add_form(fields, body);
    }
    return fields;
}

std::string field(const HookFields& fields, std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : std::string(base::trim(found->second));
}

base::Result<Click> click_in(const HookFields& fields) {
    Click click;
    click.phone = base::digits_of(field(fields, "phone"));
    click.manager_id = field(fields, "user_id");
    if (click.manager_id.empty()) {
        click.manager_id = field(fields, "manager_id");
    }
    if (click.phone.size() < shortest_phone) {
        return base::fail(base::Errc::invalid_input, "phone: there is no number to call");
    }
    if (click.manager_id.empty() || click.manager_id == "0") {
        return base::fail(base::Errc::invalid_input, "user_id: U-ON does not say who clicked");
    }
    const auto time = field(fields, "datetime");
    if (!time.empty()) {
        const auto all =
            field(fields, "uon_id") + "/" + click.manager_id + "/" + click.phone + "/" + time;
        click.request_id =
            "uon-" + crypto::to_hex(crypto::sha256(all)).substr(0, request_id_digits);
    }
    return click;
}

}  // namespace trunkline::uon
