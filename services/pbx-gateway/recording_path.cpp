#include "recording_path.hpp"

#include <filesystem>

namespace trunkline::pbx_gateway {

std::string recording_file(std::string_view value, std::string_view folder) {
    const std::filesystem::path path(value);
    const auto base = std::filesystem::path(folder).lexically_normal();
    const auto whole = path.is_absolute() ? path : base / path;
    auto file = whole.lexically_normal().lexically_relative(base);
    if (value.empty() || file.empty() || *file.begin() == ".." || !file.has_filename() ||
        file.filename() == ".") {
        return "";
    }
    if (!file.has_extension()) {
        file += ".wav";
    }
    return file.string();
}

}  // namespace trunkline::pbx_gateway
