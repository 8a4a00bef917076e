// Every pattern is what an exchange could send (proto/events), and comes to what it promises when
// the production tracker takes it in.

#include <fstream>
#include <iterator>
#include <map>

#include "base/ids.hpp"
#include "call/card.hpp"
#include "call/tracker.hpp"
#include "json/schema.hpp"
#include "order.hpp"
#include "plan.hpp"
#include "testing/catch.hpp"
#include "testing/fake_clock.hpp"
#include "testing/paths.hpp"
#include "timetable.hpp"

using namespace trunkline;
using namespace trunkline::call_emulator;

namespace {

base::Result<std::string> event_schema(std::string_view name) {
    std::ifstream file(testing::source_folder() / "proto/events" / name);
    if (!file) {
        return base::fail(base::Errc::not_found, "no schema " + std::string(name));
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

json::Schema schema_of(call::EventType type) {
    const auto text = event_schema(std::string(call::to_string(type)) + ".schema.json");
    REQUIRE(text);
    auto schema = json::Schema::compile(*text, event_schema);
    if (!schema) {
        FAIL(base::describe(schema.error()));
    }
    return *schema;
}

/// An enterprise whose exchange plays patterns, and one chat.
class World {
public:
    /// Starts this much after a whole second.
    explicit World(std::chrono::milliseconds fraction)
        : tracker_(settings()), now_(testing::FakeClock().now() + fraction) {}

    /// A run at `pace` that begins now; its events arrive when they are due.
    Plan play(const Pattern& pattern, Pace pace) {
        FieldValues values;
        for (const auto& field : pattern.fields) {
            values[field.name] = field.defaults;
        }
        const Exchange exchange{
            .now = now_,
            .free_from = timetable_.free_from(token_of(values), now_),
            .timezone = "Europe/Minsk",
            .first_channel = channel_ += channels_per_run,
            .make_uuid = base::make_uuid,
        };
        auto plan = make_plan(pattern, values, pace, exchange);
        REQUIRE(plan);
        timetable_.take(plan->token, plan->end());
        const auto begin = now_;
        for (const auto& event : plan->events) {
            // Fast events take a moment each too.
            pass(std::max(begin + event.due, now_ + std::chrono::milliseconds(3)));
            take(tracker_.apply(decoded(event, plan->tells_time)));
        }
        return std::move(*plan);
    }

    /// Lets the waits after a call's end pass.
    void settle() { pass(now_ + std::chrono::seconds(70)); }

    struct Seen {
        call::Call call;
        std::vector<std::string> texts;
        std::vector<std::string> crm;
    };
    /// The calls in the order of their opening.
    std::vector<Seen> calls() const {
        std::vector<Seen> all;
        for (const auto& uuid : order_) {
            all.push_back(seen_.at(uuid));
        }
        return all;
    }

private:
    static call::TrackerSettings settings() {
        call::TrackerSettings settings;
        settings.timezone = "Europe/Minsk";
        settings.make_uuid = base::make_uuid;
        return settings;
    }

    call::Event decoded(const PlannedEvent& event, bool tells_time) const {
        const auto document = json::parse(event.body);
        REQUIRE(document);
        const auto valid = schema_of(event.type).validate(document->root());
        if (!valid) {
            FAIL(event.body << ": " << base::describe(valid.error()));
        }
        call::Arrival arrival;
        arrival.received = now_;
        if (tells_time) {
            arrival.event_time = event.moment;
        }
        const auto decoded = call::decode_event(event.type, document->root(), arrival);
        REQUIRE(decoded);
        return *decoded;
    }

    void pass(base::WallTime until) {
        while (const auto timer = tracker_.next_timer()) {
            if (*timer > until) {
                break;
            }
            now_ = std::max(now_, *timer);
            take(tracker_.tick(now_));
        }
        now_ = until;
    }

    void take(const std::vector<call::Change>& changes) {
        for (const auto& change : changes) {
            for (const auto& gone : change.absorbed) {
                std::erase(order_, gone);
            }
            if (!change.is_visible()) {
                continue;
            }
            if (!seen_.contains(change.call.uuid)) {
                order_.push_back(change.call.uuid);
            }
            show(change, seen_[change.call.uuid], cards_[change.call.uuid]);
        }
    }

    static void show(const call::Change& change, Seen& seen, call::CardState& card) {
        seen.call = change.call;
        for (const auto kind : call::dispatches_of(change)) {
            // The gateway's rule: no hangup without a dial.
            if (kind == call::DispatchKind::hangup && seen.crm.empty()) {
                seen.crm.emplace_back("dial");
            }
            seen.crm.emplace_back(call::to_string(kind));
        }
        const auto step = call::next_card(card, change.call, call::CardOptions());
        card = step.state;
        if (step.op != call::CardOp::none) {
            seen.texts.push_back(step.text);
        }
    }

    call::Tracker tracker_;
    Timetable timetable_;
    base::WallTime now_;
    std::uint64_t channel_ = 1;
    std::vector<std::string> order_;
    std::map<std::string, Seen> seen_;
    std::map<std::string, call::CardState> cards_;
};

std::vector<std::string> texts_of(json::View expected, std::string_view key) {
    std::vector<std::string> texts;
    const auto list = expected.find(key);
    REQUIRE(list);
    for (const auto item : list->elements()) {
        texts.emplace_back(item.string().value_or(""));
    }
    return texts;
}

/// The members that `expected.call` names, as the call has them.
void check_call(const call::Call& call, json::View expected) {
    const auto told = json::parse(call::to_json(call));
    REQUIRE(told);
    for (const auto [key, value] : expected.members()) {
        INFO(key);
        const auto found = told->root().find(key);
        REQUIRE(found);
        CHECK(found->dump() == value.dump());
    }
}

void check_outcome(const World::Seen& seen, const Plan& plan) {
    const auto expected = json::parse(plan.expected);
    REQUIRE(expected);
    CHECK(seen.texts == texts_of(expected->root(), "chat"));
    CHECK(seen.crm == texts_of(expected->root(), "crm"));
    CHECK(seen.call.unique_id == plan.unique_id);
    const auto call = expected->root().find("call");
    REQUIRE(call);
    check_call(seen.call, *call);
}

}  // namespace

TEST_CASE("every pattern comes to the call that it promises, at every pace", "[call_emulator]") {
    const Pace paces[] = {
        {.kind = Pace::Kind::fast, .between = {}},
        {.kind = Pace::Kind::real, .between = {}},
        {.kind = Pace::Kind::fixed, .between = std::chrono::milliseconds(200)},
    };
    for (const auto& pattern : patterns()) {
        for (const auto& pace : paces) {
            INFO(pattern.id << " at pace " << to_string(pace));
            // At real pace the host's own times are what they are, up to a second off.
            World world(std::chrono::milliseconds(pace.kind == Pace::Kind::real ? 0 : 730));
            const auto plan = world.play(pattern, pace);
            world.settle();
            const auto calls = world.calls();
            REQUIRE(calls.size() == 1);
            check_outcome(calls.front(), plan);
        }
    }
}

TEST_CASE("patterns played one right after the other make a call each", "[call_emulator]") {
    for (const auto& first : patterns()) {
        for (const auto& second : patterns()) {
            INFO(first.id << ", " << second.id << ", " << first.id);
            World world(std::chrono::milliseconds(730));
            std::vector<Plan> plans;
            for (const auto* pattern : {&first, &second, &first}) {
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
