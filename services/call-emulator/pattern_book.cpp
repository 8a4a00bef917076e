#include "pattern_book.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "json/writer.hpp"
#include "playback/plan.hpp"

namespace trunkline::call_emulator {
namespace {

constexpr std::array built_in_texts = std::to_array<std::string_view>({
#include "patterns.inc"
});

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Placeholders that do not exist show at the first plan.
base::Result<Pattern> playable(std::string_view text) {
    auto pattern = playback::pattern_from_json(text);
    if (!pattern) {
        return pattern;
    }
    const playback::Exchange exchange{
        .now = base::system_clock().now(),
        .timezone = "UTC",
        .make_uuid = base::make_uuid,
    };
    const auto plan =
        make_plan(*pattern, playback::defaults_of(*pattern), playback::Pace(), exchange);
    if (!plan) {
        return base::fail(base::Errc::invalid_input, plan.error().detail);
    }
    return pattern;
}

}  // namespace

PatternBook::PatternBook() {
    for (const auto text : built_in_texts) {
        auto pattern = playback::pattern_from_json(text);
        if (!pattern) {
            throw std::logic_error("a pattern is wrong: " + base::describe(pattern.error()));
        }
        auto id = pattern->id;
        built_in_[std::move(id)] = std::make_shared<const Pattern>(std::move(*pattern));
    }
}

base::Result<> PatternBook::keep_in(std::filesystem::path folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        return base::fail(
            base::Errc::unavailable,
            "EMULATOR_PATTERNS_DIR: " + folder.string() + ": " + error.message()
        );
    }
    const base::Logger logger("call_tester");
    for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
        if (file.path().extension() != ".json") {
            continue;
        }
        const auto taken = add(read_file(file.path()));
        if (!taken) {
            logger.error("{} is no pattern: {}", file.path().string(), describe(taken.error()));
        }
    }
    folder_ = std::move(folder);
    return {};
}

std::shared_ptr<const Pattern> PatternBook::find(std::string_view id) const {
    for (const auto* shelf : {&built_in_, &imported_}) {
        if (const auto found = shelf->find(id); found != shelf->end()) {
            return found->second;
        }
    }
    return nullptr;
}

base::Result<std::shared_ptr<const Pattern>> PatternBook::add(std::string_view text) {
    auto pattern = playable(text);
    if (!pattern) {
        return std::unexpected(pattern.error());
    }
    if (built_in_.contains(pattern->id)) {
        return base::fail(
            base::Errc::conflict, "the pattern " + pattern->id + " is one of the suite's own"
        );
    }
    if (imported_.size() >= most_imported && !imported_.contains(pattern->id)) {
        return base::fail(
            base::Errc::rate_limited, "200 patterns are imported already; delete some"
        );
    }
    if (auto stored = store(*pattern); !stored) {
        return std::unexpected(stored.error());
    }
    auto kept = std::make_shared<const Pattern>(std::move(*pattern));
    imported_[kept->id] = kept;
    return kept;
}

base::Result<> PatternBook::store(const Pattern& pattern) const {
    if (folder_.empty()) {
        return {};
    }
    const auto path = folder_ / (pattern.id + ".json");
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << pattern.document.root().dump(2) << '\n';
    file.close();
    if (!file) {
        return base::fail(base::Errc::unavailable, path.string() + " cannot be written");
    }
    return {};
}

base::Result<> PatternBook::remove(std::string_view id) {
    if (built_in_.contains(id)) {
        return base::fail(base::Errc::forbidden, "the suite's own patterns stay");
    }
    const auto found = imported_.find(id);
    if (found == imported_.end()) {
        return base::fail(base::Errc::not_found, "no such pattern");
    }
    if (!folder_.empty()) {
        std::error_code ignored;
        std::filesystem::remove(folder_ / (found->first + ".json"), ignored);
    }
    imported_.erase(found);
    return {};
}

std::string PatternBook::known_ids() const {
    std::string ids;
    for (const auto* shelf : {&built_in_, &imported_}) {
        for (const auto& [id, pattern] : *shelf) {
            ids += (ids.empty() ? "" : ", ") + id;
        }
    }
    return ids;
}

std::string PatternBook::to_json() const {
    Shelf all = built_in_;
    all.insert(imported_.begin(), imported_.end());
    json::Writer writer;
    writer.begin_object().key("items").begin_array();
    for (const auto& [id, pattern] : all) {
        auto text = pattern->to_json();
        text.insert(1, is_imported(id) ? R"("imported":true,)" : R"("imported":false,)");
        writer.raw(text);
    }
    return writer.end_array().end_object().take();
}

std::vector<std::shared_ptr<const Pattern>> PatternBook::mix() const {
    std::vector<std::shared_ptr<const Pattern>> mixed;
    for (const auto& [id, pattern] : built_in_) {
        if (pattern->weight > 0) {
            mixed.push_back(pattern);
        }
    }
    return mixed;
}

}  // namespace trunkline::call_emulator
