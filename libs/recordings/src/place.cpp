#include "recordings/place.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"

namespace trunkline::recordings {
namespace {

struct Type {
    std::string_view ending;
    std::string_view type;
};
// In the order of preference where a call has several: the compressed one is written last.
constexpr std::array<Type, 6> types{{
    {"mp3", "audio/mpeg"},
    {"m4a", "audio/mp4"},
    {"ogg", "audio/ogg"},
    {"opus", "audio/ogg"},
    {"wav", "audio/wav"},
    {"gsm", "audio/gsm"},
}};
constexpr std::size_t max_part = 200;
constexpr std::size_t max_path = 1024;
constexpr std::string_view file_prefix = "file:";

const Type* type_of(std::string_view name) {
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) {
        return nullptr;
    }
    const auto text = name.substr(dot + 1);
    const auto* found = std::ranges::find_if(types, [text](const Type& type) {
        return base::equals_ignoring_case(type.ending, text);
    });
    return found == types.end() ? nullptr : found;
}

bool is_safe_path(std::string_view path) {
    if (path.empty() || path.size() > max_path) {
        return false;
    }
    while (true) {
        const auto slash = path.find('/');
        if (!is_safe_part(path.substr(0, slash))) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        path.remove_prefix(slash + 1);
    }
}

std::vector<std::string> folders_of(const Facts& facts) {
    const std::string own = facts.enterprise_number + "/";
    std::vector<std::string> folders{own};
    for (const auto& date : facts.dates) {
        auto nested = date;
        std::ranges::replace(nested, '-', '/');
        for (const auto& folder : {own + nested + "/", own + date + "/"}) {
            if (std::ranges::find(folders, folder) == folders.end()) {
                folders.push_back(folder);
            }
        }
    }
    return folders;
}

std::vector<std::string> names_of(const Facts& facts) {
    std::vector<std::string> names{facts.uuid};
    // The call's own id before those of its legs.
    std::vector<std::string> ids{facts.unique_id};
    ids.insert(ids.end(), facts.unique_ids.begin(), facts.unique_ids.end());
    const auto add = [&names](const std::string& name) {
        if (is_safe_part(name) && std::ranges::find(names, name) == names.end()) {
            names.push_back(name);
        }
    };
    if (!facts.pbx.empty()) {
        std::ranges::for_each(ids, [&](const auto& id) { add(facts.pbx + "-" + id); });
    }
    if (!facts.is_ambiguous) {
        std::ranges::for_each(ids, add);
    }
    return names;
}

std::optional<std::string> value_of(std::string_view name, const Facts& facts) {
    auto date = facts.dates.empty() ? std::string() : facts.dates.front();
    if (name == "uuid") {
        return facts.uuid;
    }
    if (name == "unique_id") {
        return facts.unique_id;
    }
    if (name == "pbx") {
        return facts.pbx;
    }
    if (name == "date") {
        return date;
    }
    constexpr std::size_t date_size = 10;
    const auto padded = date.size() == date_size ? date : std::string(date_size, '0');
    if (name == "year") {
        return padded.substr(0, 4);
    }
    if (name == "month") {
        return padded.substr(5, 2);
    }
    if (name == "day") {
        return padded.substr(8, 2);
    }
    return std::nullopt;
}

}  // namespace

std::vector<std::string> candidate_paths(const Facts& facts) {
    std::vector<std::string> paths;
    if (!is_safe_part(facts.enterprise_number)) {
        return paths;
    }
    const auto folders = folders_of(facts);
    for (const auto& name : names_of(facts)) {
        for (const auto& folder : folders) {
            for (const auto& type : types) {
                paths.push_back(folder + name + "." + std::string(type.ending));
            }
        }
    }
    return paths;
}

std::string_view content_type(std::string_view name) {
    const auto* type = type_of(name);
    return type == nullptr ? std::string_view{} : type->type;
}

std::string_view ending(std::string_view name) {
    const auto* type = type_of(name);
    return type == nullptr ? std::string_view{} : type->ending;
}

bool is_safe_part(std::string_view part) {
    return !part.empty() && part.size() <= max_part && part.front() != '.' &&
           std::ranges::none_of(part, [](char c) {
               return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
           });
}

Location parse_location(std::string_view stored) {
    if (stored.starts_with(file_prefix)) {
        return {true, std::string(stored.substr(file_prefix.size()))};
    }
    return {false, std::string(stored)};
}

base::Result<std::string> file_location(
    std::string_view recordings_path, std::string_view enterprise_number, std::string_view file
) {
    auto relative = file;
    if (file.starts_with('/')) {
        while (recordings_path.ends_with('/')) {
            recordings_path.remove_suffix(1);
        }
        const auto own = std::string(recordings_path) + "/" + std::string(enterprise_number) + "/";
        if (recordings_path.empty() || !file.starts_with(own)) {
            return base::fail(
                base::Errc::invalid_input, "is not in the enterprise's folder of RECORDINGS_PATH"
            );
        }
        relative = file.substr(own.size());
    }
    if (!is_safe_path(relative)) {
        return base::fail(
            base::Errc::invalid_input, "is not a path below the enterprise's own folder"
        );
    }
    if (type_of(relative) == nullptr) {
        return base::fail(
            base::Errc::invalid_input,
            "is no recording: must end with mp3, m4a, ogg, opus, wav, gsm"
        );
    }
    return std::string(file_prefix) + std::string(relative);
}

base::Result<std::string> fill_template(std::string_view url_template, const Facts& facts) {
    std::string out;
    bool tells_calls_apart = false;
    while (!url_template.empty()) {
        const auto open = std::min(url_template.find('{'), url_template.size());
        out += url_template.substr(0, open);
        url_template.remove_prefix(open);
        if (url_template.empty()) {
            break;
        }
        const auto close = url_template.find('}');
        const auto name = url_template.substr(1, close == std::string_view::npos ? 0 : close - 1);
        const auto value = value_of(name, facts);
        if (!value) {
            return base::fail(
                base::Errc::invalid_input,
                "recordings_url: unknown placeholder at \"" +
                    std::string(url_template.substr(0, 20)) + "\""
            );
        }
        tells_calls_apart = tells_calls_apart || name == "uuid" || name == "unique_id";
        out += base::percent_encode(*value);
        url_template.remove_prefix(close + 1);
    }
    if (!tells_calls_apart) {
        return base::fail(base::Errc::invalid_input, "recordings_url: needs {uuid} or {unique_id}");
    }
    return out;
}

}  // namespace trunkline::recordings
