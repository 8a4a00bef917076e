#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>
#include <utility>

#include "base/error.hpp"

namespace trunkline::journal {

/// The seam to the disk, where tests let writes fail. The system's calls and their results.
class Disk {
public:
    virtual ~Disk() = default;
    virtual ssize_t write(int file, std::string_view bytes, off_t offset);
    /// fdatasync(2).
    virtual int sync(int file);
    virtual int truncate(int file, off_t size);
};

Disk& real_disk();

/// Owns a descriptor.
class File {
public:
    File() = default;
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    File& operator=(File&& other) noexcept;
    ~File() { close(); }

    bool is_open() const { return descriptor_ >= 0; }
    int get() const { return descriptor_; }
    void close();

private:
    int descriptor_ = -1;
};

/// unavailable, with what was tried and errno's text; `native` is errno's name.
base::Error disk_error(std::string_view what, int error_number);

/// All of it, whatever write() takes at a time.
base::Result<> write_all(Disk& disk, const File& file, std::string_view bytes, off_t offset);

}  // namespace trunkline::journal
