#include "call/card.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "call/number.hpp"
#include "card_texts.hpp"
#include "html.hpp"
#include "json_fields.hpp"

namespace trunkline::call {
namespace {

class CardWriter {
public:
    /// No more of a name than `longest_name` code points, no more of a list than `longest_list`.
    CardWriter(
        const Call& call,
        const CardOptions& options,
        std::size_t longest_name,
        std::size_t longest_list
    )
        : call_(call),
          options_(options),
          texts_(texts_of(options.language)),
          longest_name_(longest_name),
          longest_list_(longest_list) {}

    std::string write() const {
        std::string text = call_.direction == Direction::internal ? internal() : external();
        if (!text.empty()) {
            text += extra_lines();
        }
        return text;
    }

private:
    std::string external() const {
        switch (call_.phase) {
            case Phase::none:
                return {};
            case Phase::ringing_start:
                return arrow(texts_.ringing, phone(), line_or_greeting());
            case Phase::dialing:
                return arrow(texts_.dialing, phone(), rung());
            case Phase::talking:
                return fmt::format("{} {} ↔ {}", texts_.talking, phone(), talker());
            case Phase::done:
                break;
        }
        if (!call_.answered) {
            return arrow(texts_.missed, phone(), rung());
        }
        return fmt::format(
            "{} {} ↔ {}, {}", texts_.done, phone(), talkers(), format_duration(call_.talk_s)
        );
    }

    /// From whom to whom; an outbound call goes the other way.
    std::string arrow(std::string_view title, const std::string& outside, const std::string& inside)
        const {
        const bool out = call_.direction == Direction::out;
        return fmt::format("{} {} → {}", title, out ? inside : outside, out ? outside : inside);
    }

    std::string internal() const {
        switch (call_.phase) {
            case Phase::none:
                return {};
            case Phase::ringing_start:
            case Phase::dialing:
                return fmt::format("{}\n{} → {}", texts_.internal_ringing, caller(), rung());
            case Phase::talking:
                return fmt::format("{} {} ↔ {}", texts_.internal_talking, caller(), talker());
            case Phase::done:
                break;
        }
        if (!call_.answered) {
            return fmt::format("{} {} → {}", texts_.internal_missed, caller(), rung());
        }
        return fmt::format(
            "{} {} ↔ {}, {}",
            texts_.internal_done,
            caller(),
            talkers(),
            format_duration(call_.talk_s)
        );
    }

    std::string phone() const {
        const std::string number = format_phone(call_.phone);
        std::string text = number.empty() ? std::string(texts_.hidden_number) : escape_html(number);
        if (const auto name = shown_name(options_.names.customer); !name.empty()) {
            text += fmt::format(" ({})", name);
        }
        return text;
    }

    std::string shown_name(std::string_view name) const {
        return escape_html(shorten(clean_name(name), longest_name_));
    }

    std::string caller() const {
        return call_.caller.empty() ? std::string(texts_.hidden_number) : inside(call_.caller);
    }

    /// `151` or `ФИО (151)`.
    std::string inside(const std::string& number) const {
        const std::string shown = escape_html(is_external(number) ? format_phone(number) : number);
        const auto found = options_.names.managers.find(number);
        const auto name =
            found == options_.names.managers.end() ? std::string() : shown_name(found->second);
        return name.empty() ? shown : fmt::format("{} ({})", name, shown);
    }

    std::string joined(const std::vector<std::string>& numbers, std::string_view separator) const {
        std::vector<std::string> shown;
        shown.reserve(numbers.size());
        for (const std::string& number : numbers) {
            if (shown.size() == longest_list_) {
                shown.push_back(fmt::format("… +{}", numbers.size() - shown.size()));
                break;
            }
            shown.push_back(inside(number));
        }
        return fmt::format("{}", fmt::join(shown, separator));
    }

    std::string rung() const {
        return call_.rang.empty() ? line_or_greeting() : joined(call_.rang, ", ");
    }

    std::string talker() const {
        return call_.talker.empty() ? line_or_greeting() : inside(call_.talker);
    }

    std::string talkers() const {
        return call_.talkers.empty() ? talker() : joined(call_.talkers, " → ");
    }

    std::string line_or_greeting() const {
        const auto name = shown_name(options_.names.line);
        return name.empty() ? std::string(texts_.greeting) : name;
    }

    std::string extra_lines() const {
        std::string lines;
        const std::string& line = options_.names.line.empty() ? call_.line : options_.names.line;
        if (options_.show_line && !line.empty() && call_.direction != Direction::internal) {
            lines += fmt::format("\n📡 {}", shown_name(line));
        }
        const bool recorded =
            call_.phase == Phase::done && call_.answered && !call_.record_url.empty();
        if (options_.show_recording && recorded) {
            lines += fmt::format(
                "\n🔉 <a href=\"{}\">{}</a>", escape_html(call_.record_url), texts_.recording
            );
        }
        return lines;
    }

    const Call& call_;
    const CardOptions& options_;
    const CardTexts& texts_;
    std::size_t longest_name_;
    std::size_t longest_list_;
};

/// Telegram's own bounds: code points of what people read, bytes of what is sent.
constexpr std::size_t longest_shown = 4096;
constexpr std::size_t longest_sent = 32768;

bool fits(const std::string& text) {
    return text.size() <= longest_sent && code_points(plain_text(text)) <= longest_shown;
}

/// Whether the chat may go from what it shows to this snapshot.
bool goes_on(const CardState& state, const Call& call) {
    return call.phase >= state.phase || call.reopened > state.reopened;
}

bool gives_final_as_comment(const CardState& state, const Call& call, const CardOptions& options) {
    return options.final_mode == FinalMode::comment && call.phase == Phase::done &&
           state.phase == Phase::talking &&
           options.now - state.changed_at <= options.comment_window;
}

CardStep send(CardOp op, std::string text, CardState state, const CardOptions& options) {
    state.changed_at = options.now;
    (op == CardOp::comment ? state.comment : state.text) = text;
    return {op, std::move(text), std::move(state)};
}

/// The end was shown already and is known better now.
CardStep correct(
    const CardState& before,
    CardState state,
    const Call& call,
    const CardOptions& options,
    std::string text
) {
    // A new name for an old state is no news worth another message.
    const bool is_news = call.revision > before.revision;
    if (call.recovered) {
        std::string comment = fmt::format("{}\n{}", text, texts_of(options.language).corrected);
        if (!is_news || comment == before.comment) {
            return {CardOp::none, {}, std::move(state)};
        }
        return send(CardOp::comment, std::move(comment), std::move(state), options);
    }
    if (!before.comment.empty() && options.final_mode == FinalMode::comment) {
        if (!is_news || text == before.comment) {
            return {CardOp::none, {}, std::move(state)};
        }
        return send(CardOp::comment, std::move(text), std::move(state), options);
    }
    return send(CardOp::replace, std::move(text), std::move(state), options);
}

/// The link came after the end was told, and nothing else can show it.
bool wants_recording_told(const CardState& state, const Call& call, const CardOptions& options) {
    return options.comment_recording && state.phase == Phase::done && call.phase == Phase::done &&
           !state.has_recording && !call.record_url.empty() && call.revision > state.revision;
}

std::string recording_comment(const Call& call, const CardOptions& options) {
    return fmt::format(
        "🔉 {}: {}", texts_of(options.language).recording, escape_html(call.record_url)
    );
}

}  // namespace

std::optional<Language> parse_language(std::string_view code) {
    if (code == "ru") {
        return Language::ru;
    }
    if (code == "be") {
        return Language::be;
    }
    return code == "en" ? std::optional(Language::en) : std::nullopt;
}

CardStep next_card(const CardState& state, const Call& call, const CardOptions& options) {
    CardState next = state;
    if (call.revision < state.revision) {
        return {CardOp::none, {}, std::move(next)};
    }
    next.revision = call.revision;
    std::string text = card_text(call, options);
    if (text.empty() || !goes_on(state, call)) {
        return {CardOp::none, {}, std::move(next)};
    }
    next.phase = call.phase;
    next.reopened = call.reopened;
    next.has_recording = call.phase == Phase::done && !call.record_url.empty();
    if (state.phase == Phase::none) {
        return send(CardOp::send, std::move(text), std::move(next), options);
    }
    if (text == state.text) {
        if (wants_recording_told(state, call, options)) {
            return send(
                CardOp::comment, recording_comment(call, options), std::move(next), options
            );
        }
        return {CardOp::none, {}, std::move(next)};
    }
    if (state.phase == Phase::done && call.phase == Phase::done) {
        return correct(state, std::move(next), call, options, std::move(text));
    }
    const bool comment = gives_final_as_comment(state, call, options);
    return send(
        comment ? CardOp::comment : CardOp::replace, std::move(text), std::move(next), options
    );
}

std::string card_text(const Call& call, const CardOptions& options) {
    constexpr std::size_t all = 1'000'000;
    constexpr std::array<std::pair<std::size_t, std::size_t>, 5> bounds{
        {{all, all}, {256, 64}, {64, 32}, {32, 16}, {16, 8}}
    };
    std::string text;
    for (const auto& [longest_name, longest_list] : bounds) {
        text = CardWriter(call, options, longest_name, longest_list).write();
        if (fits(text)) {
            break;
        }
    }
    return text;
}

std::string format_duration(std::int64_t seconds) {
    constexpr std::int64_t hour = 3600;
    constexpr std::int64_t minute = 60;
    const std::int64_t whole = std::max<std::int64_t>(0, seconds);
    if (whole < hour) {
        return fmt::format("{:02}:{:02}", whole / minute, whole % minute);
    }
    return fmt::format("{}:{:02}:{:02}", whole / hour, whole % hour / minute, whole % minute);
}

std::string to_json(const CardState& state) {
    json::Writer writer;
    writer.begin_object();
    writer.member("phase", to_string(state.phase));
    writer.member("text", state.text);
    put(writer, "comment", state.comment);
    writer.member("revision", state.revision);
    writer.member("reopened", state.reopened);
    if (state.has_recording) {
        writer.member("has_recording", true);
    }
    writer.member("changed_at", to_micros(state.changed_at));
    writer.end_object();
    return writer.take();
}

base::Result<CardState> card_state_from_json(json::View value) {
    constexpr std::array phases = {
        Phase::none, Phase::ringing_start, Phase::dialing, Phase::talking, Phase::done
    };
    json::Reader reader(value);
    CardState state;
    const std::string name = reader.required_string("phase");
    const auto* const phase =
        std::ranges::find_if(phases, [&](Phase candidate) { return to_string(candidate) == name; });
    if (phase == phases.end()) {
        reader.fail("phase", "has an unknown value");
    } else {
        state.phase = *phase;
    }
    state.text = text(reader, "text");
    state.comment = text(reader, "comment");
    state.revision = static_cast<std::uint64_t>(reader.required_integer("revision"));
    state.reopened = static_cast<unsigned>(reader.optional_integer("reopened").value_or(0));
    state.has_recording = reader.optional_bool("has_recording").value_or(false);
    state.changed_at = from_micros(reader.optional_integer("changed_at").value_or(0));
    if (auto finished = reader.finish(); !finished) {
        return std::unexpected(std::move(finished.error()));
    }
    return state;
}

}  // namespace trunkline::call
