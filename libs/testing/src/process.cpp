#include "testing/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "testing/temp_folder.hpp"

namespace trunkline::testing {
namespace {

[[noreturn]] void fail_with_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

struct Identity {
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups;
};

// Everything that the child needs between fork and exec, made beforehand: in the child of a program
// with threads only async-signal-safe calls are allowed.
struct Plan {
    std::vector<std::string> argv_texts;
    std::vector<std::string> environment_texts;
    std::vector<char*> argv;
    std::vector<char*> environment;
    std::string folder;
    std::optional<Identity> identity;
    int output = -1;
    int input = -1;
    int report = -1;
    int death_signal = SIGKILL;
    pid_t parent = 0;
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

std::map<std::string, std::string> environment_of(const Command& command) {
    static const std::set<std::string> always = {"PATH", "HOME", "LANG", "TMPDIR"};
    auto result = command.environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        const auto name = text.substr(0, text.find('='));
        if (command.inherit_environment || always.contains(name) || name.ends_with("SAN_OPTIONS")) {
            result.try_emplace(name, text.substr(std::min(text.size(), name.size() + 1)));
        }
    }
    return result;
}

Identity identity_of(const std::string& user) {
    const passwd* entry = ::getpwnam(user.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr) {
        throw std::runtime_error("no user " + user + " on this machine");
    }
    Identity identity{.user = entry->pw_uid, .group = entry->pw_gid, .groups = {}};
    int count = 64;
    identity.groups.resize(static_cast<std::size_t>(count));
    if (::getgrouplist(user.c_str(), entry->pw_gid, identity.groups.data(), &count) < 0) {
        count = 0;
    }
    identity.groups.resize(static_cast<std::size_t>(count));
    return identity;
}

// Raw system calls, since glibc's setuid would talk to the parent's threads, which are not here.
bool take_identity(const Identity& who) {
    return ::syscall(SYS_setgroups, who.groups.size(), who.groups.data()) == 0 &&
           ::syscall(SYS_setresgid, who.group, who.group, who.group) == 0 &&
           ::syscall(SYS_setresuid, who.user, who.user, who.user) == 0;
}

void restore_signals() {
    for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD}) {
        ::signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool prepare_child(const Plan& plan) {
    ::setpgid(0, 0);
    restore_signals();
    if (::dup2(plan.input, 0) < 0 || ::dup2(plan.output, 1) < 0 || ::dup2(plan.output, 2) < 0) {
        return false;
    }
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    if (plan.identity && !take_identity(*plan.identity)) {
        return false;
    }
    if (!plan.folder.empty() && ::chdir(plan.folder.c_str()) != 0) {
        return false;
    }
    // After the change of user, which clears it.
    return ::prctl(PR_SET_PDEATHSIG, plan.death_signal) == 0 && ::getppid() == plan.parent;
}

[[noreturn]] void become(const Plan& plan) {
    if (prepare_child(plan)) {
        ::execvpe(plan.argv[0], plan.argv.data(), plan.environment.data());
    }
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(plan.report, &error, sizeof error);
    ::_exit(127);
}

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() { close(); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return number_; }
    void close() {
        if (number_ >= 0) {
            ::close(std::exchange(number_, -1));
        }
    }

private:
    int number_;
};

pid_t fork_and_exec(Plan& plan) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        fail_with_errno("pipe2");
    }
    Descriptor report_in(ends[0]);
    Descriptor report_out(ends[1]);
    plan.report = report_out.get();
    plan.parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) {
        fail_with_errno("fork");
    }
    if (pid == 0) {
        become(plan);
    }
    ::setpgid(pid, pid);
    report_out.close();
    int error = 0;
    // The pipe closes without a word when exec succeeds.
    if (::read(report_in.get(), &error, sizeof error) == sizeof error) {
        ::waitpid(pid, nullptr, 0);
        errno = error;
        fail_with_errno("cannot run " + plan.argv_texts.front());
    }
    return pid;
}

pid_t spawn(const Command& command, const std::filesystem::path& output) {
    if (command.argv.empty()) {
        throw std::invalid_argument("a command needs a program");
    }
    Plan plan;
    plan.argv_texts = command.argv;
    plan.argv = pointers_to(plan.argv_texts);
    for (const auto& [name, value] : environment_of(command)) {
        plan.environment_texts.push_back(name + "=" + value);
    }
    plan.environment = pointers_to(plan.environment_texts);
    plan.folder = command.folder.string();
    plan.death_signal = command.death_signal;
    if (!command.user.empty()) {
        plan.identity = identity_of(command.user);
    }
    const Descriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const Descriptor sink(::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (input.get() < 0 || sink.get() < 0) {
        fail_with_errno("cannot write " + output.string());
    }
    plan.input = input.get();
    plan.output = sink.get();
    return fork_and_exec(plan);
}

}  // namespace

ChildProcess::ChildProcess(const Command& command) : output_(command.output) {
    if (output_.empty()) {
        capture_ = std::make_unique<TempFolder>();
        output_ = capture_->path() / "output";
    }
    pid_ = spawn(command, output_);
}

ChildProcess::~ChildProcess() { end(); }

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      status_(other.status_),
      output_(std::move(other.output_)),
      capture_(std::move(other.capture_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    if (this != &other) {
        end();
        pid_ = std::exchange(other.pid_, -1);
        status_ = other.status_;
        output_ = std::move(other.output_);
        capture_ = std::move(other.capture_);
    }
    return *this;
}

void ChildProcess::end() {
    if (pid_ < 0) {
        return;
    }
    // Not reaped before, so that neither the process id nor the group's can belong to somebody
    // else.
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

bool ChildProcess::is_running() {
    if (pid_ < 0 || status_) {
        return false;
    }
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
        fail_with_errno("waitid");
    }
    if (info.si_pid == 0) {
        return true;
    }
    status_ = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    return false;
}

void ChildProcess::signal(int number) {
    if (is_running()) {
        ::kill(pid_, number);
    }
}

void ChildProcess::signal_group(int number) {
    if (pid_ > 0) {
        ::kill(-pid_, number);
    }
}

void ChildProcess::kill() {
    signal_group(SIGKILL);
    wait(std::chrono::seconds(20));
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (is_running()) {
        if (std::chrono::steady_clock::now() >= end) {
            return std::nullopt;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return status_;
}

std::string ChildProcess::output() const {
    std::ifstream file(output_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Outcome run_command(const Command& command, std::chrono::milliseconds limit) {
    ChildProcess process(command);
    const auto status = process.wait(limit);
    if (!status) {
        process.kill();
        throw std::runtime_error(
            command.argv.front() + " did not end in " + std::to_string(limit.count()) +
            " ms; it wrote: " + process.output()
        );
    }
    return Outcome{.status = *status, .output = process.output()};
}

namespace {

bool can_bind(std::uint16_t port) {
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    return socket.get() >= 0 &&
           ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// Of the tests that run at the same time each port belongs to one: it has locked the byte with the
/// port's number in a file that all of them know. The kernel lets go of it with the process.
class PortBook {
public:
    PortBook()
        : file_(::open(
              (std::filesystem::temp_directory_path() / "trunkline-test-ports").c_str(),
              O_RDWR | O_CREAT | O_CLOEXEC,
              0666
          )) {
        if (file_.get() < 0) {
            throw std::system_error(errno, std::generic_category(), "the book of test ports");
        }
    }

    bool take(std::uint16_t port) const {
        struct flock lock{};
        lock.l_type = F_WRLCK;
        lock.l_whence = SEEK_SET;
        lock.l_start = port;
        lock.l_len = 1;
        return ::fcntl(file_.get(), F_OFD_SETLK, &lock) == 0;
    }

private:
    Descriptor file_;
};

}  // namespace

std::uint16_t free_port() {
    // Linux gives outgoing connections ports from 32768 up (ip_local_port_range).
    static std::mutex mutex;
    static std::set<std::uint16_t> given;
    static const PortBook book;
    static std::mt19937 generator(std::random_device{}());
    std::uniform_int_distribution<int> draw(15000, 31999);
    const std::lock_guard lock(mutex);
    for (int attempt = 0; attempt < 1000; ++attempt) {
        const auto port = static_cast<std::uint16_t>(draw(generator));
        if (!given.contains(port) && book.take(port) && can_bind(port)) {
            given.insert(port);
            return port;
        }
    }
    throw std::runtime_error("no free TCP port found");
}

void wait_until(
    const std::function<bool()>& condition, std::chrono::milliseconds limit, const std::string& what
) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) {
            throw std::runtime_error(
                "waited " + std::to_string(limit.count()) + " ms in vain: " + what
            );
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

}  // namespace trunkline::testing
