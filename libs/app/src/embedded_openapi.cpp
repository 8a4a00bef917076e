#include "embedded_openapi.hpp"

#include <utility>

namespace trunkline::app {

std::string_view embedded_openapi(std::string_view service) {
    static constexpr std::pair<std::string_view, std::string_view> descriptions[] = {
#include "openapi.inc"
    };
    for (const auto& [name, text] : descriptions) {
        if (name == service) {
            return text;
        }
    }
    return "{}";
}

}  // namespace trunkline::app
