#include "log_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace trunkline::base::detail {
namespace {

constexpr mode_t file_mode = 0640;

std::string reason(int error_number) { return std::generic_category().message(error_number); }

}  // namespace

LogFile::LogFile(std::filesystem::path path, std::uintmax_t max_bytes, unsigned backups)
    : path_(std::move(path)), max_bytes_(max_bytes), backups_(backups) {}

LogFile::~LogFile() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

Result<> LogFile::open() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
        descriptor_ = -1;
    }
    // The folder may have been deleted with the file.
    std::error_code error;
    std::filesystem::create_directories(path_.parent_path(), error);
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, file_mode);
    struct stat status{};
    if (descriptor_ < 0 || fstat(descriptor_, &status) != 0) {
        const int number = errno;
        auto failure = fail(
            Errc::unavailable, fmt::format("cannot open {}: {}", path_.string(), reason(number))
        );
        failure.error().native = std::to_string(number);
        return failure;
    }
    device_ = status.st_dev;
    inode_ = status.st_ino;
    is_regular_ = S_ISREG(status.st_mode);
    line_is_broken_ = false;
    return {};
}

bool LogFile::write(std::string_view line) {
    if (!make_ready(line.size()) || !write_all(line)) {
        return false;
    }
    has_complained_ = false;
    return true;
}

bool LogFile::make_ready(std::size_t incoming) {
    std::uintmax_t size = 0;
    if (descriptor_ < 0 || !is_still_ours(size)) {
        if (const auto opened = open(); !opened) {
            return complain(opened.error().detail, 0);
        }
        if (!is_still_ours(size)) {
            size = 0;
        }
    }
    if (is_regular_ && max_bytes_ > 0 && size > 0 && size + incoming > max_bytes_) {
        rotate();
    }
    return descriptor_ >= 0;
}

/// Whether our name still means our open file; its size of this moment.
bool LogFile::is_still_ours(std::uintmax_t& size) const {
    struct stat status{};
    if (stat(path_.c_str(), &status) != 0 || status.st_dev != device_ || status.st_ino != inode_) {
        return false;
    }
    size = static_cast<std::uintmax_t>(status.st_size);
    return true;
}

void LogFile::rotate() {
    if (backups_ == 0) {
        if (ftruncate(descriptor_, 0) != 0) {
            complain("cannot empty " + path_.string(), errno);
        }
        return;
    }
    const auto numbered = [this](unsigned number) {
        return fmt::format("{}.{}", path_.string(), number);
    };
    for (unsigned number = backups_ - 1; number > 0; --number) {
        // Gaps are normal until there are as many backups as wanted.
        (void)std::rename(numbered(number).c_str(), numbered(number + 1).c_str());
    }
    if (std::rename(path_.c_str(), numbered(1).c_str()) != 0) {
        complain("cannot rotate " + path_.string(), errno);  // Better a long file than a lost line.
        return;
    }
    if (const auto opened = open(); !opened) {
        complain(opened.error().detail, 0);
    }
}

bool LogFile::write_all(std::string_view line) {
    std::string mended;
    if (line_is_broken_) {
        mended = "\n";
        mended += line;
        line = mended;
    }
    const auto whole = line.size();
    while (!line.empty()) {
        const ssize_t written = ::write(descriptor_, line.data(), line.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            line_is_broken_ = line_is_broken_ || line.size() < whole;
            return complain("cannot write " + path_.string(), errno);
        }
        line.remove_prefix(static_cast<std::size_t>(written));
    }
    line_is_broken_ = false;
    return true;
}

bool LogFile::complain(std::string_view what, int error_number) {
    if (!has_complained_) {
        has_complained_ = true;
        const auto why = error_number == 0 ? std::string() : ": " + reason(error_number);
        fmt::print(stderr, "log: {}{}\n", what, why);
    }
    return false;
}

}  // namespace trunkline::base::detail
