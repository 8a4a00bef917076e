#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "playback/pattern.hpp"

namespace trunkline::call_emulator {

using playback::Pattern;

/// The patterns that can be played: those that are compiled in, and imported ones, which live in
/// memory and, if there is a folder, as a file each. One executor. A run keeps the pattern that it
/// plays.
class PatternBook {
public:
    static constexpr std::size_t most_imported = 200;

    /// Throws std::logic_error if a pattern that is compiled in is wrong.
    PatternBook();

    /// Reads the files of `folder`, which is made if it is not there, and keeps imports in it from
    /// now on. A file that is no pattern is logged and left alone. unavailable: the folder cannot
    /// be used.
    base::Result<> keep_in(std::filesystem::path folder);

    /// Null if there is none.
    std::shared_ptr<const Pattern> find(std::string_view id) const;
    bool is_imported(std::string_view id) const { return imported_.contains(id); }
    /// Takes a pattern in, instead of an imported one of its id. conflict: a compiled-in one has
    /// the id. rate_limited: too many. invalid_input: it could not be played.
    base::Result<std::shared_ptr<const Pattern>> add(std::string_view text);
    /// not_found; forbidden: it is compiled in.
    base::Result<> remove(std::string_view id);

    /// Ids, for error messages.
    std::string known_ids() const;
    /// GET /patterns: `{"items":[...]}`, by id.
    std::string to_json() const;
    /// All of weight over 0, for mixed traffic.
    std::vector<std::shared_ptr<const Pattern>> mix() const;

private:
    using Shelf = std::map<std::string, std::shared_ptr<const Pattern>, std::less<>>;
    base::Result<> store(const Pattern& pattern) const;

    Shelf built_in_;
    Shelf imported_;
    std::filesystem::path folder_;
};

}  // namespace trunkline::call_emulator
