#pragma once

#include <cstdint>
#include <filesystem>

#include "disk.hpp"

namespace trunkline::journal {

/// Up to which record the journal is confirmed: a file of two slots, written in turn, each with a
/// checksum, so that a write that was torn leaves the one before. Lost: 0, and records come again.
class PositionFile {
public:
    explicit PositionFile(Disk& disk) : disk_(disk) {}

    base::Result<> open(const std::filesystem::path& path);
    std::uint64_t sequence() const { return sequence_; }
    /// Durable when it returns without an error.
    base::Result<> write(std::uint64_t sequence);

private:
    Disk& disk_;
    File file_;
    std::uint64_t sequence_ = 0;
    unsigned next_slot_ = 0;
};

}  // namespace trunkline::journal
