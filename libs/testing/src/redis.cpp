#include "testing/redis.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "shared_servers.hpp"

namespace trunkline::testing {

PrivateRedis::PrivateRedis(RedisOptions options)
    : options_(std::move(options)), port_(free_port()) {
    start();
}

PrivateRedis::~PrivateRedis() = default;

std::string PrivateRedis::url(unsigned database) const {
    // With the user's name, for redis-cli 7 takes an empty one literally.
    const auto credentials = options_.password.empty() ? "" : "default:" + options_.password + "@";
    return "redis://" + credentials + "127.0.0.1:" + std::to_string(port_) + "/" +
           std::to_string(database);
}

bool PrivateRedis::is_running() { return server_ && server_->is_running(); }

void PrivateRedis::start() {
    if (is_running()) {
        return;
    }
    Command command{
        .argv =
            {"redis-server",
             "--port",
             std::to_string(port_),
             "--bind",
             "127.0.0.1",
             "--save",
             "",
             "--appendonly",
             "no",
             "--daemonize",
             "no",
             "--dir",
             folder_.path()}
    };
    if (!options_.password.empty()) {
        command.argv.insert(command.argv.end(), {"--requirepass", options_.password});
    }
    command.argv.insert(command.argv.end(), options_.arguments.begin(), options_.arguments.end());
    server_ = std::make_unique<ChildProcess>(command);
    wait_until(
        [this] {
            if (!server_->is_running()) {
                throw std::runtime_error("Redis did not start: " + server_->output());
            }
            return answers(port_);
        },
        std::chrono::seconds(30),
        "Redis ready"
    );
}

void PrivateRedis::stop() {
    if (!is_running()) {
        return;
    }
    resume();
    server_->signal(SIGTERM);
    if (!server_->wait(std::chrono::seconds(10))) {
        kill();
    }
}

void PrivateRedis::kill() {
    if (is_running()) {
        server_->kill();
    }
    paused_ = false;
}

void PrivateRedis::pause() {
    if (is_running()) {
        server_->signal(SIGSTOP);
        paused_ = true;
    }
}

void PrivateRedis::resume() {
    if (std::exchange(paused_, false)) {
        server_->signal(SIGCONT);
    }
}

std::string shared_redis_url() {
    static const auto given = given_server("TRUNKLINE_TEST_REDIS");
    if (given) {
        return *given;
    }
    static const PrivateRedis own;
    return own.url();
}

std::string run_redis(const std::string& url, std::vector<std::string> command) {
    std::vector<std::string> argv = {"redis-cli", "--no-auth-warning", "-e", "--raw", "-u", url};
    argv.insert(
        argv.end(), std::make_move_iterator(command.begin()), std::make_move_iterator(command.end())
    );
    auto outcome = run_command(Command{.argv = std::move(argv)});
    if (outcome.status != 0) {
        throw std::runtime_error("redis-cli: " + outcome.output);
    }
    while (outcome.output.ends_with('\n')) {
        outcome.output.pop_back();
    }
    return outcome.output;
}

ScratchKeys::ScratchKeys() : ScratchKeys(shared_redis_url()) {}

ScratchKeys::ScratchKeys(std::string server_url)
    : server_url_(std::move(server_url)), prefix_("trunkline-test:" + unique_suffix() + ":") {}

ScratchKeys::~ScratchKeys() {
    const std::string script =
        "for _, key in ipairs(redis.call('keys', ARGV[1] .. '*')) do redis.call('del', key) end";
    try {
        run_redis(server_url_, {"EVAL", script, "0", prefix_});
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
        // The test ended its server; the keys went with it.
    }
}

}  // namespace trunkline::testing
