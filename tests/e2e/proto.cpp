#include "proto.hpp"

#include <fstream>
#include <sstream>

#include "testing/catch.hpp"
#include "testing/paths.hpp"

namespace trunkline::e2e {

json::Schema schema_of(const std::string& folder, const std::string& name) {
    const auto read = [folder](std::string_view file) -> base::Result<std::string> {
        std::ifstream in(testing::source_folder() / "proto" / folder / file);
        std::stringstream text;
        text << in.rdbuf();
        if (!in) {
            return base::fail(base::Errc::not_found, std::string(file));
        }
        return text.str();
    };
    const auto text = read(name);
    REQUIRE(text);
    auto schema = json::Schema::compile(*text, read);
    if (!schema) {
        FAIL(name << ": " << base::describe(schema.error()));
    }
    return *schema;
}

void require_valid(const json::Schema& schema, std::string_view text) {
    const auto document = json::parse(text, {.max_bytes = std::size_t{1} << 20, .max_depth = 64});
    REQUIRE(document);
    const auto valid = schema.validate(document->root());
    INFO(text);
    if (!valid) {
        FAIL(base::describe(valid.error()));
    }
    SUCCEED();
}

}  // namespace trunkline::e2e
