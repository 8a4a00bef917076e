#include "testing/process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include "process_tree.hpp"
#include "testing/catch.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Command shell(const std::string& script) { return Command{.argv = {"sh", "-c", script}}; }

}  // namespace

TEST_CASE("a program's output and exit code are captured", "[testing]") {
    const auto outcome = run_command(shell("echo out; echo err >&2; exit 3"));
    REQUIRE(outcome.status == 3);
    REQUIRE(outcome.output == "out\nerr\n");
}

TEST_CASE("a program that cannot be found is an exception", "[testing]") {
    const Command command{.argv = {"no-such-program-anywhere"}};
    REQUIRE_THROWS_AS(ChildProcess(command), std::system_error);
}

TEST_CASE("a signal that ends a program is told as 128 and its number", "[testing]") {
    ChildProcess process(Command{.argv = {"sleep", "1000"}});
    REQUIRE(process.is_running());
    REQUIRE_FALSE(process.wait(milliseconds(0)));
    process.signal(SIGTERM);
    REQUIRE(process.wait(seconds(10)) == 128 + SIGTERM);
    REQUIRE_FALSE(process.is_running());
}

TEST_CASE("a program gets only the environment that it is meant to get", "[testing]") {
    ::setenv("TRUNKLINE_LEAK", "leaked", 1);  // NOLINT(concurrency-mt-unsafe)
    auto command = shell("echo $TRUNKLINE_LEAK/$GIVEN; command -v sh >/dev/null");
    command.environment = {{"GIVEN", "given"}};
    const auto open = run_command(command);
    command.inherit_environment = false;
    const auto closed = run_command(command);
    REQUIRE(open.output == "leaked/given\n");
    REQUIRE(closed.output == "/given\n");
    REQUIRE(closed.status == 0);
}

TEST_CASE("a program runs in the folder and writes to the file it is given", "[testing]") {
    const TempFolder folder;
    auto command = shell("pwd -P");
    command.folder = folder.path();
    command.output = folder.path() / "log";
    ChildProcess process(command);
    REQUIRE(process.wait(seconds(10)) == 0);
    REQUIRE(process.output() == std::filesystem::canonical(folder.path()).string() + "\n");
}

TEST_CASE("children of a program end with it", "[testing]") {
    pid_t grandchild = 0;
    {
        ChildProcess process(shell("sleep 1000 & echo $!; wait"));
        wait_until([&] { return process.output().ends_with('\n'); }, seconds(10), "the output");
        grandchild = static_cast<pid_t>(std::stol(process.output()));
        REQUIRE_FALSE(is_gone(grandchild));
        REQUIRE(descendants(process.pid()) == std::vector<pid_t>{grandchild});
    }
    wait_until([&] { return is_gone(grandchild); }, seconds(10), "the end of the grandchild");
}

TEST_CASE("a tree of processes is killed though its members left the group", "[testing]") {
    ChildProcess process(shell("setsid sleep 1000 & wait"));
    wait_until([&] { return !descendants(process.pid()).empty(); }, seconds(10), "a child");
    const auto children = descendants(process.pid());
    kill_tree(process.pid());
    REQUIRE(process.wait(seconds(10)) == 128 + SIGKILL);
    for (const auto pid : children) {
        REQUIRE(is_gone(pid));
    }
}

TEST_CASE("a program that hangs is ended and reported", "[testing]") {
    const auto command = shell("echo here; sleep 1000");
    REQUIRE_THROWS_WITH(
        run_command(command, milliseconds(500)),
        ContainsSubstring("did not end in 500 ms") && ContainsSubstring("here")
    );
}

TEST_CASE("free ports differ, and no outgoing connection takes them", "[testing]") {
    std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
    int first_outgoing = 0;
    range >> first_outgoing;
    const auto first = free_port();
    const auto second = free_port();
    REQUIRE(first != second);
    REQUIRE(first < first_outgoing);
    REQUIRE(second < first_outgoing);
}

TEST_CASE("a port is not given while another test has it, bound or not", "[testing]") {
    const auto mine = free_port();
    const auto book = std::filesystem::temp_directory_path() / "trunkline-test-ports";
    // What another process would find: its own description of the file, and its own locks.
    const int file = ::open(book.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(file >= 0);
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = mine;
    lock.l_len = 1;
    CHECK(::fcntl(file, F_OFD_SETLK, &lock) == -1);
    ::close(file);
}

TEST_CASE("waiting in vain says for what", "[testing]") {
    const auto never = [] { return false; };
    REQUIRE_THROWS_WITH(
        wait_until(never, milliseconds(1), "godot"), ContainsSubstring("in vain: godot")
    );
}

}  // namespace trunkline::testing
