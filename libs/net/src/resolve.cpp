#include "net/resolve.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace trunkline::net {
namespace {

using Addresses = std::vector<IpAddress>;

/// getaddrinfo's threads. asio's resolver has one thread per io_context, where a single name server
/// that does not answer would hold up everybody else's look-ups. A service, so that the io_context
/// joins the threads before it dies.
class LookupThreads : public asio::execution_context::service {
public:
    using key_type = LookupThreads;

    explicit LookupThreads(asio::execution_context& context)
        : asio::execution_context::service(context), pool_(thread_count) {}

    asio::thread_pool& pool() { return pool_; }

private:
    static constexpr std::size_t thread_count = 4;

    void shutdown() override {
        pool_.stop();
        pool_.join();
    }

    asio::thread_pool pool_;
};

/// Lives on the executor's thread only; the look-up's thread passes it along without touching it.
struct Lookup {
    Lookup(const asio::any_io_executor& executor, Deadline deadline) : bell(executor, deadline) {}

    asio::steady_timer bell;
    std::optional<base::Result<Addresses>> answer;
};

std::optional<IpAddress> address_of(const sockaddr& address) {
    IpAddress result;
    if (address.sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof(v6));
        std::memcpy(result.bytes.data(), &v6.sin6_addr, result.bytes.size());
        return result;
    }
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof(v4));
        result.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
        std::memcpy(result.bytes.data() + 12, &v4.sin_addr, sizeof(v4.sin_addr));
        return result;
    }
    return std::nullopt;
}

base::Result<Addresses> look_up(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (code != 0) {
        const char* reason = code == EAI_SYSTEM ? "system error" : gai_strerror(code);
        return base::fail(base::Errc::unavailable, "host " + host + " does not resolve: " + reason);
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
    Addresses addresses;
    for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
        const auto address = address_of(*entry->ai_addr);
        if (address && std::ranges::find(addresses, *address) == addresses.end()) {
            addresses.push_back(*address);
        }
    }
    if (addresses.empty()) {
        return base::fail(base::Errc::unavailable, "host " + host + " has no IP address");
    }
    return addresses;
}

void start(
    const asio::any_io_executor& executor, std::string host, std::shared_ptr<Lookup> lookup
) {
    auto& context = asio::query(executor, asio::execution::context);
    auto& threads = asio::use_service<LookupThreads>(context);
    // Tracked: run() does not return, and so the context does not die, while a look-up may still
    // post to it.
    auto work = asio::prefer(executor, asio::execution::outstanding_work.tracked);
    asio::post(
        threads.pool(),
        [host = std::move(host), lookup = std::move(lookup), work = std::move(work)]() mutable {
            auto answer = look_up(host);
            asio::post(work, [lookup = std::move(lookup), answer = std::move(answer)]() mutable {
                lookup->answer = std::move(answer);
                lookup->bell.cancel();
            });
        }
    );
}

}  // namespace

asio::awaitable<base::Result<std::vector<IpAddress>>> resolve(std::string host, Deadline deadline) {
    const auto numeric = IpAddress::parse(host);
    if (numeric) {
        co_return Addresses{*numeric};
    }
    if (host.empty() || host.contains('\0')) {
        co_return base::fail(base::Errc::invalid_input, "not a host name");
    }
    auto executor = co_await asio::this_coro::executor;
    const auto lookup = std::make_shared<Lookup>(executor, deadline);
    start(executor, host, lookup);
    auto [error] = co_await lookup->bell.async_wait(asio::as_tuple(asio::use_awaitable));
    if (lookup->answer) {
        co_return std::move(*lookup->answer);
    }
    if (error) {
        throw boost::system::system_error(error);
    }
    co_return base::fail(base::Errc::timeout, "host " + host + " was not resolved in time");
}

}  // namespace trunkline::net
