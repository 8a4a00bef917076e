#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trunkline::base {

/// W3C Trace Context (https://www.w3.org/TR/trace-context/): one event keeps its trace_id through
/// all services.
struct TraceContext {
    std::string trace_id;  ///< 32 lower-case hexadecimal digits.
    std::string span_id;   ///< 16 lower-case hexadecimal digits.

    /// A new trace.
    static TraceContext make();
    /// The same trace, a new span: what goes to the next service.
    TraceContext child() const;
    /// Reads a `traceparent` header; nothing if it is malformed or all zeros, as the standard asks.
    static std::optional<TraceContext> parse(std::string_view traceparent);
    /// `00-<trace_id>-<span_id>-01`.
    std::string header() const;
};

}  // namespace trunkline::base
