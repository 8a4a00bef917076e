#include "ledger_metrics.hpp"

namespace trunkline::ingest {

void LedgerMetrics::note(const std::string& enterprise, const LedgerDelta& delta) {
    const auto add =
        [&](const char* name, const char* help, const std::string& pbx, std::int64_t amount) {
            if (amount > 0) {
                registry_.counter(
                             name, help, {{"enterprise", enterprise}, {"pbx", pbx}}
                ).add(static_cast<double>(amount));
            }
        };
    for (const auto& [place, figures] : delta.figures) {
        const auto& pbx = place.first;
        add("ingest_ledger_missing_total",
            "Event numbers found left out, less those that came in the same batch",
            pbx,
            figures.missing);
        add("ingest_ledger_late_total", "Numbers left out that came after all", pbx, figures.late);
        add("ingest_ledger_recovered_total", "Events pulled back", pbx, figures.recovered);
        add("ingest_ledger_restarts_total", "Counters begun anew", pbx, figures.restarts);
    }
    for (const auto& call : delta.incomplete) {
        add("ingest_calls_without_end_total",
            "Calls that a time-out ended",
            call.pbx,
            call.without_end ? 1 : 0);
        add("ingest_calls_without_beginning_total",
            "Calls with neither start nor dial",
            call.pbx,
            call.without_beginning ? 1 : 0);
    }
}

}  // namespace trunkline::ingest
