#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "disk.hpp"
#include "format.hpp"
#include "journal/journal.hpp"
#include "position_file.hpp"

namespace trunkline::journal {

/// The journal's files, blocking and without threads: one caller at a time. Each process writes
/// into segments of its own and never behind what another has left.
class SegmentLog {
public:
    explicit SegmentLog(Settings settings, Disk& disk = real_disk());

    /// As Journal::open().
    base::Result<> open();
    /// All of them by one write and one fdatasync, or none: what was half written is cut off.
    base::Result<> append(std::span<const std::string> payloads);
    /// As Journal::read(); at most `max_bytes` of payload, but one record in any case.
    base::Result<std::vector<Record>> read(std::size_t max_records, std::size_t max_bytes);
    /// As Journal::read_after(), bounded like read().
    base::Result<std::vector<Record>> read_after(
        std::uint64_t sequence, std::size_t max_records, std::size_t max_bytes
    );
    /// As Journal::confirm(); goes on in memory also if it cannot be written down.
    base::Result<> confirm(std::uint64_t sequence);

    std::uint64_t bytes() const;
    std::uint64_t waiting() const;
    std::uint64_t damaged() const { return damaged_; }

private:
    struct Segment {
        SegmentId id;
        std::uint64_t last_sequence = 0;  ///< Of its last whole record; 0: it has none.
        std::uint64_t size = 0;           ///< Up to the end of that.
        std::uint64_t unconfirmed = 0;
        std::uint64_t cursor = segment_header_size;  ///< Where reading goes on.
        std::uint64_t at_cursor = 0;                 ///< The record that is expected there.
        bool damaged = false;
    };
    /// The last read() of the first segment, for confirm().
    struct LastRead {
        std::vector<std::uint64_t> sequences;
        std::uint64_t end = 0;  ///< Where the last one ends.
    };

    /// Where read_after() goes on if it is asked for what follows its last record.
    struct Ahead {
        std::uint64_t segment = 0;  ///< first_sequence of its segment; 0: nowhere.
        std::uint64_t cursor = 0;
        std::uint64_t at_cursor = 0;  ///< The record that is expected there.
    };

    base::Result<> lock();
    base::Result<std::vector<SegmentId>> list() const;
    base::Result<> take_over(const SegmentId& id, const SegmentId* next);
    base::Result<> cut(const Segment& segment, std::uint64_t found_size);
    base::Result<std::string> load(const Segment& segment, std::uint64_t from, std::uint64_t size);
    std::vector<Record> scan(
        Segment& segment, std::string_view window, std::size_t max_records, std::size_t max_bytes
    );
    std::vector<Record> scan_ahead(
        const Segment& segment,
        std::string_view window,
        std::uint64_t after,
        std::size_t max_records,
        std::size_t max_bytes
    );
    void count_confirmed(std::uint64_t sequence);
    base::Result<> ensure_active(std::size_t more);
    base::Result<> create_segment();
    void take_back(Segment& segment, bool is_sure);
    void note_damage(Segment& segment, std::uint64_t records, std::string_view what);
    /// Its file goes, or is set aside if it is damaged.
    void remove(const Segment& segment);
    void drop_front();
    std::filesystem::path path_of(const SegmentId& id) const;

    Settings settings_;
    Disk& disk_;
    base::Logger logger_{"journal"};
    File folder_;
    File lock_;
    PositionFile position_;
    std::deque<Segment> segments_;  ///< Oldest first; the active one is the last.
    File active_;                   ///< Closed: the next append begins a segment.
    LastRead last_read_;
    Ahead ahead_;
    std::uint64_t next_sequence_ = 1;
    std::uint64_t damaged_ = 0;
};

}  // namespace trunkline::journal
