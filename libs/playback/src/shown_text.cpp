#include "playback/shown_text.hpp"

#include <algorithm>
#include <array>

#include "call/number.hpp"

namespace trunkline::playback {
namespace {

constexpr std::string_view hidden_number = "Номер не определен";
constexpr std::string_view greeting = "приветствие";
// What stands before a party in a text.
constexpr std::array before_party =
    std::to_array<std::string_view>({"→ ", "↔ ", ", ", ": ", " от ", "\n"});

std::string without_extra_lines(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        if (!line.starts_with("📡") && !line.starts_with("🔉")) {
            out += (out.empty() ? "" : "\n") + std::string(line);
        }
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return out;
}

/// Where the bracket at `open` is closed, or the end.
std::size_t closing(std::string_view text, std::size_t open) {
    int depth = 0;
    for (std::size_t i = open; i < text.size(); ++i) {
        depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
        if (depth == 0) {
            return i;
        }
    }
    return text.size() - 1;
}

/// `+375 (29) 000-00-01 (Иванов)` -> `+375 (29) 000-00-01`.
void cut_name_behind(std::string& text, const std::string& number) {
    for (auto at = text.find(number); at != std::string::npos; at = text.find(number, at + 1)) {
        const auto behind = at + number.size();
        if (text.compare(behind, 2, " (") == 0) {
            text.erase(behind, closing(text, behind + 1) - behind + 1);
        }
    }
}

/// `Сидоров Пётр (151)` -> `151`.
void cut_name_before(std::string& text, const std::string& number) {
    const auto bracketed = " (" + number + ")";
    for (auto at = text.find(bracketed); at != std::string::npos; at = text.find(bracketed, at)) {
        std::size_t begin = 0;
        for (const auto mark : before_party) {
            const auto place = text.rfind(mark, at);
            if (place != std::string::npos && place + mark.size() <= at) {
                begin = std::max(begin, place + mark.size());
            }
        }
        text.replace(begin, at + bracketed.size() - begin, number);
        at = begin + number.size();
    }
}

}  // namespace

Parties parties_of(const FieldValues& values) {
    Parties parties;
    for (const auto& [name, list] : values) {
        if (name == "token" || name.starts_with("line")) {
            continue;
        }
        for (const auto& value : list) {
            const auto formatted = call::format_phone(value);
            if (name == "phone") {
                parties.outside = formatted.empty() ? hidden_number : formatted;
            } else if (!formatted.empty()) {
                parties.ours.push_back(formatted);
            }
        }
    }
    return parties;
}

std::string without_names(std::string_view text, const Parties& parties) {
    auto out = without_extra_lines(text);
    if (!parties.outside.empty()) {
        cut_name_behind(out, parties.outside);
    }
    for (const auto& number : parties.ours) {
        cut_name_before(out, number);
    }
    return out;
}

bool is_same_text(std::string_view received, std::string_view expected, const Parties& parties) {
    auto shown = without_names(received, parties);
    if (shown == expected) {
        return true;
    }
    if (!expected.ends_with(greeting)) {
        return false;
    }
    expected.remove_suffix(greeting.size());
    return shown.size() > expected.size() && shown.starts_with(expected);
}

bool is_russian_card(std::string_view text) {
    return std::ranges::any_of(
               std::to_array<std::string_view>(
                   {"📞 Звонок",
                    "📞 Дозвон",
                    "🔗 Разговор",
                    "✅ Завершен",
                    "❌ Не отвечен",
                    "🛎️ Внутренний"}
               ),
               [text](std::string_view beginning) { return text.starts_with(beginning); }
           ) &&
           !text.starts_with("✅ Завершены") && !text.starts_with("✅ Завершаны");
}

}  // namespace trunkline::playback
