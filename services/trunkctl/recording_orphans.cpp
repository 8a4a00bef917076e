#include "recording_orphans.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <system_error>

namespace trunkline::trunkctl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 1'000'000;
constexpr int deepest = 8;

/// Nothing for what is no regular file itself, such as a link to one.
std::optional<base::WallTime> written_at(const fs::path& path) {
    struct stat facts{};
    if (::lstat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return std::nullopt;
    }
    return base::WallTime(std::chrono::seconds(facts.st_mtim.tv_sec));
}

}  // namespace

base::Result<std::vector<RecordingFile>> list_recordings(const fs::path& folder) {
    std::error_code error;
    if (!fs::is_directory(fs::symlink_status(folder, error))) {
        return base::fail(
            base::Errc::invalid_input, folder.string() + " is no folder that can be read"
        );
    }
    std::vector<RecordingFile> files;
    fs::recursive_directory_iterator walk(
        folder, fs::directory_options::skip_permission_denied, error
    );
    for (; !error && walk != fs::end(walk); walk.increment(error)) {
        const auto& entry = *walk;
        if (walk.depth() >= deepest) {
            walk.disable_recursion_pending();
        }
        const auto name = entry.path().filename().string();
        const auto written =
            recordings::content_type(name).empty() ? std::nullopt : written_at(entry.path());
        if (!written) {
            continue;
        }
        if (files.size() == most_files) {
            return base::fail(
                base::Errc::too_large, folder.string() + " has more than a million recordings"
            );
        }
        files.push_back({entry.path().lexically_relative(folder).string(), *written});
    }
    if (error) {
        return base::fail(base::Errc::unavailable, folder.string() + ": " + error.message());
    }
    std::ranges::sort(files, {}, &RecordingFile::path);
    return files;
}

std::string stem_of(const std::string& path) { return fs::path(path).stem().string(); }

bool has_recording(const LinkedCall& call, const std::set<std::string>& paths) {
    const auto known = recordings::parse_location(call.location);
    if (known.is_file && paths.contains(known.text)) {
        return true;
    }
    const auto own = call.facts.enterprise_number.size() + 1;
    return std::ranges::any_of(recordings::candidate_paths(call.facts), [&](const auto& path) {
        return paths.contains(path.substr(own));
    });
}

}  // namespace trunkline::trunkctl
