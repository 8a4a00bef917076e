#include "customer_cache.hpp"

#include <chrono>
#include <functional>

#include "customer_source.hpp"
#include "enterprise_answers.hpp"
#include "hit_figures.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"
#include "shared_cache.hpp"
#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace trunkline::integration_cache;
using namespace std::chrono_literals;

namespace {

Customer named(std::string name) {
    Customer customer;
    customer.name = std::move(name);
    customer.source = "retailcrm";
    return customer;
}

/// The fresh name; "-": not known; "~": too old.
std::string seen(CustomerCache& cache, std::string_view enterprise, std::string_view phone) {
    const auto* entry = cache.find(enterprise, phone);
    if (entry == nullptr) {
        return "-";
    }
    return (cache.is_fresh(*entry) ? "" : "~") + entry->customer.name;
}

std::shared_ptr<tenants::Enterprise> enterprise_with(std::string number, std::string_view config) {
    auto enterprise = std::make_shared<tenants::Enterprise>();
    enterprise->number = std::move(number);
    enterprise->name = "june";
    enterprise->integrations = json::parse(config).value();
    return enterprise;
}

}  // namespace

TEST_CASE("a customer is fresh for its time, nobody shorter", "[integration-cache]") {
    testing::FakeClock clock;
    CustomerCache cache(clock, {});
    cache.put("0367", "375296254070", named("Иван Петров"));
    cache.put("0367", "375296254071", {});
    CHECK(seen(cache, "0367", "375296254070") == "Иван Петров");
    CHECK(seen(cache, "0367", "375296254071") == "");
    CHECK(seen(cache, "0270", "375296254070") == "-");
    clock.advance(21s);
    CHECK(seen(cache, "0367", "375296254071") == "~");
    CHECK(seen(cache, "0367", "375296254070") == "Иван Петров");
    clock.advance(70s);
    // Better than nothing while it is asked for again.
    CHECK(seen(cache, "0367", "375296254070") == "~Иван Петров");
}

TEST_CASE("the ready answer is the answer", "[integration-cache]") {
    testing::FakeClock clock;
    CustomerCache cache(clock, {});
    cache.put("1", "2", named("ООО \"Ромашка\""));
    CHECK(cache.find("1", "2")->name_answer == R"({"name":"ООО \"Ромашка\""})");
    cache.put("1", "2", {});
    CHECK(cache.find("1", "2")->name_answer == R"({"name":null})");
}

TEST_CASE(
    "a full cache drops the least recently used, by number and by bytes", "[integration-cache]"
) {
    testing::FakeClock clock;
    CustomerCache::Limits limits;
    limits.entries = 2;
    CustomerCache cache(clock, limits);
    cache.put("1", "a", named("A"));
    cache.put("1", "b", named("B"));
    CHECK(seen(cache, "1", "a") == "A");
    cache.put("1", "c", named("C"));
    CHECK(cache.size() == 2);
    CHECK(cache.evictions() == 1);
    CHECK(seen(cache, "1", "b") == "-");
    CHECK(seen(cache, "1", "a") == "A");

    limits.entries = 1'000'000;
    limits.bytes = 64 * 1024;
    CustomerCache small(clock, limits);
    for (int i = 0; i < 10'000; ++i) {
        small.put("1", std::to_string(i), named(std::string(250, 'x')));
        REQUIRE(small.bytes() <= limits.bytes);
    }
    CHECK(small.size() > 20);
    CHECK(small.size() < 200);
    small.forget("1");
    CHECK(small.bytes() == 0);
}

TEST_CASE("what is in use is given out before its time is over, once", "[integration-cache]") {
    testing::FakeClock clock;
    CustomerCache cache(clock, {});
    cache.put("1", "used", named("A"));
    cache.put("1", "idle", named("B"));
    cache.put("1", "nobody", {});
    (void)cache.find("1", "used");
    (void)cache.find("1", "nobody");
    clock.advance(58s);
    CHECK(cache.take_due(10).empty());
    clock.advance(20s);
    const auto due = cache.take_due(10);
    REQUIRE(due.size() == 1);
    CHECK(due[0].phone == "used");
    CHECK(cache.take_due(10).empty());
    CHECK(seen(cache, "1", "used") == "A");
    // The source was away: it is not asked again at once, but as long as somebody wants to know.
    cache.postpone("1", "used");
    CHECK_FALSE(cache.may_ask(*cache.find("1", "used")));
    clock.advance(10s);
    CHECK(cache.may_ask(*cache.find("1", "used")));
    CHECK(cache.take_due(10).size() == 1);
}

TEST_CASE("forgetting drops, expiring only ages", "[integration-cache]") {
    testing::FakeClock clock;
    CustomerCache cache(clock, {});
    cache.put("1", "a", named("A"));
    cache.put("2", "a", named("B"));
    cache.put("2", "b", named("C"));
    cache.forget("1");
    CHECK(seen(cache, "1", "a") == "-");
    cache.forget("2", "b");
    CHECK(seen(cache, "2", "b") == "-");
    cache.expire("1");
    CHECK(seen(cache, "2", "a") == "B");
    cache.expire("");
    CHECK(seen(cache, "2", "a") == "~B");
}

TEST_CASE("a name is taken apart as CRMs here write it", "[integration-cache]") {
    auto customer = named("Петров Иван Сергеевич");
    customer.company = "ООО Ромашка";
    customer.responsible_extension = "150";
    CHECK(
        profile_answer(customer) ==
        R"({"last_name":"Петров","first_name":"Иван","middle_name":"Сергеевич",)"
        R"("full_name":"Петров Иван Сергеевич","company":"ООО Ромашка",)"
        R"("responsible_extension":"150","source":"retailcrm"})"
    );
    CHECK_THAT(
        profile_answer(named("Петров Иван")),
        ContainsSubstring(R"("last_name":"Петров","first_name":"Иван","middle_name":null)")
    );
    CHECK_THAT(
        profile_answer(named("Иван")),
        ContainsSubstring(R"("last_name":null,"first_name":"Иван","middle_name":null)")
    );
    CHECK(
        profile_answer({}) ==
        R"({"last_name":null,"first_name":null,"middle_name":null,"full_name":null,)"
        R"("company":null,"responsible_extension":null,"source":null})"
    );
}

TEST_CASE("a connector's answer is believed as far as it can be read", "[integration-cache]") {
    const auto known = customer_from_connector(
        R"({"found":true,"name":" Иван\n Петров ","id":"7","company":null,)"
        R"("responsible":{"extension":"150","id":"27","name":"М"}})",
        "retailcrm"
    );
    REQUIRE(known);
    CHECK(known->name == "Иван  Петров");
    CHECK(known->responsible_extension == "150");
    CHECK(known->source == "retailcrm");
    const auto absent = customer_from_connector(R"({"found":false})", "uon");
    REQUIRE(absent);
    CHECK_FALSE(absent->is_known());
    CHECK(absent->source.empty());
    // Found without any name helps nobody: the next source is asked.
    CHECK_FALSE(customer_from_connector(R"({"found":true,"name":null})", "uon")->is_known());
    for (const auto* text : {"", "[]", "{}", "<html>", R"({"found":"yes"})"}) {
        INFO(text);
        CHECK_FALSE(customer_from_connector(text, "uon"));
    }
    const auto endless = R"({"found":true,"name":")" + std::string(2000, 'x') + "\"}";
    CHECK(customer_from_connector(endless, "uon")->name.size() == 300);
}

TEST_CASE("a long text is cut between two characters", "[integration-cache]") {
    std::string text = "x";
    for (int i = 0; i < 200; ++i) {
        text += "я";
    }
    const auto tidy = tidy_text(text);
    CHECK(tidy.size() == 299);
    CHECK(tidy.ends_with("я"));
}

TEST_CASE("what lies in Redis counts only if it is ours and whole", "[integration-cache]") {
    const auto now = base::system_clock().now();
    const SharedCustomer shared{named("Иван"), now - 3s, 90s};
    const auto text = encode_shared(shared, "0367", "375296254070");
    const auto back = decode_shared(text, "0367", "375296254070", now);
    REQUIRE(back);
    CHECK(back->customer == shared.customer);
    CHECK(back->life == 90s);
    // Another enterprise's, another number's, garbled, cut, from the future, of another version.
    CHECK_FALSE(decode_shared(text, "0368", "375296254070", now));
    CHECK_FALSE(decode_shared(text, "0367", "375296254071", now));
    CHECK_FALSE(decode_shared(text, "0367", "375296254070", now - 1h));
    for (std::size_t length = 0; length < text.size(); ++length) {
        CHECK_FALSE(decode_shared(text.substr(0, length), "0367", "375296254070", now));
    }
    auto other = text;
    other.replace(other.find("\"v\":1"), 5, "\"v\":2");
    CHECK_FALSE(decode_shared(other, "0367", "375296254070", now));
    CHECK_FALSE(decode_shared(std::string(10'000, '['), "0367", "375296254070", now));
    CHECK_FALSE(decode_shared(std::string("\0\xff\xfe", 3), "0367", "375296254070", now));
}

TEST_CASE("figures of the last ten minutes tell when the cache is sick", "[integration-cache]") {
    testing::FakeClock clock;
    HitFigures figures(clock);
    CHECK(figures.total().percent() == 0);
    CHECK_FALSE(figures.is_sick());
    for (int i = 0; i < 2; ++i) {
        figures.add_hit();
    }
    figures.add_miss();
    CHECK(figures.total().percent() == 66.67);
    for (int i = 0; i < 96; ++i) {
        figures.add_miss();
    }
    CHECK_FALSE(figures.is_sick());  // 99 look-ups say too little.
    figures.add_miss();
    CHECK(figures.is_sick());
    CHECK_FALSE(figures.is_alarming());
    for (int minute = 0; minute < 10; ++minute) {
        clock.advance(1min);
        for (int i = 0; i < 20; ++i) {
            figures.add_miss();
        }
    }
    CHECK(figures.is_alarming());
    clock.advance(5min);
    for (int i = 0; i < 300; ++i) {
        figures.add_hit();
    }
    CHECK_FALSE(figures.is_sick());
    clock.advance(11min);
    CHECK(figures.recent().all() == 0);
    CHECK(figures.total().all() == 600);
}

TEST_CASE("the primary CRM is asked first, disabled ones never", "[integration-cache]") {
    const auto all = connectors(ConnectorUrls{});
    const auto names = [&](std::string_view config) {
        std::vector<std::string> out;
        for (const auto index : order_of_sources(*enterprise_with("1", config), all)) {
            out.push_back(all[index].key);
        }
        return out;
    };
    using Names = std::vector<std::string>;
    CHECK(
        names(R"({"smart":{"primary":"uon"},"retailcrm":{"enabled":true},"ms":{"enabled":true},)"
              R"("uon":{"enabled":true},"own":{"enabled":true},"bitrix24":{"enabled":false}})"
        ) == Names{"uon", "retailcrm", "ms", "own"}
    );
    CHECK(
        names(R"({"smart":{"primary":"ms"},"retailcrm":{"enabled":true}})") == Names{"retailcrm"}
    );
    CHECK(
        names(R"({"smart":{"primary":"own"},"uon":{"enabled":true},"own":{"enabled":true}})") ==
        Names{"own", "uon"}
    );
    CHECK(names("{}").empty());
}

TEST_CASE("ready answers follow the enterprises and tell who has changed", "[integration-cache]") {
    EnterpriseAnswers answers;
    std::vector<std::string> changed;
    using Change = EnterpriseAnswers::Change;
    const EnterpriseAnswers::Changed note = [&](const std::string& number, Change change) {
        changed.push_back(number + (change == Change::row ? " row" : ""));
    };
    const auto config = R"({"retailcrm":{"enabled":true,"api_key":"secret-key"}})";
    const auto june = enterprise_with("0367", config);
    answers.follow_all({june, enterprise_with("0368", "{}")}, note);
    CHECK(answers.size() == 2);
    CHECK(changed.empty());
    CHECK(
        answers.of(june).integrations ==
        R"({"integrations":{"retailcrm":true,"ms":false,"uon":false,"bitrix24":false,"own":false}})"
    );
    CHECK(
        answers.of(june).config ==
        R"({"number":"0367","name":"june","config":{"retailcrm":{"enabled":true,"api_key":"***"}}})"
    );
    // Read again, unchanged: what is known of its customers still holds.
    answers.follow("0367", enterprise_with("0367", config), note);
    CHECK(changed.empty());
    const auto renamed = enterprise_with("0367", config);
    renamed->name = "june and july";
    answers.follow("0367", renamed, note);
    CHECK(changed == std::vector<std::string>{"0367 row"});
    CHECK_THAT(answers.of(renamed).config, ContainsSubstring("june and july"));
    changed.clear();
    answers.follow("0367", enterprise_with("0367", R"({"ms":{"enabled":true}})"), note);
    CHECK(changed == std::vector<std::string>{"0367"});
    answers.follow_all({enterprise_with("0367", R"({"ms":{"enabled":true}})")}, note);
    CHECK(changed == std::vector<std::string>{"0367", "0368"});
    CHECK(answers.size() == 1);
}
