#include "sound.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

namespace trunkline::asterisk {
namespace {

constexpr std::size_t header = 44;
constexpr std::size_t rate = 8'000;
/// Ten milliseconds: a tone has its peak in each, and silence none.
constexpr std::size_t piece = rate / 100;
/// The phones' tone is far above it, and the noise of A-law's silence far below.
constexpr int loud = 4'000;

}  // namespace

Sound sound_in(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
    Sound out;
    if (bytes.size() <= header) {
        return out;
    }
    const std::size_t samples = (bytes.size() - header) / sizeof(std::int16_t);
    out.seconds = static_cast<double>(samples) / rate;
    std::size_t loud_pieces = 0;
    for (std::size_t from = 0; from + piece <= samples; from += piece) {
        bool is_loud = false;
        for (std::size_t i = from; i < from + piece; ++i) {
            std::int16_t sample = 0;
            std::memcpy(&sample, bytes.data() + header + (i * sizeof sample), sizeof sample);
            is_loud = is_loud || std::abs(int{sample}) > loud;
        }
        loud_pieces += is_loud ? 1 : 0;
    }
    out.loud_seconds = static_cast<double>(loud_pieces * piece) / rate;
    return out;
}

}  // namespace trunkline::asterisk
