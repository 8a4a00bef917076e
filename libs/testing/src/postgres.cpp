#include "testing/postgres.hpp"

#include <pwd.h>
#include <sys/shm.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "process_tree.hpp"
#include "shared_servers.hpp"

namespace trunkline::testing {
namespace {

constexpr std::chrono::seconds start_limit(60);

// Debian keeps each major version's programs apart and only some of them in PATH.
std::filesystem::path newest_programs() {
    std::filesystem::path best;
    int best_version = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", error)) {
        const int version = std::atoi(entry.path().filename().c_str());
        if (version > best_version && std::filesystem::exists(entry.path() / "bin/initdb")) {
            best = entry.path() / "bin";
            best_version = version;
        }
    }
    if (best.empty()) {
        throw std::runtime_error("PostgreSQL is not installed: no /usr/lib/postgresql/*/bin/initdb"
        );
    }
    return best;
}

std::string server_user() { return ::geteuid() == 0 ? "postgres" : ""; }

void give_folder_to(const std::filesystem::path& folder, const std::string& user) {
    if (user.empty()) {
        return;
    }
    const passwd* entry = ::getpwnam(user.c_str());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr || ::chown(folder.c_str(), entry->pw_uid, entry->pw_gid) != 0) {
        throw std::runtime_error("cannot give " + folder.string() + " to user " + user);
    }
}

std::vector<std::string> lines_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    return lines;
}

std::string with_database(const std::string& url, const std::string& database) {
    const auto host = url.find("://");
    const auto slash = url.find('/', host == std::string::npos ? 0 : host + 3);
    const auto query = url.find('?');
    const auto parameters = query == std::string::npos ? "" : url.substr(query);
    return url.substr(0, std::min(slash, query)) + "/" + database + parameters;
}

}  // namespace

PrivatePostgres::PrivatePostgres(PostgresOptions options)
    : options_(std::move(options)),
      programs_(newest_programs()),
      user_(server_user()),
      // Not the configured temporary folder: it may be closed to the other user, or too long for a
      // socket.
      folder_(std::filesystem::path("/tmp")),
      port_(free_port()) {
    make_cluster();
    start();
}

PrivatePostgres::~PrivatePostgres() {
    try {
        stop();
    } catch (const std::exception&) {
        postmaster_.reset();
    }
    forget_shared_memory();
}

void PrivatePostgres::make_cluster() {
    give_folder_to(folder_.path(), user_);
    const Command initdb{
        .argv =
            {programs_ / "initdb",
             "-D",
             folder_.path() / "data",
             "--username=postgres",
             "--auth=trust",
             "--encoding=UTF8",
             "--locale=C.UTF-8",
             "--no-sync"},
        .folder = folder_.path(),
        .user = user_
    };
    const auto outcome = run_command(initdb, start_limit);
    if (outcome.status != 0) {
        throw std::runtime_error("initdb failed: " + outcome.output);
    }
}

std::string PrivatePostgres::url(std::string_view database) const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(port_) + "/" + std::string(database);
}

bool PrivatePostgres::is_running() { return postmaster_ && postmaster_->is_running(); }

void PrivatePostgres::start() {
    if (is_running()) {
        return;
    }
    Command command{
        .argv = {programs_ / "postgres", "-D", folder_.path() / "data"},
        .folder = folder_.path(),
        .output = folder_.path() / "log",
        .user = user_,
        // An immediate shutdown: the postmaster ends its children too.
        .death_signal = SIGQUIT
    };
    std::vector<std::string> settings = {
        "port=" + std::to_string(port_),
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=" + folder_.path().string(),
        // In the data folder, so that nothing stays behind in /dev/shm after a kill.
        "dynamic_shared_memory_type=mmap",
        "shared_buffers=32MB",
        std::string("fsync=") + (options_.fsync ? "on" : "off"),
    };
    settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
    for (const auto& setting : settings) {
        command.argv.insert(command.argv.end(), {"-c", setting});
    }
    postmaster_ = std::make_unique<ChildProcess>(command);
    // The eighth line of postmaster.pid is the state, as pg_ctl reads it
    // (src/include/utils/pidfile.h).
    wait_until(
        [this] {
            if (!postmaster_->is_running()) {
                throw std::runtime_error("PostgreSQL did not start: " + log());
            }
            const auto lines = lines_of(folder_.path() / "data/postmaster.pid");
            return lines.size() >= 8 && lines[0] == std::to_string(postmaster_->pid()) &&
                   lines[7].starts_with("ready");
        },
        start_limit,
        "PostgreSQL ready"
    );
}

void PrivatePostgres::stop() {
    if (!is_running()) {
        return;
    }
    resume();
    postmaster_->signal(SIGINT);
    if (!postmaster_->wait(std::chrono::seconds(20))) {
        kill();
    }
}

void PrivatePostgres::kill() {
    if (is_running()) {
        kill_tree(postmaster_->pid());
        postmaster_->kill();
    }
    paused_ = false;
}

void PrivatePostgres::pause() {
    if (is_running()) {
        pause_tree(postmaster_->pid());
        paused_ = true;
    }
}

void PrivatePostgres::resume() {
    if (std::exchange(paused_, false) && is_running()) {
        resume_tree(postmaster_->pid());
    }
}

// A killed postmaster leaves its System V segment (its interlock against a second one on the same
// data) for the next start to take over; after the last there is no next. Line 7 of postmaster.pid
// is "key id".
void PrivatePostgres::forget_shared_memory() {
    const auto lines = lines_of(folder_.path() / "data/postmaster.pid");
    if (lines.size() < 7) {
        return;
    }
    unsigned long key = 0;
    int id = -1;
    std::istringstream(lines[6]) >> key >> id;
    if (id >= 0) {
        ::shmctl(id, IPC_RMID, nullptr);
    }
}

std::string PrivatePostgres::log() const {
    std::ifstream file(folder_.path() / "log");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string shared_postgres_url() {
    static const auto given = given_server("TRUNKLINE_TEST_POSTGRES");
    if (given) {
        return *given;
    }
    static const PrivatePostgres own;
    return own.url();
}

std::string run_sql(const std::string& url, const std::string& sql) {
    const Command psql{
        .argv =
            {newest_programs() / "psql",
             "-X",
             "-q",
             "-A",
             "-t",
             "-v",
             "ON_ERROR_STOP=1",
             "-d",
             url,
             "-c",
             sql}
    };
    auto outcome = run_command(psql);
    if (outcome.status != 0) {
        throw std::runtime_error("psql: " + outcome.output);
    }
    while (outcome.output.ends_with('\n')) {
        outcome.output.pop_back();
    }
    return outcome.output;
}

ScratchDatabase::ScratchDatabase() : ScratchDatabase(shared_postgres_url()) {}

ScratchDatabase::ScratchDatabase(std::string server_url)
    : server_url_(std::move(server_url)),
      name_("trunkline_test_" + unique_suffix()),
      url_(with_database(server_url_, name_)) {
    run_sql(server_url_, "create database " + name_);
}

ScratchDatabase::~ScratchDatabase() {
    try {
        run_sql(server_url_, "drop database if exists " + name_ + " with (force)");
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
        // The test ended its server; the database went with it.
    }
}

}  // namespace trunkline::testing
