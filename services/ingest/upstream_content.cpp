#include "upstream_content.hpp"

#include <charconv>

#include "base/text.hpp"

namespace trunkline::ingest {
namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view text) {
    constexpr std::string_view unit = "bytes ";
    if (!base::equals_ignoring_case(text.substr(0, unit.size()), unit)) {
        return std::nullopt;
    }
    text = base::trim(text.substr(unit.size()));
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto size = number_of(text.substr(slash + 1));
    const auto range = text.substr(0, slash);
    if (!size) {
        return std::nullopt;
    }
    if (range == "*") {
        return ContentRange{0, 0, *size, true};
    }
    const auto dash = range.find('-');
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto first = number_of(range.substr(0, dash));
    const auto last = number_of(range.substr(dash + 1));
    if (!first || !last || *last < *first || *last >= *size) {
        return std::nullopt;
    }
    return ContentRange{*first, *last, *size, false};
}

std::string range_header(std::uint64_t offset, std::uint64_t length) {
    return "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + length - 1);
}

UpstreamFacts facts_of(const httpc::Response& response, std::uint64_t size) {
    UpstreamFacts facts;
    facts.size = size;
    facts.modified = response.header("Last-Modified");
    const auto etag = response.header("ETag");
    // A weak tag does not promise the same bytes.
    if (etag.size() >= 2 && etag.starts_with('"') && etag.ends_with('"')) {
        facts.etag = etag;
    }
    return facts;
}

base::Result<> check_piece(
    const httpc::Response& response,
    const UpstreamFacts& facts,
    std::uint64_t offset,
    std::uint64_t length
) {
    const auto wrong = [](std::string what) {
        return base::fail(base::Errc::unavailable, "the recording's server " + std::move(what));
    };
    if (response.status != 206) {
        return wrong("answered " + std::to_string(response.status) + " to a range");
    }
    const auto range = parse_content_range(response.header("Content-Range"));
    if (!range || range->is_unsatisfied || range->first != offset ||
        range->last - range->first + 1 != response.body.size() || response.body.size() > length ||
        response.body.empty()) {
        return wrong("answered another range than asked for");
    }
    const auto now = facts_of(response, range->size);
    if (now.size != facts.size || now.etag != facts.etag || now.modified != facts.modified) {
        return wrong("has another file now");
    }
    return {};
}

}  // namespace trunkline::ingest
