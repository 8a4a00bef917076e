#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "net/asio.hpp"

namespace trunkline::journal {

struct Settings {
    /// Made if it is not there. One process at a time may have it open.
    std::filesystem::path folder;
    /// What the segments may take on disk together.
    std::uint64_t max_bytes = std::uint64_t{1} << 30U;
    /// A segment is closed at this size; space comes back by whole segments. 0: an eighth of
    /// max_bytes, 16 MiB at the most.
    std::uint64_t segment_bytes = 0;
};

struct Record {
    std::uint64_t sequence = 0;  ///< Grows by one with each record, over restarts too.
    std::string payload;
};

struct Figures {
    std::uint64_t bytes = 0;     ///< Of all segments.
    std::uint64_t waiting = 0;   ///< Records appended and not confirmed.
    std::uint64_t appended = 0;  ///< Since the start, as the following.
    std::uint64_t refused = 0;   ///< Appends that were answered with an error.
    std::uint64_t damaged = 0;   ///< Records that could not be read any more.
    std::uint64_t syncs = 0;     ///< Groups of appends that shared one fdatasync.
};

/// The longest payload, in bytes.
inline constexpr std::size_t max_payload = std::size_t{1} << 20U;

/// An append-only journal of opaque records in a folder of its own: what append() has answered is
/// on the disk and is read back in order until confirm() says that it is not needed any more. A
/// crash may bring confirmed records back, so whoever reads must know a record that it has seen.
/// The format is in libs/journal/README.md.
///
/// One executor, not thread-safe; the disk is touched on a thread of the journal's own. close()
/// before destroying.
class Journal {
public:
    Journal(const asio::any_io_executor& executor, Settings settings);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Reads what an earlier process left. Blocks, so before serving. A torn tail is cut, damaged
    /// places are skipped, both with a line in the log. conflict: another process has the folder;
    /// unavailable: the folder cannot be made, read or written; malformed: a newer version wrote
    /// it.
    base::Result<> open();

    /// Returns when the record is on the disk: callers that come meanwhile share the next
    /// fdatasync. unavailable: the journal is full, or the disk refused; nothing was kept.
    /// timeout: the deadline came first, the record may be kept all the same. too_large: over
    /// max_payload. canceled: closed.
    asio::awaitable<base::Result<>> append(std::string payload, net::Deadline deadline);

    /// The oldest records that are not confirmed, in order; none if none waits. The same again
    /// until confirm(). Fewer than asked for do not mean that there are no more.
    asio::awaitable<base::Result<std::vector<Record>>> read(std::size_t max_records);

    /// The records behind `sequence`, or behind what is confirmed if that is more, in order: for
    /// who reads on before it confirms. Quickest when asked for what follows its last answer. A
    /// journal is read by this or by read(), not by both.
    asio::awaitable<base::Result<std::vector<Record>>> read_after(
        std::uint64_t sequence, std::size_t max_records
    );

    /// Everything up to this record is done with: it is not read again, and its space comes back.
    /// unavailable: this could not be written down, so a restart may bring records back.
    asio::awaitable<base::Result<>> confirm(std::uint64_t sequence);

    /// Nothing waits, neither on disk nor on its way there.
    bool empty() const;
    /// Why the next append would be refused, as far as is known: full, or the last one failed.
    /// Empty: it would not.
    std::string trouble() const;
    Figures figures() const;
    const Settings& settings() const;

    /// Writes what is on its way, then refuses; ends the journal's thread.
    asio::awaitable<void> close();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace trunkline::journal
