#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace trunkline::testing {

class TempFolder;

/// What to run and how.
struct Command {
    /// Program and arguments; a program without a slash is looked up in PATH.
    std::vector<std::string> argv;
    /// Set over the environment that the program would get otherwise.
    std::map<std::string, std::string> environment = {};
    /// Whether our own environment is passed on. Tests of services say no, so that a developer's
    /// DATABASE_URL does not leak in; PATH, HOME, LANG and TMPDIR are passed on all the same.
    bool inherit_environment = true;
    /// Working folder; empty: ours.
    std::filesystem::path folder = {};
    /// Standard output and error are appended here; empty: captured, see ChildProcess::output().
    std::filesystem::path output = {};
    /// Runs as this user; needs root. Empty: as we.
    std::string user = {};
    /// What the kernel sends it when the thread that started it ends.
    int death_signal = SIGKILL;
};

/// A program that a test started, in a process group of its own. Its standard input is /dev/null.
/// It ends at the latest when the thread that started it does (PR_SET_PDEATHSIG), so long-lived
/// ones belong to the test's main thread. Not thread-safe.
class ChildProcess {
public:
    /// Throws std::system_error if the program cannot be started at all.
    explicit ChildProcess(const Command& command);
    /// SIGKILL to the whole process group.
    ~ChildProcess();
    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;

    pid_t pid() const { return pid_; }
    bool is_running();
    /// To the process alone; to all of its group. Nothing happens if it has ended.
    void signal(int number);
    void signal_group(int number);
    /// SIGKILL to the group; returns when the process is gone.
    void kill();
    /// The exit code, or 128 + number of the signal that ended it. Nothing: it still runs at the
    /// limit.
    std::optional<int> wait(std::chrono::milliseconds limit);
    /// What it wrote so far to standard output and error.
    std::string output() const;

private:
    void end();

    pid_t pid_ = -1;
    std::optional<int> status_;
    std::filesystem::path output_;
    std::unique_ptr<TempFolder> capture_;
};

struct Outcome {
    int status = 0;
    std::string output;
};

/// Runs a program to its end. Throws std::runtime_error with its output if it does not end in time.
Outcome run_command(
    const Command& command, std::chrono::milliseconds limit = std::chrono::seconds(30)
);

/// A TCP port of loopback that nobody uses now; never the same twice, neither in this process nor
/// in another test that runs now. It lies below the range of outgoing connections, so that it stays
/// free while a server is down for a while.
std::uint16_t free_port();

/// Polls `condition` until it holds. Throws std::runtime_error("waited 5000 ms in vain: <what>") at
/// the limit.
void wait_until(
    const std::function<bool()>& condition,
    std::chrono::milliseconds limit,
    const std::string& what = "a condition"
);

}  // namespace trunkline::testing
