#include "schema_loader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "json/writer.hpp"
#include "pointer.hpp"

namespace trunkline::json {
namespace {

// References may multiply without end (each of twenty definitions naming the next one twice).
constexpr std::size_t max_parts = 3000;
constexpr std::size_t max_schema_depth = 64;
constexpr std::size_t max_files = 64;
constexpr Limits file_limits{.max_bytes = std::size_t{1} << 20U, .max_depth = 256};
constexpr std::int64_t max_count = 1'000'000'000;
constexpr std::int64_t max_pattern_bytes = std::int64_t{1} << 20U;

constexpr std::array annotations = std::to_array<std::string_view>(
    {"$id",
     "id",
     "$comment",
     "$defs",
     "definitions",
     "title",
     "description",
     "default",
     "example",
     "examples",
     "format",
     "deprecated",
     "readOnly",
     "writeOnly",
     "contentEncoding",
     "contentMediaType"}
);

constexpr std::array dialects = std::to_array<std::string_view>(
    {"http://json-schema.org/draft-04/schema#",
     "http://json-schema.org/draft-04/schema",
     "https://json-schema.org/draft/2020-12/schema",
     "https://json-schema.org/draft/2020-12/schema#"}
);

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

bool is_annotation(std::string_view keyword) {
    return keyword == "$schema" || keyword.starts_with("x-") || is_one_of(annotations, keyword);
}

TypeSet type_by_name(std::string_view name) {
    static const std::map<std::string_view, TypeSet> types = {
        {"null", static_cast<TypeSet>(TypeBit::null)},
        {"boolean", static_cast<TypeSet>(TypeBit::boolean)},
        {"object", static_cast<TypeSet>(TypeBit::object)},
        {"array", static_cast<TypeSet>(TypeBit::array)},
        {"string", static_cast<TypeSet>(TypeBit::string)},
        {"integer", static_cast<TypeSet>(TypeBit::integer)},
        {"number", static_cast<TypeSet>(TypeBit::integer) | static_cast<TypeSet>(TypeBit::fraction)
        },
    };
    const auto found = types.find(name);
    return found == types.end() ? TypeSet{0} : found->second;
}

/// Of an array its elements, of anything else the value itself.
std::vector<View> one_or_many(View view) {
    if (!view.is_array()) {
        return {view};
    }
    std::vector<View> all;
    for (const View item : view.elements()) {
        all.push_back(item);
    }
    return all;
}

bool is_scalar(View view) { return !view.is_array() && !view.is_object(); }

}  // namespace

const std::map<std::string_view, SchemaLoader::Keyword>& SchemaLoader::keywords() {
    static const std::map<std::string_view, Keyword> table = {
        {"$schema", &SchemaLoader::dialect},
        {"type", &SchemaLoader::type},
        {"enum", &SchemaLoader::enumeration},
        {"const", &SchemaLoader::constant},
        {"properties", &SchemaLoader::properties},
        {"required", &SchemaLoader::required},
        {"additionalProperties", &SchemaLoader::additional_properties},
        {"items", &SchemaLoader::one<&Rules::items>},
        {"not", &SchemaLoader::one<&Rules::forbidden>},
        {"allOf", &SchemaLoader::list<&Rules::all_of>},
        {"anyOf", &SchemaLoader::list<&Rules::any_of>},
        {"oneOf", &SchemaLoader::list<&Rules::one_of>},
        {"pattern", &SchemaLoader::pattern},
        {"minLength", &SchemaLoader::count<&Rules::min_length>},
        {"maxLength", &SchemaLoader::count<&Rules::max_length>},
        {"minItems", &SchemaLoader::count<&Rules::min_items>},
        {"maxItems", &SchemaLoader::count<&Rules::max_items>},
        {"minProperties", &SchemaLoader::count<&Rules::min_properties>},
        {"maxProperties", &SchemaLoader::count<&Rules::max_properties>},
        {"minimum", &SchemaLoader::bound<&Rules::minimum>},
        {"maximum", &SchemaLoader::bound<&Rules::maximum>},
    };
    return table;
}

std::unexpected<base::Error> SchemaLoader::fail_at(const Place& place, std::string_view why) {
    base::Error error;
    error.code = base::Errc::invalid_input;
    error.detail = fmt::format("schema {}#{}: {}", place.file->name, place.pointer, why);
    error.fields.push_back({.path = place.pointer, .detail = std::string(why)});
    return std::unexpected(std::move(error));
}

SchemaLoader::Place SchemaLoader::inside(const Place& place, std::string_view key, View value) {
    Place inner{.file = place.file, .view = value, .pointer = place.pointer, .depth = place.depth};
    append_token(inner.pointer, key);
    return inner;
}

base::Result<> SchemaLoader::spend(const Place& place) {
    if (++spent_ > max_parts) {
        auto failure = fail_at(place, fmt::format("unfolds to more than {} parts", max_parts));
        failure.error().code = base::Errc::too_large;
        return failure;
    }
    return {};
}

base::Result<> SchemaLoader::load(std::string_view text, Rules& rules) {
    auto document = parse(text, file_limits);
    if (!document) {
        return std::unexpected(std::move(document.error()));
    }
    const auto [entry, added] =
        files_.try_emplace("", File{.name = {}, .document = *std::move(document)});
    const File& file = entry->second;
    following_.emplace_back("#");
    const Place root{.file = &file, .view = file.document.root(), .pointer = {}, .depth = 0};
    return schema(root, rules);
}

std::vector<Document> SchemaLoader::documents() const {
    std::vector<Document> all;
    all.reserve(files_.size());
    for (const auto& [name, file] : files_) {
        all.push_back(file.document);
    }
    return all;
}

base::Result<> SchemaLoader::schema(const Place& place, Rules& rules) {
    if (!place.view.is_object()) {
        return fail_at(place, "a schema must be an object");
    }
    if (place.depth == max_schema_depth) {
        return fail_at(
            place, fmt::format("schemas lie more than {} deep in each other", max_schema_depth)
        );
    }
    if (auto allowed = spend(place); !allowed) {
        return allowed;
    }
    Place deeper = place;
    ++deeper.depth;
    return place.view.find("$ref") ? follow(deeper, rules) : members(deeper, rules);
}

base::Result<> SchemaLoader::members(const Place& place, Rules& rules) {
    if (place.view.find("const") && place.view.find("enum")) {
        return fail_at(place, "has both const and enum");
    }
    for (const auto [keyword, value] : place.view.members()) {
        const Place inner = inside(place, keyword, value);
        const auto known = keywords().find(keyword);
        if (known == keywords().end()) {
            if (is_annotation(keyword)) {
                continue;
            }
            return fail_at(inner, fmt::format("the keyword {} is not supported", quote(keyword)));
        }
        if (auto added = (this->*known->second)(inner, rules); !added) {
            return added;
        }
    }
    return {};
}

/// Draft 4 ignores what stands beside a `$ref`, 2020-12 applies it: so nothing but annotations may.
base::Result<> SchemaLoader::follow(const Place& place, Rules& rules) {
    for (const auto [keyword, value] : place.view.members()) {
        if (keyword != "$ref" && !is_annotation(keyword)) {
            return fail_at(
                inside(place, keyword, value), "stands beside a $ref; wrap both in allOf"
            );
        }
    }
    const Place here = inside(place, "$ref", place.view.find("$ref").value_or(place.view));
    const auto target = here.view.string();
    if (!target) {
        return fail_at(here, "must be a string");
    }
    const std::size_t hash = std::min(target->find('#'), target->size());
    const auto file = open(here, target->substr(0, hash));
    if (!file) {
        return std::unexpected(file.error());
    }
    std::string fragment = base::percent_decode(target->substr(std::min(hash + 1, target->size())));
    const auto view = resolve((*file)->document.root(), fragment);
    if (!view) {
        return fail_at(here, fmt::format("{} leads nowhere", quote(*target)));
    }
    std::string address = (*file)->name + "#" + fragment;
    if (is_one_of(following_, address)) {
        return fail_at(here, fmt::format("{} refers to itself", quote(address)));
    }
    following_.push_back(std::move(address));
    const Place there{
        .file = *file, .view = *view, .pointer = std::move(fragment), .depth = place.depth
    };
    auto followed = schema(there, rules);
    following_.pop_back();
    return followed;
}

base::Result<const SchemaLoader::File*> SchemaLoader::open(
    const Place& from, std::string_view name
) {
    if (name.empty()) {
        return from.file;
    }
    if (const auto known = files_.find(name); known != files_.end()) {
        return &known->second;
    }
    if (!resolver_) {
        return fail_at(
            from, fmt::format("refers to the file {}, but there are no others", quote(name))
        );
    }
    if (files_.size() == max_files) {
        return fail_at(from, fmt::format("refers to more than {} files", max_files));
    }
    const auto content = resolver_(name);
    if (!content) {
        return std::unexpected(content.error());
    }
    auto document = parse(*content, file_limits);
    if (!document) {
        document.error().detail = fmt::format("schema {}: {}", name, document.error().detail);
        return std::unexpected(std::move(document.error()));
    }
    File file{.name = std::string(name), .document = *std::move(document)};
    return &files_.try_emplace(std::string(name), std::move(file)).first->second;
}

base::Result<> SchemaLoader::dialect(const Place& place, Rules& /*rules*/) {
    if (!is_one_of(dialects, place.view.string().value_or(""))) {
        return fail_at(place, "is neither draft 4 nor 2020-12");
    }
    return {};
}

base::Result<> SchemaLoader::type(const Place& place, Rules& rules) {
    rules.types = 0;
    for (const View name : one_or_many(place.view)) {
        const std::string_view text = name.string().value_or("");
        const TypeSet types = type_by_name(text);
        if (types == 0) {
            return fail_at(place, "must be a type's name or a list of them");
        }
        rules.types |= types;
        rules.type_names += rules.type_names.empty() ? "" : " or ";
        rules.type_names += text;
    }
    return rules.types != 0 ? base::Result<>()
                            : fail_at(place, "must be a type's name or a list of them");
}

base::Result<> SchemaLoader::enumeration(const Place& place, Rules& rules) {
    if (!place.view.is_array() || place.view.size() == 0) {
        return fail_at(place, "must be a list of values");
    }
    rules.allowed_keyword = "enum";
    rules.allowed.emplace();
    for (const View value : place.view.elements()) {
        if (!is_scalar(value)) {
            return fail_at(place, "only strings, numbers, booleans and null are compared");
        }
        if (auto allowed = spend(place); !allowed) {
            return allowed;
        }
        rules.allowed->push_back(value);
    }
    return {};
}

base::Result<> SchemaLoader::constant(const Place& place, Rules& rules) {
    if (!is_scalar(place.view)) {
        return fail_at(place, "only strings, numbers, booleans and null are compared");
    }
    rules.allowed_keyword = "const";
    rules.allowed = std::vector<View>{place.view};
    return {};
}

base::Result<> SchemaLoader::properties(const Place& place, Rules& rules) {
    if (!place.view.is_object()) {
        return fail_at(place, "must be an object of schemas");
    }
    for (const auto [name, value] : place.view.members()) {
        auto& inner = rules.properties[std::string(name)];
        inner = std::make_unique<Rules>();
        if (auto added = schema(inside(place, name, value), *inner); !added) {
            return added;
        }
    }
    return {};
}

base::Result<> SchemaLoader::required(const Place& place, Rules& rules) {
    if (!place.view.is_array()) {
        return fail_at(place, "must be a list of names");
    }
    for (const View item : place.view.elements()) {
        const auto name = item.string();
        if (!name) {
            return fail_at(place, "must be a list of names");
        }
        if (auto allowed = spend(place); !allowed) {
            return allowed;
        }
        if (!is_one_of(rules.required, *name)) {
            rules.required.emplace_back(*name);
        }
    }
    return {};
}

base::Result<> SchemaLoader::additional_properties(const Place& place, Rules& rules) {
    if (const auto truth = place.view.boolean()) {
        rules.takes_unknown = *truth;
        return {};
    }
    return one<&Rules::other_members>(place, rules);
}

base::Result<> SchemaLoader::pattern(const Place& place, Rules& rules) {
    const auto text = place.view.string();
    if (!text) {
        return fail_at(place, "must be a string");
    }
    auto& compiled = patterns_[std::string(*text)];
    if (!compiled) {
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(max_pattern_bytes);
        compiled =
            std::make_shared<const re2::RE2>(re2::StringPiece(text->data(), text->size()), options);
    }
    if (!compiled->ok()) {
        return fail_at(place, fmt::format("RE2 does not take the pattern: {}", compiled->error()));
    }
    rules.pattern = compiled;
    return {};
}

template <std::unique_ptr<Rules> Rules::* Field>
base::Result<> SchemaLoader::one(const Place& place, Rules& rules) {
    rules.*Field = std::make_unique<Rules>();
    return schema(place, *(rules.*Field));
}

template <std::vector<std::unique_ptr<Rules>> Rules::* Field>
base::Result<> SchemaLoader::list(const Place& place, Rules& rules) {
    if (!place.view.is_array() || place.view.size() == 0) {
        return fail_at(place, "must be a list of schemas");
    }
    std::size_t index = 0;
    for (const View item : place.view.elements()) {
        auto& inner = (rules.*Field).emplace_back(std::make_unique<Rules>());
        if (auto added = schema(inside(place, std::to_string(index++), item), *inner); !added) {
            return added;
        }
    }
    return {};
}

template <std::optional<std::size_t> Rules::* Field>
base::Result<> SchemaLoader::count(const Place& place, Rules& rules) {
    const auto number = place.view.integer();
    if (!number || *number < 0 || *number > max_count) {
        return fail_at(place, "must be an integer from 0 to 1000000000");
    }
    rules.*Field = static_cast<std::size_t>(*number);
    return {};
}

template <std::optional<Bound> Rules::* Field>
base::Result<> SchemaLoader::bound(const Place& place, Rules& rules) {
    const auto number = place.view.number();
    if (!number) {
        return fail_at(place, "must be a number");
    }
    rules.*Field = Bound{.value = *number, .whole = place.view.integer()};
    return {};
}

}  // namespace trunkline::json
