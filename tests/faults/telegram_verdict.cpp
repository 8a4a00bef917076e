#include "telegram_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace trunkline::faults {
namespace {

/// What a chat has of one call.
struct Shown {
    std::uint64_t messages = 0;
    std::uint64_t ends = 0;
};

/// The digits of the outside party: those before the arrow.
std::string party_of(const std::string& text) {
    const auto arrow = std::min(text.find("↔"), text.find("→"));
    std::string digits;
    for (const char c : text.substr(0, arrow)) {
        if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
            digits += c;
        }
    }
    return digits;
}

std::map<std::pair<std::int64_t, std::string>, Shown> shown_by(const TelegramSite& site) {
    std::map<std::pair<std::int64_t, std::string>, Shown> out;
    const auto document = site.sandbox("/sandbox/chats");
    for (const auto chat : document.root().find("chats")->elements()) {
        const auto id = *chat.find("chat_id")->integer();
        for (const auto message : chat.find("messages")->elements()) {
            if (message.find("deleted")->boolean() == true) {
                continue;
            }
            const std::string text(*message.find("text")->string());
            auto& shown = out[{id, party_of(text)}];
            ++shown.messages;
            shown.ends += text.starts_with("✅ Завершен") ? 1 : 0;
        }
    }
    return out;
}

std::uint64_t count(const TelegramSite& site, const std::string& what) {
    return std::stoull(site.sql("SELECT count(*) FROM " + what));
}

}  // namespace

TelegramVerdict judge(const TelegramSite& site) {
    TelegramVerdict out;
    const auto shown = shown_by(site);
    const auto accounts = site.accounts();
    for (std::size_t i = 0; i < accounts.size(); ++i) {
        std::map<int, bool> complete;
        for (const auto& event : accounts[i]->events) {
            const auto from = event.marker.find(':') + 1;
            const auto call = std::stoi(event.marker.substr(from));
            const auto [known, is_first] = complete.try_emplace(call, true);
            known->second = known->second && event.acknowledged;
        }
        for (const auto& [call, is_complete] : complete) {
            if (!is_complete) {
                continue;
            }
            ++out.calls;
            const auto party = fmt::format("3752{:03}{:05}", i, call);
            const auto found = shown.find({TelegramSite::chat(static_cast<int>(i)), party});
            out.wrong_calls += found == shown.end() || found->second.ends == 0 ? 1 : 0;
        }
    }
    for (const auto& [call, each] : shown) {
        out.messages += each.messages;
        out.doubles += each.messages - 1;
    }
    out.dead = count(site, "telegram_messages WHERE dead_reason IS NOT NULL");
    out.requests = count(site, "asterisk_logs");
    out.in_flight =
        count(site, "asterisk_logs WHERE method = 'sendMessage' AND finished_at IS NULL");
    out.unknown = count(site, "asterisk_logs WHERE method = 'sendMessage' AND outcome = 'unknown'");
    out.possible_doubles =
        std::stoull(site.sql("SELECT coalesce(sum(possible_doubles), 0) FROM telegram_messages"));
    const auto limits = site.sandbox("/sandbox/limits");
    out.broken_limits = static_cast<std::uint64_t>(*limits.root().find("broken_all")->integer());
    out.kills = site.kills();
    return out;
}

std::string TelegramVerdict::text() const {
    return fmt::format(
        "whole calls {}, of these without their end in the chat {}, cards given up {}\n"
        "requests {}, messages {}, doubled {}; notifiers killed {}, sends in flight then {}, sends "
        "of unknown outcome {}, counted as possible doubles {}\nlimits broken {}\n{}\n",
        calls,
        wrong_calls,
        dead,
        requests,
        messages,
        doubles,
        kills,
        in_flight,
        unknown,
        possible_doubles,
        broken_limits,
        holds() ? "the promise holds" : "THE PROMISE IS BROKEN"
    );
}

}  // namespace trunkline::faults
