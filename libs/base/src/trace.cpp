#include "base/trace.hpp"

#include "base/ids.hpp"

namespace trunkline::base {
namespace {

constexpr std::size_t trace_id_size = 32;
constexpr std::size_t span_id_size = 16;
constexpr std::size_t header_size = 55;

bool is_lower_hex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_all_zeros(std::string_view text) {
    return text.find_first_not_of('0') == std::string_view::npos;
}

/// An all-zero id means "none" in the standard, so it is drawn again.
std::string random_id(std::size_t digits) {
    auto id = random_hex(digits / 2);
    while (is_all_zeros(id)) {
        id = random_hex(digits / 2);
    }
    return id;
}

}  // namespace

TraceContext TraceContext::make() {
    return {.trace_id = random_id(trace_id_size), .span_id = random_id(span_id_size)};
}

TraceContext TraceContext::child() const {
    return {.trace_id = trace_id, .span_id = random_id(span_id_size)};
}

std::optional<TraceContext> TraceContext::parse(std::string_view traceparent) {
    if (traceparent.size() < header_size || traceparent[2] != '-' || traceparent[35] != '-' ||
        traceparent[52] != '-') {
        return std::nullopt;
    }
    const auto version = traceparent.substr(0, 2);
    const auto trace = traceparent.substr(3, trace_id_size);
    const auto span = traceparent.substr(36, span_id_size);
    const auto flags = traceparent.substr(53, 2);
    if (!is_lower_hex(version) || !is_lower_hex(trace) || !is_lower_hex(span) ||
        !is_lower_hex(flags)) {
        return std::nullopt;
    }
    // Later versions may append members after another dash; version ff is forbidden.
    const bool longer = traceparent.size() > header_size;
    if (version == "ff" || (longer && (version == "00" || traceparent[header_size] != '-'))) {
        return std::nullopt;
    }
    if (is_all_zeros(trace) || is_all_zeros(span)) {
        return std::nullopt;
    }
    return TraceContext{.trace_id = std::string(trace), .span_id = std::string(span)};
}

std::string TraceContext::header() const { return "00-" + trace_id + "-" + span_id + "-01"; }

}  // namespace trunkline::base
