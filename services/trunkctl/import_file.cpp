#include "import_file.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>

namespace trunkline::trunkctl {
namespace {

constexpr std::size_t max_file = (std::size_t{16} << 20) + 1;
constexpr std::size_t bad_lines_told = 100;

}  // namespace

base::Result<std::string> read_file(const std::string& name) {
    std::ifstream file;
    if (name != "-") {
        file.open(name, std::ios::binary);
        if (!file) {
            return base::fail(base::Errc::not_found, "cannot read " + name);
        }
    }
    std::istream& in = name == "-" ? std::cin : file;
    std::string text;
    std::array<char, 65536> part{};
    while (in && text.size() < max_file) {
        in.read(part.data(), part.size());
        text.append(part.data(), static_cast<std::size_t>(in.gcount()));
    }
    return text;
}

void tell_bad_lines(const std::vector<csv::BadLine>& bad) {
    for (std::size_t i = 0; i < std::min(bad.size(), bad_lines_told); ++i) {
        std::fprintf(stderr, "line %zu: %s\n", bad[i].line, bad[i].detail.c_str());
    }
    if (bad.size() > bad_lines_told) {
        std::fprintf(stderr, "... and %zu more\n", bad.size() - bad_lines_told);
    }
}

}  // namespace trunkline::trunkctl
