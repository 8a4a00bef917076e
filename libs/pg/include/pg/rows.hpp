#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace trunkline::pg {

struct ResultHandle;

/// A column by its name in the result or by its position from 0; converts from both.
class Column {
public:
    Column(const char* name) : name_(name) {}
    Column(std::string_view name) : name_(name) {}
    Column(const std::string& name) : name_(name) {}
    template <std::integral Integer>
    Column(Integer index) : index_(static_cast<int>(index)) {}

    std::string_view name() const { return name_; }
    /// -1: by name.
    int index() const { return index_; }

private:
    std::string_view name_;
    int index_ = -1;
};

/// One row, borrowed from its Rows, which must outlive it and every view taken from it. An unknown
/// column, a NULL asked for without `optional_` and text that does not read as the type asked for
/// are defects of the statement: they throw std::out_of_range or std::runtime_error with the
/// column's name.
class Row {
public:
    bool is_null(Column column) const;

    std::string_view text(Column column) const;
    std::int64_t integer(Column column) const;
    bool boolean(Column column) const;
    double number(Column column) const;
    /// A timestamptz; infinite times and years before Christ throw.
    base::WallTime time(Column column) const;
    /// A text[] of one dimension; a NULL element throws.
    std::vector<std::string> text_array(Column column) const;
    /// A bytea's octets.
    std::string bytes(Column column) const;

    std::optional<std::string_view> optional_text(Column column) const;
    std::optional<std::int64_t> optional_integer(Column column) const;
    std::optional<bool> optional_boolean(Column column) const;
    std::optional<double> optional_number(Column column) const;
    std::optional<base::WallTime> optional_time(Column column) const;

private:
    friend class Rows;
    Row(const ResultHandle* result, int index) : result_(result), index_(index) {}

    const ResultHandle* result_;
    int index_;
};

/// What a statement returned. Cheap to copy: copies share. Empty when default-constructed.
class Rows {
public:
    Rows() = default;
    explicit Rows(std::shared_ptr<const ResultHandle> result) : result_(std::move(result)) {}

    std::size_t size() const;
    bool empty() const { return size() == 0; }
    /// Rows that INSERT, UPDATE, DELETE or MERGE touched, or SELECT returned.
    std::size_t affected() const;
    /// The command tag, such as `INSERT 0 1`.
    std::string_view tag() const;
    std::vector<std::string> columns() const;

    /// Throws std::out_of_range beyond size().
    Row operator[](std::size_t index) const;
    Row front() const { return (*this)[0]; }

    class Iterator {
    public:
        using value_type = Row;
        using difference_type = std::ptrdiff_t;  // NOLINT(readability-identifier-naming): standard

        Iterator() = default;
        Iterator(const Rows* rows, std::size_t index) : rows_(rows), index_(index) {}
        Row operator*() const { return (*rows_)[index_]; }
        Iterator& operator++() {
            ++index_;
            return *this;
        }
        Iterator operator++(int) {
            auto before = *this;
            ++index_;
            return before;
        }
        bool operator==(const Iterator&) const = default;

    private:
        const Rows* rows_ = nullptr;
        std::size_t index_ = 0;
    };
    Iterator begin() const { return {this, 0}; }
    Iterator end() const { return {this, size()}; }

private:
    std::shared_ptr<const ResultHandle> result_;
};

}  // namespace trunkline::pg
