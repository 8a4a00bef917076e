#include "admission.hpp"

#include "json/document.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

constexpr auto secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr auto box_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr std::int64_t seconds = 1614265330;

net::IpAddress ip(std::string_view text) { return net::IpAddress::parse(text).value(); }
std::vector<net::Network> networks(std::string_view list) {
    return net::parse_networks(list).value();
}

tenants::Enterprise june() {
    tenants::Enterprise enterprise;
    enterprise.number = "0367";
    enterprise.token = "375293332255";
    return enterprise;
}

/// One event with a body, a place that it comes from and a signature.
struct Sent {
    net::IpAddress source = ip("192.0.2.7");
    crypto::WebhookHeaders signature;
    std::string body = R"({"Token":"375293332255"})";
    bool vouched = false;

    ingest::Visit visit() const {
        return {
            .source = source,
            .received = base::WallTime(std::chrono::seconds(seconds)),
            .signature = signature,
            .body = body,
            .vouched = vouched
        };
    }
    void sign(std::string_view with, std::int64_t at = seconds) {
        signature = {
            .id = "msg_1",
            .timestamp = std::to_string(at),
            .signature = crypto::sign_webhook(crypto::webhook_key(with).value(), "msg_1", at, body)
        };
    }
};

base::Errc code_of(const base::Result<>& result) {
    REQUIRE_FALSE(result);
    return result.error().code;
}

}  // namespace

TEST_CASE("without networks everybody may send", "[ingest][admission]") {
    const ingest::Admission admission({}, std::nullopt);
    CHECK(admission.check_source(ip("203.0.113.9")));
    CHECK(admission.check(june(), Sent{}.visit()));
}

TEST_CASE(
    "the installation's and the enterprise's networks must both allow", "[ingest][admission]"
) {
    const ingest::Admission admission(networks("192.0.2.0/24, 2001:db8::/32"), std::nullopt);
    auto enterprise = june();
    enterprise.restricts_sources = true;
    enterprise.allowed_networks = networks("192.0.2.7, 198.51.100.0/24");
    struct Row {
        const char* source;
        bool allowed;
    };
    for (const auto& [source, allowed] :
         {Row{"192.0.2.7", true},
          Row{"192.0.2.8", false},
          Row{"198.51.100.1", false},
          Row{"2001:db8::1", false}}) {
        INFO(source);
        Sent sent;
        sent.source = ip(source);
        const auto checked = admission.check(enterprise, sent.visit());
        CHECK(checked.has_value() == allowed);
        if (!checked) {
            CHECK(checked.error().code == base::Errc::forbidden);
            CHECK_THAT(checked.error().detail, ContainsSubstring(source));
        }
    }
    CHECK(code_of(admission.check_source(ip("127.0.0.1"))) == base::Errc::forbidden);
}

TEST_CASE("a list of networks of which none is readable lets nobody in", "[ingest][admission]") {
    const ingest::Admission admission({}, std::nullopt);
    auto enterprise = june();
    enterprise.restricts_sources = true;
    CHECK(code_of(admission.check(enterprise, Sent{}.visit())) == base::Errc::forbidden);
}

TEST_CASE("with a secret an event must be signed by it", "[ingest][admission]") {
    const ingest::Admission admission({}, std::nullopt);
    auto enterprise = june();
    enterprise.webhook_secret = secret;
    Sent sent;
    CHECK(code_of(admission.check(enterprise, sent.visit())) == base::Errc::unauthorized);
    sent.sign(secret);
    CHECK(admission.check(enterprise, sent.visit()));
    sent.sign(secret, seconds - 301);
    CHECK(code_of(admission.check(enterprise, sent.visit())) == base::Errc::forbidden);
    sent.sign(crypto::make_webhook_secret());
    CHECK(code_of(admission.check(enterprise, sent.visit())) == base::Errc::forbidden);
    sent.sign(secret);
    sent.body += " ";
    CHECK(code_of(admission.check(enterprise, sent.visit())) == base::Errc::forbidden);
}

TEST_CASE(
    "sealed and several secrets are taken, each only in its own place", "[ingest][admission]"
) {
    const auto box = crypto::SecretBox::from_base64_key(box_key).value();
    const auto fresh = crypto::make_webhook_secret();
    const auto context = tenants::webhook_secret_context("0367");
    auto enterprise = june();
    enterprise.webhook_secret = box.seal(fresh, context) + " " + secret;
    const ingest::Admission admission({}, box);
    for (const std::string& with : {fresh, std::string(secret)}) {
        Sent sent;
        sent.sign(with);
        CHECK(admission.check(enterprise, sent.visit()));
    }
    enterprise.webhook_secret = box.seal(fresh, tenants::webhook_secret_context("0368"));
    Sent sent;
    sent.sign(fresh);
    CHECK(code_of(admission.check(enterprise, sent.visit())) == base::Errc::forbidden);
}

TEST_CASE("a secret that cannot be read lets nobody in", "[ingest][admission]") {
    const auto box = crypto::SecretBox::from_base64_key(box_key).value();
    auto enterprise = june();
    enterprise.webhook_secret = box.seal(secret, tenants::webhook_secret_context("0367"));
    Sent sent;
    sent.sign(secret);
    const ingest::Admission without_key({}, std::nullopt);
    CHECK(code_of(without_key.check(enterprise, sent.visit())) == base::Errc::forbidden);
    enterprise.webhook_secret = "a word that is no secret";
    CHECK(code_of(without_key.check(enterprise, sent.visit())) == base::Errc::forbidden);
}

TEST_CASE("a request of many events is signed as a whole and judged once", "[ingest][admission]") {
    const ingest::Admission admission({}, std::nullopt);
    auto enterprise = june();
    enterprise.webhook_secret = secret;
    Sent whole;
    whole.body = "{\"event\":\"dial\"}\n{\"event\":\"hangup\"}\n";
    whole.sign(secret);
    ingest::SignedRequest request{.body = whole.body, .verdicts = {}};
    Sent line;
    line.signature = whole.signature;
    CHECK(admission.check(enterprise, line.visit(), request));
    CHECK(admission.check(enterprise, line.visit(), request));
    CHECK(request.verdicts.size() == 1);
    auto other = june();
    other.number = "0368";
    other.webhook_secret = crypto::make_webhook_secret();
    CHECK(code_of(admission.check(other, line.visit(), request)) == base::Errc::forbidden);
}

TEST_CASE("an administrator vouches for a signature, not for a network", "[ingest][admission]") {
    const ingest::Admission admission({}, std::nullopt);
    auto enterprise = june();
    enterprise.webhook_secret = secret;
    Sent sent;
    sent.vouched = true;
    CHECK(admission.check(enterprise, sent.visit()));
    enterprise.restricts_sources = true;
    CHECK(code_of(admission.check(enterprise, sent.visit())) == base::Errc::forbidden);
}
