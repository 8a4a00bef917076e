#pragma once

#include "evidence.hpp"
#include "httpd/router.hpp"
#include "load.hpp"
#include "pattern_book.hpp"
#include "runner.hpp"
#include "targets.hpp"

namespace trunkline::call_emulator {

/// GET /patterns -> {"items":[...]}
httpd::Handler list_patterns(const PatternBook& book);
/// POST /patterns: takes a trace file (libs/playback) in, 201.
httpd::Handler import_pattern(PatternBook& book);
/// DELETE /patterns/{id}: an imported one.
httpd::Handler delete_pattern(PatternBook& book);
/// POST /emulate: 200 with the result, or 202 when the run goes on (`"wait":false`, or it takes
/// long). Of several runs the batch.
httpd::Handler emulate(Runner& runner, const PatternBook& book, const Targets& targets);
/// POST /loads: 202, the traffic goes on by itself.
httpd::Handler start_load(Loads& loads, const Targets& targets);
/// GET /loads/{id}: its report so far.
httpd::Handler get_load(const Loads& loads);
/// GET /runs?limit=: summaries, youngest first.
httpd::Handler list_runs(const Runner& runner);
/// GET /runs/{id}
httpd::Handler get_run(const Runner& runner);
/// GET /batches/{id}
httpd::Handler get_batch(const Runner& runner);
/// GET /runs/{id}/outcome: what became of it, asked of ingest and the sandbox now.
httpd::Handler get_outcome(const Runner& runner, Witnesses& witnesses);
/// GET /runs/{id}/events: server-sent events, `sent` for each event of the run, `outcome` whenever
/// what became of it changes, and `end` with its summary.
/// The stored call as a file, as ingest exports it: of a page's visitor no ADMIN_TOKEN is asked,
/// for a trace names nobody.
httpd::Handler export_run(const Runner& runner, Witnesses& witnesses);
httpd::EventStreamHandler follow_run(const Runner& runner, Witnesses& witnesses);

}  // namespace trunkline::call_emulator
