#include "targets.hpp"

#include "testing/catch.hpp"

using namespace trunkline;
using call_emulator::Targets;

TEST_CASE("no target means ingest", "[call_emulator]") {
    const auto targets = Targets::make("http://127.0.0.1:8000/", {});
    REQUIRE(targets);
    CHECK(targets->resolve(std::nullopt) == "http://127.0.0.1:8000");
    CHECK(targets->resolve("http://127.0.0.1:8000") == "http://127.0.0.1:8000");
}

TEST_CASE("a listed target counts in any writing", "[call_emulator]") {
    const auto targets = Targets::make("http://127.0.0.1:8000", {"https://Example.org/pbx/"});
    REQUIRE(targets);
    CHECK(targets->resolve("https://example.org:443/pbx") == "https://example.org/pbx");
}

TEST_CASE("anything else is forbidden", "[call_emulator]") {
    const auto targets = Targets::make("http://127.0.0.1:8000", {"https://example.org/pbx"});
    REQUIRE(targets);
    for (const auto* target :
         {"http://127.0.0.1:8001",
          "https://127.0.0.1:8000",
          "https://example.org",
          "https://example.org/pbx/../x",
          "http://169.254.169.254"}) {
        INFO(target);
        const auto refused = targets->resolve(target);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == base::Errc::forbidden);
    }
}

TEST_CASE("what is no base URL is said", "[call_emulator]") {
    CHECK_FALSE(Targets::make("localhost", {}));
    const auto wrong = Targets::make("http://127.0.0.1:8000", {"http://a?b=c"});
    REQUIRE_FALSE(wrong);
    CHECK_THAT(wrong.error().detail, ContainsSubstring("EMULATOR_ALLOWED_TARGETS"));
    const auto targets = Targets::make("http://127.0.0.1:8000", {});
    REQUIRE(targets);
    const auto refused = targets->resolve("file:///etc/passwd");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::invalid_input);
    REQUIRE(refused.error().fields.size() == 1);
    CHECK(refused.error().fields[0].path == "/target");
}
