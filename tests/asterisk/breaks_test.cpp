// What breaks between a real exchange and the suite, in the middle of calls.

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "site.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

const std::string first = "375291000031";
const std::string second = "375291000032";
const std::string third = "375291000033";

/// Each call is there once: one row that ended, one message, one record in the CRM.
void check_once(const asterisk::Site& site, const std::string& phone, const std::string& row) {
    INFO(phone);
    const auto rows = site.rows(phone);
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().text == row);
    const std::string shown = "+375 (29) 100-00-" + phone.substr(phone.size() - 2);
    const auto texts = site.last_texts(shown);
    REQUIRE(texts.size() == 1);
    CHECK(texts.front().starts_with(row.starts_with("0|2") ? "✅ Завершен" : "❌ Не отвечен"));
    CHECK(
        site.crm(phone) == (row.starts_with("0|2") ? "in hangup answered" : "in hangup no answer")
    );
}

void check_nothing_else(const asterisk::Site& site, std::size_t calls) {
    CHECK(site.suite.sql("SELECT count(*) FROM calls") == std::to_string(calls));
    CHECK(site.suite.messages() == calls);
    CHECK(site.live_calls() == 0);
    CHECK(site.suite.sql("SELECT count(*) FROM rejected_events") == "0");
}

}  // namespace

TEST_CASE("an exchange that is killed in the middle of calls leaves none open", "[asterisk]") {
    asterisk::Site site;
    site.phones.plug_in("151", "answers");
    site.phones.plug_in("154", "silent");
    {
        // What these phones do when their exchange is gone is their own affair.
        asterisk::Phones lost(site.exchange);
        lost.call({.from = first, .to = "375173880051", .stay_ms = 60'000});
        lost.call({.from = second, .to = "375173880054"});
        site.wait_for_event("bridge", first);
        site.wait_for_event("dial", second);
        site.exchange.kill();
    }
    site.exchange.start();
    site.wait_until_connected();
    site.phones.call({.from = third, .to = "375173880051", .stay_ms = 1'000});
    site.phones.wait_for_callers();
    site.wait_for_calls(3);

    check_once(site, first, "0|2|151|{151}|{151}");
    check_once(site, second, "0|0|154|{154}|{}");
    check_once(site, third, "0|2|151|{151}|{151}");
    check_nothing_else(site, 3);
}

TEST_CASE("a link that is cut and heals loses no call and doubles none", "[asterisk]") {
    asterisk::Site site;
    site.phones.plug_in("151", "answers");
    site.phones.plug_in("152", "answers");
    site.phones.plug_in("159", "answers");
    site.phones.call({.from = first, .to = "375173880051", .stay_ms = 60'000}, "waits");
    site.phones.call({.from = second, .to = "375173880052", .stay_ms = 9'000});
    site.wait_for_event("bridge", first);
    site.wait_for_event("bridge", second);

    site.gate.cut();
    // The first ends while nobody looks, the third begins, the second talks all the time.
    site.exchange.hang_up("151");
    site.phones.call({.from = third, .to = "375173880059", .stay_ms = 6'000});
    testing::wait_until([&] { return site.exchange.channels() == 4; }, 10s, "two calls are up");
    site.gate.heal();
    site.phones.wait_for_callers();
    site.wait_for_calls(3);

    check_once(site, first, "0|2|151|{151}|{151}");
    check_once(site, second, "0|2|152|{152}|{152}");
    check_once(site, third, "0|2|159|{159}|{159}");
    CHECK(std::abs(site.rows(second).front().talk - 9) <= 1);
    check_nothing_else(site, 3);
}

TEST_CASE("a link that is silent for a minute loses no call and doubles none", "[asterisk]") {
    asterisk::Site site;
    site.phones.plug_in("151", "answers");
    site.phones.plug_in("152", "answers");
    site.phones.plug_in("159", "answers");
    site.phones.call({.from = first, .to = "375173880051", .stay_ms = 90'000}, "waits");
    site.phones.call({.from = second, .to = "375173880052", .stay_ms = 80'000});
    site.wait_for_event("bridge", first);
    site.wait_for_event("bridge", second);

    site.gate.fall_silent();
    const auto heals_at = std::chrono::steady_clock::now() + 60s;
    // The first ends while nobody hears, the third begins, the second talks all the time.
    site.exchange.hang_up("151");
    site.phones.call({.from = third, .to = "375173880059", .stay_ms = 75'000});
    testing::wait_until([&] { return site.exchange.channels() == 4; }, 10s, "two calls are up");
    // Not a wait for something: the minute is what is tried.
    std::this_thread::sleep_until(heals_at);
    CHECK(site.live_calls() == 2);
    CHECK(site.suite.sql("SELECT count(*) FROM calls") == "0");
    site.gate.heal();
    site.phones.wait_for_callers();
    site.wait_for_calls(3);

    check_once(site, first, "0|2|151|{151}|{151}");
    check_once(site, second, "0|2|152|{152}|{152}");
    check_once(site, third, "0|2|159|{159}|{159}");
    CHECK(std::abs(site.rows(second).front().talk - 80) <= 1);
    check_nothing_else(site, 3);
}

TEST_CASE(
    "a gateway that is killed in the middle of calls loses none and doubles none", "[asterisk]"
) {
    asterisk::Site site;
    site.phones.plug_in("151", "answers");
    site.phones.plug_in("152", "answers");
    site.phones.plug_in("159", "answers");
    site.phones.call({.from = first, .to = "375173880051", .stay_ms = 2'000});
    site.phones.call({.from = second, .to = "375173880052", .stay_ms = 10'000});
    site.wait_for_event("bridge", first);
    site.wait_for_event("bridge", second);

    site.suite.kill("pbx-gateway");
    site.phones.call({.from = third, .to = "375173880059", .stay_ms = 7'000});
    testing::wait_until([&] { return site.exchange.channels() == 4; }, 10s, "the first has ended");
    site.start_gateway();
    site.phones.wait_for_callers();
    site.wait_for_calls(3);

    check_once(site, first, "0|2|151|{151}|{151}");
    check_once(site, second, "0|2|152|{152}|{152}");
    check_once(site, third, "0|2|159|{159}|{159}");
    CHECK(std::abs(site.rows(second).front().talk - 10) <= 1);
    check_nothing_else(site, 3);
}
