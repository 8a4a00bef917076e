#include "call/number.hpp"

namespace trunkline::call {

bool is_local_channel(std::string_view channel) { return channel.starts_with("Local/"); }

std::string format_phone(std::string_view number) {
    const NumberKind kind = kind_of(number);
    if (kind == NumberKind::none) {
        return {};
    }
    if (kind != NumberKind::external) {
        return std::string(number);
    }
    const std::string digits = match_key(number);
    const bool belarus = digits.starts_with("375") && digits.size() == 12;
    const bool russia = digits.starts_with('7') && digits.size() == 11;
    if (!belarus && !russia) {
        return "+" + digits;
    }
    const std::string country = belarus ? "375" : "7";
    const std::string rest = digits.substr(country.size());
    const std::size_t area = belarus ? 2 : 3;
    return "+" + country + " (" + rest.substr(0, area) + ") " + rest.substr(area, 3) + "-" +
           rest.substr(area + 3, 2) + "-" + rest.substr(area + 5);
}

}  // namespace trunkline::call
