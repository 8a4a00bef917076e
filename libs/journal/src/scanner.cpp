#include "scanner.hpp"

namespace trunkline::journal {

std::optional<RecordView> Scanner::take(std::size_t at, std::uint64_t most) {
    const auto record = decode_record(bytes_.substr(at), id_, next_sequence_, most);
    if (record) {
        missing_ += record->sequence - next_sequence_;
        next_sequence_ = record->sequence + 1;
        offset_ = at + encoded_size(record->payload);
    }
    return record;
}

std::optional<RecordView> Scanner::next() {
    if (offset_ >= bytes_.size()) {
        return std::nullopt;
    }
    if (const auto record = take(offset_, next_sequence_)) {
        return record;
    }
    // A record takes 16 bytes or more, so what lies between cannot hold more of them than this;
    // a sequence beyond is no record's.
    for (std::size_t at = offset_ + 1; at + record_header_size <= bytes_.size(); ++at) {
        const auto most = next_sequence_ + (at - offset_) / record_header_size + 1;
        if (const auto record = take(at, most)) {
            return record;
        }
    }
    return std::nullopt;
}

}  // namespace trunkline::journal
