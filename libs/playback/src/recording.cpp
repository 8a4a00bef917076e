#include "playback/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/timezone.hpp"
#include "call/card.hpp"
#include "disguise.hpp"
#include "json/writer.hpp"
#include "playback/plan.hpp"

namespace trunkline::playback {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr json::Limits body_limits{.max_bytes = std::size_t{1} << 20, .max_depth = 64};
constexpr std::size_t most_events = 500;
constexpr milliseconds longest_pause{std::chrono::hours(4)};
// Some whole second; a replay's outcome does not depend on it.
constexpr base::WallTime replay_begin{std::chrono::seconds(1'759'312'800)};

constexpr std::array number_members = std::to_array<std::string_view>(
    {"Phone",
     "ExtPhone",
     "Trunk",
     "ExtTrunk",
     "Exten",
     "CallerIDNum",
     "CallerIDName",
     "ConnectedLineNum",
     "ConnectedLineName"}
);
constexpr std::array plain_members = std::to_array<std::string_view>(
    {"CallType",
     "CallStatus",
     "BridgeNumChannels",
     "BridgeTechnology",
     "BridgeType",
     "ExternalInitiated",
     "Cause",
     "BridgeCreator",
     "BridgeName"}
);
constexpr std::array time_members =
    std::to_array<std::string_view>({"StartTime", "DateReceived", "EndTime"});

template <class List>
bool has(const List& list, std::string_view word) {
    return std::ranges::find(list, word) != list.end();
}

/// A word of the protocol, not a text of somebody's.
bool is_protocol_word(std::string_view text) {
    constexpr std::array words = std::to_array<std::string_view>(
        {"<unknown>", "simple_bridge", "softmix", "native_rtp", "holding_bridge", "true", "false"}
    );
    const bool is_short_number = text.size() <= 3 && std::ranges::all_of(text, [](unsigned char c) {
                                     return std::isdigit(c);
                                 });
    return is_short_number || has(words, text);
}

class Exporter {
public:
    explicit Exporter(const RecordedCall& recorded)
        : recorded_(recorded), disguise_(recorded.lines) {}

    base::Result<std::string> run() {
        if (recorded_.events.empty() || recorded_.events.size() > most_events) {
            return base::fail(
                base::Errc::invalid_input,
                "a call of 1 to 500 events can be exported, this one has " +
                    std::to_string(recorded_.events.size())
            );
        }
        read_events();
        learn_numbers();
        disguise_.unique_id(recorded_.unique_id);
        disguise_.set_outside(outside());
        auto steps = steps_json();
        if (disguise_.channels() > channels_per_run) {
            return base::fail(
                base::Errc::invalid_input, "the call has more channels than a pattern can have"
            );
        }
        return with_expectations(steps);
    }

private:
    struct Told {
        const RecordedEvent* event;
        json::Document body;
        base::WallTime told;
    };

    void read_events() {
        catch_up_ = std::ranges::all_of(recorded_.events, &RecordedEvent::recovered);
        for (const auto& event : recorded_.events) {
            auto body = json::parse(event.raw, body_limits);
            if (!body) {
                continue;
            }
            const auto told =
                catch_up_ ? event.event_time.value_or(event.received) : event.received;
            told_.push_back({&event, std::move(*body), told});
            begin_ = std::min(begin_, std::min(told, event.event_time.value_or(told)));
        }
        begin_ = std::chrono::floor<seconds>(begin_);
    }

    void learn_numbers() {
        for (const auto& told : told_) {
            for (const auto [key, value] : told.body.root().members()) {
                if (const auto text = value.scalar_text()) {
                    disguise_.learn(*text);
                }
                for (const auto item : value.elements()) {
                    disguise_.learn(item.scalar_text().value_or(""));
                }
            }
        }
    }

    std::string outside() const {
        if (!recorded_.outcome || recorded_.outcome->direction == call::Direction::internal) {
            return {};
        }
        return recorded_.outcome->phone;
    }

    std::string steps_json() {
        json::Writer writer;
        writer.begin_array();
        auto before = begin_;
        for (const auto& told : told_) {
            const auto pause = std::clamp(
                std::chrono::duration_cast<milliseconds>(told.told - before),
                milliseconds(0),
                longest_pause
            );
            before = std::max(before, told.told);
            writer.begin_object().member("after_ms", pause.count());
            if (told.event->event_time) {
                const auto happened =
                    std::chrono::duration_cast<milliseconds>(*told.event->event_time - begin_);
                writer.member("happened_ms", std::min(happened, longest_pause).count());
            }
            writer.member("event", call::to_string(told.event->type)).key("body");
            write_body(writer, told.body.root());
            writer.end_object();
        }
        return writer.end_array().take();
    }

    void write_body(json::Writer& writer, json::View body) {
        writer.begin_object();
        for (const auto [key, value] : body.members()) {
            write_member(writer, key, value);
        }
        writer.end_object();
    }

    /// What is not of the contract is left out: nobody knows what stands in it.
    void write_member(json::Writer& writer, std::string_view key, json::View value) {
        if (key == "Extensions") {
            writer.key(key);
            write_extensions(writer, value);
            return;
        }
        if (!value.is_null() && !value.scalar_text()) {
            return;
        }
        const auto text = value.scalar_text().value_or("");
        if (key == "Token") {
            writer.member(key, "{token}");
        } else if (key == "UniqueId") {
            writer.member(key, disguise_.unique_id(text));
        } else if (key == "BridgeUniqueid") {
            writer.member(key, disguise_.bridge(text));
        } else if (key == "Channel") {
            writer.member(key, disguise_.channel(text));
        } else if (key == "Context") {
            writer.member(key, Disguise::context(text));
        } else if (has(number_members, key)) {
            writer.member(key, disguise_.number_or_name(text));
        } else if (has(time_members, key)) {
            writer.member(key, local_time(text));
        } else if (has(plain_members, key) && (text.empty() || is_protocol_word(text))) {
            writer.member(key, value);
        }
    }

    void write_extensions(json::Writer& writer, json::View value) {
        if (!value.is_array()) {
            writer.value(disguise_.number_or_name(value.scalar_text().value_or("")));
            return;
        }
        writer.begin_array();
        for (const auto item : value.elements()) {
            writer.value(disguise_.number_or_name(item.scalar_text().value_or("")));
        }
        writer.end_array();
    }

    std::string local_time(std::string_view text) const {
        const auto time = base::parse_local_time(text, recorded_.timezone);
        if (!time) {
            return {};
        }
        const auto offset = std::chrono::duration_cast<seconds>(*time - begin_).count();
        return offset == 0  ? "{local_time.begin}"
               : offset > 0 ? fmt::format("{{local_time.+{}}}", offset)
                            : fmt::format("{{local_time.-{}}}", -offset);
    }

    std::string id() const {
        std::string digits;
        for (const char c : recorded_.uuid) {
            digits += c == '-' ? "" : std::string(1, static_cast<char>(std::tolower(c)));
        }
        return "trace-" + (digits.size() > 12 ? digits.substr(digits.size() - 12) : digits);
    }

    std::string pattern_json(const std::string& steps, const std::string& expected) const {
        json::Writer writer;
        writer.begin_object().member("id", id());
        const auto languages = [&writer](
                                   const char* key, const char* russian, const std::string& english
                               ) {
            writer.key(key).begin_object().member("ru", russian).member("en", english).end_object();
        };
        languages("title", "Записанный звонок", "A recorded call");
        languages(
            "description",
            "Звонок из хранилища, обезличенный; играется со временем записи.",
            "A stored call that names nobody, played with the times of its recording."
        );
        writer.key("recorded")
            .begin_object()
            .member("version", 1)
            .member("timezone", recorded_.timezone);
        writer.end_object();
        if (catch_up_) {
            writer.member("via", "events");
        }
        writer.member("order_matters", true).member("weight", 0).key("fields").begin_array();
        write_field(writer, "token", "375290000000");
        for (const auto& field : disguise_.fields()) {
            write_field(writer, field.name, field.value);
        }
        writer.end_array().key("steps").raw(steps).key("expected").raw(expected);
        return writer.end_object().take();
    }

    static void write_field(
        json::Writer& writer, const std::string& name, const std::string& value
    ) {
        writer.begin_object()
            .member("name", name)
            .member("type", "text")
            .key("title")
            .begin_object()
            .member("ru", name)
            .member("en", name)
            .end_object()
            .member("default", value)
            .end_object();
    }

    /// The rules of today tell the texts; where the outcome of then was another, it stands.
    base::Result<std::string> with_expectations(const std::string& steps) {
        auto pattern = pattern_from_json(pattern_json(steps, R"({"chat":[],"crm":[],"call":{}})"));
        if (!pattern) {
            return std::unexpected(pattern.error());
        }
        const auto today = replay(*pattern);
        if (!today) {
            return std::unexpected(today.error());
        }
        std::vector<std::string> chat;
        std::vector<std::string> crm;
        std::optional<call::Call> outcome;
        if (!today->calls.empty()) {
            chat = today->calls.front().texts;
            crm = today->calls.front().crm;
            outcome = today->calls.front().call;
        }
        if (recorded_.outcome) {
            outcome = disguised(*recorded_.outcome);
            auto text = call::plain_text(call::card_text(*outcome, call::CardOptions()));
            if (!chat.empty() && !text.empty()) {
                chat.back() = std::move(text);
            }
        }
        const auto whole = pattern_json(steps, expected_json(chat, crm, outcome));
        const auto document =
            json::parse(whole, {.max_bytes = std::size_t{1} << 20, .max_depth = 64});
        return document ? document->root().dump(2) + "\n" : whole;
    }

    std::string expected_json(
        const std::vector<std::string>& chat,
        const std::vector<std::string>& crm,
        const std::optional<call::Call>& call
    ) const {
        json::Writer writer;
        writer.begin_object().key("chat").begin_array();
        for (const auto& text : chat) {
            writer.value(disguise_.templated(text));
        }
        writer.end_array().member("crm", crm).key("call").begin_object();
        if (call) {
            const auto list = [this](const std::vector<std::string>& numbers) {
                std::vector<std::string> out;
                out.reserve(numbers.size());
                for (const auto& number : numbers) {
                    out.push_back(disguise_.templated(number));
                }
                return out;
            };
            writer.member("direction", call::to_string(call->direction))
                .member("phone", disguise_.templated(call->phone))
                .member("line", disguise_.templated(call->line))
                .member("rang", list(call->rang))
                .member("talkers", list(call->talkers))
                .member("answered", call->answered)
                .member("talk_s", call->talk_s)
                .member("wait_s", call->wait_s);
        }
        return writer.end_object().end_object().take();
    }

    /// With the replacements' values, not their placeholders.
    call::Call disguised(call::Call call) {
        const auto value = [this](const std::string& number) {
            auto form = disguise_.number_or_name(number);
            for (const auto& field : disguise_.fields()) {
                if (form == "{" + field.name + "}" || form == "{" + field.name + ".bare}") {
                    return field.value;
                }
            }
            return form;
        };
        call.phone = value(call.phone);
        call.line = value(call.line);
        for (auto* list : {&call.rang, &call.talkers}) {
            std::ranges::transform(*list, list->begin(), value);
        }
        call.caller = call.phone;
        call.callee = call.talkers.empty() ? (call.rang.empty() ? "" : call.rang.front())
                                           : call.talkers.front();
        call.talker = call.talkers.empty() ? "" : call.talkers.back();
        call.record_url.clear();
        call.phase = call::Phase::done;
        return call;
    }

    const RecordedCall& recorded_;
    Disguise disguise_;
    std::vector<Told> told_;
    bool catch_up_ = false;
    base::WallTime begin_ = base::WallTime::max();
};

std::string timezone_of(const Pattern& pattern) {
    const auto recorded = pattern.document.root().find("recorded");
    const auto zone = recorded ? recorded->find("timezone") : std::nullopt;
    const std::string name(zone ? zone->string().value_or("") : "");
    return base::is_known_timezone(name) ? name : "Europe/Minsk";
}

}  // namespace

base::Result<std::string> export_trace(const RecordedCall& recorded) {
    return Exporter(recorded).run();
}

base::Result<Replay> replay(const Pattern& pattern) {
    int made = 0;
    const auto make_uuid = [&made] {
        return fmt::format("00000000-0000-4000-8000-{:012}", ++made);
    };
    const Exchange exchange{
        .now = replay_begin, .timezone = timezone_of(pattern), .make_uuid = make_uuid
    };
    const Pace as_recorded{.kind = Pace::Kind::real, .between = {}};
    const auto plan = make_plan(pattern, defaults_of(pattern), as_recorded, exchange);
    if (!plan) {
        return std::unexpected(plan.error());
    }
    call::TrackerSettings settings;
    settings.timezone = exchange.timezone;
    settings.make_uuid = make_uuid;
    Rehearsal rehearsal(std::move(settings), replay_begin);
    const auto played = rehearsal.play(*plan);
    if (!played) {
        return std::unexpected(played.error());
    }
    rehearsal.settle();
    Replay result;
    result.calls = rehearsal.calls();
    result.differences = differences_of(result.calls, *plan);
    return result;
}

}  // namespace trunkline::playback
