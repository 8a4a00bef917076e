#include "context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>

#include "base/ids.hpp"
#include "head_rules.hpp"

namespace trunkline::httpd {

namespace {

std::mt19937_64 make_generator() {
    std::array<std::uint32_t, 16> seed{};
    base::fill_random(std::span(reinterpret_cast<unsigned char*>(seed.data()), sizeof(seed)));
    std::seed_seq sequence(seed.begin(), seed.end());
    return std::mt19937_64(sequence);
}

// Foreign methods must not become series of their own.
std::string_view method_label(std::string_view method) {
    for (const std::string_view known :
         {"GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
        if (method == known) {
            return known;
        }
    }
    return "OTHER";
}

void shrink(std::string& text, std::size_t most) {
    if (text.capacity() > most) {
        std::string().swap(text);
    } else {
        text.clear();
    }
}

}  // namespace

IdSource::IdSource() : generator_(make_generator()) {}

void IdSource::append(std::string& out, unsigned count) {
    for (unsigned index = 0; index < count; ++index) {
        fmt::format_to(std::back_inserter(out), "{:016x}", generator_());
    }
}

Context::Context(Settings settings, Router router, metrics::Registry& registry)
    : settings_(std::move(settings)),
      router_(std::move(router)),
      registry_(registry),
      connections_(registry.gauge("http_connections", "Open HTTP connections.")),
      logger_("httpd"),
      access_(base::Logger::to_file("access", "access.log", false)),
      figures_(router_.table().endpoints().size() + 1) {}

std::string_view Context::date() { return date_.get(std::time(nullptr)); }

void Context::fill_ids(Request& request) {
    const auto given = request.header("X-Request-Id");
    request.request_id.clear();
    if (is_sane_request_id(given)) {
        request.request_id.assign(given);
    } else {
        ids_.append(request.request_id, 1);
    }
    const auto parent = request.header("traceparent");
    if (!parent.empty()) {
        if (auto trace = base::TraceContext::parse(parent)) {
            request.trace = std::move(*trace);
            return;
        }
    }
    request.trace.trace_id.clear();
    request.trace.span_id.clear();
    ids_.append(request.trace.trace_id, 2);
    ids_.append(request.trace.span_id, 1);
}

std::unique_ptr<Exchange> Context::take_exchange(net::Deadline now) {
    std::unique_ptr<Exchange> exchange;
    if (spare_.empty()) {
        exchange = std::make_unique<Exchange>();
    } else {
        exchange = std::move(spare_.back());
        spare_.pop_back();
    }
    exchange->began = now;
    exchange->head_done = now;
    exchange->reader.emplace(exchange->request, settings_.max_header_bytes);
    return exchange;
}

void Context::give_back(std::unique_ptr<Exchange> exchange) {
    constexpr std::size_t most_spare = 64;
    constexpr std::size_t most_kept = 4UL * 1024;
    if (spare_.size() >= most_spare) {
        return;
    }
    exchange->reader.reset();
    exchange->endpoint = nullptr;
    exchange->early.reset();
    exchange->is_ready = false;
    exchange->keep_alive = true;
    exchange->has_unread_input = false;
    exchange->wants_continue = false;
    shrink(exchange->out, most_kept);
    auto& request = exchange->request;
    for (auto* text :
         {&request.method, &request.target, &request.path, &request.query, &request.body}) {
        shrink(*text, most_kept);
    }
    request.headers.clear();
    request.params.clear();
    request.route = {};
    spare_.push_back(std::move(exchange));
}

metrics::Counter& Context::requests_of(
    EndpointFigures& figures, const Exchange& exchange, unsigned status
) {
    const auto method = method_label(exchange.request.method);
    for (const auto& series : figures.series) {
        if (series.status == status && series.method == method) {
            return *series.requests;
        }
    }
    const std::string route(
        exchange.endpoint == nullptr ? "none" : std::string_view(exchange.endpoint->pattern)
    );
    auto& counter = registry_.counter(
        "http_requests_total",
        "Answered HTTP requests.",
        {{"route", route}, {"method", std::string(method)}, {"status", std::to_string(status)}}
    );
    figures.series.push_back({std::string(method), status, &counter});
    if (figures.seconds == nullptr) {
        figures.seconds = &registry_.histogram(
            "http_request_seconds",
            "From a request's first byte to the end of its answer.",
            metrics::default_seconds_bounds(),
            {{"route", route}}
        );
    }
    return counter;
}

void Context::record(const Exchange& exchange, unsigned status, std::uint64_t body_bytes) {
    const auto took = std::chrono::steady_clock::now() - exchange.began;
    auto& figures =
        exchange.endpoint == nullptr ? figures_.back() : figures_[exchange.endpoint->index];
    requests_of(figures, exchange, status).add();
    // A stream lasts as long as its page is open; that says nothing about speed.
    if (exchange.endpoint == nullptr || exchange.endpoint->kind == Endpoint::Kind::plain) {
        figures.seconds->observe(std::chrono::duration<double>(took).count());
    }
    if (settings_.access_log) {
        write_access_line(exchange, status, body_bytes, took);
    }
}

void Context::write_access_line(
    const Exchange& exchange, unsigned status, std::uint64_t bytes, net::Duration took
) const {
    const auto& request = exchange.request;
    const bool is_secret = exchange.endpoint != nullptr && exchange.endpoint->options.secret_path;
    const auto path = is_secret ? exchange.endpoint->pattern : loggable_path(request.path);
    access_.info(
        "{} \"{} {}\" {} {} {}ms id={} trace={}",
        request.remote.to_string(),
        request.method.empty() ? std::string_view("-") : std::string_view(request.method),
        path.empty() ? std::string_view("-") : std::string_view(path),
        status,
        bytes,
        std::chrono::duration_cast<std::chrono::milliseconds>(took).count(),
        request.request_id.empty() ? std::string_view("-") : std::string_view(request.request_id),
        request.trace.trace_id.empty() ? std::string_view("-")
                                       : std::string_view(request.trace.trace_id)
    );
}

std::chrono::milliseconds Context::shortest_limit() const {
    auto shortest = std::min(
        {settings_.header_timeout,
         settings_.body_timeout,
         settings_.idle_timeout,
         settings_.write_timeout}
    );
    for (const auto& endpoint : router_.table().endpoints()) {
        shortest = std::min(shortest, endpoint->options.deadline);
    }
    return shortest;
}

}  // namespace trunkline::httpd
