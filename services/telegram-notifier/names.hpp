#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <unordered_map>

#include "httpc/client.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"

namespace trunkline::telegram {

/// Callers' names from 8020, within a budget: a message does not wait for a slow CRM. A name that
/// comes too late is kept for the call's next state, and one call asks once. One executor.
class Names {
public:
    Names(
        asio::any_io_executor executor,
        httpc::Client& client,
        std::string names_url,
        std::string internal_token,
        std::chrono::milliseconds budget
    );

    /// Empty: unknown, or not told in time.
    asio::awaitable<std::string> customer(std::string enterprise, std::string phone);

    asio::awaitable<void> stop();

private:
    struct Entry {
        explicit Entry(asio::any_io_executor executor) : told(std::move(executor)) {}
        net::Event told;
        bool done = false;
        bool failed = false;
        std::string name;
        base::SteadyTime expires;
    };

    std::shared_ptr<Entry> entry_of(const std::string& enterprise, const std::string& number);
    asio::awaitable<void> ask(
        std::string enterprise, std::string number, std::shared_ptr<Entry> entry
    );
    /// Nothing: no usable answer.
    asio::awaitable<std::optional<std::string>> request(std::string enterprise, std::string number);
    void forget_expired();

    asio::any_io_executor executor_;
    httpc::Client& client_;
    std::string url_;
    std::string internal_token_;
    std::chrono::milliseconds budget_;
    std::unordered_map<std::string, std::shared_ptr<Entry>> entries_;
    net::TaskGroup tasks_;
};

}  // namespace trunkline::telegram
