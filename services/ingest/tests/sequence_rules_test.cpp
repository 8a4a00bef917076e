#include "sequence_rules.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "testing/catch.hpp"

using namespace trunkline;
using ingest::ExchangeSequence;
using Ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;
using Numbers = std::vector<std::int64_t>;

namespace {

struct Outcome {
    std::int64_t missing = 0;
    int filled = 0;
    int restarts = 0;
    ExchangeSequence exchange;

    /// Of the counter's present life, in their order.
    Ranges gaps() const {
        Ranges out;
        for (const auto& gap : exchange.gaps) {
            if (gap.epoch == exchange.epoch) {
                out.emplace_back(gap.first, gap.last);
            }
        }
        std::ranges::sort(out);
        return out;
    }
};

Outcome play(const Numbers& numbers, bool recovered = false, Outcome from = {}) {
    for (const auto number : numbers) {
        const auto news = ingest::take_number(from.exchange, number, recovered, {});
        from.missing += news.missed - (news.filled ? 1 : 0);
        from.filled += news.filled ? 1 : 0;
        from.restarts += news.restarted ? 1 : 0;
    }
    return from;
}

Numbers range(std::int64_t first, std::int64_t last) {
    Numbers out(static_cast<std::size_t>(last - first + 1));
    std::iota(out.begin(), out.end(), first);
    return out;
}

Numbers joined(Numbers numbers, const Numbers& more) {
    numbers.insert(numbers.end(), more.begin(), more.end());
    return numbers;
}

}  // namespace

TEST_CASE("numbers left out are missing until they come", "[ledger]") {
    struct Row {
        Numbers numbers;
        std::int64_t missing;
        int filled;
        Ranges gaps;
    };
    const std::vector<Row> rows{
        {{}, 0, 0, {}},
        {{5}, 0, 0, {}},
        {{5, 6, 7}, 0, 0, {}},
        {{1, 3}, 1, 0, {{2, 2}}},
        {{1, 3, 2}, 0, 1, {}},
        {{1, 10}, 8, 0, {{2, 9}}},
        {{1, 10, 2}, 7, 1, {{3, 9}}},
        {{1, 10, 9}, 7, 1, {{2, 8}}},
        {{1, 10, 5}, 7, 1, {{2, 4}, {6, 9}}},
        {{1, 10, 5, 4, 6}, 5, 3, {{2, 3}, {7, 9}}},
        {{1, 4, 8}, 5, 0, {{2, 3}, {5, 7}}},
        {{1, 4, 4, 4}, 2, 0, {{2, 3}}},
        {{1, 4, 2, 2}, 1, 1, {{3, 3}}},
        {{7, 8, 3}, 0, 0, {}},
        {{0, 1, 2}, 0, 0, {}},
    };
    for (const auto& row : rows) {
        const auto outcome = play(row.numbers);
        CAPTURE(row.numbers);
        CHECK(outcome.missing == row.missing);
        CHECK(outcome.filled == row.filled);
        CHECK(outcome.gaps() == row.gaps);
        CHECK(outcome.restarts == 0);
    }
}

TEST_CASE("in whatever order numbers come, the same ones are missing at the end", "[ledger]") {
    Numbers order{2, 3, 5, 6, 9, 10};
    do {
        auto numbers = joined({1}, order);
        const auto outcome = play(numbers);
        CAPTURE(numbers);
        REQUIRE(outcome.missing == 3);
        REQUIRE(outcome.gaps() == Ranges{{4, 4}, {7, 8}});
        REQUIRE(outcome.restarts == 0);
    } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("a counter that begins at 0 or 1 again is a new one", "[ledger]") {
    for (const auto first : {std::int64_t{0}, std::int64_t{1}}) {
        const auto outcome = play(joined(range(100, 140), range(first, 10)));
        CHECK(outcome.restarts == 1);
        CHECK(outcome.missing == 0);
        CHECK(outcome.exchange.highest == 10);
        CHECK(outcome.exchange.epoch == 1);
    }
}

TEST_CASE("gaps before a new beginning stay open for recovered events only", "[ledger]") {
    const auto before = play(joined(joined({100, 110}, range(111, 150)), range(0, 9)));
    REQUIRE(before.missing == 9);
    REQUIRE(before.restarts == 1);
    const auto live = play({105}, false, before);
    CHECK(live.missing == 9 + 95);  // The new counter has leapt.
    const auto recovered = play({105}, true, before);
    CHECK(recovered.missing == 8);
    CHECK(recovered.exchange.highest == 9);
}

TEST_CASE("a leap of millions is another counter and loses nothing", "[ledger]") {
    const auto outcome = play(joined(range(1, 30), range(5'000'000, 5'000'010)));
    CHECK(outcome.restarts == 1);
    CHECK(outcome.missing == 0);
    CHECK(outcome.exchange.highest == 5'000'010);
}

TEST_CASE("one number gone astray is not another counter", "[ledger]") {
    const auto outcome = play({10, 11, 9'000'000'000'000'000'000, 12, 13, 8'000'000, 14});
    CHECK(outcome.restarts == 0);
    CHECK(outcome.missing == 0);
    CHECK(outcome.exchange.highest == 14);
}

TEST_CASE("an exchange that sends its last events again has not begun anew", "[ledger]") {
    const auto outcome = play(joined(joined(range(2'000, 2'050), range(2'041, 2'050)), {2'051}));
    CHECK(outcome.restarts == 0);
    CHECK(outcome.missing == 0);
    CHECK(outcome.exchange.highest == 2'051);
}

TEST_CASE("history moves the counter only a little and never begins it anew", "[ledger]") {
    const auto now = play(range(100, 200));
    const auto old = play(range(1, 90), true, now);
    CHECK(old.restarts == 0);
    CHECK(old.exchange.highest == 200);
    const auto ahead = play({50'000}, true, now);
    CHECK(ahead.exchange.highest == 200);
    const auto next = play(range(201, 300), true, now);
    CHECK(next.exchange.highest == 300);
    CHECK(next.missing == 0);
}

TEST_CASE("open gaps are bounded, and what is given up stays missing", "[ledger]") {
    Numbers every_other;
    for (std::int64_t i = 1; i <= 2'001; i += 2) {
        every_other.push_back(i);
    }
    const auto outcome = play(every_other);
    CHECK(outcome.missing == 1'000);
    CHECK(outcome.exchange.gaps.size() == ingest::max_gaps);
    CHECK(outcome.gaps().back() == std::pair<std::int64_t, std::int64_t>{2'000, 2'000});
}
