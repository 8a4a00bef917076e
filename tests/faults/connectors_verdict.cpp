#include "connectors_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace trunkline::faults {
namespace {

using Counts = std::map<std::string, std::uint64_t>;

std::string text_of(json::View object, std::string_view name) {
    const auto member = object.find(name);
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

bool is_there(json::View object, std::string_view name) {
    const auto member = object.find(name);
    return member && !member->is_null();
}

/// How the sandbox's lists tell calls.
struct Shape {
    const char* accounts;  ///< The member that has one object per account.
    const char* id;        ///< Of a call: our id, or its phone.
    bool by_phone;         ///< A CRM that knows no id of ours; phones are used once in a site.
    bool with_token;       ///< Its ids begin with the enterprise's Token.
    const char* end;       ///< What a call that was recorded to its end has; null: each has it.
};

Shape shape_of(const std::string& crm) {
    if (crm == "uon") {
        return {"accounts", "phone", true, false, nullptr};
    }
    if (crm == "moysklad") {
        return {"accounts", "externalId", false, true, "endTime"};
    }
    if (crm == "bitrix24") {
        return {"portals", "external_call_id", false, false, "finish"};
    }
    return {"accounts", "externalId", false, false, nullptr};
}

std::optional<json::View> account_in(const json::Document& held, const Shape& shape, int number) {
    const auto accounts = held.root().find(shape.accounts);
    return accounts ? accounts->find(ConnectorsSite::enterprise(number)) : std::nullopt;
}

Counts records_in(const json::Document& held, const Shape& shape, int number) {
    Counts counts;
    const auto account = account_in(held, shape, number);
    const auto calls = account ? account->find("calls") : std::nullopt;
    if (calls) {
        for (const auto call : calls->elements()) {
            if (shape.end == nullptr || is_there(call, shape.end)) {
                ++counts[text_of(call, shape.id)];
            }
        }
    }
    return counts;
}

/// The caller's number of the call, as DispatchCaller makes it.
std::string phone_of(int number, const DispatchedCall& call) {
    const auto dot = call.unique_id.find('.');
    return fmt::format("37529{:03}{:0>4}", number, call.unique_id.substr(dot + 1));
}

template <class Act>
void for_each_call(const ConnectorsSite& site, int number, const Shape& shape, Act act) {
    for (const auto& call : site.callers()[static_cast<std::size_t>(number)]->calls()) {
        const auto prefix = shape.with_token ? ConnectorsSite::token(number) + "-" : std::string();
        act(call, shape.by_phone ? phone_of(number, call) : prefix + call.unique_id);
    }
}

/// Pop-ups by call and receiver; only of APIs that know no repeat.
Counts popups_in(const json::Document& held, const std::string& crm, int number) {
    Counts counts;
    const auto account = account_in(held, shape_of(crm), number);
    if (!account) {
        return counts;
    }
    const auto* list = crm == "uon" ? "notifications" : "events";
    if (const auto events = account->find(list)) {
        for (const auto event : events->elements()) {
            const auto key =
                crm == "uon"
                    ? base::digits_of(text_of(event, "text")) + " " + text_of(event, "manager_id")
                    : text_of(event, "type") + " " + text_of(event, "callExternalId");
            ++counts[key];
        }
    }
    return counts;
}

void add_violations(json::View list, CrmAccount& out) {
    for (const auto& [what, times] : list.members()) {
        const auto count = static_cast<std::uint64_t>(times.integer().value_or(0));
        if (count > 0 && what != "all") {
            out.violations[std::string(what)] += count;
        }
    }
}

std::string key_of(const std::string& crm) { return crm == "moysklad" ? "ms" : crm; }

CrmAccount judge_crm(const ConnectorsSite& site, const std::string& crm) {
    CrmAccount out;
    const auto held = site.crm(crm);
    const auto shape = shape_of(crm);
    for (int number = 0; number < ConnectorsSite::enterprises; ++number) {
        auto records = records_in(held, shape, number);
        for_each_call(site, number, shape, [&](const DispatchedCall& call, const std::string& id) {
            const auto times = records[id];
            if (call.is_internal) {
                out.unexpected += times;
                return;
            }
            out.records += times > 0 ? 1 : 0;
            out.missing += times == 0 ? 1 : 0;
            out.doubled += times > 1 ? times - 1 : 0;
        });
        for (const auto& [key, times] : popups_in(held, crm, number)) {
            out.doubled_popups += times - 1;
        }
        const auto account = account_in(held, shape, number);
        if (const auto violations = account ? account->find("violations") : std::nullopt) {
            add_violations(*violations, out);
        }
    }
    if (const auto all_limits = held.root().find("limits")) {
        if (const auto broken = all_limits->find("broken")) {
            add_violations(*broken, out);
        }
    }
    out.counted_doubles = std::stoull(site.sql(fmt::format(
        "SELECT coalesce(sum(possible_doubles), 0) FROM crm_effects WHERE crm = '{}'", key_of(crm)
    )));
    out.dead = std::stoull(site.sql(
        fmt::format("SELECT count(*) FROM dead_letters WHERE queue = 'crm' AND target = '{}'", crm)
    ));
    return out;
}

}  // namespace

std::uint64_t missing_in(const ConnectorsSite& site, const std::string& crm) {
    std::uint64_t missing = 0;
    const auto held = site.crm(crm);
    const auto shape = shape_of(crm);
    for (int number = 0; number < ConnectorsSite::enterprises; ++number) {
        const auto records = records_in(held, shape, number);
        for_each_call(site, number, shape, [&](const DispatchedCall& call, const std::string& id) {
            missing += !call.is_internal && !records.contains(id) ? 1 : 0;
        });
    }
    return missing;
}

ConnectorsVerdict judge(const ConnectorsSite& site) {
    ConnectorsVerdict out;
    for (const auto& caller : site.callers()) {
        out.calls += caller->calls().size();
        out.surprises += caller->surprises();
    }
    for (const auto& crm : ConnectorsSite::crms()) {
        out.crms[crm] = judge_crm(site, crm);
    }
    return out;
}

bool ConnectorsVerdict::holds() const {
    return surprises == 0 &&
           std::ranges::all_of(crms, [](const auto& crm) { return crm.second.holds(); });
}

std::string ConnectorsVerdict::text() const {
    auto out = fmt::format("calls {}, other answers {}\n", calls, surprises);
    for (const auto& [name, crm] : crms) {
        out += fmt::format(
            "{}: records {}, missing {}, doubled {}, unexpected {}; pop-ups doubled {} (counted as "
            "possible {}); dead letters {}",
            name,
            crm.records,
            crm.missing,
            crm.doubled,
            crm.unexpected,
            crm.doubled_popups,
            crm.counted_doubles,
            crm.dead
        );
        for (const auto& [what, times] : crm.violations) {
            out += fmt::format("; VIOLATED {} times: {}", times, what);
        }
        out += '\n';
    }
    return out + (holds() ? "the promise holds\n" : "THE PROMISE IS BROKEN\n");
}

}  // namespace trunkline::faults
