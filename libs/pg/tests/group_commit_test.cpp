#include "pg/group_commit.hpp"

#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <stdexcept>

#include "net/event.hpp"
#include "net/sleep.hpp"
#include "testing/catch.hpp"
#include "testing/run.hpp"

using namespace trunkline;
using Group = pg::GroupCommit<int, int>;
using Outcomes = base::Result<std::vector<int>>;

namespace {

// A store that writes only when the test lets it. Negative items are poison.
struct Store {
    explicit Store(asio::any_io_executor executor) : opened(std::move(executor)) {}

    asio::awaitable<Outcomes> write(std::span<const int> items) {
        batches.emplace_back(items.begin(), items.end());
        while (!open) {
            co_await opened.wait();
        }
        if (broken) {
            throw std::runtime_error("broken store");
        }
        if (away) {
            co_return base::fail(base::Errc::unavailable, "away");
        }
        std::vector<int> outcomes;
        for (const int item : items) {
            if (item < 0) {
                co_return base::fail(base::Errc::invalid_input, "poison");
            }
            outcomes.push_back(item * 10);
        }
        co_return outcomes;
    }
    void let_go() {
        open = true;
        opened.notify();
    }

    net::Event opened;
    bool open = true;
    bool broken = false;
    bool away = false;
    std::vector<std::vector<int>> batches;
};

using Answers = std::vector<std::optional<base::Result<int>>>;

asio::awaitable<void> submit_into(
    std::optional<base::Result<int>>& answer, Group& group, int item
) {
    answer = co_await group.submit(item);
}

void submit_all(
    net::TaskGroup& tasks, Group& group, const std::vector<int>& items, Answers& answers
) {
    answers.resize(items.size());
    for (std::size_t index = 0; index < items.size(); ++index) {
        tasks.spawn("submit", submit_into(answers[index], group, items[index]));
    }
}

struct Scene {
    Scene(asio::any_io_executor executor, pg::GroupCommitLimits limits)
        : store(executor),
          group(
              executor, limits, [this](std::span<const int> items) { return store.write(items); }
          ),
          tasks(executor, "test") {}

    Store store;
    Group group;
    net::TaskGroup tasks;
    Answers answers;
};

using Play = asio::awaitable<void> (*)(Scene&);

asio::awaitable<void> act(Play play, pg::GroupCommitLimits limits) {
    const auto executor = co_await asio::this_coro::executor;
    Scene scene(executor, limits);
    co_await play(scene);
    (void)co_await scene.group.drain(net::deadline_in(std::chrono::seconds(10)));
    co_await scene.tasks.join();
}

void run_scene(Play play, pg::GroupCommitLimits limits = {}) { testing::run(act(play, limits)); }

asio::awaitable<void> until_written(Scene& scene, std::size_t batches) {
    while (scene.store.batches.size() < batches) {
        co_await net::sleep_for(std::chrono::milliseconds(1));
    }
}

base::Errc code_of(const std::optional<base::Result<int>>& answer) {
    REQUIRE(answer.has_value());
    REQUIRE_FALSE(answer->has_value());
    return answer->error().code;
}

}  // namespace

TEST_CASE("What gathers during a write goes into the next one", "[pg]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        scene.store.open = false;
        submit_all(scene.tasks, scene.group, {1, 2, 3, 4, 5}, scene.answers);
        co_await until_written(scene, 1);
        Answers later;
        submit_all(scene.tasks, scene.group, {6, 7, 8}, later);
        while (scene.group.queued() < 3) {
            co_await net::sleep_for(std::chrono::milliseconds(1));
        }
        scene.store.let_go();
        co_await scene.tasks.join();
        CHECK(scene.store.batches == std::vector<std::vector<int>>{{1, 2, 3, 4, 5}, {6, 7, 8}});
        for (std::size_t index = 0; index < 5; ++index) {
            REQUIRE(scene.answers[index].value());
            CHECK(scene.answers[index].value().value() == static_cast<int>(index + 1) * 10);
        }
    });
}

TEST_CASE("A lone item is written without delay", "[pg]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        const auto answer = co_await scene.group.submit(7);
        REQUIRE(answer);
        CHECK(*answer == 70);
        CHECK(scene.group.stats().writes == 1);
    });
}

TEST_CASE("A poisoned item gets its error and nobody else does", "[pg]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        submit_all(scene.tasks, scene.group, {1, 2, -3, 4, 5, -6, 7}, scene.answers);
        co_await scene.tasks.join();
        for (std::size_t index = 0; index < 7; ++index) {
            const bool poisoned = index == 2 || index == 5;
            REQUIRE(scene.answers[index].has_value());
            CHECK(scene.answers[index]->has_value() == !poisoned);
        }
        CHECK(scene.group.stats().failed == 2);
        CHECK(scene.group.stats().written == 5);
    });
}

TEST_CASE("When the store is away everybody of the batch is told", "[pg]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        scene.store.away = true;
        submit_all(scene.tasks, scene.group, {1, 2, 3}, scene.answers);
        co_await scene.tasks.join();
        for (const auto& answer : scene.answers) {
            CHECK(code_of(answer) == base::Errc::unavailable);
        }
        scene.store.away = false;
        const auto later = co_await scene.group.submit(4);
        CHECK(later);
    });
}

TEST_CASE("A write that throws is an error of its batch, not the end", "[pg]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        scene.store.broken = true;
        const auto failed = co_await scene.group.submit(1);
        REQUIRE_FALSE(failed);
        CHECK(failed.error().code == base::Errc::internal);
        scene.store.broken = false;
        const auto later = co_await scene.group.submit(2);
        CHECK(later);
    });
}

TEST_CASE("Beyond the queue's end submits are refused at once", "[pg]") {
    run_scene(
        [](Scene& scene) -> asio::awaitable<void> {
            scene.store.open = false;
            submit_all(scene.tasks, scene.group, {1}, scene.answers);
            co_await until_written(scene, 1);
            Answers waiting;
            submit_all(scene.tasks, scene.group, {2, 3}, waiting);
            while (scene.group.queued() < 2) {
                co_await net::sleep_for(std::chrono::milliseconds(1));
            }
            const auto refused = co_await scene.group.submit(4);
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == base::Errc::unavailable);
            CHECK(scene.group.stats().refused == 1);
            scene.store.let_go();
            co_await scene.tasks.join();
            CHECK(waiting[1].value());
        },
        {.max_queue = 2, .max_batch = 10, .writers = 1}
    );
}

TEST_CASE("Batches are bounded", "[pg]") {
    run_scene(
        [](Scene& scene) -> asio::awaitable<void> {
            submit_all(scene.tasks, scene.group, std::vector<int>(10, 1), scene.answers);
            co_await scene.tasks.join();
            for (const auto& batch : scene.store.batches) {
                CHECK(batch.size() <= 3);
            }
        },
        {.max_queue = 100, .max_batch = 3, .writers = 1}
    );
}

TEST_CASE("Several writers write at once", "[pg]") {
    run_scene(
        [](Scene& scene) -> asio::awaitable<void> {
            scene.store.open = false;
            submit_all(scene.tasks, scene.group, {1, 2, 3}, scene.answers);
            co_await until_written(scene, 3);
            scene.store.let_go();
            co_await scene.tasks.join();
            CHECK(scene.group.stats().written == 3);
        },
        {.max_queue = 100, .max_batch = 1, .writers = 3}
    );
}

TEST_CASE("A cancelled caller takes its waiting item back", "[pg]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        scene.store.open = false;
        submit_all(scene.tasks, scene.group, {1}, scene.answers);
        co_await until_written(scene, 1);
        const auto executor = co_await asio::this_coro::executor;
        net::TaskGroup leaving(executor, "leaving");
        Answers nobody;
        submit_all(leaving, scene.group, {2}, nobody);
        while (scene.group.queued() == 0) {
            co_await net::sleep_for(std::chrono::milliseconds(1));
        }
        leaving.cancel();
        co_await leaving.join();
        CHECK(scene.group.queued() == 0);
        scene.store.let_go();
        co_await scene.tasks.join();
        CHECK(scene.store.batches.size() == 1);
    });
}

TEST_CASE("Draining writes what waits and refuses what comes", "[pg]") {
    run_scene([](Scene& scene) -> asio::awaitable<void> {
        submit_all(scene.tasks, scene.group, {1, 2, 3}, scene.answers);
        while (scene.group.queued() == 0 && scene.store.batches.empty()) {
            co_await net::sleep_for(std::chrono::milliseconds(1));
        }
        const bool all = co_await scene.group.drain(net::deadline_in(std::chrono::seconds(10)));
        CHECK(all);
        co_await scene.tasks.join();
        CHECK(scene.answers[2].value());
        const auto refused = co_await scene.group.submit(4);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == base::Errc::canceled);
    });
}

TEST_CASE("A store that hangs does not hold up the drain beyond its deadline", "[pg]") {
    run_scene(
        [](Scene& scene) -> asio::awaitable<void> {
            scene.store.open = false;
            submit_all(scene.tasks, scene.group, {1, 2}, scene.answers);
            co_await until_written(scene, 1);
            const bool all =
                co_await scene.group.drain(net::deadline_in(std::chrono::milliseconds(20)));
            CHECK_FALSE(all);
            co_await scene.tasks.join();
            CHECK(code_of(scene.answers[0]) == base::Errc::canceled);
            CHECK(code_of(scene.answers[1]) == base::Errc::canceled);
        },
        {.max_queue = 100, .max_batch = 1, .writers = 1}
    );
}
