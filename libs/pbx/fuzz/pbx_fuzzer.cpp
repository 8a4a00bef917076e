#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "ami/parser.hpp"
#include "json/document.hpp"
#include "pbx/call_tracker.hpp"

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void check(const std::vector<trunkline::pbx::WebhookEvent>& events) {
    for (const auto& event : events) {
        require(trunkline::json::parse(event.body).has_value());
    }
}

}  // namespace

// Whatever an exchange says, what is told is JSON, and nothing is left when all has been given up.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace std::chrono_literals;
    trunkline::ami::Parser parser;
    parser.feed({reinterpret_cast<const char*>(data), size});
    trunkline::pbx::CallTrackerSettings settings;
    settings.token = "1";
    settings.max_channels = 50;
    trunkline::pbx::CallTracker tracker(settings);
    trunkline::base::WallTime now{std::chrono::hours(500'000)};
    while (const auto message = parser.next()) {
        now += 10ms;
        check(tracker.take(*message, now));
        require(tracker.channels() <= settings.max_channels);
    }
    check(tracker.tick(trunkline::base::WallTime(std::chrono::hours(40'000'000))));
    require(tracker.channels() == 0 && tracker.calls() == 0 && tracker.bridges() == 0);
    return 0;
}
