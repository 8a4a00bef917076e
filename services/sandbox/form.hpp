#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "httpd/message.hpp"

namespace trunkline::sandbox {

/// Parameters by name; nested values of a JSON body are kept as JSON text, as both APIs want them
/// in forms.
using Parameters = std::map<std::string, std::string, std::less<>>;

/// `a=1&b=%7B%7D`; later fields win.
Parameters parse_form(std::string_view text);

/// Query, form body and JSON body of a request, together. malformed: a JSON body that is none.
base::Result<Parameters> parameters_of(const httpd::Request& request);

}  // namespace trunkline::sandbox
