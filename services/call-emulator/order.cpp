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
constexpr std::int64_t most_runs = 200;
constexpr std::int64_t most_at_once = 16;

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

void read_value(
    json::Reader& reader, const playback::Field& field, json::View value, FieldValues& values
) {
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
    order.values = playback::defaults_of(*order.pattern);
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

unsigned read_count(json::Reader& reader, std::string_view key, std::int64_t most) {
    const auto count = reader.optional_integer(key).value_or(1);
    if (count < 1 || count > most) {
        reader.fail(key, "must be from 1 to " + std::to_string(most));
        return 1;
    }
    return static_cast<unsigned>(count);
}

/// A part of all, 0 to 1.
double read_share(json::Reader& reader, std::string_view key, json::View value) {
    const auto share = value.number();
    if (!share || *share < 0 || *share > 1) {
        reader.fail(key, "must be a share from 0 to 1");
        return 0;
    }
    return *share;
}

/// Names of events, or a share of all.
void read_drop(json::Reader& reader, Disturbance& disturbance) {
    const auto drop = reader.view("drop");
    if (!drop || drop->is_null()) {
        return;
    }
    if (drop->is_number()) {
        disturbance.drop_share = read_share(reader, "drop", *drop);
        return;
    }
    const auto names = list_of(*drop);
    for (const auto& name : names.value_or(std::vector<std::string>{""})) {
        const auto type = call::parse_event_type(name);
        if (!type) {
            reader.fail("drop", "must be names of events, or a share from 0 to 1");
            return;
        }
        disturbance.drop.insert(*type);
    }
}

void read_disturbance(json::Reader& reader, Order& order) {
    order.disturbance.shuffle = reader.optional_bool("shuffle").value_or(false);
    read_drop(reader, order.disturbance);
    const auto twice = reader.view("double");
    if (twice && !twice->is_null()) {
        order.disturbance.double_share = read_share(reader, "double", *twice);
    }
    if (const auto seed = reader.optional_integer("seed")) {
        order.seed = static_cast<std::uint64_t>(*seed);
    }
}

}  // namespace

base::Result<Order> order_from_json(json::View view, const PatternBook& book) {
    json::Reader reader(view);
    Order order;
    const auto id = reader.required_string("pattern");
    order.pattern = book.find(id);
    if (order.pattern != nullptr) {
        read_fields(reader, order);
    } else if (!id.empty()) {
        reader.fail("pattern", "must be one of " + book.known_ids());
    }
    read_pace(reader, order);
    order.target = reader.optional_string("target");
    order.wait = reader.optional_bool("wait").value_or(true);
    order.repeat = read_count(reader, "repeat", most_runs);
    order.parallel = read_count(reader, "parallel", most_at_once);
    read_disturbance(reader, order);
    if (auto finished = reader.finish(); !finished) {
        return std::unexpected(std::move(finished.error()));
    }
    if (order.pattern == nullptr) {
        return base::fail(base::Errc::invalid_input, "pattern: must be one of " + book.known_ids());
    }
    return order;
}

}  // namespace trunkline::call_emulator
