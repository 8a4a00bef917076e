#include "crc32c.hpp"
#include "folder.hpp"
#include "segment_log.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace trunkline::journal;

namespace {

using Payloads = std::vector<std::string>;

/// A journal of three segments with two records each.
std::vector<std::filesystem::path> three_segments(const std::filesystem::path& folder) {
    for (int segment = 0; segment < 3; ++segment) {
        SegmentLog log(settings_for(folder));
        REQUIRE(log.open());
        append_each(log, {"a" + std::to_string(segment), "b" + std::to_string(segment)});
    }
    return files_ending(folder, ".journal");
}

void flip(const std::filesystem::path& file, std::size_t offset) {
    auto bytes = content_of(file);
    bytes[offset] = static_cast<char>(bytes[offset] ^ 0x10);
    write_file(file, bytes);
}

}  // namespace

TEST_CASE("a tail that was torn at any byte is cut off", "[journal]") {
    const testing::TempFolder folder;
    const auto whole = folder.path() / "whole";
    {
        SegmentLog log(settings_for(whole));
        REQUIRE(log.open());
        append_each(log, {"first", "second", "third"});
    }
    const auto segment = files_ending(whole, ".journal").front();
    const auto bytes = content_of(segment);
    const Payloads all{"first", "second", "third"};
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        INFO("cut to " << size << " bytes");
        const auto torn = folder.path() / std::to_string(size);
        std::filesystem::create_directory(torn);
        write_file(torn / segment.filename(), bytes.substr(0, size));
        std::size_t kept = 0;
        std::size_t end = segment_header_size;
        while (kept < all.size() && end + encoded_size(all[kept]) <= size) {
            end += encoded_size(all[kept++]);
        }
        Payloads expected(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept));
        {
            SegmentLog log(settings_for(torn));
            REQUIRE(log.open());
            CHECK(log.waiting() == kept);
            CHECK(log.damaged() == 0);
            append_each(log, {"later"});
        }
        expected.emplace_back("later");
        CHECK(reopened(torn) == expected);
        CHECK(files_ending(torn, ".damaged").empty());
    }
}

TEST_CASE("zeros and rubbish behind the last record are a torn tail", "[journal]") {
    for (const auto& tail : {std::string(5000, '\0'), std::string(77, 'x')}) {
        const testing::TempFolder folder;
        const auto files = three_segments(folder.path());
        write_file(files.back(), content_of(files.back()) + tail);
        CHECK(reopened(folder.path()) == Payloads{"a0", "b0", "a1", "b1", "a2", "b2"});
        CHECK(files_ending(folder.path(), ".damaged").empty());
    }
}

TEST_CASE("a flipped byte anywhere in the middle costs at most one record", "[journal]") {
    const auto size = segment_header_size + 2 * encoded_size("a1");
    for (std::size_t offset = 0; offset < size; ++offset) {
        INFO("byte " << offset);
        const testing::TempFolder folder;
        const auto files = three_segments(folder.path());
        flip(files[1], offset);
        Payloads expected{"a0", "b0", "a1", "b1", "a2", "b2"};
        if (offset >= segment_header_size) {
            const bool first = offset < segment_header_size + encoded_size("a1");
            expected.erase(expected.begin() + (first ? 2 : 3));
        }
        SegmentLog log(settings_for(folder.path()));
        REQUIRE(log.open());
        CHECK(log.damaged() == 6 - expected.size());
        CHECK(drained(log) == expected);
        CHECK(log.waiting() == 0);
        CHECK(files_ending(folder.path(), ".damaged").size() == 1);
    }
}

TEST_CASE("damage in the last segment is told from a torn tail by what follows", "[journal]") {
    const testing::TempFolder folder;
    const auto files = three_segments(folder.path());
    flip(files[2], segment_header_size + 1);
    SegmentLog log(settings_for(folder.path()));
    REQUIRE(log.open());
    CHECK(log.damaged() == 1);
    CHECK(drained(log) == Payloads{"a0", "b0", "a1", "b1", "b2"});
    CHECK(files_ending(folder.path(), ".damaged").size() == 1);
}

TEST_CASE("a segment without a readable record is set aside", "[journal]") {
    const testing::TempFolder folder;
    const auto files = three_segments(folder.path());
    write_file(files[1], std::string(content_of(files[1]).size(), '?'));
    SegmentLog log(settings_for(folder.path()));
    REQUIRE(log.open());
    CHECK(log.damaged() == 2);
    CHECK(drained(log) == Payloads{"a0", "b0", "a2", "b2"});
    CHECK(files_ending(folder.path(), ".damaged").size() == 1);
}

TEST_CASE("what rots while the journal is open is passed over", "[journal]") {
    const testing::TempFolder folder;
    three_segments(folder.path());
    SegmentLog log(settings_for(folder.path()));
    REQUIRE(log.open());
    const auto files = files_ending(folder.path(), ".journal");
    flip(files[0], segment_header_size + record_header_size);
    write_file(files[1], "");
    CHECK(drained(log) == Payloads{"b0", "a2", "b2"});
    CHECK(log.damaged() == 3);
    CHECK(log.waiting() == 0);
}

TEST_CASE("a position that is lost or damaged brings records back", "[journal]") {
    for (const bool removed : {true, false}) {
        const testing::TempFolder folder;
        {
            SegmentLog log(settings_for(folder.path()));
            REQUIRE(log.open());
            append_each(log, {"a", "b", "c"});
            REQUIRE(log.read(2, 1 << 20));
            REQUIRE(log.confirm(2));
        }
        if (removed) {
            std::filesystem::remove(folder.path() / "position");
        } else {
            write_file(folder.path() / "position", "\x02");
        }
        CHECK(reopened(folder.path()) == Payloads{"a", "b", "c"});
    }
}

TEST_CASE("a position whose last write was torn leaves the one before", "[journal]") {
    const testing::TempFolder folder;
    {
        SegmentLog log(settings_for(folder.path()));
        REQUIRE(log.open());
        append_each(log, {"a", "b", "c"});
        REQUIRE(log.read(1, 1 << 20));
        REQUIRE(log.confirm(1));
        REQUIRE(log.read(1, 1 << 20));
        REQUIRE(log.confirm(2));
    }
    flip(folder.path() / "position", 16);
    CHECK(reopened(folder.path()) == Payloads{"b", "c"});
}

TEST_CASE("a journal of a newer version is not touched", "[journal]") {
    const testing::TempFolder folder;
    const auto files = three_segments(folder.path());
    auto bytes = content_of(files[0]);
    bytes[8] = 2;
    std::string covered = bytes.substr(0, 28);
    put_u32(covered, crc32c(covered));
    write_file(files[0], covered + bytes.substr(segment_header_size));
    SegmentLog log(settings_for(folder.path()));
    const auto refused = log.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::malformed);
    CHECK_THAT(refused.error().detail, ContainsSubstring("version 2"));
}
