#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "disk.hpp"
#include "segment_log.hpp"
#include "testing/catch.hpp"

namespace trunkline::journal {

inline std::vector<std::filesystem::path> files_ending(
    const std::filesystem::path& folder, const std::string& suffix
) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().string().ends_with(suffix)) {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

inline std::string content_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::filesystem::path& file, const std::string& content) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

inline void append_each(SegmentLog& log, const std::vector<std::string>& payloads) {
    for (const auto& payload : payloads) {
        REQUIRE(log.append(std::vector<std::string>{payload}));
    }
}

/// Everything that waits, confirmed as it is read.
inline std::vector<std::string> drained(SegmentLog& log, std::size_t at_once = 100) {
    std::vector<std::string> payloads;
    for (;;) {
        const auto records = log.read(at_once, std::size_t{1} << 20U);
        REQUIRE(records);
        if (records->empty()) {
            return payloads;
        }
        for (const auto& record : *records) {
            payloads.push_back(record.payload);
        }
        REQUIRE(log.confirm(records->back().sequence));
    }
}

inline Settings settings_for(const std::filesystem::path& folder) {
    Settings settings;
    settings.folder = folder;
    return settings;
}

/// What an opened journal holds, and nothing else of it.
inline std::vector<std::string> reopened(const std::filesystem::path& folder) {
    SegmentLog log(settings_for(folder));
    REQUIRE(log.open());
    return drained(log);
}

/// Takes so many bytes more, then says that the disk is full; or fails at the sync.
class FailingDisk final : public Disk {
public:
    ssize_t write(int file, std::string_view bytes, off_t offset) override {
        const auto taken = std::min<std::uint64_t>(bytes.size(), room);
        if (taken == 0) {
            errno = ENOSPC;
            return -1;
        }
        room -= taken;
        return Disk::write(file, bytes.substr(0, taken), offset);
    }
    int sync(int file) override {
        if (sync_fails) {
            errno = EIO;
            return -1;
        }
        return Disk::sync(file);
    }
    int truncate(int file, off_t size) override {
        if (truncate_fails) {
            errno = EIO;
            return -1;
        }
        return Disk::truncate(file, size);
    }

    std::uint64_t room = std::uint64_t{1} << 40U;
    bool sync_fails = false;
    bool truncate_fails = false;
};

}  // namespace trunkline::journal
