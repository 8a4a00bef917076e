#include "tenants/enterprise.hpp"

#include "testing/catch.hpp"

using namespace trunkline;

namespace {

tenants::Enterprise enterprise_with(std::string_view config) {
    tenants::Enterprise enterprise;
    enterprise.number = "0367";
    enterprise.integrations = json::parse(config).value();
    return enterprise;
}

crypto::SecretBox a_box() {
    return crypto::SecretBox::from_base64_key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
        .value();
}

}  // namespace

TEST_CASE("only integrations that say enabled:true are enabled", "[tenants]") {
    const auto enterprise = enterprise_with(
        R"({"smart":{"primary":"uon"},"retailcrm":{"enabled":true},"uon":{"enabled":false},"ms":{},"bitrix24":{"enabled":"yes"}})"
    );
    CHECK(enterprise.enabled_integrations() == std::vector<std::string>{"retailcrm"});
    CHECK(enterprise.primary() == "uon");
}

TEST_CASE("a secret is read plain or sealed, and only in its own place", "[tenants]") {
    const auto box = a_box();
    const auto sealed = box.seal("key-1", tenants::secret_context("0367", "retailcrm", "api_key"));
    auto enterprise = enterprise_with(
        R"({"retailcrm":{"api_key":")" + sealed + R"("},"uon":{"api_key":"plain"}})"
    );
    CHECK(enterprise.secret("retailcrm", "api_key", &box).value() == "key-1");
    CHECK(enterprise.secret("uon", "api_key", nullptr).value() == "plain");
    CHECK(enterprise.secret("retailcrm", "api_key", nullptr).error().code == base::Errc::forbidden);
    CHECK(enterprise.secret("ms", "password", &box).error().code == base::Errc::not_found);
    enterprise.number = "0270";
    CHECK(enterprise.secret("retailcrm", "api_key", &box).error().code == base::Errc::forbidden);
}

TEST_CASE("a shown configuration holds no secret", "[tenants]") {
    const auto config = json::parse(
        R"({"retailcrm":{"enabled":true,"base_url":"https://x.retailcrm.ru","api_key":"k"},"bitrix24":{"webhook_url":"https://b/1/secret/"}})"
    );
    const auto shown = tenants::masked_config(*config);
    CHECK(
        shown ==
        R"({"retailcrm":{"enabled":true,"base_url":"https://x.retailcrm.ru","api_key":"***"},"bitrix24":{"webhook_url":"***"}})"
    );
}
