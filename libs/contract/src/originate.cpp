#include "contract/originate.hpp"

#include <string_view>

#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::contract {

std::string to_json(const Originate& originate) {
    json::Writer writer;
    writer.begin_object()
        .member("enterprise_number", originate.enterprise_number)
        .member("from", originate.from)
        .member("to", originate.to);
    const auto optional = [&writer](std::string_view name, const std::string& value) {
        if (!value.empty()) {
            writer.member(name, value);
        }
    };
    optional("caller_id", originate.caller_id);
    optional("call_uuid", originate.call_uuid);
    optional("request_id", originate.request_id);
    writer.member("requested_by", originate.requested_by);
    return writer.end_object().take();
}

base::Result<Originate> originate_from_json(json::View view) {
    json::Reader reader(view);
    Originate out;
    out.enterprise_number = reader.required_string("enterprise_number");
    out.from = reader.required_string("from");
    out.to = reader.required_string("to");
    out.caller_id = reader.optional_string("caller_id").value_or("");
    out.call_uuid = reader.optional_string("call_uuid").value_or("");
    out.request_id = reader.optional_string("request_id").value_or("");
    out.requested_by = reader.required_string("requested_by");
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return out;
}

}  // namespace trunkline::contract
