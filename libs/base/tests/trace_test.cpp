#include "base/trace.hpp"

#include "testing/catch.hpp"

using namespace trunkline;

namespace {
const std::string example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
}

TEST_CASE("the standard's example header is read and written back", "[base]") {
    const auto trace = base::TraceContext::parse(example);
    REQUIRE(trace.has_value());
    CHECK(trace->trace_id == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(trace->span_id == "00f067aa0ba902b7");
    CHECK(trace->header() == example);
}

TEST_CASE("a later version may carry more behind a dash", "[base]") {
    CHECK(base::TraceContext::parse("cc" + example.substr(2) + "-what-comes").has_value());
    CHECK(base::TraceContext::parse("cc" + example.substr(2)).has_value());
    CHECK_FALSE(base::TraceContext::parse("cc" + example.substr(2) + ".what").has_value());
}

TEST_CASE("malformed headers give no trace", "[base]") {
    for (const auto& text : std::vector<std::string>{
             "",
             "00",
             example + "-extra",
             "ff" + example.substr(2),
             example.substr(0, 54),
             "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
             "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
             "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
             "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
             "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
         }) {
        CAPTURE(text);
        CHECK_FALSE(base::TraceContext::parse(text).has_value());
    }
}

TEST_CASE("a child keeps the trace and has a span of its own", "[base]") {
    const auto parent = base::TraceContext::make();
    const auto child = parent.child();
    CHECK(child.trace_id == parent.trace_id);
    CHECK(child.span_id != parent.span_id);
    CHECK(base::TraceContext::parse(parent.header()).has_value());
    CHECK(base::TraceContext::parse(child.header()).has_value());
}
