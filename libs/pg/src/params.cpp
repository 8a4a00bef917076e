#include "pg/params.hpp"

#include <limits>
#include <span>

#include "text_format.hpp"

namespace trunkline::pg {

Params& Params::add(std::string text) {
    values_.emplace_back(std::move(text));
    return *this;
}

Params& Params::add_number(double value) { return add(format_number(value)); }

Params& Params::operator<<(std::nullptr_t) {
    values_.emplace_back(std::nullopt);
    return *this;
}

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

base::Result<> Params::check() const {
    if (values_.size() > std::numeric_limits<std::uint16_t>::max()) {
        return base::fail(base::Errc::too_large, "a statement takes at most 65535 parameters");
    }
    for (std::size_t index = 0; index < values_.size(); ++index) {
        const auto& value = values_[index];
        if (value && value->contains('\0')) {
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
