#include "pg/batch_rules.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <string_view>

namespace trunkline::pg {

bool is_data_error(const base::Error& error) {
    switch (error.code) {
        case base::Errc::malformed:
        case base::Errc::invalid_input:
        case base::Errc::conflict:
        case base::Errc::not_found:
        case base::Errc::too_large:
            return true;
        case base::Errc::internal: {
            // 22 data, 23 constraints, P0 what a trigger raised about the row.
            const auto kind = std::string_view(error.native).substr(0, 2);
            return kind == "22" || kind == "23" || kind == "P0";
        }
        default:
            return false;
    }
}

base::Error defect_of(const std::exception_ptr& thrown) {
    auto error = base::fail(base::Errc::internal, "a write threw something unknown").error();
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& failure) {
        if (failure.code() == boost::asio::error::operation_aborted) {
            throw;
        }
        error.detail = failure.what();
    } catch (const std::exception& failure) {
        error.detail = failure.what();
    } catch (...) {
        return error;
    }
    return error;
}

BatchRules::BatchRules(std::size_t count) : size_(count) {
    if (count > 0) {
        todo_.push_back({.first = 0, .count = count});
    }
}

std::optional<BatchRules::Range> BatchRules::next() const {
    return todo_.empty() ? std::nullopt : std::optional(todo_.back());
}

void BatchRules::written() { todo_.pop_back(); }

BatchRules::Range BatchRules::failed(const base::Error& error) {
    const auto range = todo_.back();
    if (!is_data_error(error)) {
        todo_.clear();
        return {.first = range.first, .count = size_ - range.first};
    }
    todo_.pop_back();
    if (range.count == 1) {
        return range;
    }
    const auto half = range.count / 2;
    todo_.push_back({.first = range.first + half, .count = range.count - half});
    todo_.push_back({.first = range.first, .count = half});
    return {};
}

}  // namespace trunkline::pg
