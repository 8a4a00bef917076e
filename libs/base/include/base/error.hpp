#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::base {

/// What a caller may want to decide about. The one table from Errc to HTTP status is in
/// httpd/problem.hpp.
enum class Errc {
    malformed,      ///< The bytes are not what their format promises (broken JSON, broken number).
    invalid_input,  ///< Well formed, but a field is missing, of a wrong type or out of range.
    unauthorized,   ///< No proof of who is asking.
    forbidden,      ///< A proof that does not suffice.
    not_found,      ///< The thing asked for does not exist.
    conflict,       ///< It exists already, or somebody else changed it first.
    too_large,      ///< Over a limit of size, depth or count.
    rate_limited,   ///< Too often; try later.
    timeout,        ///< The deadline passed; whether the work happened is unknown.
    unavailable,    ///< The peer cannot be reached or is not ready; nothing was done, or it may be
                    ///< repeated.
    canceled,       ///< Our side is shutting down.
    internal,       ///< A defect of ours.
};

/// The enumerator's name, for logs and metrics.
std::string_view to_string(Errc code);

/// One wrong place in an input. `path` is a JSON Pointer (RFC 6901), such as `/Extensions/0`.
struct FieldError {
    std::string path;
    std::string detail;

    bool operator==(const FieldError&) const = default;
};

struct Error {
    Errc code = Errc::internal;
    std::string detail;              ///< One sentence for people; never holds a secret.
    std::vector<FieldError> fields;  ///< For invalid_input: every wrong place that was found.
    std::string
        native;  ///< The source's own code where it has one: SQLSTATE, errno name, HTTP status.
};

template <class T = void>
using Result = std::expected<T, Error>;

/// `return fail(Errc::not_found, "no such call");` out of any function that returns a Result.
std::unexpected<Error> fail(Errc code, std::string detail);

/// `invalid_input: Token: must be a string; UniqueId: is missing` - the whole error as one line for
/// logs.
std::string describe(const Error& error);

}  // namespace trunkline::base
