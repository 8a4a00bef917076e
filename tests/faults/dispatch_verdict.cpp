#include "dispatch_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <vector>

namespace trunkline::faults {
namespace {

using Steps = std::map<std::string, std::vector<std::string>>;  ///< By UniqueId.

/// `crm unique_id` of every pop-up that was dropped because it came too late.
std::set<std::string> overtaken_popups(const DispatchSite& site) {
    std::set<std::string> out;
    std::istringstream rows(
        site.sql("SELECT DISTINCT CASE integration WHEN 'ms' THEN 'moysklad' ELSE integration END "
                 "|| ' ' || unique_id FROM integration_logs WHERE event_type = 'dial' AND status = "
                 "'ignored' AND response LIKE '%overtaken%'")
    );
    for (std::string row; std::getline(rows, row);) {
        out.insert(row);
    }
    return out;
}

bool is_on(const std::string& crm, int enterprise) {
    return crm == "retailcrm"  ? enterprise != 5
           : crm == "moysklad" ? enterprise < 4
                               : enterprise != 4;
}

std::vector<std::string> wanted(const DispatchedCall& call, const std::string& crm, int number) {
    std::vector<std::string> kinds;
    if (call.is_internal || !is_on(crm, number)) {
        return kinds;
    }
    kinds.emplace_back("dial");
    if (call.has_bridge && crm != "uon") {
        kinds.emplace_back("bridge");
    }
    kinds.emplace_back("hangup");
    return kinds;
}

/// What was done of one call, each step once, in the order of its first time.
std::vector<std::string> first_times(const std::vector<std::string>& all) {
    std::vector<std::string> out;
    for (const auto& kind : all) {
        if (std::ranges::find(out, kind) == out.end()) {
            out.push_back(kind);
        }
    }
    return out;
}

void check_call(
    const std::vector<std::string>& expected,
    const std::vector<std::string>& all,
    bool may_lack_dial,
    DispatchVerdict& out
) {
    const auto got = first_times(all);
    out.repeated += all.size() - got.size();
    std::vector<std::string> in_order;
    for (const auto& kind : expected) {
        const bool is_there = std::ranges::find(got, kind) != got.end();
        if (is_there) {
            in_order.push_back(kind);
        } else if (kind == "dial" && may_lack_dial) {
            ++out.overtaken;
        } else {
            ++out.missing;
        }
    }
    out.unexpected += got.size() - in_order.size();
    out.out_of_order += got.size() == in_order.size() && got != in_order ? 1 : 0;
    out.steps += in_order.size();
}

void check_connectors(
    DispatchSite& site, const std::set<std::string>& overtaken, DispatchVerdict& out
) {
    for (const auto& [crm, connector] : site.connectors()) {
        Steps steps;
        for (const auto& step : connector->done()) {
            steps[step.unique_id].push_back(step.kind);
        }
        for (int number = 0; number < DispatchSite::enterprises; ++number) {
            for (const auto& call : site.callers()[static_cast<std::size_t>(number)]->calls()) {
                const bool may_lack_dial = overtaken.contains(crm + " " + call.unique_id);
                check_call(wanted(call, crm, number), steps[call.unique_id], may_lack_dial, out);
            }
        }
    }
}

/// How often each `type callExternalId` stands in a list of the CRM.
std::map<std::string, int> counts(
    const json::View& list, const char* type_member, const char* id_member
) {
    std::map<std::string, int> out;
    for (const auto item : list.elements()) {
        const auto type = type_member == nullptr
                              ? std::string("record")
                              : std::string(item.find(type_member)->string().value_or(""));
        ++out[type + " " + std::string(item.find(id_member)->string().value_or(""))];
    }
    return out;
}

void count(
    int times, std::uint64_t& there, std::uint64_t& missing, std::uint64_t& doubled, bool may_lack
) {
    there += times > 0 ? 1 : 0;
    missing += times == 0 && !may_lack ? 1 : 0;
    doubled += times > 1 ? static_cast<std::uint64_t>(times - 1) : 0;
}

void check_retailcrm(
    const DispatchSite& site, const std::set<std::string>& overtaken, DispatchVerdict& out
) {
    const auto crm = site.crm();
    const auto accounts = *crm.root().find("accounts");
    for (int number = 0; number < DispatchSite::enterprises; ++number) {
        const auto account = accounts.find(DispatchSite::enterprise(number));
        auto events = account ? counts(*account->find("events"), "type", "callExternalId")
                              : std::map<std::string, int>{};
        auto records = account ? counts(*account->find("calls"), nullptr, "externalId")
                               : std::map<std::string, int>{};
        for (const auto& call : site.callers()[static_cast<std::size_t>(number)]->calls()) {
            const auto& id = call.unique_id;
            if (call.is_internal || !is_on("retailcrm", number)) {
                out.unexpected += static_cast<std::uint64_t>(
                    events["in " + id] + events["hangup " + id] + records["record " + id]
                );
                continue;
            }
            const bool may_lack = overtaken.contains("retailcrm " + id);
            count(events["in " + id], out.popups, out.missing_popups, out.doubled_popups, may_lack);
            count(
                events["hangup " + id],
                out.popups,
                out.missing_popups,
                out.doubled_popups,
                // The end of a pop-up is not told late either.
                true
            );
            count(
                records["record " + id],
                out.records,
                out.missing_records,
                out.doubled_records,
                false
            );
        }
    }
}

}  // namespace

DispatchVerdict judge(DispatchSite& site) {
    DispatchVerdict out;
    for (const auto& caller : site.callers()) {
        out.calls += caller->calls().size();
        out.events += caller->accepted();
        out.sent_again += caller->repeated();
        out.surprises += caller->surprises();
    }
    const auto overtaken = overtaken_popups(site);
    check_connectors(site, overtaken, out);
    check_retailcrm(site, overtaken, out);
    out.counted_doubles = std::stoull(
        site.sql("SELECT coalesce(sum(possible_doubles), 0) FROM crm_effects WHERE effect_key NOT "
                 "LIKE '%:upload'")
    );
    out.dead = std::stoull(site.sql("SELECT count(*) FROM dead_letters"));
    return out;
}

std::string DispatchVerdict::text() const {
    return fmt::format(
        "calls {}, events accepted {} ({} of them sent again), other answers {}\n"
        "played connectors: steps {}, missing {}, unexpected {}, out of order {}, asked for again "
        "{}, pop-ups dropped as overtaken {}\n"
        "RetailCRM: records {}, missing {}, doubled {}; pop-ups {}, missing {}, doubled {} "
        "(counted as possible {})\ndead letters {}\n{}\n",
        calls,
        events,
        sent_again,
        surprises,
        steps,
        missing,
        unexpected,
        out_of_order,
        repeated,
        overtaken,
        records,
        missing_records,
        doubled_records,
        popups,
        missing_popups,
        doubled_popups,
        counted_doubles,
        dead,
        holds() ? "the promise holds" : "THE PROMISE IS BROKEN"
    );
}

}  // namespace trunkline::faults
