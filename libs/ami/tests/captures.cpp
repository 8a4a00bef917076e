#include "captures.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "testing/paths.hpp"

namespace trunkline::ami {
namespace {

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error("cannot read " + path.string());
    }
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<Capture::Moment> read_timing(
    const std::filesystem::path& path, const std::string& stem
) {
    std::istringstream lines(read_file(path));
    std::vector<Capture::Moment> timing;
    std::string name;
    std::getline(lines, name);  // The head.
    Capture::Moment moment;
    while (lines >> name >> moment.offset >> moment.seconds) {
        if (name == stem) {
            timing.push_back(moment);
        }
    }
    return timing;
}

}  // namespace

std::filesystem::path capture_folder() { return testing::source_folder() / "tests/captures/ami"; }

Capture load_capture(const std::string& name) {
    const auto path = capture_folder() / (name + ".ami");
    return {
        .name = name,
        .bytes = read_file(path),
        .timing = read_timing(path.parent_path() / "timing.tsv", path.stem().string()),
    };
}

std::vector<Capture> load_captures() {
    std::vector<std::string> names;
    for (const std::string& folder : {std::string(), std::string("stamped/")}) {
        for (const auto& entry : std::filesystem::directory_iterator(capture_folder() / folder)) {
            if (entry.path().extension() == ".ami") {
                names.push_back(folder + entry.path().stem().string());
            }
        }
    }
    std::ranges::sort(names);
    std::vector<Capture> captures;
    captures.reserve(names.size());
    for (const std::string& name : names) {
        captures.push_back(load_capture(name));
    }
    return captures;
}

}  // namespace trunkline::ami
