#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <thread>

#include "net/sleep.hpp"
#include "server_fixture.hpp"
#include "testing/catch.hpp"

using namespace trunkline;
using namespace trunkline::httpd;
using namespace trunkline::httpd::test;

namespace {

/// Bytes that tell their place, made when they are asked for.
class Counting final : public Content {
public:
    Counting(std::uint64_t size, std::uint64_t breaks_at) : size_(size), breaks_at_(breaks_at) {}
    std::uint64_t size() const override { return size_; }
    std::string etag() const override { return "\"v1\""; }
    asio::awaitable<base::Result<std::string>> read(std::uint64_t offset, std::size_t most)
        override {
        co_await net::sleep_for(std::chrono::milliseconds(1));
        if (offset >= breaks_at_) {
            co_return base::fail(base::Errc::unavailable, "gone");
        }
        std::string piece;
        for (auto at = offset; at < std::min<std::uint64_t>(offset + most, size_); ++at) {
            piece += letter(at);
        }
        co_return piece;
    }
    static char letter(std::uint64_t at) { return static_cast<char>('a' + at % 23); }

private:
    std::uint64_t size_;
    std::uint64_t breaks_at_;
};

Router router_of(std::uint64_t size, std::uint64_t breaks_at = ~std::uint64_t{0}) {
    Router router;
    router.add("GET", "/far", [=](const Request&) -> asio::awaitable<Response> {
        Response response;
        response.add_header("Content-Type", "audio/mpeg");
        response.fetched = std::make_shared<Counting>(size, breaks_at);
        co_return response;
    });
    return router;
}

bool is_counted(std::string_view body, std::uint64_t from) {
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (body[i] != Counting::letter(from + i)) {
            return false;
        }
    }
    return true;
}

}  // namespace

TEST_CASE("content from elsewhere is sent whole and in ranges", "[httpd]") {
    static constexpr std::uint64_t size = 1000003;
    with_server(make_settings(), router_of(size), [](Server& server) -> asio::awaitable<void> {
        const auto whole = co_await get(server.port(), "/far");
        CHECK(whole.status == 200);
        CHECK(whole.body.size() == size);
        CHECK(is_counted(whole.body, 0));
        CHECK(whole.header("Accept-Ranges") == "bytes");
        CHECK(whole.header("ETag") == "\"v1\"");
        CHECK(whole.header("Last-Modified").empty());
        const auto part = co_await get(server.port(), "/far", "Range: bytes=300000-899999\r\n");
        CHECK(part.status == 206);
        CHECK(part.header("Content-Range") == "bytes 300000-899999/1000003");
        CHECK(part.body.size() == 600'000);
        CHECK(is_counted(part.body, 300'000));
        const auto beyond = co_await get(server.port(), "/far", "Range: bytes=1000003-\r\n");
        CHECK(beyond.status == 416);
        CHECK(beyond.header("Content-Range") == "bytes */1000003");
        const auto known = co_await get(server.port(), "/far", "If-None-Match: \"v1\"\r\n");
        CHECK(known.status == 304);
        const auto head =
            co_await ask(server.port(), "HEAD /far HTTP/1.1\r\nHost: a\r\n\r\n", false);
        CHECK(head.status == 200);
        CHECK(head.header("Content-Length") == "1000003");
    });
}

TEST_CASE("content that breaks off ends the connection before its length", "[httpd]") {
    with_server(
        make_settings(),
        router_of(1'000'000, 200'000),
        [](Server& server) -> asio::awaitable<void> {
            RawClient client(co_await asio::this_coro::executor);
            co_await client.connect(server.port());
            co_await client.send("GET /far HTTP/1.1\r\nHost: a\r\n\r\n");
            const auto all = co_await client.read_to_end();
            CHECK_THAT(all, ContainsSubstring("Content-Length: 1000000"));
            CHECK(all.size() < 400'000);
        }
    );
}

TEST_CASE("content of another thread's route is read and ended there", "[httpd]") {
    struct Checking final : Content {
        explicit Checking(std::atomic<int>& wrong_in) : wrong(wrong_in) {}
        ~Checking() override { look(); }
        Checking(const Checking&) = delete;
        Checking& operator=(const Checking&) = delete;
        void look() const { wrong += std::this_thread::get_id() == home ? 0 : 1; }
        std::uint64_t size() const override { return 600'000; }
        asio::awaitable<base::Result<std::string>> read(std::uint64_t, std::size_t most) override {
            co_await net::sleep_for(std::chrono::milliseconds(1));
            look();
            co_return std::string(most, 'x');
        }
        std::atomic<int>& wrong;
        std::thread::id home = std::this_thread::get_id();
    };
    std::atomic<int> wrong = 0;
    asio::io_context other(1);
    auto work = asio::make_work_guard(other);
    std::thread thread([&other] { other.run(); });
    Router theirs;
    theirs.add("GET", "/far", [&wrong](const Request&) -> asio::awaitable<Response> {
        Response response;
        response.fetched = std::make_shared<Checking>(wrong);
        co_return response;
    });
    Router router;
    router.add_all(theirs, other.get_executor());
    with_server(make_settings(), std::move(router), [](Server& server) -> asio::awaitable<void> {
        for (int i = 0; i < 5; ++i) {
            const auto whole = co_await get(server.port(), "/far");
            CHECK(whole.body == std::string(600'000, 'x'));
        }
    });
    work.reset();
    thread.join();
    CHECK(wrong == 0);
}
