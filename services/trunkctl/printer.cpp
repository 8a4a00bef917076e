#include "printer.hpp"

#include <cstdio>

namespace trunkline::trunkctl {

void Printer::print(const std::string& people, const std::string& json) const {
    const auto& text = json_ ? json : people;
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fputc('\n', stdout);
}

}  // namespace trunkline::trunkctl
