#include "enterprise_values.hpp"

#include "tenants/enterprise.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using trunkctl::EnterpriseValues;

namespace {

constexpr auto secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

std::string fault_of(const EnterpriseValues& values) {
    const auto assignments = trunkctl::assignments_of(values, "0367", nullptr);
    REQUIRE_FALSE(assignments);
    CHECK(assignments.error().code == base::Errc::invalid_input);
    return assignments.error().detail;
}

trunkctl::Assignment only(const EnterpriseValues& values, const crypto::SecretBox* box = nullptr) {
    const auto assignments = trunkctl::assignments_of(values, "0367", box);
    REQUIRE(assignments);
    REQUIRE(assignments->size() == 1);
    return assignments->front();
}

}  // namespace

TEST_CASE("what is not named stays as it is", "[trunkctl]") {
    CHECK(trunkctl::assignments_of({}, "0367", nullptr)->empty());
}

TEST_CASE("a wrong value is told with its option", "[trunkctl]") {
    struct Row {
        std::optional<std::string> EnterpriseValues::* member;
        const char* value;
        const char* said;
    };
    for (const auto& [member, value, said] :
         {Row{&EnterpriseValues::token, "two words", "--token"},
          Row{&EnterpriseValues::token, "", "--token"},
          Row{&EnterpriseValues::bot_token, "1:a b", "--bot-token"},
          Row{&EnterpriseValues::region, "Belarus", "--region"},
          Row{&EnterpriseValues::timezone, "Minsk", "\"Minsk\" is no IANA time zone"},
          Row{&EnterpriseValues::recordings, "some", "answered, all, none"},
          Row{&EnterpriseValues::debug_log, "yes", "on, off"},
          Row{&EnterpriseValues::allowed_networks, "10.0.0.0/8,office", "\"office\""},
          Row{&EnterpriseValues::allowed_networks, "10.0.0.0/33", "--allowed-networks"},
          Row{&EnterpriseValues::rate_limit, "-1", "--rate-limit"},
          Row{&EnterpriseValues::rate_limit, "fast", "--rate-limit"},
          Row{&EnterpriseValues::webhook_secret, "whsec_short", "--webhook-secret"}}) {
        INFO(value);
        EnterpriseValues values;
        values.*member = value;
        CHECK_THAT(fault_of(values), ContainsSubstring(said));
    }
}

TEST_CASE("a secret never stands in an error", "[trunkctl]") {
    EnterpriseValues values;
    values.webhook_secret = "whsec_hidden";
    CHECK(fault_of(values).find("hidden") == std::string::npos);
}

TEST_CASE("networks are stored as a list, an empty one lets all in", "[trunkctl]") {
    EnterpriseValues values;
    values.allowed_networks = " 10.0.0.0/8 , 192.0.2.7,";
    CHECK(only(values).value == "10.0.0.0/8,192.0.2.7");
    values.allowed_networks = "";
    CHECK(only(values).value.empty());
}

TEST_CASE("a webhook secret is sealed for its enterprise", "[trunkctl]") {
    const auto box =
        crypto::SecretBox::from_base64_key("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").value();
    EnterpriseValues values;
    values.webhook_secret = secret;
    CHECK(only(values).value == secret);
    const auto sealed = only(values, &box).value;
    CHECK(box.open(sealed, tenants::webhook_secret_context("0367")) == secret);
    values.webhook_secret = "";
    CHECK(only(values, &box).value.empty());
}

TEST_CASE("replacing and adding a secret at once is refused", "[trunkctl]") {
    EnterpriseValues values;
    values.webhook_secret = secret;
    values.added_webhook_secret = secret;
    CHECK_THAT(fault_of(values), ContainsSubstring("--add-webhook-secret"));
}

TEST_CASE("an enterprise's number is one word", "[trunkctl]") {
    CHECK(trunkctl::check_number("0367"));
    CHECK_FALSE(trunkctl::check_number(""));
    CHECK_FALSE(trunkctl::check_number("03 67"));
    CHECK_FALSE(trunkctl::check_number(std::string(65, '1')));
}
