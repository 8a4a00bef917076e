#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "context.hpp"
#include "transport.hpp"

namespace trunkline::httpd {

/// One connection: receives a request, has it answered, and so on while both sides want to. The
/// rules are elsewhere (request_reader, head_rules, access, route_table, response_writer); this is
/// the part that waits.
///
/// Time limits are not timers of its own: the server calls check() now and then, which is cheaper
/// than a timer per operation and costs an idle connection nothing.
class Session {
public:
    Session(Context& context, std::unique_ptr<Transport> transport);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Returns when the connection is over; throws operation_aborted after abort().
    asio::awaitable<void> run();
    /// Instead of run(): 503 and the end, for a connection over the limit.
    asio::awaitable<void> refuse();

    /// Ends what has outlived its limit.
    void check(net::Deadline now);
    /// The server drains: ends an idle connection and a stream; a request in hand goes on.
    void drain();
    /// Ends everything at once.
    void abort();

    /// To be bound to the coroutine of run().
    asio::cancellation_signal& signal() { return signal_; }

private:
    enum class Phase { idle, receiving, handling, sending, streaming, lingering };

    /// Of a file or of a Content; of neither for a body in memory.
    struct FileSlice {
        std::shared_ptr<const OpenFile> file;
        std::shared_ptr<Content> content;
        std::uint64_t offset = 0;
        std::uint64_t length = 0;

        bool is_empty() const { return !file && !content; }
    };

    asio::awaitable<bool> receive();
    void arm_receive();
    bool on_receive_timeout();
    void advance(std::string_view fresh);
    std::size_t feed(std::string_view input);
    void reject_message();

    void decide();
    std::optional<Response> decide_route();
    std::optional<Response> decide_access();
    std::optional<Response> decide_expectation();
    void refuse_early(Response response);

    asio::awaitable<void> answer();
    asio::awaitable<Response> call_handler();
    asio::awaitable<void> serve_stream();

    asio::awaitable<void> respond(Response response);
    void reset();
    void apply_file_plan(Response& response, FileSlice& slice) const;
    std::string_view compose(Response& response, FileSlice& slice, std::uint64_t& body_bytes);
    Transport::Status write_now(std::string_view& first, std::string_view& second);
    asio::awaitable<bool> send_all(std::string_view first, std::string_view second);
    asio::awaitable<bool> send_file(FileSlice slice);
    asio::awaitable<bool> send_content(FileSlice slice);
    asio::awaitable<bool> wait_to_send(std::uint64_t left);
    asio::awaitable<void> linger();
    void finish_exchange();

    static constexpr std::uint64_t no_mark = std::numeric_limits<std::uint64_t>::max();

    Context& context_;
    std::unique_ptr<Transport> transport_;
    asio::cancellation_signal signal_;
    std::unique_ptr<Exchange> exchange_;
    std::string pending_;  ///< Received but not yet consumed.
    net::Deadline deadline_ = net::Deadline::max();
    net::Deadline idle_deadline_;
    net::Deadline send_deadline_;
    std::uint64_t send_mark_ = no_mark;  ///< What was left to send when send_deadline_ was set.
    Phase phase_ = Phase::idle;
    bool expired_ = false;   ///< check() interrupted the wait in hand.
    bool canceled_ = false;  ///< check() or drain() cancelled the handler in hand.
    bool aborted_ = false;
    bool is_open_ = true;
    bool lingers_ = false;
    std::function<void()>
        stop_stream_;  ///< While streaming: what abort() must close beside the transport.
};

}  // namespace trunkline::httpd
