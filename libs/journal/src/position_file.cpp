#include "position_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>

#include "crc32c.hpp"
#include "format.hpp"

namespace trunkline::journal {
namespace {

constexpr std::size_t slot_size = 16;

std::string encode_slot(std::uint64_t sequence) {
    std::string out;
    put_u64(out, sequence);
    put_u32(out, format_version);
    put_u32(out, crc32c(out));
    return out;
}

std::optional<std::uint64_t> decode_slot(std::string_view bytes) {
    if (bytes.size() < slot_size || get_u32(bytes, 12) != crc32c(bytes.substr(0, 12))) {
        return std::nullopt;
    }
    return get_u64(bytes, 0);
}

}  // namespace

base::Result<> PositionFile::open(const std::filesystem::path& path) {
    file_ = File(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file_.is_open()) {
        return std::unexpected(disk_error("cannot open " + path.string(), errno));
    }
    std::string bytes(2 * slot_size, '\0');
    const auto size = ::pread(file_.get(), bytes.data(), bytes.size(), 0);
    if (size < 0) {
        return std::unexpected(disk_error("cannot read " + path.string(), errno));
    }
    bytes.resize(static_cast<std::size_t>(size));
    for (unsigned slot = 0; slot < 2 && slot * slot_size < bytes.size(); ++slot) {
        const auto found = decode_slot(std::string_view(bytes).substr(slot * slot_size));
        if (found && *found >= sequence_) {
            sequence_ = *found;
            next_slot_ = 1 - slot;
        }
    }
    return {};
}

base::Result<> PositionFile::write(std::uint64_t sequence) {
    sequence_ = sequence;
    const auto offset = static_cast<off_t>(next_slot_ * slot_size);
    const auto written = write_all(disk_, file_, encode_slot(sequence), offset);
    if (!written) {
        return written;
    }
    if (disk_.sync(file_.get()) != 0) {
        return std::unexpected(disk_error("the journal's position cannot be written", errno));
    }
    next_slot_ = 1 - next_slot_;
    return {};
}

}  // namespace trunkline::journal
