#include "segment_log.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <system_error>

#include "base/ids.hpp"
#include "scanner.hpp"

namespace trunkline::journal {
namespace {

constexpr std::uint64_t largest_segment = std::uint64_t{16} << 20U;
constexpr std::uint64_t smallest_segment = std::uint64_t{16} << 10U;
/// How much of a segment is read at once, as long as that holds a whole record.
constexpr std::uint64_t window_bytes = std::uint64_t{2} << 20U;

std::uint32_t random_salt() {
    std::uint32_t salt = 0;
    base::fill_random({reinterpret_cast<unsigned char*>(&salt), sizeof(salt)});
    return salt;
}

}  // namespace

SegmentLog::SegmentLog(Settings settings, Disk& disk)
    : settings_(std::move(settings)), disk_(disk), position_(disk) {
    if (settings_.segment_bytes == 0) {
        settings_.segment_bytes =
            std::clamp(settings_.max_bytes / 8, smallest_segment, largest_segment);
    }
}

std::filesystem::path SegmentLog::path_of(const SegmentId& id) const {
    return settings_.folder / file_name(id);
}

std::uint64_t SegmentLog::bytes() const {
    return std::accumulate(
        segments_.begin(),
        segments_.end(),
        std::uint64_t{0},
        [](std::uint64_t sum, const Segment& segment) { return sum + segment.size; }
    );
}

std::uint64_t SegmentLog::waiting() const {
    return std::accumulate(
        segments_.begin(),
        segments_.end(),
        std::uint64_t{0},
        [](std::uint64_t sum, const Segment& segment) { return sum + segment.unconfirmed; }
    );
}

base::Result<> SegmentLog::open() {
    std::error_code failure;
    std::filesystem::create_directories(settings_.folder, failure);
    folder_ = File(::open(settings_.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder_.is_open()) {
        return std::unexpected(
            disk_error("cannot open the journal's folder " + settings_.folder.string(), errno)
        );
    }
    if (const auto locked = lock(); !locked) {
        return locked;
    }
    if (const auto opened = position_.open(settings_.folder / "position"); !opened) {
        return opened;
    }
    const auto ids = list();
    if (!ids) {
        return std::unexpected(ids.error());
    }
    next_sequence_ = position_.sequence() + 1;
    for (std::size_t i = 0; i < ids->size(); ++i) {
        const auto* next = i + 1 < ids->size() ? &(*ids)[i + 1] : nullptr;
        if (const auto taken = take_over((*ids)[i], next); !taken) {
            return taken;
        }
    }
    if (waiting() > 0) {
        logger_.warning(
            "{}: {} records wait since before the start", settings_.folder.string(), waiting()
        );
    }
    return {};
}

base::Result<> SegmentLog::lock() {
    const auto path = settings_.folder / "lock";
    lock_ = File(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock_.is_open()) {
        return std::unexpected(disk_error("cannot open " + path.string(), errno));
    }
    if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
        return base::fail(
            base::Errc::conflict,
            "the journal's folder " + settings_.folder.string() +
                " is in use by another process; each replica needs one of its own"
        );
    }
    return {};
}

base::Result<std::vector<SegmentId>> SegmentLog::list() const {
    std::vector<SegmentId> ids;
    std::error_code failure;
    std::filesystem::directory_iterator entries(settings_.folder, failure);
    for (; !failure && entries != std::filesystem::directory_iterator();
         entries.increment(failure)) {
        if (const auto id = parse_file_name(entries->path().filename().string())) {
            ids.push_back(*id);
        }
    }
    if (failure) {
        return std::unexpected(
            disk_error("cannot list " + settings_.folder.string(), failure.value())
        );
    }
    std::ranges::sort(ids, {}, &SegmentId::first_sequence);
    return ids;
}

base::Result<> SegmentLog::take_over(const SegmentId& id, const SegmentId* next) {
    Segment segment;
    segment.id = id;
    segment.at_cursor = id.first_sequence;
    std::error_code failure;
    const auto found_size = std::filesystem::file_size(path_of(id), failure);
    if (failure) {
        return std::unexpected(disk_error("cannot read " + path_of(id).string(), failure.value()));
    }
    const auto bytes = load(segment, 0, found_size);
    if (!bytes) {
        return std::unexpected(bytes.error());
    }
    const auto header = decode_header(*bytes);
    if (!header && header.error().code == base::Errc::conflict) {
        return base::fail(
            base::Errc::malformed, path_of(id).string() + ": " + header.error().detail
        );
    }
    Scanner scanner(*bytes, id, segment_header_size, id.first_sequence);
    while (const auto record = scanner.next()) {
        segment.last_sequence = record->sequence;
        segment.unconfirmed += record->sequence > position_.sequence() ? 1 : 0;
    }
    segment.size = std::min<std::uint64_t>(scanner.offset(), found_size);
    // A crash may have left the last one at its very beginning, without a header.
    const bool is_begun = next == nullptr && segment.last_sequence == 0;
    if (scanner.missing() > 0 || (!is_begun && (!header || *header != id))) {
        note_damage(segment, scanner.missing(), "damaged places");
    }
    if (segment.size < found_size && next == nullptr) {
        if (const auto done = cut(segment, found_size); !done) {
            return done;
        }
    } else if (segment.size < found_size) {
        const auto behind = std::max(segment.last_sequence + 1, id.first_sequence);
        note_damage(
            segment,
            next->first_sequence > behind ? next->first_sequence - behind : 0,
            "an end that cannot be read"
        );
    }
    next_sequence_ = std::max(next_sequence_, segment.last_sequence + 1);
    if (segment.unconfirmed > 0) {
        segments_.push_back(segment);
    } else {
        remove(segment);
    }
    return {};
}

/// What follows the last whole record was being written when the process or the machine died, and
/// so was answered to nobody.
base::Result<> SegmentLog::cut(const Segment& segment, std::uint64_t found_size) {
    const auto path = path_of(segment.id);
    const File file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.is_open() || disk_.truncate(file.get(), static_cast<off_t>(segment.size)) != 0 ||
        disk_.sync(file.get()) != 0) {
        return std::unexpected(disk_error("cannot cut the torn end of " + path.string(), errno));
    }
    logger_.warning(
        "{}: a torn end of {} bytes was cut off", path.string(), found_size - segment.size
    );
    return {};
}

base::Result<std::string> SegmentLog::load(
    const Segment& segment, std::uint64_t from, std::uint64_t size
) {
    const auto path = path_of(segment.id);
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) {
        return std::unexpected(disk_error("cannot open " + path.string(), errno));
    }
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        const auto got =
            ::pread(file.get(), bytes.data() + have, size - have, static_cast<off_t>(from + have));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return std::unexpected(disk_error("cannot read " + path.string(), errno));
        }
        if (got == 0) {
            break;
        }
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

base::Result<> SegmentLog::ensure_active(std::size_t more) {
    if (active_.is_open() && segments_.back().size + more > settings_.segment_bytes &&
        segments_.back().size > segment_header_size) {
        active_.close();
    }
    return active_.is_open() ? base::Result<>{} : create_segment();
}

base::Result<> SegmentLog::create_segment() {
    Segment segment;
    segment.id = {.first_sequence = next_sequence_, .salt = random_salt()};
    segment.at_cursor = next_sequence_;
    segment.size = segment_header_size;
    const auto path = path_of(segment.id);
    File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.is_open()) {
        return std::unexpected(disk_error("cannot make " + path.string(), errno));
    }
    auto made = write_all(disk_, file, encode_header(segment.id), 0);
    if (made && disk_.sync(folder_.get()) != 0) {
        made = std::unexpected(disk_error("cannot make " + path.string(), errno));
    }
    if (!made) {
        ::unlink(path.c_str());
        return made;
    }
    active_ = std::move(file);
    segments_.push_back(segment);
    return {};
}

base::Result<> SegmentLog::append(std::span<const std::string> payloads) {
    std::size_t size = 0;
    for (const auto& payload : payloads) {
        size += encoded_size(payload);
    }
    if (const auto ready = ensure_active(size); !ready) {
        return ready;
    }
    auto& segment = segments_.back();
    std::string bytes;
    bytes.reserve(size);
    auto sequence = next_sequence_;
    for (const auto& payload : payloads) {
        encode_record(bytes, segment.id, sequence++, payload);
    }
    const auto written = write_all(disk_, active_, bytes, static_cast<off_t>(segment.size));
    if (!written) {
        take_back(segment, true);
        return written;
    }
    if (disk_.sync(active_.get()) != 0) {
        auto error = disk_error("the journal cannot be written", errno);
        take_back(segment, false);
        return std::unexpected(std::move(error));
    }
    segment.size += size;
    segment.last_sequence = sequence - 1;
    segment.unconfirmed += payloads.size();
    next_sequence_ = sequence;
    return {};
}

/// After a failed fdatasync nobody knows what the kernel still holds of the file, so such a segment
/// is never written again (https://wiki.postgresql.org/wiki/Fsync_Errors).
void SegmentLog::take_back(Segment& segment, bool is_sure) {
    const bool cut = disk_.truncate(active_.get(), static_cast<off_t>(segment.size)) == 0;
    if (cut && is_sure) {
        return;
    }
    active_.close();
    if (segment.last_sequence == 0) {
        ::unlink(path_of(segment.id).c_str());
        segments_.pop_back();
    }
}

base::Result<std::vector<Record>> SegmentLog::read(std::size_t max_records, std::size_t max_bytes) {
    while (!segments_.empty() && segments_.front().last_sequence > 0) {
        auto& segment = segments_.front();
        const auto rest = segment.size - segment.cursor;
        for (const auto size : {std::min(window_bytes, rest), rest}) {
            const auto window = load(segment, segment.cursor, size);
            if (!window) {
                return std::unexpected(window.error());
            }
            auto records = scan(segment, *window, max_records, max_bytes);
            if (!records.empty()) {
                return records;
            }
        }
        note_damage(segment, segment.unconfirmed, "records that cannot be read any more");
        drop_front();
    }
    return std::vector<Record>{};
}

std::vector<Record> SegmentLog::scan(
    Segment& segment, std::string_view window, std::size_t max_records, std::size_t max_bytes
) {
    std::vector<Record> records;
    last_read_ = {};
    Scanner scanner(window, segment.id, 0, segment.at_cursor);
    std::size_t bytes = 0;
    while (records.size() < max_records && bytes < max_bytes) {
        const auto record = scanner.next();
        if (!record) {
            break;
        }
        if (record->sequence > position_.sequence()) {
            bytes += record->payload.size();
            records.push_back({record->sequence, std::string(record->payload)});
            last_read_.sequences.push_back(record->sequence);
        }
    }
    last_read_.end = segment.cursor + scanner.offset();
    if (scanner.missing() > 0 && !segment.damaged) {
        note_damage(segment, scanner.missing(), "damaged places");
    }
    return records;
}

base::Result<std::vector<Record>> SegmentLog::read_after(
    std::uint64_t sequence, std::size_t max_records, std::size_t max_bytes
) {
    const auto after = std::max(sequence, position_.sequence());
    for (const auto& segment : segments_) {
        if (segment.last_sequence <= after) {
            continue;
        }
        const auto first = segment.id.first_sequence;
        if (ahead_.segment != first || ahead_.at_cursor > after + 1) {
            ahead_ = {.segment = first, .cursor = segment_header_size, .at_cursor = first};
        }
        const auto rest = segment.size - ahead_.cursor;
        for (const auto size : {std::min(window_bytes, rest), rest}) {
            const auto window = load(segment, ahead_.cursor, size);
            if (!window) {
                return std::unexpected(window.error());
            }
            auto records = scan_ahead(segment, *window, after, max_records, max_bytes);
            if (!records.empty()) {
                return records;
            }
        }
    }
    return std::vector<Record>{};
}

std::vector<Record> SegmentLog::scan_ahead(
    const Segment& segment,
    std::string_view window,
    std::uint64_t after,
    std::size_t max_records,
    std::size_t max_bytes
) {
    std::vector<Record> records;
    Scanner scanner(window, segment.id, 0, ahead_.at_cursor);
    std::size_t bytes = 0;
    while (records.size() < max_records && bytes < max_bytes) {
        const auto record = scanner.next();
        if (!record) {
            break;
        }
        if (record->sequence > after) {
            bytes += record->payload.size();
            records.push_back({record->sequence, std::string(record->payload)});
        }
    }
    if (!records.empty()) {
        ahead_.cursor += scanner.offset();
        ahead_.at_cursor = records.back().sequence + 1;
    }
    return records;
}

/// Of whom read_after() has given its records: nothing is known of them but their numbers.
void SegmentLog::count_confirmed(std::uint64_t sequence) {
    const auto before = position_.sequence();
    for (auto& segment : segments_) {
        const auto first = std::max(before + 1, segment.id.first_sequence);
        const auto last = std::min(sequence, segment.last_sequence);
        const auto count = first <= last ? last - first + 1 : 0;
        segment.unconfirmed -= std::min(segment.unconfirmed, count);
    }
}

base::Result<> SegmentLog::confirm(std::uint64_t sequence) {
    if (last_read_.sequences.empty()) {
        count_confirmed(sequence);
    }
    auto& read = last_read_.sequences;
    const auto upto = std::ranges::upper_bound(read, sequence);
    if (upto != read.begin() && !segments_.empty()) {
        auto& segment = segments_.front();
        segment.unconfirmed -= static_cast<std::uint64_t>(upto - read.begin());
        if (upto == read.end()) {
            segment.cursor = last_read_.end;
            segment.at_cursor = read.back() + 1;
        }
        read.erase(read.begin(), upto);
    }
    const auto written = position_.write(std::max(sequence, position_.sequence()));
    while (!segments_.empty() && segments_.front().last_sequence > 0 &&
           segments_.front().last_sequence <= position_.sequence()) {
        drop_front();
    }
    return written;
}

void SegmentLog::note_damage(Segment& segment, std::uint64_t records, std::string_view what) {
    segment.damaged = true;
    damaged_ += records;
    logger_.error(
        "{}: {}, {} records are lost; the file is kept as *.damaged",
        path_of(segment.id).string(),
        what,
        records
    );
}

void SegmentLog::remove(const Segment& segment) {
    const auto path = path_of(segment.id);
    std::error_code failure;
    if (segment.damaged) {
        std::filesystem::rename(path, path.string() + ".damaged", failure);
    } else {
        std::filesystem::remove(path, failure);
    }
    if (failure) {
        logger_.warning("{} cannot be removed: {}", path.string(), failure.message());
    }
}

void SegmentLog::drop_front() {
    if (segments_.size() == 1) {
        active_.close();
    }
    remove(segments_.front());
    segments_.pop_front();
    last_read_ = {};
}

}  // namespace trunkline::journal
