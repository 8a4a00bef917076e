#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "call/event.hpp"
#include "crypto/webhook.hpp"
#include "json/document.hpp"

namespace trunkline::ingest {

/// Of `X-PBX-Id`, in octets.
inline constexpr std::size_t max_pbx_length = 64;

/// What an exchange sent, before anything is believed of it.
struct RawEvent {
    call::EventType type = call::EventType::start;
    std::string body;
    std::string content_type;
    std::string token_header;  ///< `Token`, empty if absent.
    std::string event_time;    ///< `X-Event-Time`.
    std::string pbx;           ///< `X-PBX-Id`.
    std::string seq;           ///< `X-Event-Seq`.
    crypto::WebhookHeaders signature = {};
};

/// An event that may be stored: its content is right; whose it is the Token still has to tell.
struct Incoming {
    call::Event event;
    std::string token;
    json::Document document;
    std::string body;            ///< Valid UTF-8 JSON text, as it goes into raw_data.
    std::string original_bytes;  ///< Only if the body was not valid UTF-8: as it came.
    std::optional<base::WallTime> event_time;
    std::string pbx;
    std::optional<std::int64_t> seq;
    std::string digest;  ///< SHA-256, raw bytes: the key by which a repeat is known.
};

/// Liberal in transport, strict in content (INTERFACES section 4): any content type; JSON, or a
/// form whose fields are the members; invalid UTF-8 repaired. Errors: malformed (not an object),
/// invalid_input with paths. Pure.
base::Result<Incoming> decode_incoming(const RawEvent& raw);

/// The Token of an event that need not be right otherwise, for people who look for it among the
/// rejected; empty if there is none to be found. Valid UTF-8 without NUL, 200 bytes at the most.
std::string token_hint(const RawEvent& raw);

}  // namespace trunkline::ingest
