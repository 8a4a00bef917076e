#include "segment_log.hpp"

#include "folder.hpp"
#include "testing/temp_folder.hpp"

using namespace trunkline;
using namespace trunkline::journal;

namespace {

using Payloads = std::vector<std::string>;

Payloads numbered(int first, int count) {
    Payloads payloads;
    for (int i = first; i < first + count; ++i) {
        payloads.push_back("event " + std::to_string(i));
    }
    return payloads;
}

}  // namespace

TEST_CASE("what was appended is read in order, after a restart too", "[journal]") {
    const testing::TempFolder folder;
    {
        SegmentLog log(settings_for(folder.path() / "deep" / "journal"));
        REQUIRE(log.open());
        CHECK(log.waiting() == 0);
        append_each(log, numbered(0, 3));
        REQUIRE(log.append(numbered(3, 4)));
        CHECK(log.waiting() == 7);
    }
    CHECK(reopened(folder.path() / "deep" / "journal") == numbered(0, 7));
}

TEST_CASE("a batch comes again until it is confirmed, and then never", "[journal]") {
    const testing::TempFolder folder;
    {
        SegmentLog log(settings_for(folder.path()));
        REQUIRE(log.open());
        REQUIRE(log.append(numbered(0, 5)));
        for (int again = 0; again < 2; ++again) {
            const auto records = log.read(2, 1 << 20);
            REQUIRE(records);
            REQUIRE(records->size() == 2);
            CHECK(records->front().payload == "event 0");
        }
        REQUIRE(log.confirm(2));
        CHECK(log.waiting() == 3);
        const auto rest = log.read(10, 1 << 20);
        REQUIRE(rest);
        CHECK(rest->front().payload == "event 2");
        REQUIRE(log.confirm(rest->front().sequence));
        CHECK(log.waiting() == 2);
    }
    CHECK(reopened(folder.path()) == numbered(3, 2));
    CHECK(reopened(folder.path()).empty());
}

TEST_CASE("records that come while others are read go behind them", "[journal]") {
    const testing::TempFolder folder;
    SegmentLog log(settings_for(folder.path()));
    REQUIRE(log.open());
    Payloads seen;
    for (int round = 0; round < 20; ++round) {
        REQUIRE(log.append(numbered(round * 3, 3)));
        const auto records = log.read(2, 1 << 20);
        REQUIRE(records);
        for (const auto& record : *records) {
            seen.push_back(record.payload);
        }
        REQUIRE(log.confirm(records->back().sequence));
    }
    const auto rest = drained(log);
    seen.insert(seen.end(), rest.begin(), rest.end());
    CHECK(seen == numbered(0, 60));
    CHECK(log.bytes() == 0);
}

TEST_CASE("sequences go on when every segment has gone", "[journal]") {
    const testing::TempFolder folder;
    for (std::uint64_t run = 0; run < 3; ++run) {
        SegmentLog log(settings_for(folder.path()));
        REQUIRE(log.open());
        append_each(log, {"one"});
        const auto records = log.read(10, 1 << 20);
        REQUIRE(records);
        REQUIRE(records->size() == 1);
        CHECK(records->front().sequence == run + 1);
        REQUIRE(log.confirm(run + 1));
        CHECK(files_ending(folder.path(), ".journal").empty());
    }
}

TEST_CASE("space comes back by whole segments", "[journal]") {
    const testing::TempFolder folder;
    auto settings = settings_for(folder.path());
    settings.segment_bytes = 256;
    SegmentLog log(settings);
    REQUIRE(log.open());
    append_each(log, numbered(0, 100));
    CHECK(files_ending(folder.path(), ".journal").size() > 5);
    const auto full = log.bytes();
    const auto records = log.read(30, 1 << 20);
    REQUIRE(records);
    REQUIRE(log.confirm(records->back().sequence));
    CHECK(log.bytes() < full);
    auto seen = numbered(0, static_cast<int>(records->size()));
    const auto rest = drained(log);
    seen.insert(seen.end(), rest.begin(), rest.end());
    CHECK(seen == numbered(0, 100));
}

TEST_CASE("records larger than what is read at once are read", "[journal]") {
    const testing::TempFolder folder;
    SegmentLog log(settings_for(folder.path()));
    REQUIRE(log.open());
    const Payloads large{
        std::string(max_payload, 'a'), std::string(max_payload, 'b'), std::string(max_payload, 'c')
    };
    REQUIRE(log.append(large));
    CHECK(drained(log) == large);
}

TEST_CASE("a full disk keeps what was there and loses nothing that was answered", "[journal]") {
    const testing::TempFolder folder;
    // The room ends at every byte of what the second append writes.
    for (std::uint64_t room = 0; room < 60; ++room) {
        const auto own = folder.path() / std::to_string(room);
        FailingDisk disk;
        {
            SegmentLog log(settings_for(own), disk);
            REQUIRE(log.open());
            append_each(log, {"before"});
            disk.room = room;
            const auto refused = log.append(numbered(0, 3));
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == base::Errc::unavailable);
            CHECK(refused.error().native == "ENOSPC");
            CHECK(log.waiting() == 1);
            disk.room = 1 << 20;
            append_each(log, {"after"});
        }
        CHECK(reopened(own) == Payloads{"before", "after"});
    }
}

TEST_CASE("a segment whose sync failed is not written again", "[journal]") {
    const testing::TempFolder folder;
    FailingDisk disk;
    {
        SegmentLog log(settings_for(folder.path()), disk);
        REQUIRE(log.open());
        append_each(log, {"before"});
        disk.sync_fails = true;
        CHECK(log.append(Payloads{"lost"}).error().native == "EIO");
        CHECK(log.append(Payloads{"lost too"}).error().native == "EIO");
        disk.sync_fails = false;
        append_each(log, {"after"});
        CHECK(files_ending(folder.path(), ".journal").size() == 2);
    }
    CHECK(reopened(folder.path()) == Payloads{"before", "after"});
}

TEST_CASE("half a record that cannot be cut off is passed over", "[journal]") {
    const testing::TempFolder folder;
    FailingDisk disk;
    {
        SegmentLog log(settings_for(folder.path()), disk);
        REQUIRE(log.open());
        append_each(log, {"before"});
        disk.room = 10;
        disk.truncate_fails = true;
        CHECK_FALSE(log.append(Payloads{"half"}));
        disk.room = 1 << 20;
        append_each(log, {"after"});
        const auto records = log.read(10, 1 << 20);
        REQUIRE(records);
        CHECK(records->size() == 1);
    }
    CHECK(reopened(folder.path()) == Payloads{"before", "after"});
}

TEST_CASE("a position that cannot be written down does not stop the reader", "[journal]") {
    const testing::TempFolder folder;
    FailingDisk disk;
    {
        SegmentLog log(settings_for(folder.path()), disk);
        REQUIRE(log.open());
        REQUIRE(log.append(numbered(0, 3)));
        const auto records = log.read(1, 1 << 20);
        REQUIRE(records);
        disk.room = 0;
        CHECK_FALSE(log.confirm(records->back().sequence));
        CHECK(log.waiting() == 2);
        const auto next = log.read(1, 1 << 20);
        REQUIRE(next);
        CHECK(next->front().payload == "event 1");
    }
    // A restart repeats: whoever reads knows what it has seen.
    CHECK(reopened(folder.path()) == numbered(0, 3));
}

TEST_CASE("two processes cannot have one folder", "[journal]") {
    const testing::TempFolder folder;
    SegmentLog first(settings_for(folder.path()));
    REQUIRE(first.open());
    SegmentLog second(settings_for(folder.path()));
    const auto refused = second.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::conflict);
    CHECK_THAT(refused.error().detail, ContainsSubstring(folder.path().string()));
}

TEST_CASE("a folder that cannot be made is told", "[journal]") {
    const testing::TempFolder folder;
    write_file(folder.path() / "file", "");
    SegmentLog log(settings_for(folder.path() / "file" / "journal"));
    const auto refused = log.open();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Errc::unavailable);
    CHECK_THAT(refused.error().detail, ContainsSubstring("file/journal"));
}

TEST_CASE("who reads ahead sees all segments before anything is confirmed", "[journal]") {
    const testing::TempFolder folder;
    {
        SegmentLog log(settings_for(folder.path()));
        REQUIRE(log.open());
        REQUIRE(log.append(numbered(0, 5)));
    }
    SegmentLog log(settings_for(folder.path()));
    REQUIRE(log.open());
    REQUIRE(log.append(numbered(5, 5)));
    Payloads seen;
    std::uint64_t last = 0;
    for (;;) {
        const auto records = log.read_after(last, 2, 1 << 20);
        REQUIRE(records);
        if (records->empty()) {
            break;
        }
        for (const auto& record : *records) {
            seen.push_back(record.payload);
            last = record.sequence;
        }
    }
    CHECK(seen == numbered(0, 10));
    CHECK(log.waiting() == 10);

    REQUIRE(log.confirm(7));
    CHECK(log.waiting() == 3);
    REQUIRE(log.append(numbered(10, 1)));
    const auto fresh = log.read_after(last, 10, 1 << 20);
    REQUIRE(fresh);
    REQUIRE(fresh->size() == 1);
    CHECK(fresh->front().payload == "event 10");
    const auto again = log.read_after(0, 10, 1 << 20);
    REQUIRE(again);
    REQUIRE(again->size() == 4);
    CHECK(again->front().payload == "event 7");
    REQUIRE(log.confirm(11));
    CHECK(log.waiting() == 0);
}
