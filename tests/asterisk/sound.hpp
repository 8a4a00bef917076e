#pragma once

#include <filesystem>

namespace trunkline::asterisk {

/// What a recording holds.
struct Sound {
    double seconds = 0;
    /// The part of it in which somebody is loud.
    double loud_seconds = 0;
};

/// Reads a WAV file of 16 bits and 8,000 samples a second, as Asterisk writes them, even while it
/// is being written. No file is no sound.
Sound sound_in(const std::filesystem::path& file);

}  // namespace trunkline::asterisk
