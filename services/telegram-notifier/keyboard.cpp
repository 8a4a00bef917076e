#include "keyboard.hpp"

#include "json/writer.hpp"

namespace trunkline::telegram {

bool is_button_url(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos || !url.starts_with("http")) {
        return false;
    }
    auto host = url.substr(scheme + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    host = host.substr(0, host.find(':'));
    return host.find('.') != std::string_view::npos;
}

Keyboard& Keyboard::row() {
    if (!rows_.back().empty()) {
        rows_.emplace_back();
    }
    return *this;
}

Keyboard& Keyboard::button(std::string_view text, std::string_view data) {
    if (!data.empty() && data.size() <= max_data) {
        rows_.back().push_back({std::string(text), std::string(data), {}});
    }
    return *this;
}

Keyboard& Keyboard::link(std::string_view text, std::string_view url) {
    if (is_button_url(url)) {
        rows_.back().push_back({std::string(text), {}, std::string(url)});
    }
    return *this;
}

std::string Keyboard::json() const {
    if (rows_.front().empty()) {
        return {};
    }
    json::Writer writer;
    writer.begin_object().key("inline_keyboard").begin_array();
    for (const auto& row : rows_) {
        if (row.empty()) {
            continue;
        }
        writer.begin_array();
        for (const auto& button : row) {
            writer.begin_object().member("text", button.text);
            if (button.url.empty()) {
                writer.member("callback_data", button.data);
            } else {
                writer.member("url", button.url);
            }
            writer.end_object();
        }
        writer.end_array();
    }
    return writer.end_array().end_object().take();
}

}  // namespace trunkline::telegram
