// A tenant's host whose name servers answer one thing when it is looked at and another when it is
// used. This program is its own resolver and watches every connect(): what the client asks of the
// system is what counts, not what it says.
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "bench.hpp"
#include "httpc/client.hpp"
#include "testing/catch.hpp"

using namespace trunkline::httpc;
using namespace std::chrono_literals;
namespace asio = trunkline::asio;
using trunkline::base::Errc;
using Addresses = std::vector<std::string>;

namespace {

/// Nobody's as far as the guard knows; connect() below keeps it from leaving this machine.
const std::string outside = "198.41.0.4";
const std::string rebound_host = "crm.rebinding.test";

struct World {
    std::mutex mutex;
    std::deque<Addresses> answers;  ///< Of the name server, one for each look-up.
    std::size_t lookups = 0;
    Addresses connected;  ///< Where a connection was tried.
};

World& world() {
    static World one;
    return one;
}

void set_world(std::deque<Addresses> answers) {
    const std::scoped_lock lock(world().mutex);
    world().answers = std::move(answers);
    world().lookups = 0;
    world().connected.clear();
}

std::string text_of(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address->sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, address, sizeof(v4));
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    } else if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, address, sizeof(v6));
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
    return text.data();
}

addrinfo* entry_of(const std::string& address, addrinfo* next) {
    struct Entry {
        addrinfo info{};
        sockaddr_in6 room{};
    };
    auto* entry = static_cast<Entry*>(std::calloc(1, sizeof(Entry)));
    entry->info.ai_socktype = SOCK_STREAM;
    entry->info.ai_addr = reinterpret_cast<sockaddr*>(&entry->room);
    entry->info.ai_next = next;
    if (address.find(':') == std::string::npos) {
        auto* v4 = reinterpret_cast<sockaddr_in*>(&entry->room);
        v4->sin_family = AF_INET;
        ::inet_pton(AF_INET, address.c_str(), &v4->sin_addr);
        entry->info.ai_addrlen = sizeof(sockaddr_in);
    } else {
        entry->room.sin6_family = AF_INET6;
        ::inet_pton(AF_INET6, address.c_str(), &entry->room.sin6_addr);
        entry->info.ai_addrlen = sizeof(sockaddr_in6);
    }
    entry->info.ai_family = entry->info.ai_addr->sa_family;
    return &entry->info;
}

}  // namespace

extern "C" int getaddrinfo(const char* host, const char*, const addrinfo*, addrinfo** found) {
    const std::scoped_lock lock(world().mutex);
    ++world().lookups;
    if (host == nullptr || rebound_host != host || world().answers.empty()) {
        return EAI_NONAME;
    }
    *found = nullptr;
    const auto answer = world().answers.front();
    world().answers.pop_front();
    for (auto each = answer.rbegin(); each != answer.rend(); ++each) {
        *found = entry_of(*each, *found);
    }
    return 0;
}

extern "C" void freeaddrinfo(addrinfo* found) noexcept {
    while (found != nullptr) {
        auto* next = found->ai_next;
        std::free(found);
        found = next;
    }
}

extern "C" int connect(int descriptor, const sockaddr* address, socklen_t size) {
    const auto text = text_of(address);
    {
        const std::scoped_lock lock(world().mutex);
        world().connected.push_back(text);
    }
    if (text == outside) {
        errno = ECONNREFUSED;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_connect, descriptor, address, size));
}

namespace {

Request request_to(const Bench& bench) {
    Request request;
    request.url = "https://" + rebound_host + ":" + std::to_string(bench.peer.port()) + "/";
    request.tenant_given = true;
    return request;
}

void check_refused(const Outcome& outcome, Errc code) {
    REQUIRE_FALSE(outcome.has_value());
    INFO(trunkline::base::describe(outcome.error().error));
    CHECK(outcome.error().error.code == code);
    CHECK_FALSE(outcome.error().request_sent);
}

asio::awaitable<void> first_public_then_private(Bench& bench) {
    set_world({{outside}, {"127.0.0.1"}, {"10.0.0.1", "::1", "169.254.169.254"}});
    const auto request = request_to(bench);
    auto outcome = co_await bench.client.send(request);
    check_refused(outcome, Errc::unavailable);
    CHECK(world().lookups == 1);
    CHECK(world().connected == Addresses{outside});
    for (int later = 0; later < 2; ++later) {
        outcome = co_await bench.client.send(request);
        check_refused(outcome, Errc::forbidden);
    }
    CHECK(world().lookups == 3);
    CHECK(world().connected == Addresses{outside});
    CHECK(bench.peer.accepted() == 0);
}

asio::awaitable<void> private_at_the_second_try(Bench& bench) {
    set_world({{outside}, {"127.0.0.1"}, {"127.0.0.1"}});
    auto request = request_to(bench);
    request.max_tries = 3;
    request.retry_safe = true;
    const auto outcome = co_await bench.client.send(request);
    CHECK_FALSE(outcome.has_value());
    CHECK(world().lookups >= 2);
    CHECK(world().connected == Addresses{outside});
    CHECK(bench.peer.accepted() == 0);
}

asio::awaitable<void> private_among_public(Bench& bench) {
    set_world({{"127.0.0.1", "10.0.0.1", outside, "::1", "::ffff:127.0.0.1"}});
    const auto request = request_to(bench);
    const auto outcome = co_await bench.client.send(request);
    check_refused(outcome, Errc::unavailable);
    CHECK(world().lookups == 1);
    CHECK(world().connected == Addresses{outside});
    CHECK(bench.peer.accepted() == 0);
}

/// That the world above is in the way at all.
asio::awaitable<void> our_own_addresses(Bench& bench) {
    set_world({{"127.0.0.1"}});
    auto request = request_to(bench);
    request.url.replace(0, 5, "http");
    request.tenant_given = false;
    const auto outcome = co_await bench.client.send(request);
    CHECK(outcome.has_value());
    CHECK(world().connected == Addresses{"127.0.0.1"});
    CHECK(bench.peer.accepted() == 1);
}

}  // namespace

TEST_CASE("a tenant's name that moves into a private network later is refused", "[httpc]") {
    with_bench(answer_all, first_public_then_private);
    with_bench(answer_all, private_at_the_second_try);
}

TEST_CASE("of a tenant's addresses only the public ones are tried", "[httpc]") {
    with_bench(answer_all, private_among_public);
}

TEST_CASE("names that are no tenant's may lead anywhere", "[httpc]") {
    with_bench(answer_all, our_own_addresses);
}
