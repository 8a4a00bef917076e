#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "ami/parser.hpp"
#include "json/document.hpp"
#include "replay.hpp"
#include "testing/catch.hpp"

namespace trunkline::pbx {
namespace {

std::vector<ami::StoredMessage> messages_of(const std::string& bytes) {
    ami::Parser parser;
    parser.feed(bytes);
    std::vector<ami::StoredMessage> all;
    while (const auto message = parser.next()) {
        // What the tracker looks at; the rest would only make the disorder rarer.
        if (message->kind() == ami::Message::Kind::event && !message->is("VarSet") &&
            !message->is("TestEvent") && !message->is("Newexten")) {
            all.emplace_back(*message);
        }
    }
    return all;
}

/// Each bridge that was entered is left, each call that was told ends, once.
void check_books(const std::vector<WebhookEvent>& events) {
    std::set<std::string> inside;
    std::map<std::string, int> begun;
    std::map<std::string, int> ended;
    for (const WebhookEvent& event : events) {
        const auto body = json::parse(event.body);
        REQUIRE(body);
        const auto text = [&](std::string_view name) {
            const auto value = body->root().find(name);
            return value ? std::string(value->scalar_text().value_or("")) : std::string();
        };
        const auto place = text("UniqueId") + " in " + text("BridgeUniqueid");
        switch (event.type) {
            case call::EventType::start:
            case call::EventType::dial:
                begun[text("UniqueId")] += 1;
                break;
            case call::EventType::bridge:
                CHECK(inside.insert(place).second);
                break;
            case call::EventType::bridge_leave:
                CHECK(inside.erase(place) == 1);
                break;
            case call::EventType::hangup:
                ended[text("UniqueId")] += 1;
                break;
            default:
                break;
        }
    }
    CHECK(inside.empty());
    for (const auto& [id, times] : begun) {
        INFO(id);
        CHECK(ended[id] >= 1);
    }
}

}  // namespace

TEST_CASE("Dropped, doubled and disordered events leave nothing open and nothing behind") {
    const auto captures = ami::load_captures();
    std::minstd_rand random(4711);
    std::size_t runs = 0;
    for (const auto& capture : captures) {
        const auto original = messages_of(capture.bytes);
        for (int round = 0; round < 12; ++round) {
            INFO(capture.name << " round " << round);
            std::vector<const ami::StoredMessage*> order;
            for (const auto& message : original) {
                const auto dice = random() % 100;
                if (dice >= 10) {
                    order.push_back(&message);
                }
                if (dice >= 90) {
                    order.push_back(&message);
                }
            }
            for (std::size_t i = 0; i + 1 < order.size(); ++i) {
                const auto reach = round < 8 ? 1 + (random() % 6) : order.size() - i;
                const auto j = std::min(order.size() - 1, i + (random() % reach));
                std::swap(order[i], order[j]);
            }
            CallTracker tracker(Replay::plain_settings());
            std::vector<WebhookEvent> events;
            const auto keep = [&](std::vector<WebhookEvent> told) {
                std::ranges::move(told, std::back_inserter(events));
            };
            double clock = 0;
            for (const auto* message : order) {
                keep(tracker.take(message->view(), Replay::at(clock += 0.01)));
            }
            keep(tracker.tick(base::WallTime(std::chrono::hours(24 * 365 * 60))));
            CHECK(tracker.channels() == 0);
            CHECK(tracker.calls() == 0);
            CHECK(tracker.bridges() == 0);
            check_books(events);
            ++runs;
        }
    }
    CHECK(runs > 600);
}

TEST_CASE("A day of calls leaves the tracker as small as an hour") {
    CallTracker tracker(Replay::plain_settings());
    const auto capture = ami::load_capture("25-forward-302");
    std::size_t most = 0;
    for (int call = 0; call < 400; ++call) {
        // Each call with ids of its own.
        std::string bytes = capture.bytes;
        const auto number = std::to_string(1'800'000'000 + call);
        for (std::size_t at = bytes.find("1795235463"); at != std::string::npos;
             at = bytes.find("1795235463", at)) {
            bytes.replace(at, number.size(), number);
        }
        for (const auto& message : messages_of(bytes)) {
            tracker.take(message.view(), Replay::at(call * 10.0));
            most = std::max(most, tracker.channels() + tracker.calls() + tracker.bridges());
        }
    }
    CHECK(most < 20);
    CHECK(tracker.channels() == 0);
    CHECK(tracker.calls() == 0);
    CHECK(tracker.bridges() == 0);
}

}  // namespace trunkline::pbx
