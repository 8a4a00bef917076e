#include "retailcrm_limits.hpp"

#include <chrono>

namespace trunkline::sandbox {
namespace {

constexpr std::size_t telephony_per_second = 40;
constexpr std::size_t other_per_second = 10;

}  // namespace

bool RetailCrmLimits::breaks(const std::string& account, const std::string& path) {
    const bool is_telephony = path.starts_with("/v5/telephony/");
    auto& window = is_telephony ? telephony_[account] : other_[account];
    const auto now = clock_.now();
    while (!window.requests.empty() && now - window.requests.front() >= std::chrono::seconds(1)) {
        window.requests.pop_front();
    }
    const auto allowed = is_telephony ? telephony_per_second : other_per_second;
    const bool is_broken = window.requests.size() >= allowed;
    window.broken += is_broken ? 1 : 0;
    if (is_broken && enforce_) {
        return true;
    }
    window.requests.push_back(now);
    return false;
}

RetailCrmLimits::Broken RetailCrmLimits::broken(const std::string& account) const {
    const auto of = [&account](const std::map<std::string, Window>& windows) {
        const auto found = windows.find(account);
        return found == windows.end() ? 0 : found->second.broken;
    };
    return {.telephony = of(telephony_), .other = of(other_)};
}

void RetailCrmLimits::reset() {
    telephony_.clear();
    other_.clear();
    enforce_ = false;
}

}  // namespace trunkline::sandbox
