#include "form.hpp"

#include "base/text.hpp"
#include "json/document.hpp"

namespace trunkline::sandbox {
namespace {

base::Result<> add_json(Parameters& parameters, std::string_view body) {
    const auto document =
        json::parse(body, {.max_bytes = std::size_t{256} * 1024, .max_depth = 32});
    if (!document) {
        return std::unexpected(document.error());
    }
    if (!document->root().is_object()) {
        return base::fail(base::Errc::malformed, "the body must be an object");
    }
    for (const auto& [key, value] : document->root().members()) {
        if (!value.is_null()) {
            const auto text = value.scalar_text();
            parameters[std::string(key)] = text ? std::string(*text) : value.dump();
        }
    }
    return {};
}

}  // namespace

Parameters parse_form(std::string_view text) {
    Parameters parameters;
    for (const auto& field : base::split(text, '&')) {
        const auto equals = field.find('=');
        const auto name = base::percent_decode(field.substr(0, equals), true);
        parameters[name] =
            equals == std::string::npos ? "" : base::percent_decode(field.substr(equals + 1), true);
    }
    return parameters;
}

base::Result<Parameters> parameters_of(const httpd::Request& request) {
    auto parameters = parse_form(request.query);
    const auto type = base::to_lower_ascii(request.header("Content-Type"));
    if (type.starts_with("application/json")) {
        if (const auto added = add_json(parameters, request.body); !added) {
            return std::unexpected(added.error());
        }
    } else if (type.starts_with("application/x-www-form-urlencoded")) {
        for (auto& [name, value] : parse_form(request.body)) {
            parameters[name] = value;
        }
    }
    return parameters;
}

}  // namespace trunkline::sandbox
