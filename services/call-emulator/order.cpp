#include "order.hpp"

#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "json/reader.hpp"

namespace trunkline::call_emulator {
namespace {

constexpr std::size_t longest_value = 64;
constexpr std::size_t longest_list = 32;
constexpr std::int64_t slowest_pace_ms = 10'000;

std::string known_ids() {
    std::string ids;
    for (const auto& pattern : patterns()) {
        ids += (ids.empty() ? "" : ", ") + pattern.id;
    }
    return ids;
}

/// An array of scalars, or a text with commas, as a form gives it. Nothing: neither.
std::optional<std::vector<std::string>> list_of(json::View value) {
    if (const auto text = value.scalar_text()) {
        return base::split(*text, ',');
    }
    if (!value.is_array()) {
        return std::nullopt;
    }
    std::vector<std::string> list;
    for (const auto item : value.elements()) {
        const auto text = item.scalar_text();
        if (!text) {
            return std::nullopt;
        }
        list.emplace_back(*text);
    }
    return list;
}

void read_value(json::Reader& reader, const Field& field, json::View value, FieldValues& values) {
    std::optional<std::vector<std::string>> given;
    if (field.is_list) {
        given = list_of(value);
    } else if (const auto text = value.scalar_text()) {
        given.emplace(1, std::string(*text));
    }
    if (!given) {
        reader.fail(field.name, field.is_list ? "must be a list of texts" : "must be a text");
        return;
    }
    if (given->size() > longest_list) {
        reader.fail(field.name, "must have at most 32 entries");
        return;
    }
    for (const auto& text : *given) {
        if (text.size() > longest_value) {
            reader.fail(field.name, "must be at most 64 bytes long");
            return;
        }
    }
    values[field.name] = std::move(*given);
}

void read_fields(json::Reader& reader, Order& order) {
    for (const auto& field : order.pattern->fields) {
        order.values[field.name] = field.defaults;
    }
    auto fields = reader.object("fields");
    const auto given = reader.view("fields");
    if (!fields || !given) {
        return;
    }
    for (const auto [name, value] : given->members()) {
        const auto* field = order.pattern->find_field(name);
        if (field == nullptr) {
            fields->fail(name, "is no field of the pattern " + order.pattern->id);
        } else if (!value.is_null()) {
            read_value(*fields, *field, value, order.values);
        }
    }
}

void read_pace(json::Reader& reader, Order& order) {
    const auto pace = reader.view("pace");
    if (!pace || pace->is_null()) {
        return;
    }
    if (pace->string() == "fast" || pace->string() == "real") {
        order.pace.kind = pace->string() == "real" ? Pace::Kind::real : Pace::Kind::fast;
        return;
    }
    const auto between = pace->integer();
    if (!between || *between < 0 || *between > slowest_pace_ms) {
        reader.fail("pace", "must be fast, real or milliseconds from 0 to 10000");
        return;
    }
    order.pace = {.kind = Pace::Kind::fixed, .between = std::chrono::milliseconds(*between)};
}

}  // namespace

base::Result<Order> order_from_json(json::View view) {
    json::Reader reader(view);
    Order order;
    const auto id = reader.required_string("pattern");
    order.pattern = find_pattern(id);
    if (order.pattern != nullptr) {
        read_fields(reader, order);
    } else if (!id.empty()) {
        reader.fail("pattern", "must be one of " + known_ids());
    }
    read_pace(reader, order);
    order.target = reader.optional_string("target");
    order.wait = reader.optional_bool("wait").value_or(true);
    if (auto finished = reader.finish(); !finished) {
        return std::unexpected(std::move(finished.error()));
    }
    if (order.pattern == nullptr) {
        return base::fail(base::Errc::invalid_input, "pattern: must be one of " + known_ids());
    }
    return order;
}

}  // namespace trunkline::call_emulator
