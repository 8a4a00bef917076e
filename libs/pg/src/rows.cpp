#include "pg/rows.hpp"

#include <stdexcept>

#include "result_handle.hpp"
#include "text_format.hpp"

namespace trunkline::pg {
namespace {

std::string name_of(const ResultHandle& handle, int column) {
    const char* name = PQfname(handle.result.get(), column);
    return "column \"" + std::string(name == nullptr ? "?" : name) + "\"";
}

int find_column(const ResultHandle& handle, const Column& column) {
    const int count = PQnfields(handle.result.get());
    if (column.index() >= 0 && column.index() < count) {
        return column.index();
    }
    for (int index = 0; column.index() < 0 && index < count; ++index) {
        if (column.name() == PQfname(handle.result.get(), index)) {
            return index;
        }
    }
    const auto asked =
        column.index() < 0 ? std::string(column.name()) : std::to_string(column.index());
    throw std::out_of_range("the result has no column " + asked);
}

std::optional<std::string_view> value_of(const ResultHandle& handle, int row, int column) {
    if (PQgetisnull(handle.result.get(), row, column) != 0) {
        return std::nullopt;
    }
    return std::string_view(
        PQgetvalue(handle.result.get(), row, column),
        static_cast<std::size_t>(PQgetlength(handle.result.get(), row, column))
    );
}

template <class Parse>
auto parsed(
    const ResultHandle& handle, int row, const Column& column, const char* type, Parse parse
) -> decltype(parse(std::string_view())) {
    const int index = find_column(handle, column);
    const auto text = value_of(handle, row, index);
    if (!text) {
        return std::nullopt;
    }
    auto value = parse(*text);
    if (!value) {
        throw std::runtime_error(name_of(handle, index) + " is not " + type);
    }
    return value;
}

template <class Value>
Value required(const ResultHandle& handle, const Column& column, std::optional<Value> value) {
    if (!value) {
        throw std::runtime_error(name_of(handle, find_column(handle, column)) + " is NULL");
    }
    return std::move(*value);
}

std::optional<std::vector<std::string>> texts_without_null(std::string_view text) {
    auto elements = parse_array(text);
    if (!elements) {
        return std::nullopt;
    }
    std::vector<std::string> texts;
    for (auto& element : *elements) {
        if (!element) {
            return std::nullopt;
        }
        texts.push_back(std::move(*element));
    }
    return texts;
}

}  // namespace

bool Row::is_null(Column column) const {
    return PQgetisnull(result_->result.get(), index_, find_column(*result_, column)) != 0;
}

std::optional<std::string_view> Row::optional_text(Column column) const {
    return value_of(*result_, index_, find_column(*result_, column));
}
std::optional<std::int64_t> Row::optional_integer(Column column) const {
    return parsed(*result_, index_, column, "an integer", parse_integer);
}
std::optional<bool> Row::optional_boolean(Column column) const {
    return parsed(*result_, index_, column, "a boolean", parse_boolean);
}
std::optional<double> Row::optional_number(Column column) const {
    return parsed(*result_, index_, column, "a number", parse_number);
}
std::optional<base::WallTime> Row::optional_time(Column column) const {
    return parsed(*result_, index_, column, "a finite time with a zone", parse_time);
}

std::string_view Row::text(Column column) const {
    return required(*result_, column, optional_text(column));
}
std::int64_t Row::integer(Column column) const {
    return required(*result_, column, optional_integer(column));
}
bool Row::boolean(Column column) const {
    return required(*result_, column, optional_boolean(column));
}
double Row::number(Column column) const {
    return required(*result_, column, optional_number(column));
}
base::WallTime Row::time(Column column) const {
    return required(*result_, column, optional_time(column));
}
std::vector<std::string> Row::text_array(Column column) const {
    return required(
        *result_,
        column,
        parsed(*result_, index_, column, "an array without NULL", texts_without_null)
    );
}
std::string Row::bytes(Column column) const {
    return required(*result_, column, parsed(*result_, index_, column, "a bytea", parse_bytes));
}

std::size_t Rows::size() const {
    return result_ ? static_cast<std::size_t>(PQntuples(result_->result.get())) : 0;
}

std::size_t Rows::affected() const {
    if (!result_) {
        return 0;
    }
    // Empty for statements that count nothing; the function is not const-correct.
    const auto count = parse_integer(PQcmdTuples(result_->result.get()));
    return static_cast<std::size_t>(count.value_or(0));
}

std::string_view Rows::tag() const {
    return result_ ? std::string_view(PQcmdStatus(result_->result.get())) : std::string_view();
}

std::vector<std::string> Rows::columns() const {
    std::vector<std::string> names;
    const int count = result_ ? PQnfields(result_->result.get()) : 0;
    names.reserve(static_cast<std::size_t>(count));
    for (int index = 0; index < count; ++index) {
        names.emplace_back(PQfname(result_->result.get(), index));
    }
    return names;
}

Row Rows::operator[](std::size_t index) const {
    if (index >= size()) {
        throw std::out_of_range("the result has " + std::to_string(size()) + " rows");
    }
    return {result_.get(), static_cast<int>(index)};
}

}  // namespace trunkline::pg
