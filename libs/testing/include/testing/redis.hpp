#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "testing/process.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::testing {

struct RedisOptions {
    /// AUTH is needed when it is not empty; it is then part of url().
    std::string password = {};
    /// Further arguments, such as {"--maxclients", "5"}.
    std::vector<std::string> arguments = {};
};

/// A Redis of a test's own, without persistence: kill() loses its keys, as a real cache's end does.
/// It comes back on the same port. Belongs to one thread.
class PrivateRedis {
public:
    /// Starts it; throws std::runtime_error with its log if it does not come up.
    explicit PrivateRedis(RedisOptions options = {});
    ~PrivateRedis();
    PrivateRedis(const PrivateRedis&) = delete;
    PrivateRedis& operator=(const PrivateRedis&) = delete;

    std::string url(unsigned database = 0) const;
    std::uint16_t port() const { return port_; }
    bool is_running();

    /// Returns when it takes connections.
    void start();
    void stop();
    void kill();
    /// SIGSTOP and SIGCONT: connections stay open and nobody answers.
    void pause();
    void resume();

private:
    RedisOptions options_;
    TempFolder folder_;
    std::uint16_t port_;
    std::unique_ptr<ChildProcess> server_;
    bool paused_ = false;
};

/// The server that all tests of a run share: TRUNKLINE_TEST_REDIS, else the one that ctest's
/// fixture started, else one for this process, which ends with it. Never kill, pause or flush it;
/// call from the main thread.
std::string shared_redis_url();

/// Runs one command by redis-cli; its raw output. Throws std::runtime_error on an error.
std::string run_redis(const std::string& url, std::vector<std::string> command);

/// A key prefix of a test's own; what begins with it is deleted at the end.
class ScratchKeys {
public:
    ScratchKeys();
    explicit ScratchKeys(std::string server_url);
    ~ScratchKeys();
    ScratchKeys(const ScratchKeys&) = delete;
    ScratchKeys& operator=(const ScratchKeys&) = delete;

    /// Ends with a colon.
    const std::string& prefix() const { return prefix_; }
    std::string key(std::string_view name) const { return prefix_ + std::string(name); }

private:
    std::string server_url_;
    std::string prefix_;
};

}  // namespace trunkline::testing
