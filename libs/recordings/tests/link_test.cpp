#include "recordings/link.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using recordings::LinkSigner;

namespace {

constexpr auto key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr auto other_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
constexpr auto uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
const std::chrono::sys_seconds expires{1'760'000'000s};
const base::WallTime before = expires - 1us;

LinkSigner signer(std::string_view secret = key) {
    auto made = LinkSigner::from_secrets_key(secret);
    REQUIRE(made);
    return *made;
}

}  // namespace

TEST_CASE("who gets a link is the enterprise's choice", "[recordings]") {
    CHECK(recordings::gets_link("answered", true));
    CHECK_FALSE(recordings::gets_link("answered", false));
    CHECK(recordings::gets_link("all", false));
    CHECK_FALSE(recordings::gets_link("none", true));
    CHECK_FALSE(recordings::gets_link("", true));
}

TEST_CASE("a plain link is the public address and the call", "[recordings]") {
    CHECK(
        recordings::plain_link("https://pbx.example.by/", uuid) ==
        "https://pbx.example.by/recordings/01890a5d-ac96-774b-bcce-b302099a8057"
    );
    CHECK(recordings::plain_link("", uuid).empty());
    CHECK(recordings::plain_link("/", uuid).empty());
}

TEST_CASE("a signed link opens its recording until it expires", "[recordings]") {
    const auto plain = recordings::plain_link("https://x.by", uuid);
    const auto link = signer().signed_link(plain, {"0367", uuid, expires});
    CHECK(link.starts_with(plain + "?exp=1760000000&sig="));
    const auto sig = link.substr(link.rfind('=') + 1);
    CHECK(sig.size() == 43);
    CHECK(signer().check("0367", uuid, "1760000000", sig, before));
    CHECK(signer().check("0367", "01890A5D-AC96-774B-BCCE-B302099A8057", "1760000000", sig, before)
    );
    const auto late = signer().check("0367", uuid, "1760000000", sig, expires);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == base::Errc::forbidden);
    CHECK_THAT(late.error().detail, ContainsSubstring("expired at 2025-10-09T08:53:20"));
}

TEST_CASE("a link with any part changed opens nothing", "[recordings]") {
    const auto sig = signer().signature({"0367", uuid, expires});
    const auto refused = [&](std::string_view enterprise,
                             std::string_view call,
                             std::string_view exp,
                             std::string_view signature) {
        const auto checked = signer().check(enterprise, call, exp, signature, before);
        return !checked && checked.error().code == base::Errc::forbidden;
    };
    CHECK(refused("0368", uuid, "1760000000", sig));
    CHECK(refused("0367", "01890a5d-ac96-774b-bcce-b302099a8058", "1760000000", sig));
    CHECK(refused("0367", uuid, "1760000001", sig));
    for (const auto* exp :
         {"", "x", "-1", "+1760000000", "01760000000", "1760000000 ", "1e9", "99999999999999999999"
         }) {
        CAPTURE(exp);
        CHECK(refused("0367", uuid, exp, sig));
    }
    for (std::size_t i = 0; i < sig.size(); ++i) {
        auto changed = sig;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        CHECK(refused("0367", uuid, "1760000000", changed));
    }
    CHECK(refused("0367", uuid, "1760000000", ""));
    CHECK(refused("0367", uuid, "1760000000", sig.substr(0, 42)));
    CHECK(refused("0367", uuid, "1760000000", sig + "="));
    CHECK(signer(other_key).signature({"0367", uuid, expires}) != sig);
}

TEST_CASE("the fields of a signature cannot flow into each other", "[recordings]") {
    const auto late = std::chrono::sys_seconds(17'600'000'001s);
    CHECK(
        signer().signature({"367", uuid, expires}) != signer().signature({"0367", uuid, expires})
    );
    CHECK(signer().signature({"", uuid, late}) != signer().signature({"1", uuid, expires}));
}

TEST_CASE("signing needs the installation's key", "[recordings]") {
    const auto unset = LinkSigner::from_secrets_key("");
    REQUIRE_FALSE(unset);
    CHECK(unset.error().detail == "SECRETS_KEY is not set");
    CHECK_FALSE(LinkSigner::from_secrets_key("c2hvcnQ="));
    CHECK_FALSE(LinkSigner::from_secrets_key("no base64"));
}

TEST_CASE("a link lasts 30 days unless told otherwise", "[recordings]") {
    const base::WallTime now{1'760'000'000'500'000us};
    CHECK(recordings::default_expiry(now) == expires + std::chrono::days(30));
}
