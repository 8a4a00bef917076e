#include "recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace trunkline::pbx_control {
namespace {

constexpr std::string_view recorder = "Local/record-";
/// `-20261128-223056`
constexpr std::size_t moment_size = 16;

bool is_plain(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

std::string encoded(std::string_view uniqueid) {
    std::string out;
    for (const char c : uniqueid) {
        if (is_plain(c)) {
            out += c;
        } else if (c == '.') {
            out += '_';
        } else {
            out += fmt::format("_x{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

/// A number follows the point of a Uniqueid, so that `_x` is never one.
std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '_') {
            out += text[at];
            continue;
        }
        unsigned value = 0;
        const auto digits = text.substr(std::min(at + 2, text.size()), 2);
        const auto* const end = digits.data() + digits.size();
        const auto parsed =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        const bool is_code = digits.size() == 2 && text[at + 1] == 'x' && parsed.ptr == end;
        out += is_code ? static_cast<char>(value) : '.';
        at += is_code ? 3 : 0;
    }
    return out;
}

}  // namespace

std::string recording_name(std::string_view uniqueid, base::WallTime now) {
    std::string moment = base::format_iso8601(now).substr(0, 19);
    std::erase_if(moment, [](char c) { return c == '-' || c == ':'; });
    std::ranges::replace(moment, 'T', '-');
    return encoded(uniqueid) + "-" + moment;
}

std::string recorder_of(std::string_view uniqueid) {
    return std::string(recorder) + encoded(uniqueid) + "-";
}

std::string recorded_by(std::string_view channel) {
    if (!channel.starts_with(recorder)) {
        return "";
    }
    const auto name = channel.substr(recorder.size(), channel.find('@') - recorder.size());
    return name.size() > moment_size ? decoded(name.substr(0, name.size() - moment_size)) : "";
}

}  // namespace trunkline::pbx_control
