// Any bytes: parse, look at everything, write, parse what was written, and compare.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/document.hpp"
#include "json/postgres.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

using namespace trunkline;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void look_at(json::View view) {
    const auto number = view.number();
    require(number.has_value() == view.is_number());
    require(!number || std::isfinite(*number));
    require(!view.integer() || static_cast<double>(*view.integer()) == *number);
    require(view.string().has_value() == view.is_string());
    std::size_t seen = 0;
    for (const auto item : view.elements()) {
        look_at(item);
        ++seen;
    }
    for (const auto [key, value] : view.members()) {
        const auto found = view.find(key);
        require(found && found->kind() == value.kind());
        look_at(value);
        ++seen;
    }
    require(seen == view.size());
}

void write_again(json::Writer& writer, json::View view) {
    if (view.is_array()) {
        writer.begin_array();
        for (const auto item : view.elements()) {
            write_again(writer, item);
        }
        writer.end_array();
    } else if (view.is_object()) {
        writer.begin_object();
        for (const auto [key, value] : view.members()) {
            write_again(writer.key(key), value);
        }
        writer.end_object();
    } else if (view.is_string()) {
        writer.value(*view.string());
    } else {
        writer.value(view);
    }
}

void read(json::Reader& reader) {
    reader.required_string("Token");
    reader.optional_text("CallType");
    reader.optional_integer("n");
    reader.optional_number("x");
    reader.optional_bool("b");
    reader.string_list("Extensions");
    if (auto inner = reader.object("a")) {
        read(*inner);
    }
    reader.for_each("list", [](json::Reader& element) { element.required_integer("n"); });
    const auto finished = reader.finish();
    require(finished || !finished.error().fields.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const json::Limits limits{.max_bytes = std::size_t{1} << 20U, .max_depth = 200};
    const auto document = json::parse(text, limits);
    const std::string quoted = json::quote(text);
    require(json::parse(quoted, {.max_bytes = quoted.size(), .max_depth = 0}).has_value());
    if (!document) {
        require(!document.error().detail.empty());
        return 0;
    }
    const json::View root = document->root();
    look_at(root);
    const std::string dumped = root.dump();
    const json::Limits again{.max_bytes = std::size_t{1} << 24U, .max_depth = 200};
    const auto second = json::parse(dumped, again);
    require(second && second->root().dump() == dumped);
    const auto indented = json::parse(root.dump(2), again);
    require(indented && indented->root().dump() == dumped);
    json::Writer writer;
    write_again(writer, root);
    require(writer.take() == dumped);
    json::Reader reader(root);
    read(reader);
    require(json::why_not_jsonb(root) == json::why_not_jsonb(second->root()));
    return 0;
}
