#include "verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string_view>

namespace trunkline::faults {
namespace {

/// `3:17` of `3:17:4`.
std::string call_of(const std::string& marker) { return marker.substr(0, marker.rfind(':')); }
int place_of(const std::string& marker) { return std::stoi(marker.substr(marker.rfind(':') + 1)); }

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

void count_stored(const Site& site, Verdict& out) {
    std::map<std::string, int> stored;
    for (const auto& marker : lines_of(site.sql("SELECT raw_data->>'Marker' FROM call_events"))) {
        ++stored[marker];
    }
    out.stored = stored.size();
    for (const auto& [marker, times] : stored) {
        out.doubled += times > 1 ? 1 : 0;
    }
    for (const auto* account : site.accounts()) {
        for (const auto& event : account->events) {
            out.lost += event.acknowledged && !stored.contains(event.marker) ? 1 : 0;
        }
    }
    out.recovered =
        std::stoull(site.sql("SELECT count(*) FROM call_events WHERE data_source = 'recovery'"));
}

void check_order(const Site& site, Verdict& out) {
    std::map<std::string, int> last;
    const auto markers = lines_of(
        site.sql("SELECT e.raw_data->>'Marker' FROM taken_in t JOIN call_events e USING (event_id) "
                 "ORDER BY t.transaction, e.event_timestamp")
    );
    for (const auto& marker : markers) {
        const auto place = place_of(marker);
        const auto [call, is_first] = last.try_emplace(call_of(marker), place);
        out.out_of_order += !is_first && place < call->second ? 1 : 0;
        call->second = std::max(call->second, place);
    }
}

/// A call whose every event was acknowledged is one row.
void check_calls(const Site& site, Verdict& out) {
    std::map<std::string, int> rows;
    for (const auto& line : lines_of(site.sql("SELECT enterprise_number::int || ':' || "
                                              "split_part(unique_id, '.', 2)::bigint / 10 FROM "
                                              "calls"))) {
        ++rows[line];
    }
    for (const auto* account : site.accounts()) {
        std::map<std::string, bool> complete;
        for (const auto& event : account->events) {
            const auto [call, is_first] = complete.try_emplace(call_of(event.marker), true);
            call->second = call->second && event.acknowledged;
        }
        for (const auto& [call, is_complete] : complete) {
            out.calls += is_complete ? 1 : 0;
            out.wrong_calls += is_complete && rows[call] != 1 ? 1 : 0;
        }
    }
}

}  // namespace

Verdict judge(const Site& site) {
    Verdict out;
    std::vector<double> waits;
    for (const auto* account : site.accounts()) {
        out.sent += account->events.size();
        out.resent += account->resent;
        out.refused += account->refused;
        out.surprises += account->surprises;
        out.acknowledged += static_cast<std::uint64_t>(
            std::ranges::count_if(account->events, &Account::Sent::acknowledged)
        );
        waits.insert(waits.end(), account->waits_ms.begin(), account->waits_ms.end());
    }
    if (!waits.empty()) {
        std::ranges::sort(waits);
        out.p50_ms = waits[waits.size() / 2];
        out.p99_ms = waits[waits.size() * 99 / 100];
        out.slowest_ms = waits.back();
    }
    count_stored(site, out);
    check_order(site, out);
    check_calls(site, out);
    return out;
}

std::string Verdict::text() const {
    return fmt::format(
        "sent {}, acknowledged {}, stored {} ({} by the journal), doubled {}, lost {}, out of "
        "order "
        "{}\nwhole calls {}, of these wrong {}; sent again {} times, answered 503 {} times, "
        "otherwise {}\nacknowledged after {:.1f} ms (half), {:.1f} ms (99 %), {:.0f} ms (slowest, "
        "its resends included)\n{}\n",
        sent,
        acknowledged,
        stored,
        recovered,
        doubled,
        lost,
        out_of_order,
        calls,
        wrong_calls,
        resent,
        refused,
        surprises,
        p50_ms,
        p99_ms,
        slowest_ms,
        holds() ? "the promise holds" : "THE PROMISE IS BROKEN"
    );
}

}  // namespace trunkline::faults
