// Every kind of call on a real exchange, all at once, and what becomes of each: docs/testing.md.

#include <cstdlib>
#include <string>
#include <vector>

#include "site.hpp"
#include "testing/catch.hpp"

using namespace trunkline;

namespace {

/// What one call must have come to.
struct Outcome {
    std::string what;
    std::string party;  ///< As in the row: an outside number, or the extension that called.
    std::string row;
    int talk;
    std::string shown;  ///< How the chat names the party.
    std::string text;   ///< What the last text is, up to the length of the talk.
    std::string crm;
};

std::string number(int index) { return "3752910000" + std::to_string(index); }
std::string shown(int index) { return "+375 (29) 100-00-" + std::to_string(index); }

const std::vector<Outcome>& outcomes() {
    static const std::vector<Outcome> all{
        {"inbound, answered",
         number(11),
         "0|2|151|{151}|{151}",
         2,
         shown(11),
         "✅ Завершен: " + shown(11) + " ↔ Сидоров Пётр (151), ",
         "in hangup answered"},
        {"inbound, nobody answers",
         number(12),
         "0|0|154|{154}|{}",
         0,
         shown(12),
         "❌ Не отвечен: " + shown(12) + " → 154",
         "in hangup no answer"},
        {"inbound, the caller gives up",
         number(13),
         "0|0|154|{154}|{}",
         0,
         shown(13),
         "❌ Не отвечен: " + shown(13) + " → 154",
         "in hangup no answer"},
        {"inbound, busy",
         number(14),
         "0|0|153|{153}|{}",
         0,
         shown(14),
         "❌ Не отвечен: " + shown(14) + " → 153",
         "in hangup no answer"},
        {"inbound, a ring group",
         number(15),
         "0|2|161|{161,154}|{161}",
         2,
         shown(15),
         "✅ Завершен: " + shown(15) + " ↔ 161, ",
         "in in hangup answered"},
        {"inbound, a queue, answered",
         number(16),
         "0|2|152|{152}|{152}",
         2,
         shown(16),
         "✅ Завершен: " + shown(16) + " ↔ Новик Ольга (152), ",
         "in hangup answered"},
        {"inbound, a queue, abandoned",
         number(17),
         "0|0|154|{154}|{}",
         0,
         shown(17),
         "❌ Не отвечен: " + shown(17) + " → 154",
         "in hangup no answer"},
        {"inbound, handed over",
         number(18),
         "0|2|162|{155,162}|{155,162}",
         7,
         shown(18),
         "✅ Завершен: " + shown(18) + " ↔ 155 → 162, ",
         "in in hangup answered"},
        {"inbound, handed over after a question",
         number(19),
         "0|2|163|{156,163}|{156,163}",
         13,
         shown(19),
         "✅ Завершен: " + shown(19) + " ↔ 156 → 163, ",
         "in in hangup answered"},
        {"inbound, parked and taken",
         number(20),
         "0|2|164|{157}|{157,164}",
         10,
         shown(20),
         "✅ Завершен: " + shown(20) + " ↔ 157 → 164, ",
         "in hangup answered"},
        {"outbound, answered",
         number(21),
         "1|2|160|{160}|{160}",
         2,
         shown(21),
         "✅ Завершен: " + shown(21) + " ↔ 160, ",
         "out hangup answered"},
        {"internal, answered",
         "158",
         "2|2|159|{159}|{159}",
         2,
         "158",
         "✅ Завершен (внутр.): 158 ↔ 159, ",
         ""},
        {"internal, busy",
         "169",
         "2|0|153|{153}|{}",
         0,
         "169",
         "❌ Не отвечен (внутр.): 169 → 153",
         ""},
        {"a conference, one of two",
         "165",
         "2|2|600|{600}|{600}",
         3,
         "165",
         "✅ Завершен (внутр.): 165 ↔ 600, ",
         ""},
        {"a conference, the other",
         "166",
         "2|2|600|{600}|{600}",
         3,
         "166",
         "✅ Завершен (внутр.): 166 ↔ 600, ",
         ""},
    };
    return all;
}

void plug_in_phones(asterisk::Phones& phones) {
    for (const auto* extension : {"151", "152", "159", "161", "162", "163"}) {
        phones.plug_in(extension, "answers");
    }
    phones.plug_in("153", "busy");
    phones.plug_in("154", "silent");
    phones.plug_in("155", "hands-over", {{"target", "162"}});
    phones.plug_in("156", "consults");
    phones.plug_in("157", "hands-over", {{"target", "700"}});
    phones.plug_in_provider("answers");
}

void call_everybody(asterisk::Site& site) {
    auto& phones = site.phones;
    phones.call({.from = number(11), .to = "375173880051", .stay_ms = 2'000});
    phones.call({.from = number(12), .to = "375173880054"});
    phones.call({.from = number(13), .to = "375173880054"}, "gives-up");
    phones.call({.from = number(14), .to = "375173880053"});
    phones.call({.from = number(15), .to = "375173880080", .stay_ms = 2'000});
    phones.call({.from = number(16), .to = "375173880081", .stay_ms = 2'600});
    phones.call({.from = number(17), .to = "375173880084", .stay_ms = 2'000});
    phones.call({.from = number(18), .to = "375173880055", .stay_ms = 7'000});
    phones.call({.from = number(19), .to = "375173880056", .stay_ms = 13'000});
    phones.call({.from = number(20), .to = "375173880057", .stay_ms = 10'000});
    phones.call({.from = "160", .to = number(21), .stay_ms = 2'000});
    phones.call({.from = "158", .to = "159", .stay_ms = 2'000});
    phones.call({.from = "169", .to = "153"});
    phones.call({.from = "165", .to = "600", .stay_ms = 3'000});
    phones.call({.from = "166", .to = "600", .stay_ms = 3'000});
    testing::wait_until(
        [&] {
            return site.exchange.console("parking show default").find("Space ") !=
                   std::string::npos;
        },
        std::chrono::seconds(20),
        "the caller is parked"
    );
    phones.call({.from = "164", .to = "701"}, "waits");
    phones.wait_for_callers();
}

}  // namespace

TEST_CASE(
    "every kind of call on a real exchange ends with its row, its message and its CRM record",
    "[asterisk]"
) {
    // Without timestamps and with them the same must come out; without is harder.
    asterisk::Site site({.timestamps = false});
    plug_in_phones(site.phones);
    call_everybody(site);
    site.wait_for_calls(outcomes().size());

    INFO(site.suite.sql(
        "SELECT string_agg(phone || ' ' || call_type || ' ' || duration, ', ') FROM calls"
    ));
    CHECK(site.suite.sql("SELECT count(*) FROM calls") == std::to_string(outcomes().size()));
    CHECK(site.suite.messages() == outcomes().size());
    for (const auto& expected : outcomes()) {
        INFO(expected.what);
        const auto rows = site.rows(expected.party);
        CHECK(rows.size() == 1);
        if (rows.size() == 1) {
            CHECK(rows.front().text == expected.row);
            CHECK(std::abs(rows.front().talk - expected.talk) <= 1);
        }
        const auto texts = site.last_texts(expected.shown);
        CHECK(texts.size() == 1);
        if (texts.size() == 1) {
            CHECK(texts.front().substr(0, expected.text.size()) == expected.text);
        }
        if (!expected.crm.empty()) {
            CHECK(site.crm(expected.party) == expected.crm);
        }
    }
    CHECK(site.suite.sql("SELECT count(*) FROM rejected_events") == "0");
    CHECK(site.suite.sql("SELECT count(*) FROM dead_letters") == "0");
    CHECK(site.exchange.channels() == 0);
}
