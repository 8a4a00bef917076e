// A schema, a line of three dashes, an instance. The schema may also refer to itself as the file
// "s".
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "json/document.hpp"
#include "json/schema.hpp"

using namespace trunkline;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t border = input.find("\n---\n");
    const std::string_view text = input.substr(0, border);
    const std::string_view instance =
        border == std::string_view::npos ? "{}" : input.substr(border + 5);
    const auto resolver = [&](std::string_view name) -> base::Result<std::string> {
        if (name != "s") {
            return base::fail(base::Errc::not_found, "no such file");
        }
        return std::string(text);
    };
    const auto schema = json::Schema::compile(text, resolver);
    if (!schema) {
        require(!schema.error().detail.empty());
        return 0;
    }
    const auto document =
        json::parse(instance, {.max_bytes = std::size_t{1} << 20U, .max_depth = 100});
    if (!document) {
        return 0;
    }
    const auto verdict = schema->validate(document->root());
    require(verdict || (!verdict.error().fields.empty() && verdict.error().fields.size() <= 100));
    return 0;
}
