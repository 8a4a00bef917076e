#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "testing/process.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::testing {

struct PostgresOptions {
    /// Off is quick and still keeps commits through kill(): only a crash of the machine would lose
    /// them.
    bool fsync = false;
    /// Further settings, such as "max_connections=5".
    std::vector<std::string> settings = {};
};

/// A PostgreSQL of a test's own, which the test may kill, pause and restart on the same port. It
/// listens on loopback with trust authentication for the superuser `postgres`. PostgreSQL refuses
/// to run as root, so for root it runs as the user postgres. Belongs to one thread.
class PrivatePostgres {
public:
    /// Makes a cluster and starts it (a second or two). Throws std::runtime_error with the server's
    /// log if it does not come up.
    explicit PrivatePostgres(PostgresOptions options = {});
    ~PrivatePostgres();
    PrivatePostgres(const PrivatePostgres&) = delete;
    PrivatePostgres& operator=(const PrivatePostgres&) = delete;

    std::string url(std::string_view database = "postgres") const;
    std::uint16_t port() const { return port_; }
    bool is_running();

    /// Returns when it takes connections, recovery included.
    void start();
    /// Fast shutdown: sessions are ended, nothing is lost.
    void stop();
    /// SIGKILL for the postmaster and all of its children; returns when they are gone.
    void kill();
    /// SIGSTOP and SIGCONT for all of its processes: connections stay open and nobody answers.
    void pause();
    void resume();
    /// The server's log so far.
    std::string log() const;

private:
    void make_cluster();
    void forget_shared_memory();

    PostgresOptions options_;
    std::filesystem::path programs_;
    std::string user_;
    TempFolder folder_;
    std::uint16_t port_;
    std::unique_ptr<ChildProcess> postmaster_;
    bool paused_ = false;
};

/// The server that all tests of a run share: TRUNKLINE_TEST_POSTGRES, else the one that ctest's
/// fixture started, else one for this process, which ends with it. Never kill or pause it; call
/// from the main thread.
std::string shared_postgres_url();

/// Runs SQL by psql; the result as rows of `|`-separated columns. Throws std::runtime_error on an
/// error.
std::string run_sql(const std::string& url, const std::string& sql);

/// A database of a test's own, dropped at the end.
class ScratchDatabase {
public:
    ScratchDatabase();
    /// On another server; `server_url` names any of its databases.
    explicit ScratchDatabase(std::string server_url);
    ~ScratchDatabase();
    ScratchDatabase(const ScratchDatabase&) = delete;
    ScratchDatabase& operator=(const ScratchDatabase&) = delete;

    const std::string& name() const { return name_; }
    const std::string& url() const { return url_; }

private:
    std::string server_url_;
    std::string name_;
    std::string url_;
};

}  // namespace trunkline::testing
