#include "process_tree.hpp"

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "testing/process.hpp"

namespace trunkline::testing {
namespace {

struct Stat {
    char state = '?';
    pid_t parent = 0;
};

// proc(5): "pid (comm) state ppid ..."; comm may hold blanks and brackets, so the last bracket
// counts.
std::optional<Stat> read_stat(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    if (!std::getline(file, text)) {
        return std::nullopt;
    }
    const auto bracket = text.rfind(')');
    if (bracket == std::string::npos) {
        return std::nullopt;
    }
    std::istringstream rest(text.substr(bracket + 1));
    Stat stat;
    rest >> stat.state >> stat.parent;
    return stat;
}

std::vector<std::pair<pid_t, pid_t>> all_processes() {
    std::vector<std::pair<pid_t, pid_t>> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const auto name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        const auto pid = static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10));
        const auto stat = read_stat(pid);
        if (stat && stat->state != 'Z') {
            found.emplace_back(pid, stat->parent);
        }
    }
    return found;
}

}  // namespace

std::vector<pid_t> descendants(pid_t root) {
    const auto processes = all_processes();
    std::vector<pid_t> tree{root};
    for (std::size_t next = 0; next < tree.size(); ++next) {
        for (const auto& [pid, parent] : processes) {
            if (parent == tree[next]) {
                tree.push_back(pid);
            }
        }
    }
    tree.erase(tree.begin());
    return tree;
}

bool is_gone(pid_t pid) {
    const auto stat = read_stat(pid);
    return !stat || stat->state == 'Z' || stat->state == 'X';
}

void pause_tree(pid_t root) {
    ::kill(root, SIGSTOP);
    for (const auto pid : descendants(root)) {
        ::kill(pid, SIGSTOP);
    }
}

void resume_tree(pid_t root) {
    for (const auto pid : descendants(root)) {
        ::kill(pid, SIGCONT);
    }
    ::kill(root, SIGCONT);
}

void kill_tree(pid_t root) {
    ::kill(root, SIGSTOP);
    auto tree = descendants(root);
    tree.insert(tree.begin(), root);
    for (const auto pid : tree) {
        ::kill(pid, SIGKILL);
    }
    for (const auto pid : tree) {
        wait_until(
            [pid] { return is_gone(pid); },
            std::chrono::seconds(20),
            "the end of killed process " + std::to_string(pid)
        );
    }
}

}  // namespace trunkline::testing
