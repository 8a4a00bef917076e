#include "metrics/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <type_traits>
#include <variant>

#include "base/text.hpp"

namespace trunkline::metrics {
namespace {

bool is_name(std::string_view name, bool colon_allowed) {
    const auto is_first = [colon_allowed](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               (c == ':' && colon_allowed);
    };
    return !name.empty() && is_first(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return is_first(c) || (c >= '0' && c <= '9'); });
}

/// In help texts quotes stay as they are, in label values they are escaped.
std::string escape(std::string_view text, bool quotes) {
    std::string out;
    out.reserve(text.size());
    for (const char c : base::replace_invalid_utf8(text)) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && quotes) {
            out += "\\\"";
        } else {
            out += c;
        }
    }
    return out;
}

std::string number(double value) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value > 0 ? "+Inf" : "-Inf";
    }
    constexpr double exact_integers =
        9007199254740992;  // 2^53: below, a whole number prints without exponent.
    if (std::trunc(value) == value && std::abs(value) < exact_integers) {
        return fmt::format("{}", static_cast<std::int64_t>(value));
    }
    return fmt::format("{}", value);
}

/// `a="x",b="y"`: the text between a series' braces, sorted by label name, so it serves as the key
/// too.
std::string series_key(Labels labels) {
    std::ranges::sort(labels);
    std::string key;
    std::string_view previous;
    for (const auto& [name, value] : labels) {
        if (!is_name(name, false) || name.starts_with("__") || name == "le" || name == previous) {
            throw std::logic_error(fmt::format("\"{}\" cannot be a label's name here", name));
        }
        previous = name;
        key += fmt::format("{}{}=\"{}\"", key.empty() ? "" : ",", name, escape(value, true));
    }
    return key;
}

void check_bounds(const std::vector<double>& bounds) {
    const bool finite =
        std::ranges::all_of(bounds, [](double bound) { return std::isfinite(bound); });
    if (bounds.empty() || !finite ||
        std::ranges::adjacent_find(bounds, std::greater_equal{}) != bounds.end()) {
        throw std::logic_error("a histogram's bounds must be finite and rise");
    }
}

void append_sample(
    std::string& out,
    std::string_view name,
    std::string_view labels,
    std::string_view extra,
    std::string_view value
) {
    out += name;
    if (!labels.empty() || !extra.empty()) {
        out += '{';
        out += labels;
        out += labels.empty() || extra.empty() ? "" : ",";
        out += extra;
        out += '}';
    }
    out += ' ';
    out += value;
    out += '\n';
}

void append_metric(
    std::string& out, std::string_view name, std::string_view labels, const Counter& counter
) {
    append_sample(out, name, labels, {}, number(counter.value()));
}

void append_metric(
    std::string& out, std::string_view name, std::string_view labels, const Gauge& gauge
) {
    append_sample(out, name, labels, {}, number(gauge.value()));
}

void append_metric(
    std::string& out, std::string_view name, std::string_view labels, const Histogram& histogram
) {
    // The count is the sum of the buckets just read, so that it always agrees with `+Inf`.
    std::uint64_t total = 0;
    const auto bucket_name = fmt::format("{}_bucket", name);
    for (std::size_t i = 0; i <= histogram.bounds().size(); ++i) {
        total += histogram.bucket(i);
        const auto bound =
            i < histogram.bounds().size() ? number(histogram.bounds()[i]) : std::string("+Inf");
        append_sample(
            out, bucket_name, labels, fmt::format("le=\"{}\"", bound), fmt::format("{}", total)
        );
    }
    append_sample(out, fmt::format("{}_sum", name), labels, {}, number(histogram.sum()));
    append_sample(out, fmt::format("{}_count", name), labels, {}, fmt::format("{}", total));
}

}  // namespace

std::vector<double> default_seconds_bounds() {
    return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
}

void Counter::add(double amount) {
    if (amount > 0) {
        value_.fetch_add(amount, std::memory_order_relaxed);
    }
}

void Gauge::add(double amount) { value_.fetch_add(amount, std::memory_order_relaxed); }

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)), buckets_(bounds_.size() + 1) {}

void Histogram::observe(double value) {
    if (std::isnan(value)) {
        return;
    }
    const auto index = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
    buckets_[static_cast<std::size_t>(index)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

struct Registry::Family {
    using AnyMetric =
        std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>>;

    std::string name;
    std::string help;
    Kind kind;
    std::vector<double> bounds;
    std::map<std::string, AnyMetric, std::less<>> series;

    std::string_view kind_name() const {
        switch (kind) {
            case Kind::counter:
                return "counter";
            case Kind::gauge:
                return "gauge";
            case Kind::histogram:
                return "histogram";
        }
        return "untyped";
    }
};

Registry::Registry() = default;
Registry::~Registry() = default;

Registry::Family& Registry::family(
    std::string_view name, std::string_view help, Kind kind, std::vector<double> bounds
) {
    const auto place = std::ranges::lower_bound(families_, name, {}, [](const auto& candidate) {
        return std::string_view(candidate->name);
    });
    if (place != families_.end() && (*place)->name == name) {
        if ((*place)->kind != kind || (*place)->bounds != bounds) {
            throw std::logic_error(
                fmt::format("metric {} exists with another kind or other bounds", name)
            );
        }
        return **place;
    }
    if (!is_name(name, true)) {
        throw std::logic_error(fmt::format("\"{}\" cannot be a metric's name", name));
    }
    if (kind == Kind::histogram) {
        check_bounds(bounds);
    }
    auto made = std::make_unique<Family>(Family{
        .name = std::string(name),
        .help = std::string(help),
        .kind = kind,
        .bounds = std::move(bounds),
        .series = {}
    });
    return **families_.insert(place, std::move(made));
}

template <class Metric>
Metric& Registry::find_or_make(
    std::string_view name, std::string_view help, std::vector<double> bounds, const Labels& labels
) {
    constexpr auto kind = std::is_same_v<Metric, Counter> ? Kind::counter
                          : std::is_same_v<Metric, Gauge> ? Kind::gauge
                                                          : Kind::histogram;
    auto key = series_key(labels);
    const std::lock_guard lock(mutex_);
    auto& owner = family(name, help, kind, std::move(bounds));
    auto found = owner.series.find(key);
    if (found == owner.series.end() && owner.series.size() >= max_series) {
        key = "overflow=\"true\"";
        found = owner.series.find(key);
    }
    if (found == owner.series.end()) {
        std::unique_ptr<Metric> made;
        if constexpr (std::is_same_v<Metric, Histogram>) {
            made = std::make_unique<Histogram>(owner.bounds);
        } else {
            made = std::make_unique<Metric>();
        }
        found = owner.series.emplace(std::move(key), std::move(made)).first;
    }
    return *std::get<std::unique_ptr<Metric>>(found->second);
}

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
    return find_or_make<Counter>(name, help, {}, labels);
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
    return find_or_make<Gauge>(name, help, {}, labels);
}

Histogram& Registry::histogram(
    std::string_view name, std::string_view help, std::vector<double> bounds, const Labels& labels
) {
    return find_or_make<Histogram>(name, help, std::move(bounds), labels);
}

void Registry::on_render(std::function<void()> refresh) {
    const std::lock_guard lock(mutex_);
    refreshers_.push_back(std::move(refresh));
}

std::string Registry::render() const {
    std::vector<std::function<void()>> refreshers;
    {
        const std::lock_guard lock(mutex_);
        refreshers = refreshers_;
    }
    for (const auto& refresh : refreshers) {
        refresh();  // Outside the lock, since it looks up gauges here.
    }
    std::string out;
    const std::lock_guard lock(mutex_);
    for (const auto& owner : families_) {
        out += fmt::format("# HELP {} {}\n", owner->name, escape(owner->help, false));
        out += fmt::format("# TYPE {} {}\n", owner->name, owner->kind_name());
        for (const auto& [labels, any] : owner->series) {
            std::visit(
                [&](const auto& metric) { append_metric(out, owner->name, labels, *metric); }, any
            );
        }
    }
    return out;
}

}  // namespace trunkline::metrics
