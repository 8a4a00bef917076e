#include "tenants/enterprise.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "crypto/webhook.hpp"
#include "json/writer.hpp"
#include "numbers/plain.hpp"

namespace trunkline::tenants {
namespace {

std::optional<json::View> section_of(const Enterprise& enterprise, std::string_view integration) {
    return enterprise.integrations.root().find(integration);
}

}  // namespace

const std::vector<std::string>& integration_keys() {
    static const std::vector<std::string> keys{"retailcrm", "ms", "uon", "bitrix24", "own"};
    return keys;
}

bool is_secret_member(std::string_view member) {
    static constexpr std::array<std::string_view, 10> secrets{
        "api_key",
        "phone_api_key",
        "remap_token",
        "password",
        "webhook_url",
        "client_secret",
        "access_token",
        "refresh_token",
        "application_token",
        "client_id",
    };
    return std::ranges::find(secrets, member) != secrets.end();
}

std::string secret_context(
    std::string_view enterprise, std::string_view integration, std::string_view member
) {
    return "enterprises/" + std::string(enterprise) + "/" + std::string(integration) + "/" +
           std::string(member);
}

std::string Enterprise::canonical_number(std::string_view raw, std::string_view line) const {
    return numbers ? numbers->canonical(raw, line) : numbers::clean_number(raw);
}

std::string Enterprise::match_key(std::string_view raw) const {
    return numbers ? numbers->identify(raw).key : numbers::match_key(numbers::clean_number(raw));
}

std::string webhook_secret_context(std::string_view enterprise) {
    return "enterprises/" + std::string(enterprise) + "/webhook_secret";
}

std::string pbx_secret_context(std::string_view pbx) {
    return "pbx_servers/" + std::string(pbx) + "/secret";
}

base::Result<std::vector<std::string>> Enterprise::webhook_keys(const crypto::SecretBox* box
) const {
    std::vector<std::string> keys;
    for (const auto& stored : base::split(webhook_secret, ' ')) {
        auto plain = base::Result<std::string>(stored);
        if (crypto::SecretBox::is_sealed(stored)) {
            plain = box == nullptr ? base::fail(base::Errc::forbidden, "SECRETS_KEY is not set")
                                   : box->open(stored, webhook_secret_context(number));
        }
        auto key = plain ? crypto::webhook_key(*plain) : plain;
        if (key) {
            keys.push_back(std::move(*key));
        }
    }
    if (keys.empty() && !base::trim(webhook_secret).empty()) {
        return base::fail(
            base::Errc::forbidden,
            "the webhook secret of enterprise " + number +
                " cannot be read (its form, or another SECRETS_KEY), so no signature can be checked"
        );
    }
    return keys;
}

bool Enterprise::is_enabled(std::string_view integration) const {
    const auto section = section_of(*this, integration);
    if (!section) {
        return false;
    }
    const auto enabled = section->find("enabled");
    return enabled && enabled->boolean().value_or(false);
}

std::string Enterprise::primary() const {
    const auto section = section_of(*this, "smart");
    if (!section) {
        return {};
    }
    const auto primary_key = section->find("primary");
    return primary_key ? std::string(primary_key->string().value_or("")) : std::string();
}

std::vector<std::string> Enterprise::enabled_integrations() const {
    std::vector<std::string> out;
    std::ranges::copy_if(integration_keys(), std::back_inserter(out), [this](const auto& key) {
        return is_enabled(key);
    });
    return out;
}

std::optional<std::string> Enterprise::setting(
    std::string_view integration, std::string_view member
) const {
    const auto section = section_of(*this, integration);
    if (!section) {
        return std::nullopt;
    }
    const auto value = section->find(member);
    if (!value) {
        return std::nullopt;
    }
    if (const auto text = value->string()) {
        return std::string(*text);
    }
    if (value->is_null()) {
        return std::nullopt;
    }
    return value->dump();
}

base::Result<std::string> Enterprise::secret(
    std::string_view integration, std::string_view member, const crypto::SecretBox* box
) const {
    const auto stored = setting(integration, member);
    const auto place = std::string(integration) + "." + std::string(member);
    if (!stored || stored->empty()) {
        return base::fail(base::Errc::not_found, "enterprise " + number + " has no " + place);
    }
    if (!crypto::SecretBox::is_sealed(*stored)) {
        return *stored;
    }
    if (box == nullptr) {
        return base::fail(base::Errc::forbidden, place + " is sealed and SECRETS_KEY is not set");
    }
    auto opened = box->open(*stored, secret_context(number, integration, member));
    if (!opened) {
        return base::fail(base::Errc::forbidden, place + " cannot be opened with this SECRETS_KEY");
    }
    return opened;
}

namespace {

void write_masked(json::Writer& writer, json::View value, std::string_view member) {
    if (value.kind() == json::Kind::object) {
        writer.begin_object();
        for (const auto& [key, inner] : value.members()) {
            writer.key(key);
            write_masked(writer, inner, key);
        }
        writer.end_object();
    } else if (is_secret_member(member) && !value.is_null()) {
        writer.value("***");
    } else {
        writer.raw(value.dump());
    }
}

}  // namespace

std::string masked_config(const json::Document& config) {
    json::Writer writer;
    write_masked(writer, config.root(), "");
    return writer.take();
}

}  // namespace trunkline::tenants
