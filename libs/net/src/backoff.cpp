#include "net/backoff.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace trunkline::net {
namespace {

std::chrono::milliseconds with_jitter(std::chrono::milliseconds pause, double jitter) {
    thread_local std::minstd_rand generator{std::random_device{}()};
    std::uniform_real_distribution<double> share(1.0 - std::clamp(jitter, 0.0, 1.0), 1.0);
    const auto scaled = static_cast<double>(pause.count()) * share(generator);
    return std::chrono::milliseconds(std::llround(scaled));
}

}  // namespace

std::chrono::milliseconds Backoff::next() {
    const auto pause = std::min(current_, policy_.maximum);
    const auto grown = static_cast<double>(pause.count()) * policy_.factor;
    const auto capped = std::min(grown, static_cast<double>(policy_.maximum.count()));
    current_ = std::chrono::milliseconds(std::llround(capped));
    return with_jitter(pause, policy_.jitter);
}

std::chrono::milliseconds backoff_pause(const BackoffPolicy& policy, unsigned attempt) {
    const auto steps = static_cast<double>(attempt > 0 ? attempt - 1 : 0);
    const auto grown = static_cast<double>(policy.initial.count()) * std::pow(policy.factor, steps);
    const auto capped = std::min(grown, static_cast<double>(policy.maximum.count()));
    return with_jitter(std::chrono::milliseconds(std::llround(capped)), policy.jitter);
}

}  // namespace trunkline::net
