#include "recording_source.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <fstream>
#include <functional>

#include "metrics/registry.hpp"
#include "net/task_group.hpp"
#include "testing/catch.hpp"
#include "testing/neighbour.hpp"
#include "testing/run.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace std::chrono_literals;
using ingest::RecordingSource;
namespace fs = std::filesystem;

namespace {

constexpr auto uuid = "01890a5d-ac96-774b-bcce-b302099a8057";

ingest::RecordedCall call_of(std::string enterprise) {
    ingest::RecordedCall call;
    call.facts.enterprise_number = std::move(enterprise);
    call.facts.uuid = uuid;
    call.facts.unique_id = "1.1";
    call.facts.unique_ids = {"1.1"};
    call.facts.dates = {"2025-09-30"};
    return call;
}

void write(const fs::path& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

RecordingSource::Limits small_limits() {
    RecordingSource::Limits limits;
    limits.piece = 1000;
    limits.largest_whole = 3000;
    limits.largest = 100'000;
    limits.timeout = 500ms;
    return limits;
}

struct Opening {
    ingest::RecordedCall call;
    bool head = false;
    bool from_start = true;
};

/// Opens, and reads what is fetched to its end.
struct Read {
    unsigned status = 0;
    bool is_there = false;
    std::string location;
    std::string body;
    std::string error;
    httpd::Response response;
};

Read open(const fs::path& folder, const Opening& opening, bool allow_loopback = true) {
    Read out;
    const auto body = [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        metrics::Registry registry;
        httpc::Settings settings;
        settings.allow_loopback_upstreams = allow_loopback;
        httpc::Client client(executor, settings, registry);
        RecordingSource source(client, folder, small_limits());
        auto opened = co_await source.open(opening.call, opening.head, opening.from_start);
        out.status = opened.response.status;
        out.is_there = opened.is_there;
        out.location = opened.location;
        out.response = opened.response;
        if (opened.response.fetched) {
            auto& content = *opened.response.fetched;
            while (out.body.size() < content.size() && out.error.empty()) {
                const auto piece = co_await content.read(out.body.size(), 64UL * 1024);
                if (piece) {
                    out.body += *piece;
                } else {
                    out.error = piece.error().detail;
                }
            }
        }
        co_await client.close();
    };
    testing::run(body());
    return out;
}

const std::string sound = [] {
    std::string out;
    for (int i = 0; i < 4500; ++i) {
        out += static_cast<char>('a' + i % 23);
    }
    return out;
}();

/// A server that knows ranges.
testing::NeighbourResponse ranged(const testing::NeighbourRequest& request) {
    const auto header = request.header("Range");
    std::size_t first = 0;
    std::size_t last = 0;
    const auto dash = header.find('-');
    std::from_chars(header.data() + 6, header.data() + dash, first);
    std::from_chars(header.data() + dash + 1, header.data() + header.size(), last);
    last = std::min(last, sound.size() - 1);
    testing::NeighbourResponse response;
    response.status = 206;
    response.headers = {
        {"Content-Range",
         "bytes " + std::to_string(first) + "-" + std::to_string(last) + "/" +
             std::to_string(sound.size())},
        {"ETag", "\"s\""},
        {"Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"},
        {"Content-Type", "text/html"},
    };
    response.body = sound.substr(first, last - first + 1);
    return response;
}

Opening at(const testing::HttpNeighbour& neighbour, const std::string& path) {
    Opening opening{.call = call_of("0367")};
    opening.call.location = neighbour.url(path);
    return opening;
}

}  // namespace

TEST_CASE("a recording is found in its enterprise's folder", "[ingest]") {
    const testing::TempFolder temp;
    write(temp.path() / "0367" / "2025" / "09" / "30" / "1.1.wav", "sound");
    const auto read = open(temp.path(), {.call = call_of("0367")});
    CHECK(read.is_there);
    CHECK(read.location == "file:2025/09/30/1.1.wav");
    CHECK(read.response.header("Content-Type") == "audio/wav");
    CHECK(read.response.header("X-Content-Type-Options") == "nosniff");
    CHECK(read.response.header("Cache-Control") == "private, no-cache");
    CHECK(
        read.response.header("Content-Disposition") ==
        "inline; filename=\"01890a5d-ac96-774b-bcce-b302099a8057.wav\""
    );
    CHECK(read.response.size() == 5);
}

TEST_CASE("an enterprise's recording is never another's with the same UniqueId", "[ingest]") {
    const testing::TempFolder temp;
    write(temp.path() / "0368" / "1.1.wav", "of 0368");
    const auto missing = open(temp.path(), {.call = call_of("0367")});
    CHECK_FALSE(missing.is_there);
    CHECK(missing.status == 404);
    CHECK(missing.response.header("Retry-After") == "30");
    CHECK(open(temp.path(), {.call = call_of("0368")}).is_there);
}

TEST_CASE("no location and no link leads out of the enterprise's folder", "[ingest]") {
    const testing::TempFolder temp;
    write(temp.path() / "0368" / "1.1.wav", "of 0368");
    write(temp.path() / "secret.wav", "secret");
    fs::create_directories(temp.path() / "0367");
    fs::create_symlink(temp.path() / "0368" / "1.1.wav", temp.path() / "0367" / "1.1.wav");
    fs::create_directory_symlink(temp.path() / "0368", temp.path() / "0367" / "2025-09-30");
    fs::create_directory_symlink(temp.path() / "0368", temp.path() / "0369");
    CHECK_FALSE(open(temp.path(), {.call = call_of("0367")}).is_there);
    CHECK_FALSE(open(temp.path(), {.call = call_of("0369")}).is_there);
    for (const auto* location :
         {"file:../secret.wav",
          "file:../0368/1.1.wav",
          "file:/../secret.wav",
          "file:2025-09-30/1.1.wav",
          "file:./../secret.wav",
          "file:"}) {
        CAPTURE(location);
        Opening opening{.call = call_of("0367")};
        opening.call.location = location;
        CHECK_FALSE(open(temp.path(), opening).is_there);
    }
    CHECK_FALSE(open(temp.path(), {.call = call_of("..")}).is_there);
}

TEST_CASE("an empty file is one that is being written", "[ingest]") {
    const testing::TempFolder temp;
    write(temp.path() / "0367" / "1.1.mp3", "");
    CHECK_FALSE(open(temp.path(), {.call = call_of("0367")}).is_there);
    write(temp.path() / "0367" / "1.1.wav", "sound");
    CHECK(open(temp.path(), {.call = call_of("0367")}).location == "file:1.1.wav");
}

TEST_CASE("a recording elsewhere is fetched piece by piece", "[ingest]") {
    const testing::HttpNeighbour neighbour(ranged);
    const auto read = open({}, at(neighbour, "/rec/1.1.mp3?key=x"));
    CHECK(read.is_there);
    CHECK(read.error.empty());
    CHECK(read.body == sound);
    CHECK(read.response.header("Content-Type") == "audio/mpeg");
    CHECK(read.response.fetched->etag() == "\"s\"");
    CHECK(read.response.fetched->modified() == 784111777);
    const auto requests = neighbour.requests();
    REQUIRE(requests.size() == 5);
    CHECK(requests[0].header("Range") == "bytes=0-999");
    CHECK(requests[4].header("Range") == "bytes=4000-4499");
    CHECK(requests[4].target == "/rec/1.1.mp3?key=x");
}

TEST_CASE("a look at the size or a later range asks for one byte first", "[ingest]") {
    const testing::HttpNeighbour neighbour(ranged);
    auto opening = at(neighbour, "/a.mp3");
    opening.from_start = false;
    const auto read = open({}, opening);
    CHECK(read.is_there);
    CHECK(neighbour.requests()[0].header("Range") == "bytes=0-0");
    CHECK(read.response.size() == 4500);
}

TEST_CASE("a page from elsewhere is passed on as bytes, not as a page", "[ingest]") {
    const testing::HttpNeighbour neighbour(ranged);
    const auto read = open({}, at(neighbour, "/rec"));
    CHECK(read.response.header("Content-Type") == "application/octet-stream");
    CHECK(read.response.header("X-Content-Type-Options") == "nosniff");
}

TEST_CASE("a server without ranges gives it whole, up to a limit", "[ingest]") {
    testing::HttpNeighbour neighbour;
    neighbour.answer("GET", "/small.wav", {.status = 200, .headers = {}, .body = "sound"});
    neighbour.answer("GET", "/big.wav", {.status = 200, .headers = {}, .body = sound});
    neighbour.answer("GET", "/empty.wav", {.status = 200, .headers = {}, .body = ""});
    const auto small = open({}, at(neighbour, "/small.wav"));
    CHECK(small.is_there);
    CHECK(small.body == "sound");
    CHECK(open({}, at(neighbour, "/big.wav")).status == 502);
    CHECK(open({}, at(neighbour, "/empty.wav")).status == 404);
}

TEST_CASE("what is wrong elsewhere is told without the address", "[ingest]") {
    testing::HttpNeighbour neighbour(ranged);
    neighbour.answer("GET", "/missing.wav", {.status = 404, .headers = {}, .body = "x"});
    neighbour.answer("GET", "/closed.wav", {.status = 403, .headers = {}, .body = "x"});
    neighbour.answer("GET", "/broken.wav", {.status = 500, .headers = {}, .body = "x"});
    neighbour.fail_next(testing::Fault::never_answer(), 9, "/silent.wav");
    const auto missing = open({}, at(neighbour, "/missing.wav"));
    CHECK(missing.status == 404);
    CHECK(missing.response.header("Retry-After") == "30");
    CHECK(open({}, at(neighbour, "/closed.wav")).status == 502);
    CHECK(open({}, at(neighbour, "/broken.wav")).status == 502);
    const auto silent = open({}, at(neighbour, "/silent.wav"));
    CHECK(silent.status == 504);
    CHECK(silent.response.body.find("127.0.0.1") == std::string::npos);
}

TEST_CASE("addresses that tenants name pass the guard", "[ingest]") {
    const testing::HttpNeighbour neighbour(ranged);
    CHECK(open({}, at(neighbour, "/a.mp3"), false).status == 502);
    for (const auto* address :
         {"http://169.254.169.254/latest/meta-data/x.mp3",
          "https://10.0.0.1/x.mp3",
          "http://example.org/x.mp3",
          "https://[::1]/x.mp3"}) {
        CAPTURE(address);
        Opening opening{.call = call_of("0367")};
        opening.call.location = address;
        CHECK(open({}, opening).status == 502);
    }
    CHECK(neighbour.requests().empty());
}

TEST_CASE("an enterprise's template says where its recordings are", "[ingest]") {
    const testing::HttpNeighbour neighbour(ranged);
    Opening opening{.call = call_of("0367")};
    opening.call.url_template = neighbour.url("/rec/{date}/{unique_id}.wav");
    CHECK(open({}, opening).body == sound);
    CHECK(neighbour.requests()[0].target == "/rec/2025-09-30/1.1.wav");
    opening.call.url_template = neighbour.url("/rec/{nonsense}.wav");
    CHECK(open({}, opening).status == 502);
}

TEST_CASE("a file that changes elsewhere while it is sent breaks off", "[ingest]") {
    int asked = 0;
    const testing::HttpNeighbour neighbour([&asked](const testing::NeighbourRequest& request) {
        auto response = ranged(request);
        if (++asked > 2) {
            response.headers[1].second = "\"t\"";
        }
        return response;
    });
    const auto read = open({}, at(neighbour, "/a.mp3"));
    CHECK(read.is_there);
    CHECK_THAT(read.error, ContainsSubstring("has another file now"));
    CHECK(read.body.size() == 2000);
}

TEST_CASE("one enterprise's slow server takes no more than its places", "[ingest]") {
    testing::HttpNeighbour neighbour(ranged);
    neighbour.fail_next(testing::Fault::never_answer(), 9);
    std::vector<unsigned> statuses;
    const auto body = [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        metrics::Registry registry;
        httpc::Settings settings;
        settings.allow_loopback_upstreams = true;
        httpc::Client client(executor, settings, registry);
        auto limits = small_limits();
        limits.wholes_of_one = 1;
        RecordingSource source(client, {}, limits);
        net::TaskGroup askers(executor, "askers");
        const auto ask = [&]() -> asio::awaitable<void> {
            const auto opened = co_await source.open(at(neighbour, "/a.mp3").call, false, true);
            statuses.push_back(opened.response.status);
        };
        askers.spawn("one", ask());
        askers.spawn("two", ask());
        co_await askers.join();
        co_await client.close();
    };
    testing::run(body());
    CHECK(statuses == std::vector<unsigned>{503, 504});
}
