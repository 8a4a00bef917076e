#include "numbers/plan.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/text.hpp"
#include "cache.hpp"
#include "country_plan.hpp"
#include "json/writer.hpp"
#include "numbers/plain.hpp"
#include "worker.hpp"

namespace trunkline::numbers {
namespace {

constexpr std::size_t most_rules = 200;
/// Longer texts are no numbers; they are not worth a place in the cache.
constexpr std::size_t longest_cached = 64;
constexpr std::size_t longest_shown = 200;

/// A line's own rules first, then by priority, then in the order in which they were made.
bool goes_before(const Rule& a, const Rule& b) {
    return std::make_tuple(a.line.empty(), a.priority, a.id) <
           std::make_tuple(b.line.empty(), b.priority, b.id);
}

void append(std::string& text, std::string_view part) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
}

/// Equal for equal settings only.
std::string fingerprint(const PlanSettings& settings) {
    std::string text;
    append(text, settings.region);
    for (const auto& line : settings.lines) {
        append(text, line);
    }
    text += '/';
    for (const auto& rule : settings.rules) {
        append(text, std::to_string(rule.id));
        append(text, rule.line);
        append(text, std::to_string(rule.priority));
        append(text, rule.pattern);
        append(text, rule.replacement);
    }
    return text;
}

/// Whether there is a plan for it is not asked here: that would set libphonenumber up in services
/// that never see a number.
bool looks_like_region(std::string_view region) {
    return region.size() == 2 &&
           std::ranges::all_of(region, [](char c) { return c >= 'A' && c <= 'Z'; });
}

void bring_in_order(PlanSettings& settings) {
    std::erase_if(settings.lines, [](const std::string& line) {
        return line.empty() || kind_of(line) == NumberKind::line;
    });
    std::ranges::sort(settings.lines);
    std::ranges::sort(settings.rules, goes_before);
}

std::unique_ptr<const Plan::Parts> compile(
    PlanSettings settings, std::uint64_t serial, std::vector<std::string>& problems
) {
    auto parts = std::make_unique<Plan::Parts>();
    parts->serial = serial;
    parts->region = settings.region;
    if (!looks_like_region(settings.region)) {
        problems.push_back(
            "region \"" + settings.region +
            "\" is no country code of two capital letters: only international numbers are "
            "understood"
        );
    }
    parts->lines.insert(settings.lines.begin(), settings.lines.end());
    for (auto& rule : settings.rules) {
        if (parts->rules.size() >= most_rules) {
            problems.emplace_back("more than 200 number rules: the last ones are left out");
            break;
        }
        const auto name = "number rule " + std::to_string(rule.id);
        auto compiled = CompiledRule::compile(std::move(rule));
        if (!compiled) {
            problems.push_back(name + " is left out: " + compiled.error().detail);
            continue;
        }
        const auto& line = compiled->rule().line;
        if (!line.empty() &&
            (parts->lines_with_rules.empty() ||
             std::ranges::find(parts->lines_with_rules, line) == parts->lines_with_rules.end())) {
            parts->lines_with_rules.push_back(line);
        }
        parts->rules.push_back(std::move(*compiled));
    }
    return parts;
}

}  // namespace

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::hidden:
            return "hidden";
        case Kind::unusable:
            return "unusable";
        case Kind::internal:
            return "internal";
        case Kind::line:
            return "line";
        case Kind::service:
            return "service";
        case Kind::external:
            return "external";
    }
    return "unusable";
}

bool has_numbering_plan(std::string_view region) { return is_known_region(region); }

Plan::Plan(std::unique_ptr<const Parts> parts, std::shared_ptr<Cache> cache)
    : parts_(std::move(parts)), cache_(std::move(cache)) {}

Plan::~Plan() = default;

/// Gives the identity to `read`, from the cache where it is there.
template <class Read>
void Plan::with_identity(std::string_view raw, std::string_view line, const Read& read) const {
    if (raw.size() > longest_cached || line.size() > longest_cached) {
        read(numbers::identify(*parts_, raw, line, nullptr));
        return;
    }
    // A line without rules of its own makes no difference.
    const auto& lines = parts_->lines_with_rules;
    const bool counts = !line.empty() && std::ranges::find(lines, line) != lines.end();
    const std::string_view key_line = counts ? line : std::string_view();
    if (cache_->find(parts_->serial, key_line, raw, read)) {
        return;
    }
    auto identity = numbers::identify(*parts_, raw, line, nullptr);
    read(identity);
    cache_->put(parts_->serial, key_line, raw, std::move(identity));
}

Identity Plan::identify(std::string_view raw, std::string_view line) const {
    Identity identity;
    with_identity(raw, line, [&](const Identity& known) { identity = known; });
    return identity;
}

std::string Plan::canonical(std::string_view raw, std::string_view line) const {
    std::string number;
    with_identity(raw, line, [&](const Identity& known) { number = known.canonical; });
    return number;
}

Explanation Plan::explain(std::string_view raw, std::string_view line) const {
    Explanation explanation;
    explanation.raw = base::replace_invalid_utf8(raw.substr(0, longest_shown));
    explanation.region = parts_->region;
    explanation.line = line;
    explanation.identity = numbers::identify(*parts_, raw, line, &explanation.steps);
    return explanation;
}

const std::vector<std::string>& Plan::lines_with_rules() const { return parts_->lines_with_rules; }

Plans::Plans(std::size_t cached_numbers) : cache_(std::make_shared<Cache>(cached_numbers)) {}

Plans::~Plans() = default;

Plans::Made Plans::make(PlanSettings settings) {
    bring_in_order(settings);
    auto name = fingerprint(settings);
    if (const auto found = made_.find(name); found != made_.end()) {
        if (auto plan = found->second.lock()) {
            return {std::move(plan), false, {}};
        }
    }
    if (made_.size() >= purge_at_) {
        std::erase_if(made_, [](const auto& entry) { return entry.second.expired(); });
        purge_at_ = std::max<std::size_t>(64, made_.size() * 2);
    }
    Made made;
    made.is_new = true;
    made.plan = std::make_shared<const Plan>(
        compile(std::move(settings), ++serial_, made.problems), cache_
    );
    made_.insert_or_assign(std::move(name), made.plan);
    return made;
}

std::string Explanation::to_json() const {
    const auto or_null = [](const std::string& text) {
        return text.empty() ? std::optional<std::string>() : std::optional(text);
    };
    json::Writer writer;
    writer.begin_object()
        .member("raw", raw)
        .member("region", or_null(region))
        .member("line", or_null(line))
        .member("kind", to_string(identity.kind))
        .member("canonical", identity.canonical)
        .member("match_key", identity.key)
        .member("e164", or_null(identity.e164))
        .member("country", or_null(identity.country))
        .member("valid", identity.valid)
        .member("rule", identity.rule == 0 ? std::optional<std::int64_t>() : identity.rule)
        .key("steps")
        .begin_array();
    for (const auto& step : steps) {
        writer.begin_object()
            .member("step", step.what)
            .member("number", step.number)
            .member("reason", step.why)
            .end_object();
    }
    return writer.end_array().end_object().take();
}

}  // namespace trunkline::numbers
