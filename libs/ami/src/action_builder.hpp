#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ami/action.hpp"
#include "ami/actions.hpp"
#include "base/error.hpp"

namespace trunkline::ami {

/// What a value may consist of. Control characters are in none of them.
enum class Charset {
    text,         ///< Any UTF-8, for people.
    secret,       ///< As text; never shown.
    word,         ///< Letters, digits, `_.-`: contexts, queues, modules, ids. UTF-8 letters too.
    channel,      ///< A channel's name in full: no comma, no pattern.
    dial_string,  ///< Technology/resource of ONE device: no `&`, no comma.
    exten,        ///< Letters, digits, `*#+._-`.
    file,         ///< Letters, digits, `._-/`, no `..`.
    name,         ///< A header or variable: letters, digits, `_`.
    list,         ///< Words by commas.
};

/// Collects an action's headers and what is wrong with them.
class ActionBuilder {
public:
    explicit ActionBuilder(std::string name);

    /// The value must be there.
    ActionBuilder& add(std::string_view field, std::string_view value, Charset charset);
    /// "" leaves the header out.
    ActionBuilder& add_if(std::string_view field, std::string_view value, Charset charset);
    /// A value of ours.
    ActionBuilder& set(std::string_view field, std::string value);
    ActionBuilder& extension(const Extension& target, std::string_view prefix = "");
    ActionBuilder& variable(std::string_view name, std::string_view value);
    ActionBuilder& refuse(std::string_view field, std::string_view why);
    Built build();

private:
    Action action_;
    std::vector<base::FieldError> errors_;
};

}  // namespace trunkline::ami
