#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace trunkline::faults {

/// What somebody who asks for names heard.
struct AskerAccount {
    std::uint64_t asked = 0;
    std::uint64_t right = 0;
    std::uint64_t wrong = 0;       ///< Another name than the caller's, or none though it was known.
    std::uint64_t unanswered = 0;  ///< No connection, a status other than 200, no answer.
    std::string first_fault;
    std::vector<double> waits_ms;
};

/// Asks a replica for known names, one after another at a steady pace, over one connection. The
/// right name of a number is known_name() of it.
class Asker {
public:
    Asker(
        std::uint16_t port,
        std::string enterprise,
        std::vector<std::string> phones,
        double questions_per_second
    );
    ~Asker();
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;

    void stop();
    /// After stop().
    const AskerAccount& account() const { return account_; }

private:
    void run();
    void ask(const std::string& phone);
    /// The body of a 200; empty after anything else.
    std::string get(const std::string& path);
    bool connect();
    void hang_up();

    std::uint16_t port_;
    std::string enterprise_;
    std::vector<std::string> phones_;
    std::chrono::duration<double> pace_;
    int socket_ = -1;
    std::atomic<bool> stopping_ = false;
    AskerAccount account_;
    std::thread thread_;
};

std::string known_name(const std::string& phone);

}  // namespace trunkline::faults
