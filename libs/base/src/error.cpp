#include "base/error.hpp"

#include <utility>

namespace trunkline::base {

std::string_view to_string(Errc code) {
    switch (code) {
        case Errc::malformed:
            return "malformed";
        case Errc::invalid_input:
            return "invalid_input";
        case Errc::unauthorized:
            return "unauthorized";
        case Errc::forbidden:
            return "forbidden";
        case Errc::not_found:
            return "not_found";
        case Errc::conflict:
            return "conflict";
        case Errc::too_large:
            return "too_large";
        case Errc::rate_limited:
            return "rate_limited";
        case Errc::timeout:
            return "timeout";
        case Errc::unavailable:
            return "unavailable";
        case Errc::canceled:
            return "canceled";
        case Errc::internal:
            return "internal";
    }
    return "internal";
}

std::unexpected<Error> fail(Errc code, std::string detail) {
    return std::unexpected(
        Error{.code = code, .detail = std::move(detail), .fields = {}, .native = {}}
    );
}

std::string describe(const Error& error) {
    std::string line(to_string(error.code));
    line += ": ";
    line += error.detail;
    for (const auto& field : error.fields) {
        line += "; " + field.path + ": " + field.detail;
    }
    if (!error.native.empty()) {
        line += " [" + error.native + "]";
    }
    return line;
}

}  // namespace trunkline::base
