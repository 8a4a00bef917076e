#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"
#include "json/schema.hpp"

namespace trunkline::proto {

std::string read_file(const std::filesystem::path& path);

/// The files of proto/<folder> with this ending, by name; the test fails if there is none.
std::vector<std::filesystem::path> files_of(std::string_view folder, std::string_view ending);

/// The test fails, with the reason, if the text is no JSON.
json::Document parse(const std::string& text);

/// A schema file of proto/events or proto/messages by its stem (`dial`, `connector-event`); its
/// references are looked up beside it. The test fails if there is none, or if it does not compile.
json::Schema schema_named(const std::string& stem);

/// The test fails, naming every wrong place, if `instance` is not valid.
void require_valid(const json::Schema& schema, json::View instance);

}  // namespace trunkline::proto
