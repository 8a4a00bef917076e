#include "connectors.hpp"

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
    };
}

std::vector<std::string> secrets_of(const Crm::Members& members) {
    std::vector<std::string> out;
    for (const auto& [name, value] : members) {
        if (name != "base_url") {
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
