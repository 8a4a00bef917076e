#include "dialling.hpp"

#include <algorithm>
#include <array>

namespace trunkline::pbx_control {
namespace {

constexpr std::size_t longest = 80;

std::string filled(std::string text, std::string_view place, std::string_view value) {
    if (const auto at = text.find(place); at != std::string::npos) {
        text.replace(at, place.size(), value);
    }
    return text;
}

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_' || c == '-' || c == '.';
    });
}

/// `1003@agents/n`: an extension of ours in some context.
bool is_local_extension(std::string_view text) {
    const auto at = text.find('@');
    if (at == text.npos || !is_extension(text.substr(0, at))) {
        return false;
    }
    auto context = text.substr(at + 1);
    if (context.ends_with("/n")) {
        context.remove_suffix(2);
    }
    return is_word(context);
}

}  // namespace

std::string Dialling::device_of(std::string_view extension) const {
    return filled(device, "{extension}", extension);
}

std::string Dialling::exten_of(const Destination& destination) const {
    if (!destination.is_outside || !destination.number.starts_with('+')) {
        return destination.number;
    }
    const std::string_view e164 = destination.number;
    return filled(filled(number, "{digits}", e164.substr(1)), "{e164}", e164);
}

base::Result<std::string> phone_of(const Dialling& dialling, std::string_view text) {
    if (is_extension(text)) {
        return dialling.device_of(text);
    }
    constexpr std::array technologies{
        std::string_view("PJSIP/"),
        std::string_view("SIP/"),
        std::string_view("IAX2/"),
        std::string_view("Agent/")
    };
    const bool is_device =
        text.size() <= longest && std::ranges::any_of(technologies, [&](std::string_view start) {
            return text.starts_with(start) && is_word(text.substr(start.size()));
        });
    constexpr std::string_view local = "Local/";
    const bool is_local = text.starts_with(local) && is_local_extension(text.substr(local.size()));
    if (is_device || (is_local && text.size() <= longest)) {
        return std::string(text);
    }
    return base::fail(
        base::Errc::invalid_input,
        "must be an extension such as 1003, or a phone such as PJSIP/1003 or "
        "Local/1003@from-internal/n"
    );
}

}  // namespace trunkline::pbx_control
