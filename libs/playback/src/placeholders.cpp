#include "playback/placeholders.hpp"

#include <fmt/format.h>

#include <utility>

#include "json/writer.hpp"

namespace trunkline::playback {
namespace {

std::string joined(const Filling& filling) {
    if (const auto* text = std::get_if<Text>(&filling)) {
        return *text;
    }
    return fmt::format("{}", fmt::join(std::get<List>(filling), ", "));
}

/// Writes one template; the first fault is kept and ends nothing, since a defect's cost is no
/// matter.
class Filler {
public:
    explicit Filler(const Lookup& lookup) : lookup_(lookup) {}

    base::Result<std::string> run(json::View view) {
        write(view);
        if (!fault_.empty()) {
            return base::fail(base::Errc::internal, fault_);
        }
        return writer_.take();
    }

private:
    void write(json::View view) {
        if (view.is_object()) {
            writer_.begin_object();
            for (const auto [key, value] : view.members()) {
                writer_.key(key);
                write(value);
            }
            writer_.end_object();
        } else if (view.is_array()) {
            writer_.begin_array();
            for (const auto item : view.elements()) {
                write(item);
            }
            writer_.end_array();
        } else if (const auto text = view.string()) {
            write_string(*text);
        } else {
            writer_.value(view);
        }
    }

    void write_string(std::string_view text) {
        if (text.starts_with('{') && text.find('}') + 1 == text.size()) {
            std::visit(
                [this](const auto& filling) { writer_.value(filling); },
                look_up(text.substr(1, text.size() - 2))
            );
            return;
        }
        writer_.value(replaced(text));
    }

    std::string replaced(std::string_view text) {
        std::string out;
        while (!text.empty()) {
            const auto open = text.find('{');
            out += text.substr(0, open);
            if (open == std::string_view::npos) {
                break;
            }
            const auto close = text.find('}', open);
            if (close == std::string_view::npos) {
                note("a placeholder is not closed in \"" + std::string(text) + "\"");
                break;
            }
            out += joined(look_up(text.substr(open + 1, close - open - 1)));
            text.remove_prefix(close + 1);
        }
        return out;
    }

    Filling look_up(std::string_view name) {
        auto filling = lookup_(name);
        if (!filling) {
            note("there is no placeholder {" + std::string(name) + "}");
            return Text();
        }
        return std::move(*filling);
    }

    void note(std::string fault) {
        if (fault_.empty()) {
            fault_ = std::move(fault);
        }
    }

    const Lookup& lookup_;
    json::Writer writer_;
    std::string fault_;
};

}  // namespace

base::Result<std::string> fill(json::View form, const Lookup& lookup) {
    return Filler(lookup).run(form);
}

}  // namespace trunkline::playback
