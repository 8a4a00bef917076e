#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace trunkline::ami {

/// An action with its headers. Only the builders of ami/actions.hpp make one, and no value that
/// came through them can end its line.
class Action {
public:
    const std::string& name() const { return name_; }

    /// As it goes over the wire. `id` is the ActionID: ours, letters and digits.
    std::string text(std::string_view id) const;
    /// For logs and the audit: `Originate Channel=PJSIP/1001 ...`, secrets hidden.
    std::string describe() const;

private:
    friend class ActionBuilder;
    struct Field {
        std::string name;
        std::string value;
        bool is_secret = false;
    };

    std::string name_;
    std::vector<Field> fields_;
};

}  // namespace trunkline::ami
