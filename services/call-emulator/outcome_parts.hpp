#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence.hpp"
#include "json/writer.hpp"
#include "outcome.hpp"

// The chapters of an outcome.
namespace trunkline::call_emulator {

struct ChatVersion {
    std::string text;
    std::string at;
};

struct ChatMessage {
    std::int64_t id = 0;
    bool is_deleted = false;
    std::optional<std::int64_t> reply_to;
    std::vector<ChatVersion> history;
    std::string reply_markup;  ///< JSON; "" for none.
};

struct Chat {
    std::int64_t bot = 0;
    std::int64_t chat = 0;
    std::vector<ChatMessage> messages;
};

/// This call's messages: as the sandbox has them, or, of a bot that it does not play, as the
/// notifier's own log tells them.
std::vector<Chat> chats_of(const Testimony& trace, const SandboxEvidence& sandbox);
void write_chats(json::Writer& writer, const std::vector<Chat>& chats);

/// This call's requests to the CRMs that the sandbox plays, as it recorded them.
std::vector<json::View> crm_requests_of(const Run& run, const SandboxEvidence& sandbox);

/// The items of the trace of one kind; none if there is no trace.
std::vector<json::View> items_of(const Testimony& trace, std::string_view what);
/// "" where there is none.
std::string_view text_of(std::optional<json::View> parent, std::string_view name);

std::vector<Difference> event_differences(const Run& run, const CallEvidence& evidence);
std::vector<Difference> call_differences(const Run& run, const CallEvidence& evidence);
std::vector<Difference> chat_differences(
    const Run& run, const CallEvidence& evidence, const std::vector<Chat>& chats
);
std::vector<Difference> crm_differences(
    const Run& run, const CallEvidence& evidence, const std::vector<json::View>& requests
);

}  // namespace trunkline::call_emulator
