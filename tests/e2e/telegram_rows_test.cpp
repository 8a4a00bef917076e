// Every row of contracts/pbx-webhook.md section 3 through the real services: what the chat went
// through (section 7).
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <regex>
#include <string_view>
#include <thread>

#include "../../libs/call/tests/rows.hpp"
#include "base/clock.hpp"
#include "exchange.hpp"
#include "suite.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"

using namespace trunkline;
namespace scenario = call::scenario;

namespace {

using Clock = std::chrono::steady_clock;
using List = std::vector<std::string>;

struct Row {
    std::string name;
    scenario::Events events;
    List words;  ///< How the texts begin, contract section 7.
};

const std::string ringing = "📞 Звонок";
const std::string dialing = "📞 Дозвон";
const std::string talking = "🔗 Разговор:";
const std::string ended = "✅ Завершен:";
const std::string missed = "❌ Не отвечен:";

std::vector<Row> rows() {
    return {
        {"1", scenario::row_1_inbound(), {ringing, dialing, talking, ended}},
        {"2", scenario::row_2_group(), {ringing, dialing, dialing, dialing, talking, ended}},
        {"3", scenario::row_3_missed(), {ringing, dialing, missed}},
        {"4", scenario::row_4_outbound(), {dialing, talking, ended}},
        {"5", scenario::row_5_outbound_not_answered(), {dialing, missed}},
        {"6", scenario::row_6_internal(), {"🔗 Разговор (внутр.):", "✅ Завершен (внутр.):"}},
        {"7", scenario::row_7_internal_missed(), {"❌ Не отвечен (внутр.):"}},
        {"8", scenario::row_8_attended(), {ringing, dialing, talking, talking, ended}},
        {"9", scenario::row_9_blind(), {ringing, dialing, talking, talking, ended}},
        {"9 silent", scenario::row_9_blind_silent(), {ringing, dialing, talking, ended}},
        {"10", scenario::row_10_attended(), {dialing, talking, talking, ended}},
        {"10 blind", scenario::row_10_blind(), {dialing, talking, ended, talking, ended}},
        {"11", scenario::row_11_click_to_call(), {dialing, talking, ended}},
        {"12", scenario::row_12_mobile_in_group(), {ringing, dialing, talking, ended}},
        {"13", scenario::row_13_old_host(), {ringing, dialing, talking, ended}},
    };
}

/// One enterprise with a bot and a chat for each row, and the services that a chat needs.
class Chats {
public:
    explicit Chats(const std::vector<Row>& rows) : rows_(rows) {
        for (std::size_t row = 0; row < rows_.size(); ++row) {
            suite_.sql(fmt::format(
                "INSERT INTO enterprises (number, name, name2, bot_token) VALUES ('{0}', "
                "'row {0}', '{1}', '{2}'); INSERT INTO telegram_users (tg_id, bot_token, "
                "enterprise_number) VALUES ({3}, '{2}', '{0}')",
                9000 + row,
                token(row),
                std::to_string(bot(row)) + ":AAbbCCddEEffGGhhIIjjKKllMMnnOOpp",
                5000 + row
            ));
        }
        for (const auto* service : {"sandbox", "integration-cache"}) {
            suite_.start(service);
        }
        suite_.start("telegram-notifier", {{"NAME_BUDGET_MS", "20"}});
        const auto answer =
            e2e::http("POST", suite_.url("sandbox") + "/sandbox/limits", R"({"enforce":true})");
        REQUIRE(answer.status == 200);
    }

    e2e::Suite& suite() { return suite_; }
    static std::string token(std::size_t row) { return std::to_string(375'440'000'000 + row); }

    /// `at`: X-Event-Time, or none.
    void post(std::size_t row, const call::Event& event, const std::string& at = {}) const {
        e2e::post(suite_, event, token(row), at);
    }

    /// The texts of each message that each row's chat has, deleted ones left out.
    std::vector<std::vector<List>> histories() const {
        const auto document = e2e::http("GET", suite_.url("sandbox") + "/sandbox/chats").json();
        std::map<std::int64_t, std::vector<List>> by_bot;
        for (const auto chat : document.root().find("chats")->elements()) {
            auto& messages = by_bot[*chat.find("bot_id")->integer()];
            for (const auto message : chat.find("messages")->elements()) {
                if (message.find("deleted")->boolean() == true) {
                    continue;
                }
                List texts;
                for (const auto version : message.find("history")->elements()) {
                    texts.emplace_back(*version.find("text")->string());
                }
                messages.push_back(std::move(texts));
            }
        }
        std::vector<std::vector<List>> out;
        for (std::size_t row = 0; row < rows_.size(); ++row) {
            out.push_back(by_bot[bot(row)]);
        }
        return out;
    }

    void wait_until_shown(const std::vector<std::string>& last) const {
        testing::wait_until(
            [&] {
                const auto all = histories();
                for (std::size_t row = 0; row < last.size(); ++row) {
                    const bool is_shown = std::ranges::any_of(all[row], [&](const List& texts) {
                        return texts.back().starts_with(last[row]);
                    });
                    if (!is_shown) {
                        return false;
                    }
                }
                return true;
            },
            std::chrono::seconds(40),
            "every chat shows its call's end"
        );
        suite_.wait_until_idle();
    }

    std::int64_t broken_limits() const {
        const auto limits = e2e::http("GET", suite_.url("sandbox") + "/sandbox/limits").json();
        return *limits.root().find("broken_all")->integer();
    }

private:
    static std::int64_t bot(std::size_t row) { return static_cast<std::int64_t>(700'000 + row); }

    const std::vector<Row>& rows_;
    mutable e2e::Suite suite_;
};

/// Lengths that depend on how fast the test plays are left out.
std::string without_length(const std::string& text) {
    static const std::regex length(R"(, (\d+:)?\d\d:\d\d)");
    return std::regex_replace(text, length, ", length");
}

List in_order(const Row& row) {
    scenario::World world;
    for (const auto& event : row.events) {
        world.apply(scenario::timed(event));
    }
    world.settle();
    return world.steps();
}

bool is_subsequence(const List& part, const List& whole) {
    auto place = whole.begin();
    for (const auto& item : part) {
        place = std::find(place, whole.end(), item);
        if (place == whole.end()) {
            return false;
        }
        ++place;
    }
    return true;
}

/// How far a text says that a call has come. Who knows of a conversation never denies it again.
int knowledge_in(const std::string& text) {
    const std::string_view signs[]{"📞", "❌", "🔗", "✅"};
    const auto found =
        std::ranges::find_if(signs, [&](std::string_view sign) { return text.starts_with(sign); });
    return static_cast<int>(found - std::begin(signs));
}

/// What a chat may show before the end.
enum class OnTheWay {
    in_order,  ///< What it would have shown of events in their order, perhaps not all of it.
    /// What could be known of the events that had come by then: a hangup that is heard of before
    /// the conversation may say that nobody answered, and is put right by what follows.
    what_was_known,
};

/// One message a row, with the exact end; no edit that changes nothing.
void check_ends(const Chats& chats, const std::vector<Row>& all, OnTheWay way) {
    List last;
    for (const auto& row : all) {
        last.push_back(in_order(row).back());
    }
    chats.wait_until_shown(last);
    const auto histories = chats.histories();
    for (std::size_t row = 0; row < all.size(); ++row) {
        INFO("row " << all[row].name);
        REQUIRE(histories[row].size() == 1);
        const auto& history = histories[row].front();
        INFO(fmt::format("{}", fmt::join(history, " » ")));
        CHECK(history.back() == last[row]);
        CHECK(std::ranges::adjacent_find(history) == history.end());
        if (way == OnTheWay::in_order) {
            CHECK(is_subsequence(history, in_order(all[row])));
        } else {
            CHECK(std::ranges::is_sorted(history, {}, knowledge_in));
        }
    }
    CHECK(chats.broken_limits() == 0);
}

}  // namespace

TEST_CASE("every row of the contract gives exactly its history in the chat", "[e2e]") {
    // Real calls, played faster; the waits of the calls' rules are shorter by as much.
    constexpr double speed = 4;
    const auto all = rows();
    Chats chats(all);
    chats.suite().start(
        "ingest",
        {{"CALL_LEAVE_SETTLE_MS", "750"}, {"CALL_QUIET_MS", "1250"}, {"CALL_REOPEN_MS", "15000"}}
    );
    std::multimap<double, std::pair<std::size_t, const call::Event*>> plan;
    for (std::size_t row = 0; row < all.size(); ++row) {
        for (const auto& event : all[row].events) {
            const std::chrono::duration<double> at = event.at - scenario::at(0);
            plan.emplace(at.count(), std::pair{row, &event});
        }
    }
    const auto begin = Clock::now();
    for (const auto& [at, what] : plan) {
        // The pace of the calls, not a means to wait for something.
        std::this_thread::sleep_until(
            begin +
            std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(at / speed))
        );
        chats.post(what.first, *what.second);
    }
    List last;
    for (const auto& row : all) {
        last.push_back(row.words.back());
    }
    chats.wait_until_shown(last);
    const auto histories = chats.histories();
    for (std::size_t row = 0; row < all.size(); ++row) {
        INFO("row " << all[row].name);
        REQUIRE(histories[row].size() == 1);
        const auto& history = histories[row].front();
        INFO(fmt::format("{}", fmt::join(history, " » ")));
        List expected;
        for (const auto& text : in_order(all[row])) {
            expected.push_back(without_length(text));
        }
        List shown;
        for (const auto& text : history) {
            shown.push_back(without_length(text));
        }
        CHECK(shown == expected);
        REQUIRE(shown.size() == all[row].words.size());
        for (std::size_t text = 0; text < shown.size(); ++text) {
            CHECK(shown[text].starts_with(all[row].words[text]));
        }
    }
    CHECK(chats.broken_limits() == 0);
}

TEST_CASE(
    "events shuffled within seconds and doubled give one message with the exact end", "[e2e]"
) {
    auto all = rows();
    // What is said on 8 and 10 depends on what the exchange has told before (libs/call/README.md).
    std::erase_if(all, [](const Row& row) {
        return row.name == "8" || row.name.starts_with("10") || row.name == "11" ||
               row.name == "12";
    });
    Chats chats(all);
    chats.suite().start("ingest");
    std::mt19937 random(20251121);
    std::vector<std::pair<std::size_t, const call::Event*>> plan;
    for (std::size_t row = 0; row < all.size(); ++row) {
        for (const auto& event : all[row].events) {
            const int times = random() % 2 == 0 ? 2 : 1;
            for (int time = 0; time < times; ++time) {
                plan.emplace_back(row, &event);
            }
        }
    }
    std::ranges::shuffle(plan, random);
    const auto now = base::system_clock().now();
    // At once: what a chat shows in between must not hang on how fast this machine starts programs.
    std::vector<e2e::Posting> postings;
    for (const auto& [row, event] : plan) {
        const auto since_end = all[row].events.back().at - event->at;
        postings.push_back({event, Chats::token(row), base::format_iso8601(now - since_end)});
    }
    e2e::post_in_turn(chats.suite(), postings);
    check_ends(chats, all, OnTheWay::what_was_known);
}

TEST_CASE(
    "transfers and groups whose events are up to two seconds late keep their order", "[e2e]"
) {
    auto all = rows();
    std::erase_if(all, [](const Row& row) {
        return row.name != "8" && !row.name.starts_with("10") && row.name != "11" &&
               row.name != "12";
    });
    Chats chats(all);
    chats.suite().start("ingest");
    struct Arrival {
        std::size_t row;
        const call::Event* event;
    };
    std::mt19937 random(20251121);
    std::uniform_real_distribution<double> lateness(0, 2);
    std::multimap<double, Arrival> plan;
    for (std::size_t row = 0; row < all.size(); ++row) {
        for (const auto& event : all[row].events) {
            const std::chrono::duration<double> at = event.at - scenario::at(0);
            const int times = random() % 2 == 0 ? 2 : 1;
            for (int time = 0; time < times; ++time) {
                plan.emplace(at.count() + lateness(random), Arrival{row, &event});
            }
        }
    }
    const auto begin = Clock::now();
    const auto begin_wall = base::system_clock().now();
    for (const auto& [at, arrival] : plan) {
        // The pace of the calls, not a means to wait for something.
        std::this_thread::sleep_until(
            begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(at))
        );
        const auto happened = begin_wall + (arrival.event->at - scenario::at(0));
        chats.post(arrival.row, *arrival.event, base::format_iso8601(happened));
    }
    check_ends(chats, all, OnTheWay::in_order);
}
