#pragma once

#include <optional>
#include <stdexcept>
#include <utility>

namespace trunkline::testing {

/// What a test cannot go on without: throws std::runtime_error with `what`, which fails it.
template <typename T>
T present(std::optional<T> value, const char* what = "something that must be there is not") {
    if (!value) {
        throw std::runtime_error(what);
    }
    return *std::move(value);
}

}  // namespace trunkline::testing
