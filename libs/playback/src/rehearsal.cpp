#include "playback/rehearsal.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/text.hpp"
#include "call/card.hpp"
#include "call/number.hpp"
#include "json/document.hpp"
#include "json/writer.hpp"

namespace trunkline::playback {
namespace {

using std::chrono::milliseconds;

/// The text as the chat shows it: of Telegram's HTML what people read.
std::string shown(const std::string& html) { return call::plain_text(html); }

void compare_list(
    std::vector<Difference>& out,
    const char* what,
    const std::vector<std::string>& received,
    json::View expected,
    const char* russian,
    const char* english
) {
    std::vector<std::string> wanted;
    for (const auto item : expected.elements()) {
        wanted.emplace_back(item.string().value_or(""));
    }
    for (std::size_t i = 0; i < std::max(wanted.size(), received.size()); ++i) {
        const bool is_wanted = i < wanted.size();
        const bool is_there = i < received.size();
        if (is_wanted && is_there && wanted[i] == received[i]) {
            continue;
        }
        const auto verb_ru = !is_there ? " не хватает" : !is_wanted ? " лишнее" : " другое";
        const auto verb_en = !is_there ? " is missing" : !is_wanted ? " is too much" : " differs";
        out.push_back(
            {.what = what,
             .path = std::string("/") + what + "/" + std::to_string(i),
             .expected = is_wanted ? json::quote(wanted[i]) : "null",
             .received = is_there ? json::quote(received[i]) : "null",
             .text_ru = russian + std::string(" ") + std::to_string(i + 1) + verb_ru,
             .text_en = english + std::string(" ") + std::to_string(i + 1) + verb_en}
        );
    }
}

void compare_call(std::vector<Difference>& out, const call::Call& call, json::View expected) {
    const auto told = json::parse(call::to_json(call));
    for (const auto [key, value] : expected.members()) {
        const auto found = told ? told->root().find(key) : std::nullopt;
        const auto received = found ? found->dump() : std::string("null");
        if (!found || !is_same_member(key, value, *found)) {
            out.push_back(
                {.what = "call",
                 .path = "/call/" + std::string(key),
                 .expected = value.dump(),
                 .received = received,
                 .text_ru = "в звонке другое: " + std::string(key),
                 .text_en = "the call differs in " + std::string(key)}
            );
        }
    }
}

}  // namespace

struct Rehearsal::Card {
    std::string uuid;
    RehearsedCall call;
    call::CardState state;
};

Rehearsal::Rehearsal(call::TrackerSettings settings, base::WallTime now)
    : tracker_(std::move(settings)), now_(now) {}

Rehearsal::~Rehearsal() = default;

base::Result<call::Event> Rehearsal::decoded(const Plan& plan, const PlannedEvent& event) const {
    // ingest does the same to what is not UTF-8.
    const auto document = json::parse(base::replace_invalid_utf8(event.body));
    if (!document) {
        return std::unexpected(document.error());
    }
    call::Arrival arrival;
    arrival.received = now_;
    arrival.recovered = plan.is_catch_up;
    if (plan.tells_time) {
        arrival.event_time = event.moment;
    }
    return call::decode_event(event.type, document->root(), arrival);
}

base::Result<> Rehearsal::play(const Plan& plan) {
    const auto begin = now_;
    for (const auto& event : plan.events) {
        pass(std::max(begin + event.due, now_ + milliseconds(3)));
        auto known = decoded(plan, event);
        if (!known) {
            return std::unexpected(known.error());
        }
        take(tracker_.apply(*known));
    }
    return {};
}

void Rehearsal::settle() { pass(now_ + std::chrono::seconds(70)); }

void Rehearsal::pass(base::WallTime until) {
    while (const auto timer = tracker_.next_timer()) {
        if (*timer > until) {
            break;
        }
        now_ = std::max(now_, *timer);
        take(tracker_.tick(now_));
    }
    now_ = std::max(now_, until);
}

void Rehearsal::take(const std::vector<call::Change>& changes) {
    for (const auto& change : changes) {
        for (const auto& gone : change.absorbed) {
            std::erase_if(cards_, [&gone](const Card& card) { return card.uuid == gone; });
        }
        if (!change.is_visible()) {
            continue;
        }
        auto card = std::ranges::find(cards_, change.call.uuid, &Card::uuid);
        if (card == cards_.end()) {
            cards_.push_back({.uuid = change.call.uuid, .call = {}, .state = {}});
            card = std::prev(cards_.end());
        }
        card->call.call = change.call;
        for (const auto kind : call::dispatches_of(change)) {
            // The gateway's rule: no hangup without a dial.
            auto& crm = card->call.crm;
            const bool is_dialled = std::ranges::find(crm, "dial") != crm.end();
            if (kind == call::DispatchKind::hangup && !is_dialled) {
                crm.emplace_back("dial");
            }
            crm.emplace_back(call::to_string(kind));
        }
        const auto step = call::next_card(card->state, change.call, call::CardOptions());
        card->state = step.state;
        if (step.op != call::CardOp::none) {
            card->call.texts.push_back(shown(step.text));
        }
    }
}

std::vector<RehearsedCall> Rehearsal::calls() const {
    std::vector<RehearsedCall> all;
    all.reserve(cards_.size());
    for (const auto& card : cards_) {
        all.push_back(card.call);
    }
    return all;
}

void write_difference(json::Writer& writer, const Difference& difference) {
    writer.begin_object()
        .member("what", difference.what)
        .member("path", difference.path)
        .key("expected")
        .raw(difference.expected)
        .key("received")
        .raw(difference.received)
        .key("text")
        .begin_object()
        .member("ru", difference.text_ru)
        .member("en", difference.text_en)
        .end_object()
        .end_object();
}

bool is_same_member(
    std::string_view key, json::View expected, json::View received, std::int64_t tolerance_s
) {
    if (received.dump() == expected.dump()) {
        return true;
    }
    if (key == "phone" || key.empty()) {
        const auto a = expected.string();
        const auto b = received.string();
        return a && b && (*a == *b || call::is_same_number(*a, *b));
    }
    if (key == "rang" || key == "talkers") {
        bool is_same = expected.size() == received.size();
        for (std::size_t i = 0; is_same && i < expected.size(); ++i) {
            is_same = is_same_member("", expected[i], received[i]);
        }
        return is_same;
    }
    const auto a = expected.integer();
    const auto b = received.integer();
    return a && b && std::llabs(*a - *b) <= tolerance_s;
}

std::vector<Difference> differences_of(const std::vector<RehearsedCall>& calls, const Plan& plan) {
    std::vector<Difference> out;
    if (calls.size() != 1) {
        out.push_back(
            {.what = "call",
             .path = "/calls",
             .expected = "1",
             .received = std::to_string(calls.size()),
             .text_ru = "должен выйти один звонок",
             .text_en = "one call should come of it"}
        );
        return out;
    }
    const auto expected =
        json::parse(plan.expected, {.max_bytes = std::size_t{1} << 20, .max_depth = 32});
    if (!expected) {
        return out;
    }
    const auto& call = calls.front();
    const auto null = json::Document().root();
    const auto part = [&](const char* name) { return expected->root().find(name).value_or(null); };
    if (plan.known.chat) {
        compare_list(out, "chat", call.texts, part("chat"), "текст", "text");
    } else if (plan.known.chat_end && part("chat").size() > 0 && !call.texts.empty()) {
        const auto last = part("chat")[part("chat").size() - 1];
        if (last.string() != call.texts.back()) {
            out.push_back(
                {.what = "chat",
                 .path = "/chat/last",
                 .expected = last.dump(),
                 .received = json::quote(call.texts.back()),
                 .text_ru = "последний текст другой",
                 .text_en = "the last text differs"}
            );
        }
    }
    if (plan.known.crm) {
        compare_list(out, "crm", call.crm, part("crm"), "шаг", "step");
    }
    if (plan.known.call) {
        compare_call(out, call.call, part("call"));
    }
    return out;
}

}  // namespace trunkline::playback
