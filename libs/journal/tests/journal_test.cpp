#include "journal/journal.hpp"

#include <boost/asio/this_coro.hpp>
#include <functional>

#include "net/task_group.hpp"
#include "testing/catch.hpp"
#include "testing/eventually.hpp"
#include "testing/run.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using journal::Journal;

namespace {

asio::awaitable<void> with_journal(
    journal::Settings settings, std::function<asio::awaitable<void>(Journal&)> body
) {
    const auto executor = co_await asio::this_coro::executor;
    Journal journal(executor, std::move(settings));
    REQUIRE(journal.open());
    co_await body(journal);
    co_await journal.close();
}

journal::Settings in(const testing::TempFolder& folder) {
    journal::Settings settings;
    settings.folder = folder.path();
    return settings;
}

net::Deadline soon() { return net::deadline_in(10s); }

asio::awaitable<void> append_one(Journal& journal, int number, int& answered) {
    const auto done = co_await journal.append("event " + std::to_string(number), soon());
    CHECK(done);
    ++answered;
}

}  // namespace

TEST_CASE("many callers share one write", "[journal]") {
    const testing::TempFolder folder;
    testing::run(with_journal(in(folder), [](Journal& journal) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        net::TaskGroup callers(executor, "callers");
        int answered = 0;
        for (int i = 0; i < 200; ++i) {
            callers.spawn("append", append_one(journal, i, answered));
        }
        CHECK_FALSE(journal.empty());
        co_await callers.join();
        CHECK(answered == 200);
        const auto figures = journal.figures();
        CHECK(figures.appended == 200);
        CHECK(figures.waiting == 200);
        CHECK(figures.syncs < 10);
        const auto records = co_await journal.read(1000);
        REQUIRE(records);
        REQUIRE(records->size() == 200);
        for (int i = 0; i < 200; ++i) {
            CHECK((*records)[static_cast<std::size_t>(i)].payload == "event " + std::to_string(i));
        }
        const auto confirmed = co_await journal.confirm(records->back().sequence);
        CHECK(confirmed);
        CHECK(journal.empty());
        CHECK(journal.figures().bytes == 0);
    }));
}

TEST_CASE("a full journal refuses and takes again when it was read", "[journal]") {
    const testing::TempFolder folder;
    auto settings = in(folder);
    settings.max_bytes = 200'000;
    testing::run(with_journal(settings, [](Journal& journal) -> asio::awaitable<void> {
        CHECK(journal.trouble().empty());
        int taken = 0;
        for (;; ++taken) {
            const auto done = co_await journal.append(std::string(10'000, 'x'), soon());
            if (!done) {
                CHECK(done.error().code == base::Errc::unavailable);
                CHECK_THAT(done.error().detail, ContainsSubstring("journal is full"));
                break;
            }
        }
        CHECK(taken == 19);
        CHECK_THAT(journal.trouble(), ContainsSubstring("full"));
        CHECK(journal.figures().bytes <= 200'000);
        CHECK(journal.figures().refused == 1);
        int left = taken;
        while (left > 0) {
            const auto records = co_await journal.read(4);
            REQUIRE(records);
            left -= static_cast<int>(records->size());
            const auto confirmed = co_await journal.confirm(records->back().sequence);
            CHECK(confirmed);
        }
        const auto again = co_await journal.append("y", soon());
        CHECK(again);
        CHECK(journal.trouble().empty());
    }));
}

TEST_CASE("what was answered is there after the end of the process", "[journal]") {
    const testing::TempFolder folder;
    for (int run = 0; run < 3; ++run) {
        testing::run(with_journal(in(folder), [run](Journal& journal) -> asio::awaitable<void> {
            CHECK(journal.figures().waiting == static_cast<std::uint64_t>(run));
            CHECK(journal.empty() == (run == 0));
            const auto done = co_await journal.append(std::to_string(run), soon());
            CHECK(done);
        }));
    }
}

TEST_CASE("a record that is too large is refused", "[journal]") {
    const testing::TempFolder folder;
    testing::run(with_journal(in(folder), [](Journal& journal) -> asio::awaitable<void> {
        const auto done =
            co_await journal.append(std::string(journal::max_payload + 1, 'x'), soon());
        REQUIRE_FALSE(done);
        CHECK(done.error().code == base::Errc::too_large);
    }));
}

TEST_CASE("what is on its way is written before the journal closes", "[journal]") {
    const testing::TempFolder folder;
    testing::run([](journal::Settings settings) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        Journal journal(executor, settings);
        REQUIRE(journal.open());
        net::TaskGroup callers(executor, "callers");
        int answered = 0;
        for (int i = 0; i < 5; ++i) {
            callers.spawn("append", append_one(journal, i, answered));
        }
        co_await journal.close();
        co_await callers.join();
        CHECK(answered == 5);
        const auto refused = co_await journal.append("late", soon());
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == base::Errc::canceled);
    }(in(folder)));
}
