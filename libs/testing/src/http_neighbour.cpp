#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <future>
#include <list>
#include <thread>
#include <utility>

#include "base/text.hpp"
#include "neighbour_book.hpp"
#include "net/sleep.hpp"
#include "net/task_group.hpp"
#include "testing/neighbour.hpp"
#include "testing/process.hpp"

namespace trunkline::testing {
namespace {

namespace http = boost::beast::http;
using asio::ip::tcp;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t body_limit = std::size_t{64} * 1024 * 1024;

using Parser = http::request_parser<http::string_body>;

NeighbourRequest to_request(Parser::value_type&& message) {
    NeighbourRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    const auto mark = request.target.find('?');
    request.path = request.target.substr(0, mark);
    if (mark != std::string::npos) {
        request.query = request.target.substr(mark + 1);
    }
    for (const auto& field : message) {
        request.headers.emplace_back(field.name_string(), field.value());
    }
    request.body = std::move(message.body());
    return request;
}

// By hand and not by Beast, since a fault may want any part of the bytes.
std::string to_bytes(const NeighbourResponse& response, bool keep_alive, bool without_body) {
    const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
    std::string bytes = fmt::format(
        "HTTP/1.1 {} {}\r\n", response.status, reason.empty() ? "Unknown" : std::string(reason)
    );
    bool has_length = false;
    for (const auto& [name, value] : response.headers) {
        bytes += fmt::format("{}: {}\r\n", name, value);
        has_length = has_length || base::equals_ignoring_case(name, "Content-Length");
    }
    const bool bodiless = response.status == 204 || response.status == 304;
    if (!has_length && !bodiless) {
        bytes += fmt::format("Content-Length: {}\r\n", response.body.size());
    }
    bytes += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
    return without_body || bodiless ? bytes : bytes + response.body;
}

struct Exchange {
    NeighbourRequest request;
    bool keep_alive = false;
};

// One connection. Its coroutine owns it and ends when the peer goes, a fault says so or the server
// cancels.
class Session {
public:
    Session(tcp::socket socket, NeighbourBook& book) : socket_(std::move(socket)), book_(book) {}

    asio::awaitable<void> run() {
        bool goes_on = true;
        while (goes_on) {
            auto exchange = co_await receive();
            if (!exchange) {
                co_return;
            }
            book_.record(exchange->request);
            const auto fault = book_.take_fault(exchange->request.path);
            if (fault && fault->kind != Fault::Kind::slow) {
                goes_on = co_await misbehave(*fault, *exchange);
                continue;
            }
            if (fault) {
                co_await net::sleep_for(fault->delay);
            }
            goes_on = co_await respond(*exchange, book_.respond(exchange->request));
        }
    }

private:
    asio::awaitable<std::optional<Exchange>> receive() {
        Parser parser;
        parser.body_limit(body_limit);
        auto [error, size] = co_await http::async_read_header(socket_, buffer_, parser, use_tuple);
        if (error) {
            co_return std::nullopt;
        }
        if (base::equals_ignoring_case(
                std::string(parser.get()[http::field::expect]), "100-continue"
            )) {
            const bool sent = co_await send("HTTP/1.1 100 Continue\r\n\r\n");
            if (!sent) {
                co_return std::nullopt;
            }
        }
        auto [body_error, body_size] =
            co_await http::async_read(socket_, buffer_, parser, use_tuple);
        if (body_error) {
            co_return std::nullopt;
        }
        Exchange exchange;
        exchange.keep_alive = parser.get().keep_alive();
        exchange.request = to_request(parser.release());
        co_return exchange;
    }

    // True: the connection may be used again.
    asio::awaitable<bool> misbehave(const Fault& fault, const Exchange& exchange) {
        switch (fault.kind) {
            case Fault::Kind::status: {
                NeighbourResponse response;
                response.status = fault.status;
                response.body = "told to fail\n";
                co_return co_await respond(exchange, std::move(response));
            }
            case Fault::Kind::never_answer:
                co_await wait_for_peer();
                break;
            case Fault::Kind::break_off: {
                const auto response = book_.respond(exchange.request);
                const auto bytes = to_bytes(response, exchange.keep_alive, false);
                co_await send(bytes.substr(0, fault.bytes));
                break;
            }
            case Fault::Kind::lose_answer:
                book_.respond(exchange.request);
                break;
            case Fault::Kind::reset:
                reset();
                break;
            case Fault::Kind::garbage:
                co_await send(std::string("\x16\x03\x01\0 this is no HTTP\n", 21));
                break;
            case Fault::Kind::slow:
                break;
        }
        co_return false;
    }

    asio::awaitable<bool> respond(const Exchange& exchange, NeighbourResponse response) {
        const bool head = exchange.request.method == "HEAD";
        const bool sent = co_await send(to_bytes(response, exchange.keep_alive, head));
        co_return sent&& exchange.keep_alive;
    }

    asio::awaitable<bool> send(std::string bytes) {
        auto [error, size] = co_await asio::async_write(socket_, asio::buffer(bytes), use_tuple);
        co_return !error;
    }

    asio::awaitable<void> wait_for_peer() {
        char byte = 0;
        bool gone = false;
        while (!gone) {
            auto [error, size] =
                co_await socket_.async_read_some(asio::buffer(&byte, 1), use_tuple);
            gone = static_cast<bool>(error);
        }
    }

    // With a linger time of zero, closing sends RST (tcp(7), SO_LINGER); Asio's destructor would
    // clear it.
    void reset() {
        boost::system::error_code ignored;
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
        socket_.close(ignored);
    }

    tcp::socket socket_;
    NeighbourBook& book_;
    boost::beast::flat_buffer buffer_;
};

asio::awaitable<void> run_session(tcp::socket socket, NeighbourBook& book) {
    Session session(std::move(socket), book);
    co_await session.run();
}

}  // namespace

class HttpNeighbour::Server {
public:
    explicit Server(Handler fallback)
        : book_(std::move(fallback)),
          work_(io_.get_executor()),
          acceptor_(io_),
          port_(free_port()) {
        open();
        thread_ = std::thread([this] { io_.run(); });
    }

    ~Server() {
        on_thread([this] {
            close();
            work_.reset();
        });
        thread_.join();
    }

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    NeighbourBook& book() { return book_; }
    const NeighbourBook& book() const { return book_; }
    std::uint16_t port() const { return port_; }

    void refuse() {
        on_thread([this] { close(); });
    }

    void accept() {
        on_thread([this] {
            if (!acceptor_.is_open()) {
                open();
            }
        });
    }

    void drop_connections() {
        on_thread([this] { drop(); });
    }

private:
    // Runs on the server's thread; returns, or throws what it threw, when it is done.
    template <class Action>
    void on_thread(Action action) {
        std::packaged_task<void()> task(std::move(action));
        auto done = task.get_future();
        asio::post(io_, [&task] { task(); });
        done.get();
    }

    void open() {
        const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port_);
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        acceptor_.bind(endpoint);
        acceptor_.listen();
        doors_.emplace_back(io_.get_executor(), "testing.neighbour");
        doors_.back().spawn("accept", accept_loop());
        drop();
    }

    void close() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        doors_.back().cancel();
        drop();
    }

    // Cancelled groups stay until the end, since their tasks end a little later.
    void drop() {
        if (!visitors_.empty()) {
            visitors_.back().cancel();
        }
        visitors_.emplace_back(io_.get_executor(), "testing.neighbour");
    }

    asio::awaitable<void> accept_loop() {
        bool open = true;
        while (open) {
            auto [error, socket] = co_await acceptor_.async_accept(use_tuple);
            open = !error;
            if (open) {
                book_.count_connection();
                visitors_.back().spawn("session", run_session(std::move(socket), book_));
            }
        }
    }

    NeighbourBook book_;
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    tcp::acceptor acceptor_;
    std::uint16_t port_;
    std::list<net::TaskGroup> doors_;
    std::list<net::TaskGroup> visitors_;
    std::thread thread_;
};

namespace {

NeighbourResponse not_found(const NeighbourRequest& request) {
    return {.status = 404, .body = "the neighbour has no route for " + request.target + "\n"};
}

}  // namespace

HttpNeighbour::HttpNeighbour() : HttpNeighbour(not_found) {}

HttpNeighbour::HttpNeighbour(Handler fallback)
    : server_(std::make_unique<Server>(std::move(fallback))) {}

HttpNeighbour::~HttpNeighbour() = default;

std::uint16_t HttpNeighbour::port() const { return server_->port(); }

std::string HttpNeighbour::url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(port()) + std::string(path);
}

void HttpNeighbour::answer(std::string method, std::string path, NeighbourResponse response) {
    handle(
        std::move(method),
        std::move(path),
        [response = std::move(response)](const NeighbourRequest&) { return response; }
    );
}

void HttpNeighbour::handle(std::string method, std::string path, Handler handler) {
    server_->book().add_route(std::move(method), std::move(path), std::move(handler));
}

void HttpNeighbour::fail_next(Fault fault, std::size_t times, std::string path) {
    if (times > 0) {
        server_->book().add_fault(fault, times, std::move(path));
    }
}

void HttpNeighbour::fail_always(Fault fault, std::string path) {
    server_->book().add_fault(fault, std::nullopt, std::move(path));
}

void HttpNeighbour::clear_faults() { server_->book().clear_faults(); }

void HttpNeighbour::refuse() { server_->refuse(); }

void HttpNeighbour::accept() { server_->accept(); }

void HttpNeighbour::drop_connections() { server_->drop_connections(); }

std::vector<NeighbourRequest> HttpNeighbour::requests() const { return server_->book().requests(); }

std::vector<NeighbourRequest> HttpNeighbour::requests(
    std::string_view method, std::string_view path
) const {
    auto all = requests();
    std::erase_if(all, [&](const NeighbourRequest& each) {
        return each.method != method || !matches_path(path, each.path);
    });
    return all;
}

std::vector<NeighbourRequest> HttpNeighbour::wait_for_requests(
    std::size_t count, std::chrono::milliseconds limit
) const {
    return server_->book().wait_for(count, limit);
}

void HttpNeighbour::forget_requests() { server_->book().forget(); }

std::size_t HttpNeighbour::connections() const { return server_->book().connections(); }

}  // namespace trunkline::testing
