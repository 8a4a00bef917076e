#include <fmt/ranges.h>

#include <utility>

#include "base/timezone.hpp"
#include "json/document.hpp"
#include "parts.hpp"

namespace trunkline::story {
namespace {

struct Words {
    const char* code;
    const char* russian;
    const char* english;
};

Words words_of(const call::Change& change) {
    if (change.ended && change.call.end_assumed) {
        return {
            "call_ended_assumed",
            "Звонок закончен по тайм-ауту, hangup не пришёл",
            "The call was ended by a time-out, no hangup came"
        };
    }
    if (change.ended) {
        return change.call.answered
                   ? Words{"call_ended", "Звонок завершён", "The call has ended, answered"}
                   : Words{"call_missed", "Звонок не отвечен", "The call has ended, not answered"};
    }
    if (change.reopened) {
        return {"call_reopened", "Разговор продолжился", "The conversation goes on"};
    }
    if (change.corrected) {
        return {"call_corrected", "Итоги звонка исправлены", "The call's figures were corrected"};
    }
    if (change.recording) {
        return {"call_recording", "Запись разговора найдена", "The recording was found"};
    }
    switch (change.call.phase) {
        case call::Phase::ringing_start:
            return {"call_started", "Звонок начался", "The call has begun"};
        case call::Phase::dialing:
            return {"call_dialing", "Дозвон", "Extensions ring"};
        case call::Phase::talking:
            return change.new_talker || change.talker_changed
                       ? Words{"call_talking", "Разговор", "Conversation"}
                       : Words{"call_details", "Сведения уточнены", "Details became known"};
        case call::Phase::done:
            return {"call_details", "Сведения уточнены", "Details became known"};
        case call::Phase::none:
            break;
    }
    return {"call_changed", "Звонок изменился", "The call changed"};
}

std::string parties_of(const call::Call& call) {
    if (call.direction == call::Direction::internal) {
        return call.caller + " → " + call.callee;
    }
    const auto ours = call.talkers.empty() ? fmt::format("{}", fmt::join(call.rang, ", "))
                                           : fmt::format("{}", fmt::join(call.talkers, ", "));
    const auto& outside = call.phone.empty() ? std::string("?") : call.phone;
    const auto inside = ours.empty() ? call.line : ours;
    return call.direction == call::Direction::in ? outside + " → " + inside
                                                 : inside + " → " + outside;
}

Item item_of(const call::Change& change, base::WallTime at) {
    const auto words = words_of(change);
    const auto& call = change.call;
    const auto tail = ", " + parties_of(call);
    const bool is_over = call.phase == call::Phase::done;
    Item item;
    item.at = at;
    item.what = "call";
    item.source = "ingest";
    item.code = words.code;
    item.text = words.russian + tail + (is_over ? fmt::format(", {} с", call.talk_s) : "");
    item.text_en = words.english + tail + (is_over ? fmt::format(", {} s", call.talk_s) : "");
    item.detail = Detail()
                      .add("from", call::to_string(change.previous))
                      .add("to", call::to_string(call.phase))
                      .add("direction", call::to_string(call.direction))
                      .add("phone", call.phone)
                      .add("line", call.line)
                      .add("rang", call.rang)
                      .add("talkers", call.talkers)
                      .add("talk_s", call.talk_s)
                      .add("wait_s", call.wait_s)
                      .flag("end_assumed", call.end_assumed)
                      .take();
    return item;
}

class Replay {
public:
    Replay(std::vector<Item>& items, call::TrackerSettings settings)
        : items_(items), tracker_(std::move(settings)) {}

    void take(const EventRecord& record) {
        run_timers(record.received);
        const auto type = call::parse_event_type(record.type);
        const auto body =
            json::parse(record.raw, {.max_bytes = std::size_t{1} << 20, .max_depth = 64});
        if (!type || !body) {
            return;
        }
        const call::Arrival arrival{
            .received = record.received,
            .event_time = record.event_time,
            .pbx = record.pbx,
            .recovered = record.recovered
        };
        const auto event = call::decode_event(*type, body->root(), arrival);
        if (event) {
            note(tracker_.apply(*event), record.received);
        }
    }

    /// What time-outs did until `until`. Bounded: no call has more than a handful.
    void run_timers(base::WallTime until) {
        for (int i = 0; i < 100; ++i) {
            const auto due = tracker_.next_timer();
            if (!due || *due > until) {
                return;
            }
            note(tracker_.tick(*due), *due);
        }
    }

private:
    void note(const std::vector<call::Change>& changes, base::WallTime at) {
        for (const auto& change : changes) {
            if (change.is_visible()) {
                items_.push_back(item_of(change, at));
            }
        }
    }

    std::vector<Item>& items_;
    call::Tracker tracker_;
};

}  // namespace

void add_changes(std::vector<Item>& items, const Records& records, const StorySettings& settings) {
    const auto& zone = records.enterprise.timezone;
    call::TrackerSettings tracker;
    tracker.timers = settings.timers;
    tracker.timezone = base::is_known_timezone(zone) ? zone : settings.default_timezone;
    for (const auto& [id, line] : records.enterprise.lines) {
        tracker.lines.insert(id);
    }
    tracker.make_uuid = [count = 0]() mutable {
        return fmt::format("00000000-0000-4000-8000-{:012}", ++count);
    };
    Replay replay(items, std::move(tracker));
    for (const auto& event : records.events) {
        if (!event.waits) {
            replay.take(event);
        }
    }
    replay.run_timers(records.now);
}

}  // namespace trunkline::story
