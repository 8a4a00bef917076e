#pragma once

#include <filesystem>

namespace trunkline::testing {

/// A new empty folder, removed with its contents at the end.
class TempFolder {
public:
    /// Under the system's temporary folder, or under `parent`.
    TempFolder();
    explicit TempFolder(const std::filesystem::path& parent);
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace trunkline::testing
