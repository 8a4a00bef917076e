#pragma once

#include <string>

#include "context.hpp"
#include "name_tables.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming)
class App;
}

namespace trunkline::trunkctl {

// Managers (names of extensions) and lines, alike. `any` is an enterprise's number, Token or name.

/// Adds one, or changes the one of that key. invalid_input names the wrong column.
asio::awaitable<base::Result<>> put_name(
    Context& context, const NameTable& table, std::string any, NameRow row
);
asio::awaitable<base::Result<>> list_names(
    Context& context, const NameTable& table, std::string any
);
asio::awaitable<base::Result<>> remove_name(
    Context& context, const NameTable& table, std::string any, std::string key
);

struct ImportOptions {
    std::string any;
    std::string file;       ///< `-` is standard input.
    bool skip_bad = false;  ///< Import what can be read; without it one bad line stops all.
    bool replace = false;   ///< Those that the file does not have go.
    bool dry_run = false;   ///< Tell what would be done.
};
/// From a CSV file (csv/csv.hpp), all in one transaction. Bad lines are told with their numbers.
asio::awaitable<base::Result<>> import_names(
    Context& context, const NameTable& table, ImportOptions options
);

/// `manager` and `line` with `add|import|list|remove`. `app` and `work` must outlive the parsing.
void add_name_commands(CLI::App& app, Work& work);

}  // namespace trunkline::trunkctl
