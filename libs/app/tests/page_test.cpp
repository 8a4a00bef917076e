#include "app/page.hpp"

#include <filesystem>
#include <fstream>

#include "testing/catch.hpp"
#include "testing/run.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;

namespace {

class Pages {
public:
    Pages() {
        std::filesystem::create_directories(folder_.path() / "assets");
        write(
            "one.html", R"(<script nonce="__CSP_NONCE__"></script><style nonce="__CSP_NONCE__">)"
        );
        write("assets/one-1a2b.js", "1");
        write("assets/two-3c4d.js", "a script");
        write("assets/two-3c4d.js.gz", "packed");
    }

    httpd::Response page(const std::string& file = "one.html") const {
        return answer(app::page(folder_.path().string(), file), {});
    }
    httpd::Response asset(std::string path, std::string accepted = {}) const {
        httpd::Request request;
        request.headers.add("Accept-Encoding", accepted);
        request.params.emplace_back("path", std::move(path));
        return answer(app::page_assets(folder_.path().string()), request);
    }

private:
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_.path() / name) << text;
    }
    static httpd::Response answer(const httpd::Handler& handler, const httpd::Request& request) {
        httpd::Response response;
        const auto body = [&]() -> asio::awaitable<void> { response = co_await handler(request); };
        testing::run(body());
        return response;
    }

    testing::TempFolder folder_;
};

}  // namespace

TEST_CASE("a page's styles carry the nonce of its own answer", "[page]") {
    const Pages pages;
    const auto first = pages.page();
    const auto second = pages.page();
    CHECK(first.status == 200);
    CHECK(first.body.find("__CSP_NONCE__") == std::string::npos);
    CHECK(first.body != second.body);
    const auto begin = first.body.find("nonce=\"") + 7;
    const auto nonce = first.body.substr(begin, first.body.find('"', begin) - begin);
    CHECK(nonce.size() == 32);
    const std::string policy(first.header("Content-Security-Policy"));
    CHECK_THAT(policy, ContainsSubstring("style-src 'self' 'nonce-" + nonce + "'"));
    CHECK_THAT(policy, ContainsSubstring("default-src 'none'"));
    CHECK_THAT(policy, ContainsSubstring("connect-src 'self'"));
    CHECK(policy.find("unsafe") == std::string::npos);
}

TEST_CASE("a page that was not built is 503 and says what to run", "[page]") {
    const Pages pages;
    const auto response = pages.page("other.html");
    CHECK(response.status == 503);
    CHECK_THAT(response.body, ContainsSubstring("scripts/build"));
}

TEST_CASE("assets are kept by browsers, and nothing beside them is served", "[page]") {
    const Pages pages;
    const auto found = pages.asset("one-1a2b.js");
    CHECK(found.status == 200);
    CHECK_THAT(std::string(found.header("Cache-Control")), ContainsSubstring("immutable"));
    CHECK(pages.asset("../one.html").status == 404);
    const auto missing = pages.asset("two.js");
    CHECK(missing.status == 404);
    CHECK(missing.header("Cache-Control").empty());
}

TEST_CASE("what was packed goes to those who take it, and caches know", "[page]") {
    const Pages pages;
    const auto packed = pages.asset("two-3c4d.js", "br;q=1.0, gzip;q=0.8");
    CHECK(packed.size() == 6);
    CHECK(packed.header("Content-Encoding") == "gzip");
    CHECK(packed.header("Vary") == "Accept-Encoding");
    CHECK_THAT(std::string(packed.header("Content-Type")), ContainsSubstring("javascript"));
    for (const auto* accepted : {"", "identity", "gzip;q=0", "gzipped"}) {
        INFO(accepted);
        const auto plain = pages.asset("two-3c4d.js", accepted);
        CHECK(plain.size() == 8);
        CHECK(plain.header("Content-Encoding").empty());
        CHECK(plain.header("Vary") == "Accept-Encoding");
    }
    CHECK(pages.asset("one-1a2b.js", "gzip").header("Content-Encoding").empty());
}
