#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace trunkline::config {

/// Both ends are allowed values. In milliseconds or seconds for durations.
struct Range {
    std::int64_t min = std::numeric_limits<std::int64_t>::min();
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

/// What the program shall do after load().
enum class Action {
    run,
    exit_ok,  ///< --help, --version or --check-config: what was asked for has been printed.
};

/// Fills a program's settings from flags, environment variables, a .env file and defaults, in that
/// order of precedence.
///
/// A setting's name is that of its environment variable (`INGEST_PORT`); its flags are
/// `--INGEST_PORT` and
/// `--ingest-port`. The target's value at the time of add() is the default. An empty value counts
/// as unset everywhere. Targets must outlive load(). Adding a name that suite_names.cpp does not
/// list, a name twice, or a duration whose name does not end in its unit throws std::logic_error.
/// One thread.
class Loader {
public:
    using Action = config::Action;

    /// `purpose` is one line for --help.
    Loader(std::string program, std::string purpose, std::string version);
    ~Loader();
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;

    void add(std::string name, std::string& target, std::string help);
    void add(std::string name, std::filesystem::path& target, std::string help);
    void add(std::string name, int& target, std::string help, Range range = {});
    /// A port unless `range` says otherwise; 0 must be allowed expressly.
    void add(std::string name, std::uint16_t& target, std::string help, Range range = {1, 65535});
    void add(std::string name, std::uint64_t& target, std::string help, Range range = {});
    /// `1`, `true`, `yes`, `on` or `0`, `false`, `no`, `off` in any case; the flag alone means
    /// true.
    void add(std::string name, bool& target, std::string help);
    void add(
        std::string name, std::chrono::milliseconds& target, std::string help, Range range = {}
    );
    void add(std::string name, std::chrono::seconds& target, std::string help, Range range = {});
    /// Separated by commas; empty parts are left out.
    void add(std::string name, std::vector<std::string>& target, std::string help);

    void add_choice(
        std::string name, std::string& target, std::vector<std::string> allowed, std::string help
    );
    /// Neither the default nor the value is ever printed; the log hides it, and a password inside
    /// it if it is a URL.
    void add_secret(std::string name, std::string& target, std::string help);
    /// Runs after every setting was read well, in order of adding. An Error's fields become faults
    /// of the settings.
    void add_check(std::function<base::Result<>()> check);

    /// The parts of argv that are no flags are refused. A missing `env_file` is as good as an empty
    /// one. All faults come in one Error as fields: path is the setting's name, detail says what is
    /// wrong and where it came from. With
    /// --check-config the faults go to standard error, one line each, and the Error only sums them
    /// up.
    base::Result<Action> load(
        int argc, const char* const* argv, const std::filesystem::path& env_file = ".env"
    );

    /// Where help and faults are printed instead of standard output and standard error; for tests.
    void print_to(std::ostream& out, std::ostream& error);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::config
