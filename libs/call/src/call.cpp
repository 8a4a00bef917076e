#include "call/call.hpp"

namespace trunkline::call {

std::string_view to_string(Direction direction) {
    switch (direction) {
        case Direction::in:
            return "in";
        case Direction::out:
            return "out";
        case Direction::internal:
            return "internal";
    }
    return "in";
}

std::string_view to_string(Phase phase) {
    switch (phase) {
        case Phase::none:
            return "none";
        case Phase::ringing_start:
            return "ringing_start";
        case Phase::dialing:
            return "dialing";
        case Phase::talking:
            return "talking";
        case Phase::done:
            return "done";
    }
    return "none";
}

std::string_view to_string(DispatchKind kind) {
    switch (kind) {
        case DispatchKind::dial:
            return "dial";
        case DispatchKind::bridge:
            return "bridge";
        case DispatchKind::hangup:
            return "hangup";
        case DispatchKind::update:
            return "update";
    }
    return "update";
}

bool Change::is_visible() const {
    return opened || phase_changed || dialled || new_talker || ended || reopened || corrected ||
           recording || talker_changed || details_changed;
}

std::vector<DispatchKind> dispatches_of(const Change& change) {
    std::vector<DispatchKind> kinds;
    const Call& call = change.call;
    if (call.direction == Direction::internal || call.phase == Phase::none) {
        return kinds;
    }
    if (call.phase == Phase::done) {
        if (change.ended && !change.ended_before) {
            kinds.push_back(DispatchKind::hangup);
        } else if (change.ended || change.corrected || change.recording) {
            kinds.push_back(DispatchKind::update);
        }
        return kinds;
    }
    if (change.dialled) {
        kinds.push_back(DispatchKind::dial);
    }
    if (change.new_talker) {
        kinds.push_back(DispatchKind::bridge);
    }
    return kinds;
}

}  // namespace trunkline::call
