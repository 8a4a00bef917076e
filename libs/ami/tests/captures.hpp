#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::ami {

/// What a client received of a real exchange (tests/captures/ami/INDEX.md).
struct Capture {
    std::string name;  ///< `01-inbound-answered`, `stamped/01-inbound-answered`.
    std::string bytes;
    struct Moment {
        std::size_t offset = 0;  ///< From here on, bytes came at this moment.
        double seconds = 0;
    };
    std::vector<Moment> timing;
};

std::filesystem::path capture_folder();
Capture load_capture(const std::string& name);
/// All but the load, in order of their names, stamped ones too.
std::vector<Capture> load_captures();

}  // namespace trunkline::ami
