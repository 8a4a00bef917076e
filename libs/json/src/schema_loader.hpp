#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "json/document.hpp"
#include "json/schema.hpp"
#include "schema_rules.hpp"

namespace trunkline::json {

/// Turns a schema, and the files that it refers to, into Rules: checked keyword by keyword, every
/// `$ref` unfolded. The rules borrow from documents().
class SchemaLoader {
public:
    explicit SchemaLoader(const Schema::Resolver& resolver) : resolver_(resolver) {}

    base::Result<> load(std::string_view text, Rules& rules);

    /// All files that were read, to be kept as long as the rules.
    std::vector<Document> documents() const;

private:
    struct File {
        std::string name;  ///< Empty for the text that load() was given.
        Document document;
    };
    /// Where a schema or keyword stands. `pointer` is within its file.
    struct Place {
        const File* file;
        View view;
        std::string pointer;
        std::size_t depth;
    };
    /// What one keyword adds to the rules.
    using Keyword = base::Result<> (SchemaLoader::*)(const Place&, Rules&);
    static const std::map<std::string_view, Keyword>& keywords();

    base::Result<> schema(const Place& place, Rules& rules);
    base::Result<> members(const Place& place, Rules& rules);
    base::Result<> follow(const Place& place, Rules& rules);
    base::Result<const File*> open(const Place& from, std::string_view name);
    base::Result<> spend(const Place& place);

    base::Result<> dialect(const Place& place, Rules& rules);
    base::Result<> type(const Place& place, Rules& rules);
    base::Result<> enumeration(const Place& place, Rules& rules);
    base::Result<> constant(const Place& place, Rules& rules);
    base::Result<> properties(const Place& place, Rules& rules);
    base::Result<> required(const Place& place, Rules& rules);
    base::Result<> additional_properties(const Place& place, Rules& rules);
    base::Result<> pattern(const Place& place, Rules& rules);
    template <std::unique_ptr<Rules> Rules::* Field>
    base::Result<> one(const Place& place, Rules& rules);
    template <std::vector<std::unique_ptr<Rules>> Rules::* Field>
    base::Result<> list(const Place& place, Rules& rules);
    template <std::optional<std::size_t> Rules::* Field>
    base::Result<> count(const Place& place, Rules& rules);
    template <std::optional<Bound> Rules::* Field>
    base::Result<> bound(const Place& place, Rules& rules);

    static Place inside(const Place& place, std::string_view key, View value);
    static std::unexpected<base::Error> fail_at(const Place& place, std::string_view why);

    const Schema::Resolver& resolver_;
    std::map<std::string, File, std::less<>> files_;
    std::map<std::string, std::shared_ptr<const re2::RE2>, std::less<>> patterns_;
    std::vector<std::string> following_;  ///< The references that lead to the present place.
    std::size_t spent_ = 0;
};

}  // namespace trunkline::json
