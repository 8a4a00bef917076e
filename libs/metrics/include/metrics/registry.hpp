#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trunkline::metrics {

/// Names and values of one series. The order does not matter; `le` belongs to histograms.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// What an HTTP answer with Registry::render() says it is.
inline constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

/// Upper bounds in seconds that fit requests between half a millisecond and ten seconds.
std::vector<double> default_seconds_bounds();

/// Grows only. Any thread, without locks.
class Counter {
public:
    /// A negative `amount` is ignored: a counter that shrinks reads as a restart.
    void add(double amount = 1);
    double value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_ = 0;
};

/// A figure that goes up and down. Any thread, without locks.
class Gauge {
public:
    void set(double value) { value_.store(value, std::memory_order_relaxed); }
    void add(double amount);
    double value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_ = 0;
};

/// Counts observations by upper bound. Any thread, without locks.
class Histogram {
public:
    explicit Histogram(std::vector<double> bounds);

    /// A value equal to a bound counts below it. NaN is ignored.
    void observe(double value);

    const std::vector<double>& bounds() const { return bounds_; }
    /// Observations in the bucket with this index (not cumulative); the last index is that of
    /// `+Inf`.
    std::uint64_t bucket(std::size_t index) const {
        return buckets_[index].load(std::memory_order_relaxed);
    }
    double sum() const { return sum_.load(std::memory_order_relaxed); }

private:
    std::vector<double> bounds_;
    std::vector<std::atomic<std::uint64_t>> buckets_;
    std::atomic<double> sum_ = 0;
};

/// All figures of a process, written in Prometheus' text format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/). Any thread. A look-up takes a
/// lock, so hot paths keep the reference; it lives as long as the registry.
///
/// The same name and labels give the same object. The first call's help stands. A name used as two
/// kinds, a histogram with other bounds, and names that Prometheus refuses throw std::logic_error.
/// Beyond `max_series` label sets of one name, further sets share one series with the label
/// `overflow="true"`, so that foreign input cannot fill the memory.
class Registry {
public:
    static constexpr std::size_t max_series = 10'000;

    Registry();
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
    Histogram& histogram(
        std::string_view name,
        std::string_view help,
        std::vector<double> bounds,
        const Labels& labels = {}
    );

    /// `refresh` runs at the start of each render(), to set gauges that are cheaper asked for than
    /// kept up to date. It may use the registry and must not block.
    void on_render(std::function<void()> refresh);

    std::string render() const;

private:
    enum class Kind : std::uint8_t { counter, gauge, histogram };
    struct Family;
    template <class Metric>
    Metric& find_or_make(
        std::string_view name,
        std::string_view help,
        std::vector<double> bounds,
        const Labels& labels
    );
    Family& family(
        std::string_view name, std::string_view help, Kind kind, std::vector<double> bounds
    );

    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Family>> families_;  ///< Sorted by name.
    std::vector<std::function<void()>> refreshers_;
};

}  // namespace trunkline::metrics
