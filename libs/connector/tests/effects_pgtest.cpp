#include "connector/call_notes.hpp"
#include "connector/effects.hpp"
#include "testing/catch.hpp"
#include "workshop.hpp"

using namespace trunkline;
using namespace trunkline::connector;
using namespace trunkline::connector::workshop;
using namespace std::chrono_literals;

namespace {

using Keys = std::vector<std::string>;
constexpr auto lease = 60s;

/// What begin() said, in short: `ring` fresh, `ring?` repeated, `ring!` taken by another.
asio::awaitable<Keys> begun(Effects& effects, Keys keys, std::chrono::seconds within = 0s) {
    const auto list = co_await effects.begin("0367", std::move(keys), within);
    REQUIRE(list);
    Keys out;
    for (const auto& effect : *list) {
        out.push_back(effect.key + (effect.is_taken ? "!" : effect.repeated ? "?" : ""));
    }
    co_return out;
}

asio::awaitable<void> settle(Effects& effects, Keys keys, Reply reply) {
    const auto kept = co_await effects.settle("0367", std::move(keys), reply);
    REQUIRE(kept);
}

/// `-` for nothing.
std::string said(const base::Result<std::optional<std::string>>& text) {
    REQUIRE(text);
    return text->value_or("-");
}

Reply reply_of(Verdict verdict, bool is_unknown = false) {
    Reply reply;
    reply.verdict = std::move(verdict);
    reply.is_unknown = is_unknown;
    return reply;
}

}  // namespace

TEST_CASE("what is done is not begun again, what is refused is begun anew", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        Effects effects(bench.pool, bench.registry, "test", "testcrm");
        const auto first = co_await begun(effects, {"b", "a", "c"});
        CHECK(first == Keys{"b", "a", "c"});
        co_await settle(effects, {"a"}, reply_of(Verdict::accepted("id 7")));
        co_await settle(effects, {"b"}, reply_of(Verdict::refused("no")));
        co_await settle(effects, {"c"}, reply_of(Verdict::refused("no"), true));
        const auto again = co_await begun(effects, {"a", "b", "c"});
        CHECK(again == Keys{"b", "c?"});

        const auto answer = co_await effects.answer_to("0367", "a");
        CHECK(said(answer) == "id 7");
        const auto none = co_await effects.answer_to("0367", "c");
        CHECK(said(none) == "-");
        // A forgotten mark does not take away what is done.
        const auto forgotten = co_await effects.forget("0367", {"a"});
        CHECK(forgotten);
        const auto still = co_await begun(effects, {"a"});
        CHECK(still.empty());
    });
}

TEST_CASE("effects belong to an enterprise and a CRM", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        Effects effects(bench.pool, bench.registry, "test", "testcrm");
        Effects others(bench.pool, bench.registry, "other", "othercrm");
        const auto ours = co_await begun(effects, {"a"});
        co_await settle(effects, {"a"}, reply_of(Verdict::accepted()));
        const auto of_other_crm = co_await begun(others, {"a"});
        CHECK(of_other_crm == Keys{"a"});
        const auto of_neighbour = co_await effects.begin("0368", {"a"});
        REQUIRE(of_neighbour);
        REQUIRE(of_neighbour->size() == 1);
        CHECK_FALSE(of_neighbour->front().repeated);
    });
}

TEST_CASE("within its lease a key is its owner's alone", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        Effects one(bench.pool, bench.registry, "test", "testcrm");
        Effects two(bench.pool, bench.registry, "test", "testcrm");
        const auto first = co_await begun(one, {"a"}, lease);
        CHECK(first == Keys{"a"});
        const auto other = co_await begun(two, {"a", "b"}, lease);
        CHECK(other == Keys{"a!", "b"});
        const auto own = co_await begun(one, {"a"}, lease);
        CHECK(own == Keys{"a?"});

        bench.sql("UPDATE crm_effects SET updated_at = now() - interval '61 s'");
        const auto late = co_await begun(two, {"a"}, lease);
        CHECK(late == Keys{"a?"});
        // It has changed hands.
        const auto back = co_await begun(one, {"a"}, lease);
        CHECK(back == Keys{"a!"});
        const auto without = co_await begun(one, {"a"});
        CHECK(without == Keys{"a?"});
    });
}

TEST_CASE("possible doubles are counted where they can be seen", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        Effects effects(bench.pool, bench.registry, "test", "testcrm");
        const auto first = co_await effects.begin("0367", {"a", "b"});
        REQUIRE(first);
        CHECK(repeated_keys_of(*first).empty());
        const auto second = co_await effects.begin("0367", {"b", "c"});
        REQUIRE(second);
        CHECK(keys_of(*second) == Keys{"b", "c"});
        CHECK(repeated_keys_of(*second) == Keys{"b"});
        const auto counted = co_await effects.count_possible_doubles("0367", {"b"});
        CHECK(counted);
        CHECK_THAT(bench.registry.render(), ContainsSubstring("testcrm_possible_doubles_total 1"));
        CHECK(
            bench.sql("SELECT string_agg(effect_key || possible_doubles, ' ' ORDER BY effect_key) "
                      "FROM crm_effects") == "a0 b1 c0"
        );
    });
}

TEST_CASE("a note is read, replaced, and taken by one", "[connector][pg]") {
    with_bench([](Bench& bench) -> asio::awaitable<void> {
        CallNotes notes(bench.pool, "test");
        const auto none = co_await notes.read("0367", "1.1");
        CHECK(said(none) == "-");
        for (const auto* text : {R"({"n":1})", R"({"n":2})"}) {
            const auto written = co_await notes.write("0367", "1.1", text);
            CHECK(written);
        }
        const auto read = co_await notes.read("0367", "1.1");
        CHECK(said(read) == R"({"n":2})");
        CallNotes others(bench.pool, "other");
        const auto of_other_crm = co_await others.read("0367", "1.1");
        CHECK(said(of_other_crm) == "-");
        const auto of_neighbour = co_await notes.take("0368", "1.1");
        CHECK(said(of_neighbour) == "-");
        const auto taken = co_await notes.take("0367", "1.1");
        CHECK(said(taken) == R"({"n":2})");
        const auto again = co_await notes.take("0367", "1.1");
        CHECK(said(again) == "-");
    });
}
