#include "files.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "testing/catch.hpp"
#include "testing/paths.hpp"

namespace trunkline::proto {
namespace {

std::filesystem::path proto_folder() { return testing::source_folder() / "proto"; }

}  // namespace

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path);
    INFO(path);
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::filesystem::path> files_of(std::string_view folder, std::string_view ending) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(proto_folder() / folder)) {
        if (entry.path().string().ends_with(ending)) {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    INFO(folder);
    REQUIRE_FALSE(files.empty());
    return files;
}

json::Document parse(const std::string& text) {
    auto document = json::parse(text, {.max_bytes = std::size_t{1} << 20, .max_depth = 64});
    if (!document) {
        FAIL(base::describe(document.error()));
    }
    return *document;
}

json::Schema schema_named(const std::string& stem) {
    for (const auto* folder : {"events", "messages"}) {
        const auto home = proto_folder() / folder;
        const auto path = home / (stem + ".schema.json");
        if (!std::filesystem::exists(path)) {
            continue;
        }
        const auto resolver = [&home](std::string_view name) -> base::Result<std::string> {
            return read_file(home / name);
        };
        auto schema = json::Schema::compile(read_file(path), resolver);
        if (!schema) {
            FAIL(stem << ": " << base::describe(schema.error()));
        }
        return *schema;
    }
    FAIL("there is no schema " << stem);
    throw std::logic_error("unreachable");
}

void require_valid(const json::Schema& schema, json::View instance) {
    const auto valid = schema.validate(instance);
    if (!valid) {
        FAIL(base::describe(valid.error()) << " in " << instance.dump());
    }
}

}  // namespace trunkline::proto
