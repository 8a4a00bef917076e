#include "result_error.hpp"

#include <utility>

namespace trunkline::pg {

base::Errc errc_of(std::string_view sqlstate) {
    using base::Errc;
    if (sqlstate == "23505") {
        return Errc::conflict;
    }
    if (sqlstate == "57014" || sqlstate == "55P03") {
        return Errc::timeout;
    }
    if (sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "25006" || sqlstate == "25P03") {
        return Errc::unavailable;
    }
    const auto kind = sqlstate.substr(0, 2);
    if (kind == "22" || kind == "23") {
        return Errc::invalid_input;
    }
    if (kind == "08" || kind == "53" || sqlstate.starts_with("57P")) {
        return Errc::unavailable;
    }
    return kind == "54" ? Errc::too_large : Errc::internal;
}

base::Error make_error(base::Errc code, std::string detail, std::string_view native) {
    return {.code = code, .detail = std::move(detail), .fields = {}, .native = std::string(native)};
}

bool may_repeat(std::string_view sqlstate) {
    return sqlstate == "40001" || sqlstate == "40P01" || is_outdated_plan(sqlstate);
}

bool is_outdated_plan(std::string_view sqlstate) {
    return sqlstate == "0A000" || sqlstate == "26000";
}

bool spoils_connection(std::string_view sqlstate) {
    return sqlstate == "57014" || sqlstate == "25006";
}

std::string one_line(std::string_view message) {
    std::string line;
    for (const char letter : message) {
        if (letter != '\n' && letter != '\r' && letter != '\t') {
            line += letter;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
    }
    while (line.ends_with(' ')) {
        line.pop_back();
    }
    return line;
}

}  // namespace trunkline::pg
