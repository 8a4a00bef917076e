#include "schedule.hpp"

#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using telegram::CardKey;
using telegram::DueCard;
using telegram::Pacing;
using telegram::Schedule;

namespace {

constexpr std::int64_t bot = 7;

struct Bench {
    testing::FakeClock clock;
    Pacing pacing{clock};
    Schedule schedule{clock, pacing};

    void want(const std::string& call, std::int64_t chat, bool is_final = false) {
        DueCard card;
        card.key = {"0367", call, chat};
        card.is_final = is_final;
        card.wanted_at = clock.steady();
        schedule.add(bot, card);
    }
    /// The calls that go now; their answers come at once.
    std::vector<std::string> send() {
        std::vector<std::string> calls;
        for (auto picks = schedule.pick(100); !picks.empty(); picks = schedule.pick(100)) {
            for (const auto& pick : picks) {
                calls.push_back(pick.card.key.call_uuid);
                pacing.end(bot, pick.card.key.chat);
                schedule.finished(bot, pick.card.key, std::nullopt);
            }
        }
        return calls;
    }
};

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("one chat gets one request at a time, others at once", "[telegram]") {
    Bench bench;
    bench.want("a", 1);
    bench.want("b", 1);
    bench.want("c", 2);
    const auto picks = bench.schedule.pick(100);
    REQUIRE(picks.size() == 2);
    CHECK(bench.schedule.pick(100).empty());
    bench.pacing.end(bot, 1);
    const auto first = picks[0].card.key.chat == 1 ? picks[0].card.key : picks[1].card.key;
    bench.schedule.finished(bot, first, std::nullopt);
    CHECK(bench.schedule.pick(100).size() == 1);
}

TEST_CASE("a card that changes while its request is out comes back after it", "[telegram]") {
    Bench bench;
    bench.want("a", 1);
    const auto picks = bench.schedule.pick(100);
    REQUIRE(picks.size() == 1);
    bench.want("a", 1, true);
    CHECK(bench.schedule.pick(100).empty());
    bench.pacing.end(bot, 1);
    bench.schedule.finished(bot, picks[0].card.key, std::nullopt);
    const auto again = bench.schedule.pick(100);
    REQUIRE(again.size() == 1);
    CHECK(again[0].card.is_final);
}

TEST_CASE(
    "at a limit living calls come before finished ones, which do not wait for ever", "[telegram]"
) {
    Bench bench;
    for (const auto* call : {"1", "2", "3"}) {
        bench.want(call, 1);
    }
    CHECK(bench.send().size() == 3);
    bench.want("done", 1, true);
    bench.clock.advance(100ms);
    bench.want("rings", 1);
    bench.clock.advance(900ms);
    CHECK(bench.send() == List{"rings"});
    bench.clock.advance(1s);
    CHECK(bench.send() == List{"done"});
    bench.want("done", 1, true);
    for (int second = 0; second < 4; ++second) {
        bench.want("rings " + std::to_string(second), 1);
        bench.clock.advance(2s);
        bench.want("later " + std::to_string(second), 1);
        (void)bench.send();
    }
    CHECK(bench.schedule.waiting(bot) <= 2);
}

TEST_CASE("a card's pause holds until it is over", "[telegram]") {
    Bench bench;
    bench.want("a", 1);
    auto picks = bench.schedule.pick(100);
    REQUIRE(picks.size() == 1);
    bench.pacing.end(bot, 1);
    auto again = picks[0].card;
    again.not_before = bench.clock.steady() + 3s;
    bench.schedule.finished(bot, again.key, again);
    bench.want("a", 1);
    CHECK(bench.send().empty());
    CHECK(bench.schedule.next() == bench.clock.steady() + 3s);
    bench.clock.advance(3s);
    CHECK(bench.send() == List{"a"});
}
