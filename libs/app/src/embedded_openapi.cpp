#include "embedded_openapi.hpp"

#include <array>
#include <utility>

namespace trunkline::app {

std::string embedded_openapi(std::string_view service) {
    using Pieces = std::array<std::string_view, 16>;
    static constexpr std::pair<std::string_view, Pieces> descriptions[] = {
#include "openapi.inc"
    };
    std::string out;
    for (const auto& [name, pieces] : descriptions) {
        if (name == service) {
            for (const auto piece : pieces) {
                out += piece;
            }
        }
    }
    return out.empty() ? "{}" : out;
}

}  // namespace trunkline::app
