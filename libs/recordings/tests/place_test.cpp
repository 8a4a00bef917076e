#include "recordings/place.hpp"

#include <algorithm>

#include "testing/catch.hpp"

using namespace trunkline;
using recordings::Facts;

namespace {

Facts facts() {
    return {
        .enterprise_number = "0367",
        .uuid = "01890a5d-ac96-774b-bcce-b302099a8057",
        .unique_id = "1759225684.16",
        .unique_ids = {"1759225684.15", "1759225684.16"},
        .pbx = "",
        .is_ambiguous = false,
        .dates = {"2025-09-30"},
    };
}

bool has(const Facts& of, std::string_view path) {
    const auto paths = recordings::candidate_paths(of);
    return std::ranges::find(paths, path) != paths.end();
}

}  // namespace

TEST_CASE(
    "a recording is looked for by uuid and UniqueId, in folders of dates too", "[recordings]"
) {
    const auto paths = recordings::candidate_paths(facts());
    CHECK(paths.front() == "0367/01890a5d-ac96-774b-bcce-b302099a8057.mp3");
    for (const auto* path :
         {"0367/1759225684.16.wav",
          "0367/2025/09/30/1759225684.16.mp3",
          "0367/2025-09-30/1759225684.15.gsm",
          "0367/2025/09/30/01890a5d-ac96-774b-bcce-b302099a8057.opus"}) {
        CAPTURE(path);
        CHECK(has(facts(), path));
    }
    CHECK(std::ranges::all_of(paths, [](const auto& path) { return path.starts_with("0367/"); }));
    const auto own = std::ranges::find(paths, "0367/1759225684.16.mp3");
    const auto leg = std::ranges::find(paths, "0367/1759225684.15.mp3");
    CHECK(own < leg);
}

TEST_CASE("a UniqueId that two exchanges used names no file by itself", "[recordings]") {
    auto of = facts();
    of.pbx = "minsk";
    CHECK(has(of, "0367/minsk-1759225684.16.wav"));
    CHECK(has(of, "0367/1759225684.16.wav"));
    of.is_ambiguous = true;
    CHECK(has(of, "0367/minsk-1759225684.16.wav"));
    CHECK_FALSE(has(of, "0367/1759225684.16.wav"));
}

TEST_CASE("names from outside lead out of no folder", "[recordings]") {
    auto of = facts();
    of.unique_id = "../../x";
    of.unique_ids = {
        "../0368/1", "/etc/passwd", "..", ".hidden", "a/b", "a\\b", std::string("a\0b", 3), ""
    };
    for (const auto& path : recordings::candidate_paths(of)) {
        CAPTURE(path);
        CHECK(path.find(of.uuid) != std::string::npos);
    }
    of.pbx = "../0368/x";
    of.unique_id = "1.1";
    of.unique_ids = {"1.1"};
    for (const auto& path : recordings::candidate_paths(of)) {
        CAPTURE(path);
        CHECK(path.find("..") == std::string::npos);
    }
    for (const auto* number : {"..", "", "a/b", ".x"}) {
        of = facts();
        of.enterprise_number = number;
        CHECK(recordings::candidate_paths(of).empty());
    }
}

TEST_CASE("a file that an exchange names must lie in the enterprise's folder", "[recordings]") {
    const auto location = [](std::string_view file) {
        return recordings::file_location("/srv/rec/", "0367", file).value_or("refused");
    };
    CHECK(location("a.mp3") == "file:a.mp3");
    CHECK(location("2025/09/30/in-150-1.1.WAV") == "file:2025/09/30/in-150-1.1.WAV");
    CHECK(location("/srv/rec/0367/x/a.mp3") == "file:x/a.mp3");
    for (const auto* refused :
         {"",
          "..",
          "../0368/a.mp3",
          "x/../../0368/a.mp3",
          "/srv/rec/0368/a.mp3",
          "/srv/rec/03670/a.mp3",
          "/srv/rec/0367/../0368/a.mp3",
          "/etc/passwd",
          "a.txt",
          "mp3",
          ".mp3",
          "x//a.mp3",
          "x/./a.mp3",
          "x\\a.mp3",
          "a.mp3\n"}) {
        CAPTURE(refused);
        CHECK(location(refused) == "refused");
    }
    CHECK_FALSE(recordings::file_location("", "0367", "/0367/a.mp3"));
}

TEST_CASE("a location is a file or an address", "[recordings]") {
    CHECK(recordings::parse_location("file:x/a.mp3").is_file);
    CHECK(recordings::parse_location("file:x/a.mp3").text == "x/a.mp3");
    CHECK_FALSE(recordings::parse_location("https://x.by/a").is_file);
    CHECK(recordings::parse_location("https://x.by/a").text == "https://x.by/a");
}

TEST_CASE("types go by the ending", "[recordings]") {
    CHECK(recordings::content_type("a.MP3") == "audio/mpeg");
    CHECK(recordings::content_type("a.wav") == "audio/wav");
    CHECK(recordings::content_type("a.opus") == "audio/ogg");
    CHECK(recordings::content_type("a.html").empty());
    CHECK(recordings::content_type("a").empty());
    CHECK(recordings::ending("x.WAV") == "wav");
}

TEST_CASE("an address is made by the enterprise's template", "[recordings]") {
    auto of = facts();
    of.unique_id = "1/2 3&x";
    CHECK(
        recordings::fill_template("https://r.by/{year}/{month}/{day}/{unique_id}.mp3?d={date}", of)
            .value() == "https://r.by/2025/09/30/1%2F2%203%26x.mp3?d=2025-09-30"
    );
    CHECK(
        recordings::fill_template("https://r.by/{uuid}", of).value() == "https://r.by/" + of.uuid
    );
    for (const auto* wrong :
         {"https://r.by/x.mp3", "https://r.by/{date}", "https://r.by/{id}", "{uuid", "{}"}) {
        CAPTURE(wrong);
        CHECK_FALSE(recordings::fill_template(wrong, of));
    }
}
