#include "hook.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "call/number.hpp"
#include "connector/call_facts.hpp"
#include "module.hpp"

namespace trunkline::retailcrm {
namespace {

constexpr std::size_t longest = 64;

void add(Fields& fields, std::string_view text) {
    for (const auto& part : base::split(text, '&')) {
        const auto equals = part.find('=');
        if (equals != std::string::npos) {
            fields[base::percent_decode(part.substr(0, equals), true)] =
                base::percent_decode(part.substr(equals + 1), true);
        }
    }
}

bool is_extension(const std::string& text) {
    return !text.empty() && text.size() <= 32 &&
           text.find_first_not_of("0123456789*#") == std::string::npos;
}

bool is_plain(const std::string& text) {
    return !text.empty() && text.size() <= longest && base::is_valid_utf8(text) &&
           std::ranges::none_of(text, [](unsigned char c) { return c < 0x20; });
}

base::Error wrong(std::vector<base::FieldError> fields) {
    base::Error error;
    error.code = base::Errc::invalid_input;
    error.detail = fields.front().path + ": " + fields.front().detail;
    error.fields = std::move(fields);
    return error;
}

/// As the exchange is to dial it: an outside number in full, an extension as it is.
std::string number_to_dial(const tenants::Enterprise& enterprise, const std::string& phone) {
    const auto number = enterprise.canonical_number(phone);
    return call::is_external(number) ? connector::international(number) : base::digits_of(number);
}

}  // namespace

Fields fields_of(const httpd::Request& request) {
    Fields fields;
    add(fields, request.query);
    const auto type = base::to_lower_ascii(request.header("Content-Type"));
    if (type.starts_with("application/x-www-form-urlencoded")) {
        add(fields, request.body);
    }
    return fields;
}

std::string field(const Fields& fields, std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : std::string(base::trim(found->second));
}

base::Result<connector::PbxGateway::Order> call_of(
    const tenants::Enterprise& enterprise, const Fields& fields
) {
    std::vector<base::FieldError> faults;
    connector::PbxGateway::Order order;
    order.enterprise = enterprise.number;
    order.extension = field(fields, "code");
    if (!is_extension(order.extension)) {
        faults.push_back({"code", "must be the extension that rings first"});
    }
    order.phone = number_to_dial(enterprise, field(fields, "phone"));
    if (order.phone.empty() || order.phone.size() > 32) {
        faults.push_back({"phone", "is no number"});
    }
    if (const auto line = field(fields, "externalPhone"); !line.empty()) {
        order.line = connector::international(enterprise.canonical_number(line));
        const auto own = phones_of(enterprise);
        if (std::ranges::find(own, order.line) == own.end()) {
            faults.push_back({"externalPhone", "is no line of this enterprise"});
        }
    }
    if (!faults.empty()) {
        return std::unexpected(wrong(std::move(faults)));
    }
    order.requested_by = "retailcrm:" + base::digits_of(field(fields, "userId"));
    return order;
}

base::Result<UserStatus> status_of(const Fields& fields) {
    UserStatus out;
    out.user = field(fields, "userId");
    out.extension = field(fields, "code");
    out.status = field(fields, "status");
    std::vector<base::FieldError> faults;
    if (!is_plain(out.user)) {
        faults.push_back({"userId", "is missing or wrong"});
    }
    if (!out.extension.empty() && !is_extension(out.extension)) {
        faults.push_back({"code", "must be an extension"});
    }
    if (!is_plain(out.status)) {
        faults.push_back({"status", "is missing or wrong"});
    }
    if (!faults.empty()) {
        return std::unexpected(wrong(std::move(faults)));
    }
    return out;
}

}  // namespace trunkline::retailcrm
