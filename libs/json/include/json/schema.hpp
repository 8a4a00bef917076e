#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "json/document.hpp"

namespace trunkline::json {

/// A compiled JSON Schema of the subset that draft 4 and 2020-12 share, so that one file serves
/// both:
/// - `type` (a name or a list), `enum` and `const` (scalars), `allOf`, `anyOf`, `oneOf`, `not`;
/// - `properties`, `required`, `additionalProperties`, `minProperties`, `maxProperties`;
/// - `items` (one schema), `minItems`, `maxItems`; `minLength`, `maxLength` (in characters),
/// `pattern` (RE2's syntax,
///   found anywhere unless anchored); `minimum`, `maximum`;
/// - `$ref` to `#/...`, `other.json` or `other.json#/...`, with nothing but annotations beside it;
/// - annotations (`title`, `description`, `format`, `x-...`, ...), which say nothing about
/// validity. Any other keyword is an error at compile: a misspelt rule that is silently not checked
/// is worse than none. `1.0` is no integer (as in draft 4), but equal to 1. Definitions that
/// nothing refers to are not looked at.
///
/// Immutable: copies share the compiled form, and several threads may validate at once.
class Schema {
public:
    /// Gives the text of another schema file by the name before `#` in a `$ref`.
    using Resolver = std::function<base::Result<std::string>(std::string_view name)>;

    /// Errc::malformed if it is no JSON, Errc::invalid_input if it is no schema of ours (the field
    /// is the place in its file), Errc::too_large if references unfold to more than 3000 parts, and
    /// whatever the resolver says. References in circles are refused.
    static base::Result<Schema> compile(std::string_view text);
    static base::Result<Schema> compile(std::string_view text, const Resolver& resolver);

    /// Errc::invalid_input with every violation, at most 100. A field's path is the place in the
    /// instance, its detail a sentence with the keyword: `must be string or null, is integer
    /// (type)`; `detail` is the first one in words.
    base::Result<> validate(View instance) const;

private:
    struct Compiled;
    explicit Schema(std::shared_ptr<const Compiled> compiled);

    std::shared_ptr<const Compiled> compiled_;
};

}  // namespace trunkline::json
