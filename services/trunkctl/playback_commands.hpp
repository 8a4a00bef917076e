#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "context.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's.
class App;
}

namespace trunkline::trunkctl {

/// `export`, `replay` and `emulate`. `work` outlives the parse and gets what the chosen command
/// does.
void add_playback_commands(CLI::App& app, Work& work);

struct ExportOptions {
    std::string call;  ///< Its uuid, or a UniqueId.
    std::optional<std::string> enterprise;
    std::string file;  ///< Empty or `-`: standard output.
};
/// A stored call as a trace file that names nobody.
asio::awaitable<base::Result<>> export_call(Context& context, ExportOptions options);

struct ReplayOptions {
    std::string file;
    std::string against;  ///< Base URL of a running ingest; empty: the rules in this process.
    std::vector<std::string> fields;  ///< `name=value`.
};
/// Plays a trace file and prints what came out otherwise; fails if something did.
asio::awaitable<base::Result<>> replay_file(Context& context, ReplayOptions options);

struct EmulateOptions {
    std::string pattern;
    std::vector<std::string> fields;  ///< `name=value`; of a list the values with commas.
    std::string pace, drop, share_of_doubles, target;
    std::optional<std::int64_t> repeat, parallel, seed;
    bool shuffle = false;
};
/// Plays a pattern at the running suite and prints what became of it; fails if something differs
/// from what was expected.
asio::awaitable<base::Result<>> emulate(Context& context, EmulateOptions options);

struct LoadOptions {
    double rate = 0;  ///< Events a second.
    std::int64_t seconds = 60;
    std::int64_t enterprises = 100;
    std::string pace, target;
    bool prepare = false;  ///< Makes the enterprises load-001 ... first.
};
/// Real-looking traffic of many enterprises at the running suite, with a report; fails if an event
/// was not acknowledged, or something is not as it should be.
asio::awaitable<base::Result<>> emulate_load(Context& context, LoadOptions options);

}  // namespace trunkline::trunkctl
