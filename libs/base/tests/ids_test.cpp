#include "base/ids.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "testing/catch.hpp"

using namespace trunkline;

TEST_CASE("a made uuid has version 7 and the RFC's variant", "[base]") {
    const auto uuid = base::make_uuid();
    REQUIRE(base::is_uuid(uuid));
    CHECK(uuid[14] == '7');
    CHECK(std::string_view("89ab").contains(uuid[19]));
}

TEST_CASE("uuids made one after another are in order and differ", "[base]") {
    std::vector<std::string> uuids(10'000);
    std::ranges::generate(uuids, base::make_uuid);
    CHECK(std::ranges::is_sorted(uuids));
    CHECK(std::ranges::adjacent_find(uuids) == uuids.end());
}

TEST_CASE("a uuid begins with the milliseconds since 1970", "[base]") {
    const auto millis = [] {
        return std::chrono::duration_cast<std::chrono::milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch()
        )
            .count();
    };
    const auto before = millis();
    const auto uuid = base::make_uuid();
    const auto made = std::stoll(uuid.substr(0, 8) + uuid.substr(9, 4), nullptr, 16);
    CHECK(made >= before);
    CHECK(
        made <= millis() + 1'000
    );  // The counter may run ahead of the clock when very many are made.
}

TEST_CASE("threads never make the same uuid", "[base]") {
    std::array<std::vector<std::string>, 4> made;
    {
        std::vector<std::jthread> threads;
        for (auto& mine : made) {
            threads.emplace_back([&mine] {
                mine.resize(2'000);
                std::ranges::generate(mine, base::make_uuid);
            });
        }
    }
    std::set<std::string> all;
    for (const auto& mine : made) {
        all.insert(mine.begin(), mine.end());
    }
    CHECK(all.size() == 8'000);
}

TEST_CASE("only the form 8-4-4-4-12 of hexadecimal digits is a uuid", "[base]") {
    CHECK(base::is_uuid("0199a0c5-1d2e-7abc-8def-0123456789AB"));
    CHECK_FALSE(base::is_uuid(""));
    CHECK_FALSE(base::is_uuid("0199a0c51d2e7abc8def0123456789ab"));
    CHECK_FALSE(base::is_uuid("0199a0c5-1d2e-7abc-8def-0123456789ag"));
    CHECK_FALSE(base::is_uuid("0199a0c5-1d2e-7abc-8def-0123456789ab0"));
    CHECK_FALSE(base::is_uuid("0199a0c5-1d2e-7abc-8def00123456789ab"));
}

TEST_CASE("random text has two digits for each byte and differs each time", "[base]") {
    const auto a = base::random_hex(24);
    CHECK(a.size() == 48);
    CHECK(a.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(a != base::random_hex(24));
    CHECK(base::random_hex(0).empty());
}
