#include "metrics/registry.hpp"

#include <limits>
#include <stdexcept>
#include <thread>

#include "testing/catch.hpp"

using namespace trunkline;
using metrics::Registry;

TEST_CASE("counters and gauges are written with help and type, sorted by name", "[metrics]") {
    Registry registry;
    registry.gauge("queue_size", "What waits.").set(2.5);
    registry.counter("calls_total", "Calls.", {{"type", "out"}}).add();
    registry.counter("calls_total", "Calls.", {{"type", "in"}}).add(3);
    CHECK(
        registry.render() ==
        "# HELP calls_total Calls.\n"
        "# TYPE calls_total counter\n"
        "calls_total{type=\"in\"} 3\n"
        "calls_total{type=\"out\"} 1\n"
        "# HELP queue_size What waits.\n"
        "# TYPE queue_size gauge\n"
        "queue_size 2.5\n"
    );
}

TEST_CASE("a histogram is cumulative and its count agrees with its last bucket", "[metrics]") {
    Registry registry;
    auto& seconds = registry.histogram("wait_seconds", "Waiting.", {0.1, 1}, {{"route", "/a"}});
    for (const double value : {0.1, 0.5, 0.25, 7.0, std::numeric_limits<double>::quiet_NaN()}) {
        seconds.observe(value);
    }
    CHECK(
        registry.render() ==
        "# HELP wait_seconds Waiting.\n"
        "# TYPE wait_seconds histogram\n"
        "wait_seconds_bucket{route=\"/a\",le=\"0.1\"} 1\n"
        "wait_seconds_bucket{route=\"/a\",le=\"1\"} 3\n"
        "wait_seconds_bucket{route=\"/a\",le=\"+Inf\"} 4\n"
        "wait_seconds_sum{route=\"/a\"} 7.85\n"
        "wait_seconds_count{route=\"/a\"} 4\n"
    );
}

TEST_CASE("label values and help texts are escaped", "[metrics]") {
    Registry registry;
    registry.counter("c", "one\ntwo \\ \"three\"", {{"path", "a\"b\\c\nd\xFF"}}).add();
    CHECK(
        registry.render() ==
        "# HELP c one\\ntwo \\\\ \"three\"\n"
        "# TYPE c counter\n"
        "c{path=\"a\\\"b\\\\c\\nd\xEF\xBF\xBD\"} 1\n"
    );
}

TEST_CASE("the same name and labels give the same object in any order of labels", "[metrics]") {
    Registry registry;
    auto& first = registry.counter("c", "", {{"a", "1"}, {"b", "2"}});
    auto& second = registry.counter("c", "", {{"b", "2"}, {"a", "1"}});
    CHECK(&first == &second);
    CHECK(&first != &registry.counter("c", "", {{"a", "1"}}));
}

TEST_CASE("large and special numbers are written as Prometheus reads them", "[metrics]") {
    Registry registry;
    auto& gauge = registry.gauge("g", "");
    const auto written = [&](double value) {
        gauge.set(value);
        const auto text = registry.render();
        return text.substr(text.find("\ng ") + 3);
    };
    CHECK(written(1759322625) == "1759322625\n");
    CHECK(written(-3) == "-3\n");
    CHECK(written(1e300) == "1e+300\n");
    CHECK(written(std::numeric_limits<double>::infinity()) == "+Inf\n");
    CHECK(written(-std::numeric_limits<double>::infinity()) == "-Inf\n");
    CHECK(written(std::numeric_limits<double>::quiet_NaN()) == "NaN\n");
}

TEST_CASE("a counter never shrinks", "[metrics]") {
    metrics::Counter counter;
    counter.add(2);
    counter.add(-1);
    counter.add(std::numeric_limits<double>::quiet_NaN());
    CHECK(counter.value() == 2);
}

TEST_CASE("misuse by the programmer throws", "[metrics]") {
    Registry registry;
    registry.counter("c", "");
    registry.histogram("h", "", {1, 2});
    CHECK_THROWS_AS(registry.gauge("c", ""), std::logic_error);
    CHECK_THROWS_AS(registry.histogram("h", "", {1, 3}), std::logic_error);
    CHECK_THROWS_AS(registry.histogram("other", "", {2, 1}), std::logic_error);
    CHECK_THROWS_AS(registry.histogram("other", "", {}), std::logic_error);
    CHECK_THROWS_AS(registry.counter("no-dash", ""), std::logic_error);
    CHECK_THROWS_AS(registry.counter("9", ""), std::logic_error);
    CHECK_THROWS_AS(registry.counter("d", "", {{"le", "1"}}), std::logic_error);
    CHECK_THROWS_AS(registry.counter("d", "", {{"__name__", "1"}}), std::logic_error);
    CHECK_THROWS_AS(registry.counter("d", "", {{"a", "1"}, {"a", "2"}}), std::logic_error);
}

TEST_CASE("label sets beyond the bound share one overflow series", "[metrics]") {
    Registry registry;
    for (std::size_t i = 0; i < Registry::max_series; ++i) {
        registry.counter("c", "", {{"peer", std::to_string(i)}}).add();
    }
    auto& one_more = registry.counter("c", "", {{"peer", "one more"}});
    one_more.add();
    CHECK(&one_more == &registry.counter("c", "", {{"peer", "another"}}));
    CHECK(registry.counter("c", "", {{"peer", "7"}}).value() == 1);
    CHECK_THAT(registry.render(), ContainsSubstring("c{overflow=\"true\"} 1\n"));
}

TEST_CASE("what is asked to run at each render may use the registry", "[metrics]") {
    Registry registry;
    int renders = 0;
    registry.on_render([&] { registry.gauge("renders", "").set(++renders); });
    registry.render();
    CHECK_THAT(registry.render(), ContainsSubstring("renders 2\n"));
}

TEST_CASE("nothing is lost when threads count together", "[metrics]") {
    Registry registry;
    constexpr int each = 10'000;
    {
        std::vector<std::jthread> threads;
        for (int number = 0; number < 4; ++number) {
            threads.emplace_back([&registry] {
                auto& counter = registry.counter("c", "");
                auto& gauge = registry.gauge("g", "");
                auto& histogram = registry.histogram("h", "", {1});
                for (int i = 0; i < each; ++i) {
                    counter.add();
                    gauge.add(i % 2 == 0 ? 1 : -1);
                    histogram.observe(i % 2);
                }
                registry.render();
            });
        }
    }
    CHECK(registry.counter("c", "").value() == 4 * each);
    CHECK(registry.gauge("g", "").value() == 0);
    CHECK(registry.histogram("h", "", {1}).bucket(0) == 4 * each);
    CHECK(registry.histogram("h", "", {1}).sum() == 2 * each);
}
