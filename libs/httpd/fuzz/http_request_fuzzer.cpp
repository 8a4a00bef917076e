// Feeds one connection's bytes through the real session - parser, router, access, forwarded
// headers, ranges, queries - over a transport of memory, twice: whole, and in pieces that the
// input's first bytes choose. The answers must be the same.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "context.hpp"
#include "files.hpp"
#include "forwarded.hpp"
#include "head_rules.hpp"
#include "httpd/stream.hpp"
#include "httpd/websocket.hpp"
#include "metrics/registry.hpp"
#include "session.hpp"

using namespace trunkline;
using namespace trunkline::httpd;

namespace {

class MemoryTransport final : public Transport {
public:
    MemoryTransport(std::string_view input, std::uint32_t seed, std::string& output)
        : input_(input),
          seed_(seed),
          output_(output),
          peer_(net::IpAddress::parse("127.0.0.1").value()) {}

    Outcome read_some(std::span<char> out) override {
        if (input_.empty() || is_closed_) {
            return {Status::closed, 0};
        }
        const auto size = std::min({next_size(), input_.size(), out.size()});
        std::copy_n(input_.data(), size, out.data());
        input_.remove_prefix(size);
        return {Status::ok, size};
    }
    Outcome write_some(std::string_view first, std::string_view second) override {
        if (is_closed_) {
            return {Status::closed, 0};
        }
        // Now and then the peer takes only a part, or nothing at once.
        const auto most = seed_ == 0 ? std::string_view::npos : next_size() * 16;
        if (most % 5 == 1 && !std::exchange(has_blocked_, true)) {
            return {Status::would_block, 0};
        }
        has_blocked_ = false;
        const auto part = first.substr(0, most);
        output_.append(part);
        if (part.size() < first.size()) {
            return {Status::ok, part.size()};
        }
        output_.append(second);
        return {Status::ok, first.size() + second.size()};
    }
    asio::awaitable<Waited> wait_readable() override { co_return Waited{}; }
    asio::awaitable<Waited> wait_writable() override { co_return Waited{}; }
    void interrupt() override {}
    void shutdown_send() override {}
    void close() override { is_closed_ = true; }
    const net::IpAddress& peer() const override { return peer_; }
    asio::ip::tcp::socket* socket() override { return nullptr; }

private:
    std::size_t next_size() {
        if (seed_ == 0) {
            return std::string_view::npos;
        }
        seed_ = seed_ * 1664525 + 1013904223;
        const auto draw = seed_ >> 24;
        return draw < 128 ? 1 + draw % 3 : 1 + draw;
    }

    std::string_view input_;
    std::uint32_t seed_;
    std::string& output_;
    net::IpAddress peer_;
    bool is_closed_ = false;
    bool has_blocked_ = false;
};

asio::awaitable<Response> show(const Request& request) {
    std::string text = request.method + " " + request.path + "\n" + request.body + "\n";
    for (const auto& [name, value] : request.params) {
        text += name + "=" + value + (is_safe_relative_path(value) ? " safe\n" : " unsafe\n");
    }
    for (const char* name : {"a", "id", "", "limit"}) {
        text += request.query_param(name).value_or("none") + "\n";
    }
    const auto plan = plan_file(request.headers, 1000, "\"tag\"", 784111777);
    text += std::to_string(plan.status) + " " + std::to_string(plan.offset) + "+" +
            std::to_string(plan.length) + "\n";
    if (plan.status == 206 && (plan.length == 0 || plan.offset + plan.length > 1000)) {
        std::abort();
    }
    text += request.remote.to_string() + " " + loggable_path(request.path);
    auto response = Response::text(std::move(text));
    for (const auto field : request.headers) {
        response.add_header(
            "X-" + std::string(field.name), std::string(field.value) + "\r\nEvil: 1"
        );
    }
    co_return response;
}

asio::awaitable<void> stream_events(const Request& request, EventStream& stream) {
    co_await stream.send(request.path, request.query, stream.last_event_id());
    co_await stream.send("end", "");
}

asio::awaitable<void> no_socket(const Request&, WebSocket&) { co_return; }

Router make_router() {
    Router router;
    router.add("GET", "/", show);
    router.add("GET", "/calls/{uuid}", show);
    router.add("POST", "/calls", show, {.body_limit = 256});
    router.add("POST", "/bot{token}/{method}", show);
    router.add("GET", "/files/{path...}", show);
    router.add("GET", "/admin", show, {.access = Access::admin});
    router.add("POST", "/internal/x", show, {.access = Access::internal});
    router.add_stream("/events", stream_events);
    router.add_websocket("/ws", no_socket);
    return router;
}

Settings make_settings() {
    Settings settings;
    settings.max_header_bytes = 2048;
    settings.access_log = false;
    settings.admin_token = "admin-secret";
    settings.internal_token = "internal-secret";
    settings.trusted_proxies = net::parse_networks("127.0.0.1,10.0.0.0/8").value();
    return settings;
}

// What differs between two runs by nature.
std::string without_varying_lines(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        const auto line = text.substr(0, end);
        text.remove_prefix(end);
        if (line == "HTTP/1.1 100 Continue\r\n") {
            text.remove_prefix(std::min<std::size_t>(2, text.size()));
        } else if (!line.starts_with("Date: ") && !line.starts_with("X-Request-Id: ") &&
                   !line.starts_with("traceparent: ")) {
            result.append(line);
        }
    }
    return result;
}

std::string run_session(std::string_view input, std::uint32_t seed) {
    static metrics::Registry registry;
    static Context context(make_settings(), make_router(), registry);
    static asio::io_context io(1);
    std::string output;
    Session session(context, std::make_unique<MemoryTransport>(input, seed, output));
    asio::co_spawn(io, session.run(), [](const std::exception_ptr& error) {
        if (error) {
            std::rethrow_exception(error);
        }
    });
    io.restart();
    io.run();
    if (!output.empty() && !output.starts_with("HTTP/1.1 ")) {
        std::abort();
    }
    if (output.find("\nEvil:") != std::string::npos) {
        std::abort();
    }
    return without_varying_lines(output);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Longer inputs could hit limits of what may be held back unread, which depend on the pieces.
    if (size < 2 || size > 4096) {
        return 0;
    }
    const std::uint32_t seed = 1U + data[0] + 256U * data[1];
    const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
    const auto whole = run_session(input, 0);
    const auto pieces = run_session(input, seed);
    // How far a stream gets before the end of the input is noticed differs by nature.
    const bool streams = whole.find("Content-Type: text/event-stream") != std::string::npos;
    if (!streams && whole != pieces) {
        std::fprintf(stderr, "whole:\n%s\npieces:\n%s\n", whole.c_str(), pieces.c_str());
        std::abort();
    }
    parse_hop(input);
    parse_range(input, 1000);
    parse_http_date(input);
    return 0;
}
