#include "transport.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace trunkline::httpd {

namespace {

net::IpAddress to_ip(const asio::ip::address& address) {
    net::IpAddress ip;
    const auto v6 = address.is_v6()
                        ? address.to_v6()
                        : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
    std::ranges::copy(v6.to_bytes(), ip.bytes.begin());
    return ip;
}

Transport::Outcome outcome(std::size_t bytes, const boost::system::error_code& error) {
    if (!error) {
        return {Transport::Status::ok, bytes};
    }
    const bool again = error == asio::error::would_block || error == asio::error::try_again ||
                       error == asio::error::interrupted;
    return {again ? Transport::Status::would_block : Transport::Status::closed, 0};
}

}  // namespace

SocketTransport::SocketTransport(asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer)
    : socket_(std::move(socket)), peer_(to_ip(peer.address())) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

Transport::Outcome SocketTransport::read_some(std::span<char> out) {
    boost::system::error_code error;
    const auto bytes = socket_.read_some(asio::buffer(out.data(), out.size()), error);
    return outcome(bytes, error);
}

Transport::Outcome SocketTransport::write_some(std::string_view first, std::string_view second) {
    boost::system::error_code error;
    std::size_t bytes = 0;
    if (second.empty()) {
        bytes = socket_.write_some(asio::buffer(first), error);
    } else {
        const std::array<asio::const_buffer, 2> both = {asio::buffer(first), asio::buffer(second)};
        bytes = socket_.write_some(both, error);
    }
    return outcome(bytes, error);
}

asio::awaitable<Transport::Waited> SocketTransport::wait_readable() {
    const auto waited = co_await socket_.async_wait(
        asio::ip::tcp::socket::wait_read, asio::as_tuple(asio::use_awaitable)
    );
    co_return waited;
}

asio::awaitable<Transport::Waited> SocketTransport::wait_writable() {
    const auto waited = co_await socket_.async_wait(
        asio::ip::tcp::socket::wait_write, asio::as_tuple(asio::use_awaitable)
    );
    co_return waited;
}

void SocketTransport::interrupt() {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void SocketTransport::shutdown_send() {
    boost::system::error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void SocketTransport::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace trunkline::httpd
