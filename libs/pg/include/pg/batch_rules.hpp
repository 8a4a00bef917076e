#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <vector>

#include "base/error.hpp"

namespace trunkline::pg {

/// Whether the error is about what one item holds, so that the others of its batch may still
/// succeed without it.
bool is_data_error(const base::Error& error);

/// What a write's exception means for its items: internal, for it is a defect. A cancel
/// (operation_aborted) is thrown on.
base::Error defect_of(const std::exception_ptr& thrown);

/// How to write one batch so that a bad item spoils nobody else's: all at once, and on a data error
/// in halves, down to the culprit. Does nothing itself: ask next(), do it, tell what happened.
class BatchRules {
public:
    struct Range {
        std::size_t first = 0;
        std::size_t count = 0;

        bool operator==(const Range&) const = default;
    };

    explicit BatchRules(std::size_t count);

    /// The range to write now, always in the items' order; nothing: the batch is done.
    std::optional<Range> next() const;

    /// The range of next() was written.
    void written();

    /// Writing the range of next() failed. Returns the items that this decides: the culprit of a
    /// data error, everything left after any other error, and nothing if the range is to be tried
    /// again in halves.
    Range failed(const base::Error& error);

private:
    std::size_t size_;
    std::vector<Range> todo_;  ///< The next one at the back.
};

}  // namespace trunkline::pg
