#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace trunkline::config {

struct EnvEntry {
    std::string value;
    std::size_t line = 0;  ///< Counted from 1.
};

struct EnvFile {
    std::string name;  ///< Without its folder, for messages.
    std::map<std::string, EnvEntry> entries;
    std::vector<base::FieldError>
        faults;  ///< Path is the key, or `<file> line 3` where there is none.
};

/// Reads lines `KEY=VALUE`, with `export `, comments and both kinds of quotes as shells and dotenv
/// libraries have them; nothing is expanded. A later line wins. Keys outside suite_names() are
/// faults. `file` is for messages, which never show a value.
EnvFile parse_env_file(std::string_view text, std::string_view file);

/// A file that is not there is empty; one that cannot be read is a fault.
EnvFile read_env_file(const std::filesystem::path& path);

}  // namespace trunkline::config
