#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "httpd/server.hpp"
#include "metrics/registry.hpp"
#include "request_reader.hpp"
#include "response_writer.hpp"
#include "route_table.hpp"

namespace trunkline::httpd {

/// What a connection holds while a request is in hand, and gives back before it goes idle.
struct Exchange {
    Request request;
    std::optional<RequestReader> reader;
    const Endpoint* endpoint = nullptr;
    std::optional<Response> early;  ///< Decided without a handler.
    std::string out;                ///< The answer's head and, if it is small, its body.
    net::Deadline began;            ///< The first byte.
    net::Deadline head_done;
    bool is_ready = false;          ///< Received as far as it will be: to be answered.
    bool keep_alive = true;         ///< As far as the request is concerned.
    bool has_unread_input = false;  ///< The peer may still be sending what nobody will read.
    bool wants_continue = false;    ///< `Expect: 100-continue`, not yet answered.
};

/// Ids that must be unique, not secret: without a system call each.
class IdSource {
public:
    IdSource();
    /// Sixteen hexadecimal digits each.
    void append(std::string& out, unsigned count);

private:
    std::mt19937_64 generator_;
};

/// What the connections of one server share. One thread.
class Context {
public:
    Context(Settings settings, Router router, metrics::Registry& registry);

    const Settings& settings() const { return settings_; }
    const RouteTable& routes() const { return router_.table(); }
    const base::Logger& logger() const { return logger_; }

    /// 64 KiB to read into or to copy files through. Its content does not survive an await.
    std::span<char> scratch() { return scratch_; }
    std::string_view date();
    void fill_ids(Request& request);

    std::unique_ptr<Exchange> take_exchange(net::Deadline now);
    void give_back(std::unique_ptr<Exchange> exchange);

    /// Metrics and the access log.
    void record(const Exchange& exchange, unsigned status, std::uint64_t body_bytes);
    metrics::Gauge& connections() { return connections_; }

    bool is_draining = false;
    /// The shortest of all limits, for whoever checks them.
    std::chrono::milliseconds shortest_limit() const;

private:
    struct Series {
        std::string method;
        unsigned status;
        metrics::Counter* requests;
    };
    struct EndpointFigures {
        std::vector<Series> series;
        metrics::Histogram* seconds = nullptr;
    };

    metrics::Counter& requests_of(
        EndpointFigures& figures, const Exchange& exchange, unsigned status
    );
    void write_access_line(
        const Exchange& exchange, unsigned status, std::uint64_t bytes, net::Duration took
    ) const;

    Settings settings_;
    Router router_;
    metrics::Registry& registry_;
    metrics::Gauge& connections_;
    base::Logger logger_;
    base::Logger access_;
    std::array<char, 64UL * 1024> scratch_;
    DateCache date_;
    IdSource ids_;
    std::vector<EndpointFigures>
        figures_;  ///< By Endpoint::index; the last is for requests without a route.
    std::vector<std::unique_ptr<Exchange>> spare_;
};

}  // namespace trunkline::httpd
