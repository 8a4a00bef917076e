#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::telegram {

/// Builds an inline keyboard (contracts/telegram.md section 2). A button that Telegram would refuse
/// is left out: data over 64 bytes, a link whose host has no dot.
class Keyboard {
public:
    static constexpr std::size_t max_data = 64;

    /// The next buttons stand in a new row.
    Keyboard& row();
    Keyboard& button(std::string_view text, std::string_view data);
    Keyboard& link(std::string_view text, std::string_view url);

    /// JSON for reply_markup; empty when there is no button.
    std::string json() const;

private:
    struct Button {
        std::string text;
        std::string data;
        std::string url;
    };
    std::vector<std::vector<Button>> rows_{1};
};

/// Whether Telegram takes the address for a button: http or https, a dot in its host.
bool is_button_url(std::string_view url);

}  // namespace trunkline::telegram
