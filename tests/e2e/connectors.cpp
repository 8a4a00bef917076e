#include "connectors.hpp"

#include <algorithm>
#include <array>

#include "json/writer.hpp"

namespace trunkline::e2e {
namespace {

Crm::Members retailcrm(const std::string& sandbox, const std::string& account) {
    return {
        {"base_url", sandbox + "/retailcrm/" + account},
        {"api_key", "sandbox-retailcrm-key-" + account},
        {"client_id", "sandbox-retailcrm-client-" + account}
    };
}

Crm::Members moysklad(const std::string&, const std::string& account) {
    return {
        {"phone_api_key", "sandbox-moysklad-phone-" + account},
        {"remap_token", "sandbox-moysklad-token-" + account}
    };
}

Crm::Members uon(const std::string&, const std::string& account) {
    return {{"api_key", "sandboxuonkey" + account}};
}

/// A local application that was installed.
Crm::Members bitrix24(const std::string& sandbox, const std::string& account) {
    return {
        {"domain", sandbox + "/bitrix24/" + account},
        {"client_id", "local.sandbox-bitrix24-client-" + account},
        {"client_secret", "sandbox-bitrix24-secret-" + account},
        {"member_id", "member-" + account},
        {"access_token", "sandbox-bitrix24-access-" + account + "-1"},
        {"refresh_token", "sandbox-bitrix24-refresh-" + account + "-1"},
        {"application_token", "sandbox-bitrix24-application-" + account},
        {"default_user_id", "1"}
    };
}

}  // namespace

std::vector<Crm> connectors(const Suite& suite) {
    const auto sandbox = suite.url("sandbox");
    return {
        {.service = "retailcrm",
         .key = "retailcrm",
         .settings = {},
         .members = retailcrm,
         .address = "base_url"},
        {.service = "moysklad",
         .key = "ms",
         .settings =
             {{"MOYSKLAD_PHONE_API_URL", sandbox + "/moysklad/api/phone/1.0"},
              {"MOYSKLAD_API_URL", sandbox + "/moysklad/api/remap/1.2"}},
         .members = moysklad,
         .address = ""},
        {.service = "uon",
         .key = "uon",
         .settings = {{"UON_API_URL", sandbox + "/uon"}},
         .members = uon,
         .address = ""},
        {.service = "bitrix24",
         .key = "bitrix24",
         .settings =
             {{"BITRIX24_OAUTH_URL", sandbox + "/bitrix24"}, {"PUBLIC_URL", suite.url("bitrix24")}},
         .members = bitrix24,
         .address = "domain"},
    };
}

std::vector<std::string> secrets_of(const Crm::Members& members) {
    constexpr std::array open{"base_url", "domain", "member_id", "default_user_id"};
    std::vector<std::string> out;
    for (const auto& [name, value] : members) {
        if (std::ranges::find(open, name) == open.end()) {
            // Of a webhook's address its last part is the secret.
            const auto end = value.ends_with('/') ? value.size() - 1 : value.size();
            const auto slash = value.rfind('/', end - 1);
            out.push_back(
                slash == std::string::npos ? value : value.substr(slash + 1, end - slash - 1)
            );
        }
    }
    return out;
}

std::string plain_section(const Crm::Members& members) {
    json::Writer writer;
    writer.begin_object().member("enabled", true);
    for (const auto& [name, value] : members) {
        writer.member(name, value);
    }
    return writer.end_object().take();
}

void start_connectors(Suite& suite, const std::vector<Crm>& crms, const Suite::Environment& more) {
    suite.sql("UPDATE enterprises SET bot_token = ''");
    for (const auto& crm : crms) {
        auto settings = crm.settings;
        settings.insert(more.begin(), more.end());
        suite.start(crm.service, settings);
    }
    suite.start("integration-cache", {{"CRM_RETRY_SECONDS", "1"}});
    suite.start("ingest");
}

}  // namespace trunkline::e2e
