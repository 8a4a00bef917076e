#include "state.hpp"

#include <utility>

namespace trunkline::sandbox {
namespace {
constexpr std::size_t max_records = 20'000;
}

void State::record(Record record) {
    record.number = next_number++;
    record.at = clock.now();
    records.push_back(std::move(record));
    if (records.size() > max_records) {
        records.pop_front();
    }
}

void State::reset() {
    telegram.reset();
    updates.reset();
    limits.reset();
    retailcrm.reset();
    retailcrm_limits.reset();
    uon.reset();
    moysklad.reset();
    bitrix24.reset();
    faults.clear();
    records.clear();
}

}  // namespace trunkline::sandbox
