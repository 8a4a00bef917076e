#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace trunkline::pg {

/// Follows the answers of a libpq pipeline: what arrives belongs to which step, and when is
/// everything there. Knows libpq only by the kinds of what PQgetResult returns, so that a dying
/// server's half answers can be tried without one.
/// https://www.postgresql.org/docs/15/libpq-pipeline-mode.html
class PipelineReader {
public:
    enum class Step { statement, sync };
    enum class Heard {
        result,   ///< A statement succeeded.
        error,    ///< A statement failed, or the commit at a sync did.
        skipped,  ///< Not run, for one before it in the segment failed.
        end,      ///< NULL: the answers of one statement are complete.
        sync,     ///< The end of a segment; no NULL follows it.
        fatal,    ///< The server said goodbye; nothing more will come.
        foreign,  ///< Something that no statement of ours should answer with, such as COPY.
    };
    enum class Verdict {
        go_on,
        keep_result,  ///< It is the result of step().
        keep_error,   ///< It is why step() failed.
        done,         ///< All steps are answered and the connection is free.
        broken,       ///< Give up and close the connection.
    };

    explicit PipelineReader(std::vector<Step> steps) : steps_(std::move(steps)) {}

    Verdict hear(Heard heard);

    /// The step that the last verdict is about; all before it are answered.
    std::size_t step() const { return step_; }

private:
    Verdict hear_at_statement(Heard heard);
    Verdict hear_at_sync(Heard heard);

    std::vector<Step> steps_;
    std::size_t step_ = 0;
    bool answered_ = false;  ///< The current statement has its answer, its NULL is still to come.
    bool end_at_sync_ = false;
};

}  // namespace trunkline::pg
