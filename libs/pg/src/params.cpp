#include "pg/params.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <span>
#include <utility>

#include "text_format.hpp"

namespace trunkline::pg {
namespace {

/// PostgreSQL's own limit of a value: https://www.postgresql.org/docs/15/limits.html
constexpr std::size_t max_value = std::size_t{1} << 30U;

}  // namespace

Params& Params::add(std::optional<std::string> value, int format) {
    values_.push_back(std::move(value));
    formats_.push_back(format);
    return *this;
}

Params& Params::add_number(double value) { return add(format_number(value)); }

Params& Params::operator<<(std::nullptr_t) { return add(std::nullopt); }

Params& Params::operator<<(std::string_view text) { return add(std::string(text)); }
Params& Params::operator<<(std::string&& text) { return add(std::move(text)); }
Params& Params::operator<<(const Bytes& bytes) { return add(format_bytes(bytes.octets)); }
Params& Params::operator<<(base::WallTime time) { return add(base::format_iso8601(time)); }

Params& Params::operator<<(const std::vector<std::optional<std::string>>& texts) {
    return add(format_array(std::span(texts)));
}

Params& Params::operator<<(const std::vector<std::string>& texts) {
    return add(format_array(std::span(texts)));
}

Params& Params::operator<<(const std::vector<std::int64_t>& numbers) {
    std::string text = "{";
    for (const auto number : numbers) {
        if (text.size() > 1) {
            text += ',';
        }
        text += std::to_string(number);
    }
    return add(text + '}');
}

Params& Params::operator<<(const Array& array) { return add(array.octets(), 1); }

Params& Params::operator<<(Params more) {
    std::ranges::move(more.values_, std::back_inserter(values_));
    formats_.insert(formats_.end(), more.formats_.begin(), more.formats_.end());
    return *this;
}

base::Result<> Params::check() const {
    if (values_.size() > std::numeric_limits<std::uint16_t>::max()) {
        return base::fail(base::Errc::too_large, "a statement takes at most 65535 parameters");
    }
    for (std::size_t index = 0; index < values_.size(); ++index) {
        const auto& value = values_[index];
        if (value && value->size() > max_value) {
            return base::fail(
                base::Errc::too_large, "parameter $" + std::to_string(index + 1) + " is too large"
            );
        }
        if (value && formats_[index] == 0 && value->contains('\0')) {
            return base::fail(
                base::Errc::invalid_input,
                "parameter $" + std::to_string(index + 1) +
                    " holds a NUL octet, which PostgreSQL text cannot keep"
            );
        }
    }
    return {};
}

}  // namespace trunkline::pg
