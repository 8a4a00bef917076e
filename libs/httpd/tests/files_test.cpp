#include "files.hpp"

#include <sys/stat.h>

#include <fstream>

#include "testing/catch.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace trunkline::httpd;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& path, std::string_view text) { std::ofstream(path) << text; }

std::string range(std::string_view header, std::uint64_t size) {
    const auto parsed = parse_range(header, size);
    if (!parsed) {
        return "ignored";
    }
    return parsed->is_satisfiable
               ? std::to_string(parsed->first) + "-" + std::to_string(parsed->last)
               : "416";
}

}  // namespace

TEST_CASE("files are served from their folder only", "[httpd]") {
    const testing::TempFolder temp;
    const auto root = temp.path() / "public";
    fs::create_directories(root / "sub" / ".git");
    write(temp.path() / "secret.txt", "secret");
    write(root / "a.txt", "hello");
    write(root / ".env", "secret");
    write(root / "sub" / "b.txt", "b");
    write(root / "sub" / "index.html", "<p>");
    write(root / "sub" / ".git" / "config", "secret");
    fs::create_symlink(temp.path() / "secret.txt", root / "link.txt");
    fs::create_directory_symlink(temp.path(), root / "up");
    REQUIRE(::mkfifo((root / "pipe").c_str(), 0600) == 0);

    for (const char* allowed : {"a.txt", "sub/b.txt", "sub", "sub/", "sub/index.html"}) {
        CAPTURE(allowed);
        CHECK(OpenFile::open_in(root, allowed));
    }
    const std::string_view refused[] = {
        "",
        "missing",
        "../secret.txt",
        "sub/../../secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "link.txt",
        "up/secret.txt",
        ".env",
        "sub/.git/config",
        "pipe",
        "sub/./b.txt",
        "..\\secret",
        "sub//b.txt",
        std::string_view("a.txt\0.png", 10),
        "..",
        "a.txt/b",
        "sub/..",
    };
    for (const auto each : refused) {
        CAPTURE(each);
        CHECK_FALSE(OpenFile::open_in(root, each));
    }
}

TEST_CASE("an entity tag changes with the file", "[httpd]") {
    const testing::TempFolder temp;
    write(temp.path() / "a", "one");
    const auto first = OpenFile::open(temp.path() / "a")->etag();
    write(temp.path() / "a", "three");
    CHECK(OpenFile::open(temp.path() / "a")->etag() != first);
    CHECK(first.front() == '"');
    CHECK_FALSE(OpenFile::open(temp.path()));
}

TEST_CASE("ranges are read as RFC 9110 says", "[httpd]") {
    CHECK(range("bytes=0-4", 10) == "0-4");
    CHECK(range("bytes=5-", 10) == "5-9");
    CHECK(range("bytes=-3", 10) == "7-9");
    CHECK(range("bytes=-30", 10) == "0-9");
    CHECK(range("bytes=0-100", 10) == "0-9");
    CHECK(range("Bytes= 0-0", 10) == "0-0");
    CHECK(range("bytes=10-", 10) == "416");
    CHECK(range("bytes=-0", 10) == "416");
    CHECK(range("bytes=0-", 0) == "416");
    CHECK(range("bytes=-5", 0) == "416");
    for (const char* ignored :
         {"bytes=",
          "bytes=a-b",
          "bytes=5-4",
          "bytes=0-1,3-4",
          "lines=0-1",
          "bytes",
          "bytes=-",
          "bytes=1",
          "bytes=99999999999999999999-"}) {
        CAPTURE(ignored);
        CHECK(range(ignored, 10) == "ignored");
    }
}

TEST_CASE("conditions decide about a file's answer", "[httpd]") {
    const auto plan = [](std::initializer_list<std::pair<const char*, const char*>> fields) {
        Headers headers;
        for (const auto& [name, value] : fields) {
            headers.add(name, value);
        }
        return plan_file(headers, 100, "\"tag\"", 784111777);
    };
    CHECK(plan({}).status == 200);
    CHECK(plan({}).length == 100);
    CHECK(plan({{"If-None-Match", "\"tag\""}}).status == 304);
    CHECK(plan({{"If-None-Match", "\"x\", W/\"tag\""}}).status == 304);
    CHECK(plan({{"If-None-Match", "*"}}).status == 304);
    CHECK(plan({{"If-None-Match", "\"other\""}}).status == 200);
    CHECK(plan({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}).status == 304);
    CHECK(plan({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"}}).status == 200);
    CHECK(
        plan({{"If-None-Match", "\"x\""}, {"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}})
            .status == 200
    );
    const auto part = plan({{"Range", "bytes=10-19"}});
    CHECK(part.status == 206);
    CHECK(part.offset == 10);
    CHECK(part.length == 10);
    CHECK(part.content_range == "bytes 10-19/100");
    CHECK(plan({{"Range", "bytes=100-"}}).status == 416);
    CHECK(plan({{"Range", "bytes=100-"}}).content_range == "bytes */100");
    CHECK(plan({{"Range", "bytes=0-1"}, {"If-Range", "\"tag\""}}).status == 206);
    CHECK(plan({{"Range", "bytes=0-1"}, {"If-Range", "\"old\""}}).status == 200);
    CHECK(
        plan({{"Range", "bytes=0-1"}, {"If-Range", "Sun, 06 Nov 1994 08:49:37 GMT"}}).status == 206
    );
}

TEST_CASE("content types go by the name's ending", "[httpd]") {
    CHECK(content_type_of("index.HTML") == "text/html; charset=utf-8");
    CHECK(content_type_of("a.tar.wav") == "audio/wav");
    CHECK(content_type_of("noending") == "application/octet-stream");
}

TEST_CASE("what has neither tag nor time meets no condition about them", "[httpd]") {
    const auto plan = [](std::initializer_list<std::pair<const char*, const char*>> fields) {
        Headers headers;
        for (const auto& [name, value] : fields) {
            headers.add(name, value);
        }
        return plan_file(headers, 100, "", std::nullopt).status;
    };
    CHECK(plan({{"If-None-Match", "*"}}) == 200);
    CHECK(plan({{"If-None-Match", ","}}) == 200);
    CHECK(plan({{"If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"}}) == 200);
    CHECK(plan({{"Range", "bytes=0-1"}}) == 206);
    CHECK(plan({{"Range", "bytes=0-1"}, {"If-Range", "\"x\""}}) == 200);
    CHECK(plan({{"Range", "bytes=0-1"}, {"If-Range", "Sun, 06 Nov 1994 08:49:37 GMT"}}) == 200);
}
