#include "disk.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace trunkline::journal {

ssize_t Disk::write(int file, std::string_view bytes, off_t offset) {
    return ::pwrite(file, bytes.data(), bytes.size(), offset);
}

int Disk::sync(int file) { return ::fdatasync(file); }

int Disk::truncate(int file, off_t size) { return ::ftruncate(file, size); }

Disk& real_disk() {
    static Disk disk;
    return disk;
}

File& File::operator=(File&& other) noexcept {
    if (this != &other) {
        close();
        descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
}

void File::close() {
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
}

base::Error disk_error(std::string_view what, int error_number) {
    const char* name = strerrorname_np(error_number);
    return {
        .code = base::Errc::unavailable,
        .detail = std::string(what) + ": " + strerrordesc_np(error_number),
        .fields = {},
        .native = name == nullptr ? "" : name
    };
}

base::Result<> write_all(Disk& disk, const File& file, std::string_view bytes, off_t offset) {
    while (!bytes.empty()) {
        const auto written = disk.write(file.get(), bytes, offset);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return std::unexpected(
                disk_error("the journal cannot be written", written < 0 ? errno : ENOSPC)
            );
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += written;
    }
    return {};
}

}  // namespace trunkline::journal
