#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace trunkline::base::detail {

/// A file that grows to a limit and then becomes `<path>.1`, the former `.1` becoming `.2` and so
/// on. Before each write the file's present name and size are asked for, so somebody may empty,
/// delete or move it while we write. One thread.
class LogFile {
public:
    /// `max_bytes` 0: never rotated. `backups` 0: emptied instead of renamed. Opens at the first
    /// write or open().
    LogFile(std::filesystem::path path, std::uintmax_t max_bytes, unsigned backups);
    ~LogFile();
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;

    Result<> open();

    /// One line or several whole ones, newlines included, by one write(2). False if the disk
    /// refused it; the first refusal of a row is told on standard error.
    bool write(std::string_view line);

private:
    bool make_ready(std::size_t incoming);
    bool is_still_ours(std::uintmax_t& size) const;
    void rotate();
    bool write_all(std::string_view line);
    bool complain(std::string_view what, int error_number);

    std::filesystem::path path_;
    std::uintmax_t max_bytes_;
    unsigned backups_;
    int descriptor_ = -1;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
    bool is_regular_ = false;
    bool line_is_broken_ =
        false;  ///< A write ended inside a line; the next line starts with a newline.
    bool has_complained_ = false;
};

}  // namespace trunkline::base::detail
