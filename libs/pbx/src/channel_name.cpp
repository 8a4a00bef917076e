#include "channel_name.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace trunkline::pbx {

std::string_view endpoint_of(std::string_view channel) {
    const auto slash = channel.find('/');
    const auto dash = channel.rfind('-');
    if (slash == std::string_view::npos) {
        return {};
    }
    const auto end = dash == std::string_view::npos || dash < slash ? channel.size() : dash;
    return channel.substr(slash + 1, end - slash - 1);
}

bool is_local(std::string_view channel) { return channel.starts_with("Local/"); }

bool is_helper(std::string_view channel) {
    static constexpr std::array prefixes{
        std::string_view("CBAnn/"),
        std::string_view("CBRec/"),
        std::string_view("Announcer/"),
        std::string_view("Recorder/"),
        std::string_view("Snoop/"),
        std::string_view("Message/"),
        std::string_view("Bridge/"),
        std::string_view("ConfBridgeRec"),
        std::string_view("ParkingAnn"),
        std::string_view("MulticastRTP/"),
        std::string_view("AsyncGoto/"),
        std::string_view("Surrogate/"),
    };
    return std::ranges::any_of(prefixes, [&](auto prefix) { return channel.starts_with(prefix); });
}

bool is_half(std::string_view channel) {
    return channel.ends_with(";1") || channel.ends_with(";2");
}

bool is_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_unknown(std::string_view number) {
    return number.empty() || number == "<unknown>" || number == "unknown" ||
           base::equals_ignoring_case(number, "anonymous") ||
           base::equals_ignoring_case(number, "restricted") || number == "s";
}

std::string_view dialled_of(std::string_view dial_string) {
    const auto at = dial_string.find('@');
    auto number = dial_string.substr(0, at);
    const auto slash = number.rfind('/');
    if (slash != std::string_view::npos) {
        number.remove_prefix(slash + 1);
    }
    const auto digits = number.starts_with('+') ? number.substr(1) : number;
    return is_digits(digits) ? number : std::string_view();
}

}  // namespace trunkline::pbx
