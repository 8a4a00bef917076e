#include "incoming.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "json/postgres.hpp"
#include "json/writer.hpp"

namespace trunkline::ingest {
namespace {

/// Asterisk's CURL(url,a=b&c=d) posts a form. Its fields become members of the object, all text.
std::string form_to_json(std::string_view form) {
    json::Writer writer;
    writer.begin_object();
    for (const auto& field : base::split(form, '&')) {
        const auto equals = field.find('=');
        const auto name = base::percent_decode(field.substr(0, equals), true);
        const auto value = equals == std::string::npos ? std::string() : field.substr(equals + 1);
        if (!name.empty()) {
            writer.member(
                base::replace_invalid_utf8(name),
                base::replace_invalid_utf8(base::percent_decode(value, true))
            );
        }
    }
    writer.end_object();
    return writer.take();
}

bool looks_like_form(std::string_view body, std::string_view content_type) {
    const auto text = base::trim(body);
    return !text.empty() && text.front() != '{' && text.front() != '[' && text.front() != '"' &&
           text.find('=') != std::string_view::npos &&
           base::to_lower_ascii(content_type).starts_with("application/x-www-form-urlencoded");
}

base::Error wrong_field(const std::string& path, const std::string& detail) {
    return base::Error{
        .code = base::Errc::invalid_input,
        .detail = path + ": " + detail,
        .fields = {{.path = path, .detail = detail}},
        .native = {}
    };
}

/// The Token of body and header: either suffices, two different ones contradict.
base::Result<std::string> token_of(json::View root, const std::string& header) {
    std::string in_body;
    if (const auto member = root.find("Token"); member && !member->is_null()) {
        if (const auto text = member->string()) {
            in_body = base::trim(*text);
        } else if (const auto number = member->integer()) {
            in_body = std::to_string(*number);
        } else {
            return std::unexpected(wrong_field("/Token", "must be a string or an integer"));
        }
    }
    const std::string in_header(base::trim(header));
    if (in_body.empty() && in_header.empty()) {
        return std::unexpected(wrong_field("/Token", "is missing, in the body and as header"));
    }
    if (!in_body.empty() && !in_header.empty() && in_body != in_header) {
        return std::unexpected(wrong_field("/Token", "differs from the header Token"));
    }
    return in_body.empty() ? in_header : in_body;
}

base::Result<> read_headers(const RawEvent& raw, Incoming& out) {
    if (!raw.event_time.empty()) {
        const auto time = base::parse_iso8601(raw.event_time);
        if (!time) {
            return std::unexpected(wrong_field("X-Event-Time", time.error().detail));
        }
        out.event_time = *time;
    }
    if (raw.pbx.size() > max_pbx_length) {
        return std::unexpected(wrong_field("X-PBX-Id", "is longer than 64 characters"));
    }
    out.pbx = base::replace_invalid_utf8(raw.pbx);
    if (!raw.seq.empty()) {
        std::int64_t number = 0;
        const auto* end = raw.seq.data() + raw.seq.size();
        const auto parsed = std::from_chars(raw.seq.data(), end, number);
        if (parsed.ec != std::errc{} || parsed.ptr != end || number < 0) {
            return std::unexpected(wrong_field("X-Event-Seq", "must be a whole number"));
        }
        out.seq = number;
    }
    return {};
}

/// The body without spaces, its members in the order of their names and the Token left out: an
/// exchange that catches up need not write it as it did the first time.
std::string canonical(json::View body) {
    std::vector<std::pair<std::string_view, json::View>> members;  // Each name is there once.
    members.reserve(body.size());
    for (const auto& [name, value] : body.members()) {
        if (name != "Token") {
            members.emplace_back(name, value);
        }
    }
    std::ranges::sort(members, {}, &std::pair<std::string_view, json::View>::first);
    json::Writer writer;
    writer.begin_array();
    for (const auto& [name, value] : members) {
        writer.value(name);
        if (const auto text = value.string()) {
            writer.value(*text);
        } else {
            writer.raw(value.dump());
        }
    }
    return writer.end_array().take();
}

/// A repeat is the same event of the same exchange: by its sequence number if it has one, else by
/// the body.
std::string digest_of(call::EventType type, const Incoming& incoming, json::View body) {
    std::string text = incoming.pbx;
    text += '\0';
    text += call::to_string(type);
    text += '\0';
    if (incoming.seq && !incoming.pbx.empty()) {
        text += "seq " + std::to_string(*incoming.seq);
    } else {
        text += canonical(body);
    }
    return crypto::sha256(text);
}

/// Liberal in transport: the object as JSON text, whatever the exchange has made of it.
std::string json_text_of(const RawEvent& raw) {
    return looks_like_form(raw.body, raw.content_type) ? form_to_json(raw.body) : raw.body;
}

// U+FFFD takes three bytes, so a repaired body may outgrow the limit that its original kept.
constexpr json::Limits body_limits{.max_bytes = std::size_t{3} * 64 * 1024, .max_depth = 16};
constexpr std::size_t max_hint_length = 200;

}  // namespace

std::string token_hint(const RawEvent& raw) {
    std::string hint(base::trim(raw.token_header));
    const auto document = json::parse(base::replace_invalid_utf8(json_text_of(raw)), body_limits);
    if (hint.empty() && document && document->root().is_object()) {
        hint = token_of(document->root(), "").value_or("");
    }
    std::erase(hint, '\0');
    hint.resize(std::min(hint.size(), max_hint_length));
    return base::replace_invalid_utf8(hint);
}

base::Result<Incoming> decode_incoming(const RawEvent& raw) {
    Incoming out;
    out.body = json_text_of(raw);
    if (!base::is_valid_utf8(out.body)) {
        out.original_bytes = std::exchange(out.body, base::replace_invalid_utf8(out.body));
    }
    auto document = json::parse(out.body, body_limits);
    if (!document) {
        return std::unexpected(document.error());
    }
    if (document->root().kind() != json::Kind::object) {
        return base::fail(base::Errc::malformed, "the body must be one JSON object");
    }
    if (const auto refusal = json::why_not_jsonb(document->root())) {
        return base::fail(base::Errc::invalid_input, "the body cannot be stored: " + *refusal);
    }
    auto token = token_of(document->root(), raw.token_header);
    if (!token) {
        return std::unexpected(token.error());
    }
    out.token = std::move(*token);
    if (const auto headers = read_headers(raw, out); !headers) {
        return std::unexpected(headers.error());
    }
    const call::Arrival arrival{
        .received = {}, .event_time = out.event_time, .pbx = out.pbx, .recovered = false
    };
    auto event = call::decode_event(raw.type, document->root(), arrival);
    if (!event) {
        return std::unexpected(event.error());
    }
    out.event = std::move(*event);
    out.digest = digest_of(raw.type, out, document->root());
    out.document = std::move(*document);
    return out;
}

}  // namespace trunkline::ingest
