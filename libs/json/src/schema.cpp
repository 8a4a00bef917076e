#include "json/schema.hpp"

#include <fmt/core.h>

#include <utility>
#include <vector>

#include "schema_check.hpp"
#include "schema_loader.hpp"

namespace trunkline::json {

struct Schema::Compiled {
    std::vector<Document> documents;  ///< What the rules borrow from.
    Rules rules;
};

Schema::Schema(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

base::Result<Schema> Schema::compile(std::string_view text) { return compile(text, Resolver()); }

base::Result<Schema> Schema::compile(std::string_view text, const Resolver& resolver) {
    SchemaLoader loader(resolver);
    auto compiled = std::make_shared<Compiled>();
    if (auto loaded = loader.load(text, compiled->rules); !loaded) {
        return std::unexpected(std::move(loaded.error()));
    }
    compiled->documents = loader.documents();
    return Schema(std::move(compiled));
}

base::Result<> Schema::validate(View instance) const {
    auto fields = violations(compiled_->rules, instance);
    if (fields.empty()) {
        return {};
    }
    const auto& first = fields.front();
    base::Error error;
    error.code = base::Errc::invalid_input;
    error.detail =
        fmt::format("{}: {}", first.path.empty() ? "the value" : first.path, first.detail);
    if (fields.size() > 1) {
        error.detail += fmt::format(" (and {} more)", fields.size() - 1);
    }
    error.fields = std::move(fields);
    return std::unexpected(std::move(error));
}

}  // namespace trunkline::json
