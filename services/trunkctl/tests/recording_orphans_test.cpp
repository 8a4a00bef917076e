#include "recording_orphans.hpp"

#include <fstream>

#include "testing/catch.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& path) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "sound";
}

}  // namespace

TEST_CASE(
    "recordings are listed with their folders, links and other files left out", "[trunkctl]"
) {
    const testing::TempFolder temp;
    const auto own = temp.path() / "0367";
    write(own / "1.1.wav");
    write(own / "2025" / "09" / "30" / "x.mp3");
    write(own / "notes.txt");
    write(temp.path() / "0368" / "1.1.wav");
    fs::create_symlink(temp.path() / "0368" / "1.1.wav", own / "link.wav");
    fs::create_directory_symlink(temp.path() / "0368", own / "up");

    const auto files = trunkctl::list_recordings(own);
    REQUIRE(files);
    REQUIRE(files->size() == 2);
    CHECK((*files)[0].path == "1.1.wav");
    CHECK((*files)[1].path == "2025/09/30/x.mp3");
    CHECK((*files)[0].written_at <= base::system_clock().now());
    CHECK_FALSE(trunkctl::list_recordings(temp.path() / "0369"));
    fs::create_directory_symlink(own, temp.path() / "0370");
    CHECK_FALSE(trunkctl::list_recordings(temp.path() / "0370"));
}

TEST_CASE("a call's recording is where ingest would look for it", "[trunkctl]") {
    trunkctl::LinkedCall call;
    call.facts.enterprise_number = "0367";
    call.facts.uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    call.facts.unique_id = "1.1";
    call.facts.dates = {"2025-09-30"};
    CHECK(trunkctl::has_recording(call, {"2025/09/30/1.1.wav"}));
    CHECK(trunkctl::has_recording(call, {"01890a5d-ac96-774b-bcce-b302099a8057.mp3"}));
    CHECK_FALSE(trunkctl::has_recording(call, {"2025/10/01/1.1.wav", "1.10.wav"}));
    call.location = "file:odd/name.wav";
    CHECK(trunkctl::has_recording(call, {"odd/name.wav"}));
    CHECK(trunkctl::stem_of("2025/09/30/1759225684.16.mp3") == "1759225684.16");
}
