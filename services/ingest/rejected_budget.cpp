#include "rejected_budget.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace trunkline::ingest {
namespace {

constexpr auto minute = std::chrono::minutes(1);

/// One customer has a whole /64 of IPv6, so single addresses there tell nobody apart.
std::string name_of(net::IpAddress source) {
    if (!source.is_v4()) {
        std::fill(source.bytes.begin() + 8, source.bytes.end(), std::uint8_t{0});
    }
    return {source.bytes.begin(), source.bytes.end()};
}

}  // namespace

void RejectedBudget::begin_minute(base::SteadyTime now) {
    minute_began_ = now;
    total_ = {};
    // What was not kept must still be told with the source's next one.
    std::erase_if(sources_, [](const auto& entry) { return entry.second.suppressed == 0; });
    if (sources_.size() >= limits_.sources) {
        sources_.clear();
    }
    for (auto& [name, spent] : sources_) {
        spent.number = 0;
        spent.bytes = 0;
    }
}

bool RejectedBudget::fits(const Spent& of_source, std::size_t bytes) const {
    return of_source.number < limits_.per_source && total_.number < limits_.total &&
           of_source.bytes + bytes <= limits_.bytes_per_source &&
           total_.bytes + bytes <= limits_.bytes_total;
}

RejectedBudget::Decision RejectedBudget::take(const net::IpAddress& source, std::size_t bytes) {
    const auto now = clock_.steady();
    if (now - minute_began_ >= minute) {
        begin_minute(now);
    }
    auto name = name_of(source);
    if (sources_.size() >= limits_.sources && !sources_.contains(name)) {
        name.clear();
    }
    auto& spent = sources_[name];
    if (!fits(spent, bytes)) {
        ++spent.suppressed;
        return {};
    }
    for (auto* each : {&spent, &total_}) {
        ++each->number;
        each->bytes += bytes;
    }
    return {.keep = true, .suppressed = std::exchange(spent.suppressed, 0)};
}

}  // namespace trunkline::ingest
