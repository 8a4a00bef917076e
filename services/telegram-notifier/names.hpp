#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "httpc/client.hpp"
#include "net/event.hpp"
#include "net/task_group.hpp"

namespace trunkline::telegram {

/// Names from 8020: of callers, of managers by extension, of lines. What is asked is remembered for
/// a while, and one question is asked once at a time. One executor.
class Names {
public:
    Names(
        asio::any_io_executor executor,
        httpc::Client& client,
        std::string names_url,
        std::string internal_token
    );

    /// One question. Copies share.
    class Answer {
    public:
        /// Empty: unknown, or not told yet.
        std::string name() const;
        /// There will be no other answer for a while.
        bool is_known() const;
        /// Waits until there is one or 8020 failed; false: the deadline came first.
        asio::awaitable<bool> wait(net::Deadline deadline) const;

    private:
        friend class Names;
        struct Entry;
        std::shared_ptr<Entry> entry_;
    };
    /// Asks unless the answer is here or on its way. Nothing to ask for is known to be empty.
    Answer customer(const std::string& enterprise, const std::string& phone);
    Answer manager(const std::string& enterprise, const std::string& extension);
    Answer line(const std::string& enterprise, const std::string& line);

    asio::awaitable<void> stop();

private:
    using Entry = Answer::Entry;

    Answer ask(std::string path, std::string member);
    asio::awaitable<void> look_up(
        std::string path, std::string member, std::shared_ptr<Entry> entry
    );
    /// Nothing: no usable answer.
    asio::awaitable<std::optional<std::string>> request(std::string path, std::string member);
    void forget_expired();

    asio::any_io_executor executor_;
    httpc::Client& client_;
    std::string url_;
    std::string internal_token_;
    std::unordered_map<std::string, std::shared_ptr<Entry>> entries_;
    net::TaskGroup tasks_;
};

}  // namespace trunkline::telegram
