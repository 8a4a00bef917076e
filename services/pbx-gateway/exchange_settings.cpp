#include "exchange_settings.hpp"

#include <algorithm>

#include "json/reader.hpp"

namespace trunkline::pbx_gateway {
namespace {

constexpr std::size_t most_digits = 10;

void read_texts(
    json::Reader& reader, std::string_view key, std::map<std::string, std::string>& out
) {
    const auto view = reader.view(key);
    if (!view || view->is_null()) {
        return;
    }
    if (!view->is_object()) {
        reader.fail(key, "must be an object");
        return;
    }
    for (const auto& [name, value] : view->members()) {
        if (const auto text = value.scalar_text()) {
            out.emplace(name, *text);
        } else {
            reader.fail(key, "must have texts as members");
        }
    }
}

void read_digits(json::Reader& reader, std::string_view key, std::size_t& out) {
    const auto number = reader.optional_integer(key);
    if (!number) {
        return;
    }
    if (*number < 1 || *number > static_cast<std::int64_t>(most_digits)) {
        reader.fail(key, "must be 1 to 10");
        return;
    }
    out = static_cast<std::size_t>(*number);
}

}  // namespace

base::Result<ami::ClientSettings> client_settings(const ExchangeRow& row) {
    const auto document = json::parse(row.settings);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    ami::ClientSettings out;
    out.name = row.id;
    out.host = row.host;
    out.port = row.port;
    out.username = row.username;
    out.use_tls = row.use_ssl;
    out.connect_limit = row.connect_timeout;
    out.reconnect.initial = row.reconnect_delay;
    out.reconnect.maximum = std::max<std::chrono::milliseconds>(
        std::chrono::seconds(30), std::chrono::milliseconds(row.reconnect_delay)
    );
    // A link that breaks now and then is soon back: what happens meanwhile is seen by nobody.
    out.stable_after = std::chrono::seconds(5);
    out.debug = row.debug_mode;
    out.verify_peer = reader.optional_bool("tls_verify").value_or(true);
    out.tls_name = reader.optional_string("tls_name").value_or("");
    out.use_challenge = reader.optional_bool("challenge").value_or(true);
    const auto events = reader.optional_string("events").value_or("on");
    if (const auto complete = reader.finish(); !complete) {
        return std::unexpected(complete.error());
    }
    out.events = events;
    return out;
}

base::Result<pbx::CallTrackerSettings> tracker_settings(const ExchangeRow& row) {
    const auto document = json::parse(row.settings);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    pbx::CallTrackerSettings out;
    out.token = row.token;
    out.timezone = row.timezone;
    out.trunks = reader.string_list("trunks");
    if (auto contexts = reader.string_list("trunk_contexts"); !contexts.empty()) {
        out.trunk_contexts = std::move(contexts);
    }
    read_texts(reader, "phones", out.phones);
    read_texts(reader, "lines", out.lines);
    read_digits(reader, "shortest_extension", out.shortest_extension);
    read_digits(reader, "longest_extension", out.longest_extension);
    if (const auto complete = reader.finish(); !complete) {
        return std::unexpected(complete.error());
    }
    return out;
}

}  // namespace trunkline::pbx_gateway
