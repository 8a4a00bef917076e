#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gzip.hpp"

namespace {
constexpr std::size_t max_plain = 4096;
}

// Whatever the bytes are, no more comes out than is allowed, and a greater limit changes nothing
// about what fits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto plain = trunkline::httpc::gunzip(bytes, max_plain);
    if (plain) {
        const auto again = trunkline::httpc::gunzip(bytes, max_plain * 2);
        if (plain->size() > max_plain || !again || *again != *plain) {
            std::abort();
        }
    }
    return 0;
}
