#include "playback/plan.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "base/timezone.hpp"
#include "call/number.hpp"
#include "playback/placeholders.hpp"

namespace trunkline::playback {
namespace {

std::optional<std::uint64_t> number_after(std::string_view name, std::string_view prefix) {
    if (!name.starts_with(prefix)) {
        return std::nullopt;
    }
    name.remove_prefix(prefix.size());
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool is_whole = parsed.ec == std::errc{} && parsed.ptr == name.data() + name.size();
    return is_whole && number > 0 && number < 1'000'000 ? std::optional(number) : std::nullopt;
}

std::string bare(const std::string& number) {
    return number.starts_with('+') ? number.substr(1) : number;
}

/// As the chat shows it (contracts/pbx-webhook.md section 5).
std::string formatted(const std::string& number) {
    const auto text = call::format_phone(number);
    return text.empty() ? "Номер не определен" : text;
}

/// What old hosts make of Cyrillic; the rest of what is not ASCII becomes a question mark.
std::string in_cp1251(std::string_view utf8) {
    std::string out;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto lead = static_cast<unsigned char>(utf8[i]);
        if (lead < 0x80) {
            out += utf8[i];
            continue;
        }
        const auto next = i + 1 < utf8.size() ? static_cast<unsigned char>(utf8[i + 1]) : 0U;
        const unsigned point = ((lead & 0x1FU) << 6U) | (next & 0x3FU);
        const bool is_two_bytes = (lead & 0xE0U) == 0xC0U;
        const bool is_letter = is_two_bytes && point >= 0x410 && point <= 0x44F;
        out += is_letter ? static_cast<char>(point - 0x410 + 0xC0) : '?';
        i += is_two_bytes ? 1 : (lead & 0xF0U) == 0xE0U ? 2 : 3;
    }
    return out;
}

/// Faster than real on a whole second: the host's times have no fractions, and lengths that are
/// made of them shall not depend on the moment of the run.
base::WallTime begin_of(const Pattern& pattern, const Pace& pace, const Exchange& exchange) {
    using std::chrono::seconds;
    if (pace.kind == Pace::Kind::real) {
        return exchange.now;
    }
    return std::max(
        std::chrono::floor<seconds>(exchange.now - pattern.length()),
        std::chrono::ceil<seconds>(exchange.free_from)
    );
}

class Planner {
public:
    Planner(
        const Pattern& pattern,
        const FieldValues& values,
        const Pace& pace,
        const Exchange& exchange
    )
        : pattern_(pattern),
          values_(values),
          pace_(pace),
          exchange_(exchange),
          begin_(begin_of(pattern, pace, exchange)),
          moment_(begin_) {}

    base::Result<Plan> run() {
        Plan plan;
        plan.is_catch_up = pattern_.is_catch_up;
        plan.order_matters = pattern_.order_matters;
        plan.tells_time =
            pace_.kind != Pace::Kind::real || pattern_.has_late_steps() || pattern_.is_catch_up;
        plan.unique_id = unique_id(1);
        plan.token = token_of(values_);
        plan.values = values_;
        auto told = begin_;
        for (const auto& step : pattern_.steps) {
            told += step.after;
            moment_ = step.happened ? begin_ + *step.happened : told;
            auto body = body_of(step);
            if (!body) {
                return std::unexpected(body.error());
            }
            plan.events.push_back(
                {.type = step.event,
                 .body = std::move(*body),
                 .due = due(plan.events.size(), told),
                 .moment = moment_}
            );
        }
        moment_ = plan.end = told;
        const Lookup lookup = [this](std::string_view name) { return look_up(name); };
        auto expected = fill(pattern_.expected(), lookup);
        if (!expected) {
            return std::unexpected(expected.error());
        }
        plan.expected = std::move(*expected);
        return plan;
    }

private:
    base::Result<std::string> body_of(const Step& step) {
        const Lookup lookup = [this](std::string_view name) { return look_up(name); };
        auto body = fill(step.body, lookup);
        if (body && step.is_cp1251) {
            return in_cp1251(*body);
        }
        return body;
    }

    std::chrono::milliseconds due(std::size_t index, base::WallTime told) const {
        using std::chrono::milliseconds;
        switch (pace_.kind) {
            case Pace::Kind::real:
                return std::chrono::duration_cast<milliseconds>(told - begin_);
            case Pace::Kind::fixed:
                return pace_.between * static_cast<milliseconds::rep>(index);
            case Pace::Kind::fast:
                break;
        }
        return milliseconds(0);
    }

    std::optional<Filling> look_up(std::string_view name) {
        if (const auto number = number_after(name, "unique_id.");
            number && *number <= channels_per_run) {
            return unique_id(*number);
        }
        if (const auto number = number_after(name, "bridge.")) {
            return bridge(*number);
        }
        if (name == "local_time") {
            return local_time(moment_);
        }
        if (name == "local_time.begin") {
            return local_time(begin_);
        }
        if (const auto seconds = number_after(name, "local_time.+")) {
            return local_time(begin_ + std::chrono::seconds(*seconds));
        }
        if (const auto seconds = number_after(name, "local_time.-")) {
            return local_time(begin_ - std::chrono::seconds(*seconds));
        }
        return field(name);
    }

    std::optional<Filling> field(std::string_view name) const {
        const auto dot = name.find('.');
        const auto found = values_.find(name.substr(0, dot));
        if (found == values_.end()) {
            return std::nullopt;
        }
        auto first = found->second.empty() ? std::string() : found->second.front();
        if (dot == std::string_view::npos) {
            const auto* field = pattern_.find_field(name);
            return field != nullptr && field->is_list ? Filling(found->second) : Filling(first);
        }
        const auto form = name.substr(dot + 1);
        if (form == "first") {
            return first;
        }
        if (const auto place = number_after(name, name.substr(0, dot + 1))) {
            return *place <= found->second.size() ? found->second[*place - 1] : std::string();
        }
        if (form == "bare") {
            return bare(first);
        }
        if (form == "formatted") {
            return formatted(first);
        }
        return std::nullopt;
    }

    /// `<epoch>.<n>` as Asterisk makes it.
    std::string unique_id(std::uint64_t channel) const {
        const auto epoch =
            std::chrono::floor<std::chrono::seconds>(begin_).time_since_epoch().count();
        return std::to_string(epoch) + "." + std::to_string(exchange_.first_channel + channel - 1);
    }

    std::string bridge(std::uint64_t number) {
        auto& uuid = bridges_[number];
        if (uuid.empty()) {
            uuid = exchange_.make_uuid();
        }
        return uuid;
    }

    std::string local_time(base::WallTime time) const {
        return base::format_local_time(time, exchange_.timezone).value_or(std::string());
    }

    const Pattern& pattern_;
    const FieldValues& values_;
    const Pace& pace_;
    const Exchange& exchange_;
    const base::WallTime begin_;
    base::WallTime moment_;  ///< Of the step that is being filled.
    std::map<std::uint64_t, std::string> bridges_;
};

}  // namespace

std::string to_string(const Pace& pace) {
    switch (pace.kind) {
        case Pace::Kind::real:
            return "real";
        case Pace::Kind::fast:
            return "fast";
        case Pace::Kind::fixed:
            return std::to_string(pace.between.count());
    }
    return "fast";
}

FieldValues defaults_of(const Pattern& pattern) {
    FieldValues values;
    for (const auto& field : pattern.fields) {
        values[field.name] = field.defaults;
    }
    return values;
}

std::string token_of(const FieldValues& values) {
    const auto token = values.find("token");
    return token == values.end() || token->second.empty() ? std::string() : token->second.front();
}

base::Result<Plan> make_plan(
    const Pattern& pattern, const FieldValues& values, const Pace& pace, const Exchange& exchange
) {
    return Planner(pattern, values, pace, exchange).run();
}

}  // namespace trunkline::playback
