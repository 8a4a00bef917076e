#include "settings_menu.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "audience.hpp"
#include "bot_texts.hpp"
#include "keyboard.hpp"

namespace trunkline::telegram {
namespace {

constexpr std::string_view prefix = "s:";
constexpr std::string_view verbs = "mlcieEnNqQx";
constexpr std::size_t choices_a_page = 16;
constexpr std::size_t choices_a_row = 2;
constexpr std::size_t name_length = 28;
constexpr int step = 30;  ///< Minutes by which quiet hours move.
constexpr int day = 24 * 60;
constexpr int usual_from = 22 * 60;
constexpr int usual_to = 8 * 60;
constexpr auto everything = "*";

std::string cut(std::string_view text, std::size_t length) {
    std::size_t seen = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
        if (begins && seen++ == length) {
            return std::string(text.substr(0, at)) + "…";
        }
    }
    return std::string(text);
}

/// `22000800` for 22:00 to 08:00; a colon would end the argument.
std::string quiet_argument(int from, int to) {
    auto text = format_minutes(from) + format_minutes(to);
    std::erase(text, ':');
    return text;
}

std::optional<std::pair<int, int>> parse_quiet(const std::string& argument) {
    if (argument.size() != 8) {
        return std::nullopt;
    }
    const auto from = parse_minutes(argument.substr(0, 2) + ":" + argument.substr(2, 2));
    const auto to = parse_minutes(argument.substr(4, 2) + ":" + argument.substr(6, 2));
    if (!from || !to || *from == *to) {
        return std::nullopt;
    }
    return std::pair(*from, *to);
}

bool toggle(std::vector<std::string>& list, const std::string& argument, bool is_known) {
    if (argument == everything) {
        const bool had = !list.empty();
        list.clear();
        return had;
    }
    if (std::erase(list, argument) > 0) {
        return true;
    }
    if (is_known) {
        list.push_back(argument);
    }
    return is_known;
}

bool set_language(const std::string& argument, Subscription& subscription) {
    const auto language = call::parse_language(argument);
    if (!language || *language == subscription.language) {
        return false;
    }
    subscription.language = *language;
    return true;
}

bool set_flag(bool& flag, bool value) { return std::exchange(flag, value) != value; }

bool set_quiet(const std::string& argument, tenants::Preferences& wants) {
    if (argument == "off") {
        const bool had = wants.quiet_from.has_value();
        wants.quiet_from.reset();
        wants.quiet_to.reset();
        return had;
    }
    const auto quiet = parse_quiet(argument);
    if (!quiet) {
        return false;
    }
    const bool is_new = wants.quiet_from != quiet->first || wants.quiet_to != quiet->second;
    wants.quiet_from = quiet->first;
    wants.quiet_to = quiet->second;
    return is_new;
}

class MenuWriter {
public:
    MenuWriter(
        const SettingsAction& action,
        const tenants::Enterprise& enterprise,
        const Subscription& subscription
    )
        : action_(action),
          enterprise_(enterprise),
          subscription_(subscription),
          wants_(subscription.wants),
          texts_(bot_texts(subscription.language)) {}

    Menu write() {
        switch (action_.verb) {
            case 'e':
            case 'E':
                return extensions();
            case 'n':
            case 'N':
                return lines();
            case 'q':
            case 'Q':
                return quiet();
            case 'x':
                return {heading(), ""};
            default:
                return main();
        }
    }

private:
    std::string data(char verb, std::string_view argument) const {
        return fmt::format("{}{}:{}:{}", prefix, verb, argument, subscription_.enterprise);
    }

    void choice(char verb, std::string_view argument, std::string_view text, bool is_chosen) {
        keyboard_.button((is_chosen ? "• " : "") + std::string(text), data(verb, argument));
    }

    std::string heading() const {
        const auto& name = enterprise_.name.empty() ? enterprise_.number : enterprise_.name;
        return fmt::format(
            fmt::runtime(texts_.settings), call::escape_html(cut(name, 4 * name_length))
        );
    }

    std::string quiet_shown() const {
        return wants_.quiet_from && wants_.quiet_to
                   ? format_minutes(*wants_.quiet_from) + "–" + format_minutes(*wants_.quiet_to)
                   : std::string(texts_.never);
    }

    std::string listed(const std::vector<std::string>& list) const {
        return list.empty() ? std::string(texts_.every)
                            : cut(fmt::format("{}", fmt::join(list, ", ")), name_length);
    }

    Menu main() {
        for (const auto language : {call::Language::ru, call::Language::be, call::Language::en}) {
            choice(
                'l',
                code_of(language),
                bot_texts(language).language,
                language == subscription_.language
            );
        }
        keyboard_.row();
        choice('c', "all", texts_.calls_all, !wants_.missed_only);
        choice('c', "missed", texts_.calls_missed, wants_.missed_only);
        keyboard_.row().button(
            wants_.internal ? texts_.internal_on : texts_.internal_off,
            data('i', wants_.internal ? "0" : "1")
        );
        keyboard_.row().button(
            fmt::format(fmt::runtime(texts_.extensions), listed(wants_.extensions)), data('e', "")
        );
        if (!enterprise_.lines.empty() || !wants_.lines.empty()) {
            keyboard_.row().button(
                fmt::format(fmt::runtime(texts_.lines), listed(wants_.lines)), data('n', "")
            );
        }
        keyboard_.row().button(
            fmt::format(fmt::runtime(texts_.quiet_button), quiet_shown()), data('q', "")
        );
        keyboard_.row().button(texts_.close, data('x', ""));
        return {heading(), keyboard_.json()};
    }

    struct Choice {
        std::string key;
        std::string name;
    };

    Menu extensions() {
        std::vector<Choice> choices;
        for (const auto& [extension, manager] : enterprise_.managers) {
            const auto& name = manager.short_name.empty() ? manager.full_name : manager.short_name;
            choices.push_back({extension, name.empty() ? extension : extension + " " + name});
        }
        return pick('e', 'E', choices, wants_.extensions, texts_.pick_extensions);
    }

    Menu lines() {
        std::vector<Choice> choices;
        for (const auto& [id, line] : enterprise_.lines) {
            choices.push_back({id, line.name.empty() ? id : line.name});
        }
        return pick('n', 'N', choices, wants_.lines, texts_.pick_lines);
    }

    Menu pick(
        char page_verb,
        char verb,
        std::vector<Choice> choices,
        const std::vector<std::string>& chosen,
        std::string_view question
    ) {
        // What was chosen once and is not in the enterprise's list any more can still be taken off.
        for (const auto& key : chosen) {
            if (std::ranges::find(choices, key, &Choice::key) == choices.end()) {
                choices.push_back({key, key});
            }
        }
        choice(verb, everything, texts_.every, chosen.empty());
        const auto pages = (choices.size() + choices_a_page - 1) / choices_a_page;
        const auto page = std::min(page_of(choices), pages == 0 ? 0 : pages - 1);
        const auto end = std::min(choices.size(), (page + 1) * choices_a_page);
        for (auto at = page * choices_a_page; at < end; ++at) {
            if (at % choices_a_row == 0) {
                keyboard_.row();
            }
            const bool is_chosen = std::ranges::find(chosen, choices[at].key) != chosen.end();
            choice(verb, choices[at].key, cut(choices[at].name, name_length), is_chosen);
        }
        keyboard_.row();
        if (page > 0) {
            keyboard_.button("‹", data(page_verb, fmt::format("p{}", page - 1)));
        }
        if (page + 1 < pages) {
            keyboard_.button("›", data(page_verb, fmt::format("p{}", page + 1)));
        }
        keyboard_.row().button(texts_.back, data('m', ""));
        return {heading() + "\n" + std::string(question), keyboard_.json()};
    }

    /// A page that was asked for, or the one where the pressed choice stands.
    std::size_t page_of(const std::vector<Choice>& choices) const {
        if (action_.argument.starts_with('p') && (action_.verb == 'e' || action_.verb == 'n')) {
            std::size_t page = 0;
            const auto& text = action_.argument;
            std::from_chars(text.data() + 1, text.data() + text.size(), page);
            return page;
        }
        const auto found = std::ranges::find(choices, action_.argument, &Choice::key);
        return found == choices.end()
                   ? 0
                   : static_cast<std::size_t>(found - choices.begin()) / choices_a_page;
    }

    Menu quiet() {
        const int from = wants_.quiet_from.value_or(usual_from);
        const int to = wants_.quiet_to.value_or(usual_to);
        choice('Q', "off", texts_.quiet_off, !wants_.quiet_from);
        for (const auto& [begin, end] :
             {std::pair(usual_from, usual_to), std::pair(20 * 60, 8 * 60), std::pair(0, 9 * 60)}) {
            if (begin != 0) {
                keyboard_.row();
            }
            choice(
                'Q',
                quiet_argument(begin, end),
                format_minutes(begin) + "–" + format_minutes(end),
                wants_.quiet_from == begin && wants_.quiet_to == end
            );
        }
        keyboard_.row();
        mover(texts_.starts, from, [to](int minutes) { return quiet_argument(minutes, to); });
        keyboard_.row();
        mover(texts_.ends, to, [from](int minutes) { return quiet_argument(from, minutes); });
        keyboard_.row().button(texts_.back, data('m', ""));
        const auto zone = call::escape_html(enterprise_.timezone);
        return {
            heading() + "\n" + fmt::format(fmt::runtime(texts_.pick_quiet), zone), keyboard_.json()
        };
    }

    /// `« С 22:00 »`: half an hour earlier, as it is, half an hour later.
    template <class Argument>
    void mover(std::string_view label, int minutes, Argument argument) {
        keyboard_.button("−", data('Q', argument((minutes + day - step) % day)));
        keyboard_.button(
            fmt::format("{} {}", label, format_minutes(minutes)), data('Q', argument(minutes))
        );
        keyboard_.button("+", data('Q', argument((minutes + step) % day)));
    }

    const SettingsAction& action_;
    const tenants::Enterprise& enterprise_;
    const Subscription& subscription_;
    const tenants::Preferences& wants_;
    const BotTexts& texts_;
    Keyboard keyboard_;
};

}  // namespace

std::string_view code_of(call::Language language) {
    switch (language) {
        case call::Language::be:
            return "be";
        case call::Language::en:
            return "en";
        case call::Language::ru:
            break;
    }
    return "ru";
}

std::optional<SettingsAction> parse_settings_action(std::string_view data) {
    if (!data.starts_with(prefix) || data.size() < 5 || data[3] != ':' ||
        verbs.find(data[2]) == std::string_view::npos) {
        return std::nullopt;
    }
    const auto rest = data.substr(4);
    const auto colon = rest.find(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    return SettingsAction{
        data[2], std::string(rest.substr(0, colon)), std::string(rest.substr(colon + 1))
    };
}

bool apply(
    const SettingsAction& action, const tenants::Enterprise& enterprise, Subscription& subscription
) {
    auto& wants = subscription.wants;
    const auto& argument = action.argument;
    switch (action.verb) {
        case 'l':
            return set_language(argument, subscription);
        case 'c':
            return set_flag(wants.missed_only, argument == "missed");
        case 'i':
            return set_flag(wants.internal, argument == "1");
        case 'E':
            return toggle(wants.extensions, argument, enterprise.managers.contains(argument));
        case 'N':
            return toggle(wants.lines, argument, enterprise.lines.contains(argument));
        case 'Q':
            return set_quiet(argument, wants);
        default:
            return false;
    }
}

Menu settings_menu(
    const SettingsAction& action,
    const tenants::Enterprise& enterprise,
    const Subscription& subscription
) {
    return MenuWriter(action, enterprise, subscription).write();
}

}  // namespace trunkline::telegram
