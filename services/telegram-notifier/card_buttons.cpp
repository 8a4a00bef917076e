#include "card_buttons.hpp"

#include <algorithm>
#include <chrono>

#include "base/ids.hpp"
#include "bot_texts.hpp"
#include "call/card.hpp"
#include "call/number.hpp"
#include "keyboard.hpp"

namespace trunkline::telegram {
namespace {

constexpr std::string_view call_back_prefix = "cb:";
constexpr std::string_view story_prefix = "ex:";

}  // namespace

std::optional<ButtonAction> parse_button_action(std::string_view data) {
    for (const auto& [prefix, kind] :
         {std::pair(call_back_prefix, ButtonAction::Kind::call_back),
          std::pair(story_prefix, ButtonAction::Kind::story)}) {
        if (data.starts_with(prefix) && base::is_uuid(data.substr(prefix.size()))) {
            return ButtonAction{kind, std::string(data.substr(prefix.size()))};
        }
    }
    return std::nullopt;
}

std::string callback_extension(
    const tenants::Preferences& wants,
    const std::vector<std::string>& talkers,
    const std::vector<std::string>& rang
) {
    if (!wants.extensions.empty()) {
        return wants.extensions.front();
    }
    const auto is_inside = [](const std::string& number) { return call::is_internal(number); };
    const auto talked = std::find_if(talkers.rbegin(), talkers.rend(), is_inside);
    if (talked != talkers.rend()) {
        return *talked;
    }
    const auto first = std::ranges::find_if(rang, is_inside);
    return first == rang.end() ? std::string() : *first;
}

std::string CardButtons::of(
    const tenants::Enterprise& enterprise,
    const tenants::Subscriber& subscriber,
    const call::Call& call
) const {
    if (call.phase != call::Phase::done) {
        return {};
    }
    const auto language = call::parse_language(subscriber.language).value_or(call::Language::ru);
    const auto& texts = bot_texts(language);
    Keyboard keyboard;
    keyboard.link(texts.recording, recording_link(enterprise, call));
    const bool is_outside = call.direction != call::Direction::internal && !call.phone.empty();
    if (is_outside && pbx_.can_call(enterprise.number) &&
        !callback_extension(subscriber.wants, call.talkers, call.rang).empty()) {
        keyboard.button(texts.call_back, std::string(call_back_prefix) + call.uuid);
    }
    if (subscriber.is_admin) {
        keyboard.row().button(texts.story, std::string(story_prefix) + call.uuid);
    }
    return keyboard.json();
}

std::string CardButtons::recording_link(
    const tenants::Enterprise& enterprise, const call::Call& call
) const {
    if (call.record_url.empty() || !signer_) {
        return {};
    }
    // Counted from the call's day, not from now: a link that changed with every look would make
    // every repeat an edit.
    const auto day = std::chrono::floor<std::chrono::days>(call.ended_at.value_or(call.started_at));
    const recordings::Grant grant{
        enterprise.number, call.uuid, day + std::chrono::days(1) + recordings::default_validity
    };
    return signer_->signed_link(recordings::plain_link(public_url_, call.uuid), grant);
}

}  // namespace trunkline::telegram
