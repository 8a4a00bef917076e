// Every pattern is what an exchange could send (proto/events), and comes to what it promises when
// the production rules take it in.

#include <fstream>
#include <iterator>
#include <map>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "json/schema.hpp"
#include "order.hpp"
#include "playback/disturbance.hpp"
#include "playback/rehearsal.hpp"
#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"
#include "testing/paths.hpp"
#include "timetable.hpp"

using namespace trunkline;
using namespace trunkline::call_emulator;
using playback::Plan;

namespace {

base::Result<std::string> event_schema(std::string_view name) {
    std::ifstream file(testing::source_folder() / "proto/events" / name);
    if (!file) {
        return base::fail(base::Errc::not_found, "no schema " + std::string(name));
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

const json::Schema& schema_of(call::EventType type) {
    static std::map<call::EventType, json::Schema> schemas;
    const auto known = schemas.find(type);
    if (known != schemas.end()) {
        return known->second;
    }
    const auto text = event_schema(std::string(call::to_string(type)) + ".schema.json");
    REQUIRE(text);
    auto schema = json::Schema::compile(*text, event_schema);
    if (!schema) {
        FAIL(base::describe(schema.error()));
    }
    return schemas.emplace(type, std::move(*schema)).first->second;
}

void check_shape(const playback::PlannedEvent& event) {
    const auto document = json::parse(base::replace_invalid_utf8(event.body));
    REQUIRE(document);
    const auto valid = schema_of(event.type).validate(document->root());
    if (!valid) {
        FAIL(event.body << ": " << base::describe(valid.error()));
    }
}

/// Every pattern that is compiled in.
std::vector<std::shared_ptr<const Pattern>> all_patterns() {
    const PatternBook book;
    std::vector<std::shared_ptr<const Pattern>> all;
    for (const auto& id : base::split(book.known_ids(), ',')) {
        all.push_back(book.find(id));
    }
    return all;
}

/// An enterprise whose exchange plays patterns.
class World {
public:
    /// Starts this much after a whole second.
    explicit World(std::chrono::milliseconds fraction)
        : rehearsal_(settings(), testing::FakeClock().now() + fraction) {}

    /// A run at `pace` that begins now.
    Plan play(const Pattern& pattern, Pace pace, const Disturbance& disturbance = {}) {
        const auto values = playback::defaults_of(pattern);
        const auto token = playback::token_of(values);
        const playback::Exchange exchange{
            .now = rehearsal_.now(),
            .free_from = timetable_.free_from(token, rehearsal_.now()),
            .timezone = "Europe/Minsk",
            .first_channel = channel_ += playback::channels_per_run,
            .make_uuid = base::make_uuid,
        };
        auto plan = make_plan(pattern, values, pace, exchange);
        REQUIRE(plan);
        timetable_.take(token, plan->end);
        playback::disturb(*plan, disturbance, 20251121);
        const auto played = rehearsal_.play(*plan);
        REQUIRE(played);
        return std::move(*plan);
    }

    void settle() { rehearsal_.settle(); }
    std::vector<playback::RehearsedCall> calls() const { return rehearsal_.calls(); }

private:
    static call::TrackerSettings settings() {
        call::TrackerSettings settings;
        settings.timezone = "Europe/Minsk";
        settings.make_uuid = base::make_uuid;
        return settings;
    }

    playback::Rehearsal rehearsal_;
    Timetable timetable_;
    std::uint64_t channel_ = 1;
};

void check_outcome(const playback::RehearsedCall& seen, const Plan& plan) {
    for (const auto& difference : playback::differences_of({seen}, plan)) {
        UNSCOPED_INFO(
            difference.path << ": expected " << difference.expected << ", received "
                            << difference.received
        );
    }
    CHECK(playback::differences_of({seen}, plan).empty());
    if (plan.known.chat) {  // Else the first that came names the call.
        CHECK(seen.call.unique_id == plan.unique_id);
    }
}

}  // namespace

TEST_CASE("every pattern is made of events that an exchange could send", "[call_emulator]") {
    for (const auto& pattern : all_patterns()) {
        INFO(pattern->id);
        World world(std::chrono::milliseconds(0));
        for (const auto& event : world.play(*pattern, Pace()).events) {
            check_shape(event);
        }
    }
}

TEST_CASE("every pattern comes to the call that it promises, at every pace", "[call_emulator]") {
    const Pace paces[] = {
        {.kind = Pace::Kind::fast, .between = {}},
        {.kind = Pace::Kind::real, .between = {}},
        {.kind = Pace::Kind::fixed, .between = std::chrono::milliseconds(200)},
    };
    for (const auto& pattern : all_patterns()) {
        for (const auto& pace : paces) {
            INFO(pattern->id << " at pace " << to_string(pace));
            // At real pace the host's own times are what they are, up to a second off.
            World world(std::chrono::milliseconds(pace.kind == Pace::Kind::real ? 0 : 730));
            const auto plan = world.play(*pattern, pace);
            world.settle();
            const auto calls = world.calls();
            REQUIRE(calls.size() == 1);
            check_outcome(calls.front(), plan);
        }
    }
}

TEST_CASE("patterns played one right after the other make a call each", "[call_emulator]") {
    auto all = all_patterns();
    // Sent faster than it happens, the end of a transfer is still being waited for when the next
    // call comes.
    std::erase_if(all, [](const auto& pattern) { return pattern->order_matters; });
    for (const auto& first : all) {
        for (const auto& second : all) {
            INFO(first->id << ", " << second->id << ", " << first->id);
            World world(std::chrono::milliseconds(730));
            std::vector<Plan> plans;
            for (const auto& pattern : {first, second, first}) {
                plans.push_back(world.play(*pattern, Pace()));
            }
            world.settle();
            const auto calls = world.calls();
            REQUIRE(calls.size() == plans.size());
            for (std::size_t i = 0; i < plans.size(); ++i) {
                check_outcome(calls[i], plans[i]);
            }
        }
    }
}

TEST_CASE("shuffled and doubled events come to what is known of them", "[call_emulator]") {
    for (const auto& pattern : all_patterns()) {
        INFO(pattern->id);
        World world(std::chrono::milliseconds(730));
        const Disturbance disturbance{
            .shuffle = true, .drop = {}, .drop_share = 0, .double_share = 0.5
        };
        const auto plan = world.play(*pattern, Pace(), disturbance);
        world.settle();
        const auto calls = world.calls();
        if (!plan.known.call) {
            continue;
        }
        REQUIRE(calls.size() == 1);
        check_outcome(calls.front(), plan);
    }
}
