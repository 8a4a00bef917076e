#include "tracker_cache.hpp"

#include "base/ids.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace std::chrono_literals;

namespace {

const base::WallTime noon{std::chrono::seconds(1'700'000'000)};

ingest::TrackerCache::Entry entry_with(int calls, std::int64_t version) {
    call::TrackerSettings settings;
    settings.make_uuid = base::make_uuid;
    call::Tracker tracker(std::move(settings));
    for (int i = 0; i < calls; ++i) {
        call::Event event;
        event.type = call::EventType::start;
        event.unique_id = "1." + std::to_string(i);
        event.phone = "+37529000000" + std::to_string(i);
        event.at = event.received = noon + std::chrono::seconds(i);
        (void)tracker.apply(event);
    }
    return {std::move(tracker), nullptr, version};
}

}  // namespace

TEST_CASE("a tracker is taken back only for the version that it left", "[ingest]") {
    ingest::TrackerCache cache(100);
    cache.put("0367", entry_with(2, 7));
    CHECK_FALSE(cache.take("0367", 8, nullptr));
    CHECK_FALSE(cache.take("0367", 7, nullptr));  // It had gone with the first look.
    cache.put("0367", entry_with(2, 7));
    const auto taken = cache.take("0367", 7, nullptr);
    REQUIRE(taken);
    CHECK(taken->tracker.size() == 2);
    CHECK(cache.calls() == 0);
}

TEST_CASE("a tracker that was made with other settings is not taken", "[ingest]") {
    ingest::TrackerCache cache(100);
    cache.put("0367", entry_with(1, 1));
    CHECK_FALSE(cache.take("0367", 1, std::make_shared<const tenants::Enterprise>()));
}

TEST_CASE("the least recently used trackers make room", "[ingest]") {
    ingest::TrackerCache cache(9);
    cache.put("a", entry_with(2, 1));
    cache.put("b", entry_with(2, 1));
    cache.put("c", entry_with(2, 1));
    CHECK(cache.calls() == 9);
    cache.put("d", entry_with(3, 1));
    CHECK_FALSE(cache.take("a", 1, nullptr));
    CHECK_FALSE(cache.take("b", 1, nullptr));
    CHECK(cache.take("c", 1, nullptr));
    CHECK(cache.take("d", 1, nullptr));
}

TEST_CASE("one that is too large alone is kept until the next comes", "[ingest]") {
    ingest::TrackerCache cache(3);
    cache.put("a", entry_with(5, 1));
    CHECK(cache.calls() == 6);
    cache.put("b", entry_with(1, 1));
    CHECK_FALSE(cache.take("a", 1, nullptr));
    CHECK(cache.take("b", 1, nullptr));
}

TEST_CASE("the cache knows whose timer is due", "[ingest]") {
    ingest::TrackerCache cache(100);
    CHECK_FALSE(cache.next_timer());
    cache.put("idle", entry_with(0, 1));
    CHECK_FALSE(cache.next_timer());
    cache.put("busy", entry_with(1, 1));
    const auto timer = cache.next_timer();
    REQUIRE(timer);
    CHECK(cache.due(*timer - 1ms, 10).empty());
    CHECK(cache.due(*timer, 10) == std::vector<std::string>{"busy"});
    CHECK(cache.take("busy", 1, nullptr));
    CHECK_FALSE(cache.next_timer());
}
