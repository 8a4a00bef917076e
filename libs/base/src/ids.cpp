#include "base/ids.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>

namespace trunkline::base {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

void append_hex(std::string& out, unsigned char byte) {
    out += hex_digits[byte >> 4U];
    out += hex_digits[byte & 0x0FU];
}

bool is_hex_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Milliseconds since 1970 in the upper 48 bits, the fraction of the millisecond in the lower 12
/// (RFC 9562, section 6.2, method 3). Never the same value twice in a process, even if the clock is
/// set back.
std::uint64_t next_timestamp() {
    static std::atomic<std::uint64_t> last = 0;
    const auto now =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                       std::chrono::system_clock::now().time_since_epoch()
        )
                                       .count());
    const std::uint64_t fraction = now % 1'000'000U * 4096U / 1'000'000U;
    const std::uint64_t present = (now / 1'000'000U << 12U) | fraction;
    std::uint64_t previous = last.load(std::memory_order_relaxed);
    std::uint64_t next = 0;
    do {
        next = present > previous ? present : previous + 1;
    } while (!last.compare_exchange_weak(previous, next, std::memory_order_relaxed));
    return next;
}

}  // namespace

namespace {

void ask_kernel(std::span<unsigned char> out) {
    while (!out.empty()) {
        const ssize_t got = getrandom(out.data(), out.size(), 0);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            throw std::system_error(errno, std::generic_category(), "getrandom");
        }
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

/// A thread's supply, so that ids do not cost a system call each; what is given out is wiped. No
/// process of ours forks without exec, so no two have the same.
struct Supply {
    std::array<unsigned char, 1024> bytes;
    std::size_t used = sizeof(bytes);
};

}  // namespace

void fill_random(std::span<unsigned char> out) {
    thread_local Supply supply;
    if (out.size() > supply.bytes.size() / 8) {
        ask_kernel(out);
        return;
    }
    if (supply.bytes.size() - supply.used < out.size()) {
        ask_kernel(supply.bytes);
        supply.used = 0;
    }
    const auto from = std::span(supply.bytes).subspan(supply.used, out.size());
    std::ranges::copy(from, out.begin());
    std::ranges::fill(from, static_cast<unsigned char>(0));
    supply.used += out.size();
}

std::string make_uuid() {
    std::array<unsigned char, 16> bytes{};
    fill_random(std::span(bytes).subspan(8));
    const std::uint64_t stamp = next_timestamp();
    const std::uint64_t millis = stamp >> 12U;
    for (std::size_t i = 0; i < 6; ++i) {
        bytes[i] = static_cast<unsigned char>(millis >> (40U - 8U * i));
    }
    bytes[6] = static_cast<unsigned char>(0x70U | ((stamp >> 8U) & 0x0FU));
    bytes[7] = static_cast<unsigned char>(stamp);
    bytes[8] = static_cast<unsigned char>(0x80U | (bytes[8] & 0x3FU));

    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text += '-';
        }
        append_hex(text, bytes[i]);
    }
    return text;
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !is_hex_digit(text[i])) {
            return false;
        }
    }
    return true;
}

std::string random_hex(std::size_t bytes) {
    std::string raw(bytes, '\0');
    fill_random({reinterpret_cast<unsigned char*>(raw.data()), raw.size()});
    std::string text;
    text.reserve(bytes * 2);
    for (const char c : raw) {
        append_hex(text, static_cast<unsigned char>(c));
    }
    return text;
}

}  // namespace trunkline::base
