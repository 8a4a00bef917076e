#include "embedded_openapi.hpp"

#include <array>
#include <utility>

namespace trunkline::app {

std::string embedded_openapi(std::string_view service) {
    // `sv` knows the lengths: counting so much text is more than a constant expression may do.
    using namespace std::string_view_literals;
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
