#include "pipeline_reader.hpp"

namespace trunkline::pg {

PipelineReader::Verdict PipelineReader::hear(Heard heard) {
    if (step_ >= steps_.size() || heard == Heard::foreign) {
        return Verdict::broken;
    }
    if (heard == Heard::fatal) {
        return Verdict::broken;
    }
    return steps_[step_] == Step::statement ? hear_at_statement(heard) : hear_at_sync(heard);
}

PipelineReader::Verdict PipelineReader::hear_at_statement(Heard heard) {
    switch (heard) {
        case Heard::result:
        case Heard::error: {
            // A dying server can yield a second error for the same statement; the first one tells
            // more.
            if (answered_) {
                return Verdict::go_on;
            }
            answered_ = true;
            return heard == Heard::result ? Verdict::keep_result : Verdict::keep_error;
        }
        case Heard::skipped:
            answered_ = true;
            return Verdict::go_on;
        case Heard::end:
            if (!answered_) {
                return Verdict::broken;
            }
            answered_ = false;
            ++step_;
            return Verdict::go_on;
        default:
            return Verdict::broken;
    }
}

PipelineReader::Verdict PipelineReader::hear_at_sync(Heard heard) {
    switch (heard) {
        // The commit itself failed, for example by a deferred constraint.
        case Heard::error:
            return Verdict::keep_error;
        case Heard::end:
            // After such an error one NULL comes; endless NULLs mean that libpq expects nothing any
            // more.
            if (end_at_sync_) {
                return Verdict::broken;
            }
            end_at_sync_ = true;
            return Verdict::go_on;
        case Heard::sync:
            end_at_sync_ = false;
            ++step_;
            return step_ == steps_.size() ? Verdict::done : Verdict::go_on;
        default:
            return Verdict::broken;
    }
}

}  // namespace trunkline::pg
