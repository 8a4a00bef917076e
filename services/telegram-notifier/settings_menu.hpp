#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "call/card.hpp"
#include "tenants/enterprise.hpp"

namespace trunkline::telegram {

/// One chat's subscription to one enterprise's calls, as stored.
struct Subscription {
    std::string enterprise;
    std::int64_t chat = 0;
    call::Language language = call::Language::ru;
    std::optional<std::int64_t> thread;
    bool active = true;
    bool is_admin = false;
    tenants::Preferences wants;
};

/// A press of a button of the settings: `s:<verb>:<argument>:<enterprise>`.
struct SettingsAction {
    char verb = 'm';
    std::string argument;
    std::string enterprise;
};

/// Nothing for data that no button of the settings has.
std::optional<SettingsAction> parse_settings_action(std::string_view data);

/// What the press does to the subscription. False: it only turns a page, or its argument is none
/// that this enterprise knows; nothing has changed then. Pure.
bool apply(
    const SettingsAction& action, const tenants::Enterprise& enterprise, Subscription& subscription
);

struct Menu {
    std::string text;      ///< HTML.
    std::string keyboard;  ///< reply_markup; empty: none.
};

/// The page that is to be shown after `action`. Pure.
Menu settings_menu(
    const SettingsAction& action,
    const tenants::Enterprise& enterprise,
    const Subscription& subscription
);

/// `ru`, `be`, `en`.
std::string_view code_of(call::Language language);

}  // namespace trunkline::telegram
