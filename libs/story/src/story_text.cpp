#include <algorithm>

#include "base/timezone.hpp"
#include "json/document.hpp"
#include "parts.hpp"

namespace trunkline::story {
namespace {

std::string local(base::WallTime time, std::string_view timezone) {
    const auto text = base::format_local_time(time, timezone);
    if (!text) {
        return base::format_iso8601(time);
    }
    const auto fraction = std::chrono::floor<std::chrono::milliseconds>(
        time - std::chrono::floor<std::chrono::seconds>(time)
    );
    return fmt::format("{}.{:03}", *text, fraction.count());
}

/// A card's text has several lines; a timeline has one.
std::string one_line(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return text;
}

std::string heading(const std::string& call_json) {
    const auto call = json::parse(call_json, {.max_bytes = std::size_t{1} << 20, .max_depth = 16});
    if (!call || !call->root().is_object()) {
        return "События без звонка / events without a call";
    }
    const auto member = [&](const char* name) {
        const auto value = call->root().find(name);
        return value ? std::string(value->scalar_text().value_or("")) : std::string();
    };
    auto out = fmt::format(
        "Звонок / call {} ({}), предприятие / enterprise {}",
        member("uuid"),
        member("unique_id"),
        member("enterprise_number")
    );
    if (const auto phase = member("phase"); !phase.empty()) {
        out += ", ещё идёт / live: " + phase;
    }
    return out;
}

}  // namespace

std::string to_json(const Story& story) {
    json::Writer writer;
    writer.begin_object().key("call").raw(story.call_json).key("items").begin_array();
    for (const auto& item : story.items) {
        writer.begin_object()
            .member("at", base::format_iso8601(item.at))
            .member("what", item.what)
            .member("source", item.source)
            .member("code", item.code)
            .member("text", item.text)
            .member("text_en", item.text_en)
            .key("detail")
            .raw(item.detail)
            .end_object();
    }
    return writer.end_array().member("truncated", story.truncated).end_object().take();
}

std::string to_text(const Story& story, std::string_view timezone) {
    auto out = heading(story.call_json);
    for (const auto& item : story.items) {
        out += fmt::format(
            "\n{}  {:<18} {}\n{:<25}{:<18} {}",
            local(item.at, timezone),
            item.source,
            one_line(item.text),
            "",
            item.code,
            one_line(item.text_en)
        );
    }
    if (story.truncated) {
        out += "\n... показаны первые 1000 строк / the first 1000 rows are shown";
    }
    return out;
}

}  // namespace trunkline::story
