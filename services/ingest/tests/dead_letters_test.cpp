#include "dead_letters.hpp"

#include "testing/catch.hpp"

using namespace trunkline;

TEST_CASE("an id names a letter or a card, never both", "[ingest][dead_letters]") {
    const std::string uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    CHECK(ingest::parse_dead_letter_id("17") == ingest::DeadLetterId(std::int64_t{17}));
    CHECK(
        ingest::parse_dead_letter_id("t-" + uuid + ".-100123.0367") ==
        ingest::DeadLetterId(ingest::CardId{uuid, -100123, "0367"})
    );
    CHECK(
        ingest::parse_dead_letter_id("t-" + uuid + ".5.a.b/c") ==
        ingest::DeadLetterId(ingest::CardId{uuid, 5, "a.b/c"})
    );
}

TEST_CASE("what is no id is none", "[ingest][dead_letters]") {
    const std::string uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    for (const std::string& text :
         {std::string(),
          std::string("0"),
          std::string("-1"),
          std::string("1x"),
          std::string("99999999999999999999"),
          std::string("t-"),
          "t-" + uuid,
          "t-" + uuid + ".5",
          "t-" + uuid + ".5.",
          "t-" + uuid + ".x.0367",
          std::string("t-not-a-uuid-not-a-uuid-not-a-uuid-not-a.5.0367"),
          uuid}) {
        INFO(text);
        CHECK_FALSE(ingest::parse_dead_letter_id(text));
    }
}

TEST_CASE("every reason has a mend, the connector's own first", "[ingest][dead_letters]") {
    CHECK(ingest::mend_of("crm", "Wrong \"apiKey\" value. - check api_key") == "check api_key");
    CHECK_THAT(
        ingest::mend_of("crm", "there is no connector uon in this installation"),
        ContainsSubstring("8020")
    );
    CHECK_THAT(
        ingest::mend_of("telegram", "Forbidden: bot was blocked by the user"),
        ContainsSubstring("unblocks")
    );
    CHECK_THAT(
        ingest::mend_of("telegram", "the enterprise has another bot now"),
        ContainsSubstring("new bot")
    );
    for (const auto* queue : {"telegram", "gateway", "crm", "something"}) {
        CHECK_FALSE(ingest::mend_of(queue, "never heard of").empty());
    }
}
