#include "ami/reply.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include "ascii.hpp"

namespace trunkline::ami {
namespace {

bool contains(std::string_view text, std::string_view part) {
    for (std::size_t i = 0; i + part.size() <= text.size(); ++i) {
        if (equals_ascii(text.substr(i, part.size()), part)) {
            return true;
        }
    }
    return false;
}

// The exchange says what is wrong in words only (captures 06d, 13b, 15, 16, 19, 22).
constexpr std::array<std::pair<std::string_view, base::Errc>, 14> meanings{{
    {"permission denied", base::Errc::forbidden},
    {"authentication", base::Errc::unauthorized},
    {"already", base::Errc::conflict},
    {"not dynamic", base::Errc::conflict},
    {"no such", base::Errc::not_found},
    {"not found", base::Errc::not_found},
    {"no longer exist", base::Errc::not_found},
    {"does not exist", base::Errc::not_found},
    {"unable to find", base::Errc::not_found},
    {"unable to retrieve", base::Errc::not_found},
    {"not loaded", base::Errc::not_found},
    {"not there", base::Errc::not_found},
    {"invalid/unknown command", base::Errc::not_found},
    {"originate failed", base::Errc::unavailable},
}};

}  // namespace

std::vector<std::string_view> Reply::output() const {
    std::vector<std::string_view> lines;
    const Message view = response.view();
    for (std::size_t i = 0; i < view.size(); ++i) {
        if (equals_ascii(view[i].name, "Output")) {
            lines.push_back(view[i].value);
        }
    }
    return lines;
}

std::optional<base::Errc> error_of(const Message& response) {
    if (!response.is("Error")) {
        return std::nullopt;
    }
    const auto text = response.get("Message");
    for (const auto& [part, code] : meanings) {
        if (contains(text, part)) {
            return code;
        }
    }
    return base::Errc::invalid_input;
}

bool is_empty_list(const Message& response) {
    const auto text = response.get("Message");
    return response.is("Error") &&
           (contains(text, "no contacts found") || contains(text, "no active conferences") ||
            contains(text, "no registrations") || contains(text, "no endpoints found"));
}

}  // namespace trunkline::ami
