#include "pipeline_reader.hpp"

#include "testing/catch.hpp"

using trunkline::pg::PipelineReader;
using Step = PipelineReader::Step;
using Heard = PipelineReader::Heard;
using Verdict = PipelineReader::Verdict;

namespace {

std::vector<Verdict> hear_all(PipelineReader& reader, const std::vector<Heard>& story) {
    std::vector<Verdict> verdicts;
    for (const auto heard : story) {
        verdicts.push_back(reader.hear(heard));
    }
    return verdicts;
}

}  // namespace

TEST_CASE("Each statement ends with NULL and the sync does not", "[pg]") {
    PipelineReader reader({Step::statement, Step::statement, Step::sync});
    CHECK(
        hear_all(reader, {Heard::result, Heard::end, Heard::result, Heard::end, Heard::sync}) ==
        std::vector{
            Verdict::keep_result,
            Verdict::go_on,
            Verdict::keep_result,
            Verdict::go_on,
            Verdict::done
        }
    );
}

TEST_CASE("After an error the rest of the segment is skipped and the next segment runs", "[pg]") {
    PipelineReader reader(
        {Step::statement, Step::statement, Step::sync, Step::statement, Step::sync}
    );
    CHECK(
        hear_all(
            reader,
            {Heard::error,
             Heard::end,
             Heard::skipped,
             Heard::end,
             Heard::sync,
             Heard::result,
             Heard::end,
             Heard::sync}
        ) ==
        std::vector{
            Verdict::keep_error,
            Verdict::go_on,
            Verdict::go_on,
            Verdict::go_on,
            Verdict::go_on,
            Verdict::keep_result,
            Verdict::go_on,
            Verdict::done
        }
    );
}

TEST_CASE("A commit that fails at the sync is told at the sync's step", "[pg]") {
    PipelineReader reader({Step::statement, Step::sync});
    hear_all(reader, {Heard::result, Heard::end});
    CHECK(reader.hear(Heard::error) == Verdict::keep_error);
    CHECK(reader.step() == 1);
    CHECK(reader.hear(Heard::end) == Verdict::go_on);
    CHECK(reader.hear(Heard::sync) == Verdict::done);
}

TEST_CASE("Of two errors for one statement the first counts", "[pg]") {
    PipelineReader reader({Step::statement, Step::sync});
    CHECK(reader.hear(Heard::error) == Verdict::keep_error);
    CHECK(reader.hear(Heard::error) == Verdict::go_on);
}

TEST_CASE("The server's farewell ends everything at once, wherever it comes", "[pg]") {
    PipelineReader at_start({Step::statement, Step::sync});
    CHECK(at_start.hear(Heard::fatal) == Verdict::broken);
    PipelineReader at_sync({Step::statement, Step::sync});
    hear_all(at_sync, {Heard::result, Heard::end});
    CHECK(at_sync.hear(Heard::fatal) == Verdict::broken);
}

TEST_CASE("A sync that never comes is given up instead of waited for", "[pg]") {
    PipelineReader reader({Step::statement, Step::sync});
    hear_all(reader, {Heard::result, Heard::end});
    CHECK(reader.hear(Heard::end) == Verdict::go_on);
    CHECK(reader.hear(Heard::end) == Verdict::broken);
}

TEST_CASE("Answers out of step are not believed", "[pg]") {
    CHECK(PipelineReader({Step::statement, Step::sync}).hear(Heard::end) == Verdict::broken);
    CHECK(PipelineReader({Step::statement, Step::sync}).hear(Heard::sync) == Verdict::broken);
    CHECK(PipelineReader({Step::sync}).hear(Heard::result) == Verdict::broken);
    CHECK(PipelineReader({Step::statement, Step::sync}).hear(Heard::foreign) == Verdict::broken);
    CHECK(PipelineReader({}).hear(Heard::sync) == Verdict::broken);
}
