#include "enterprise_answers.hpp"

#include <tuple>
#include <utility>

#include "json/writer.hpp"

namespace trunkline::integration_cache {
namespace {

bool has_same_columns(const tenants::Enterprise& a, const tenants::Enterprise& b) {
    const auto columns = [](const tenants::Enterprise& each) {
        return std::tie(
            each.name,
            each.token,
            each.bot_token,
            each.timezone,
            each.region,
            each.recordings,
            each.debug_log
        );
    };
    return columns(a) == columns(b);
}

}  // namespace

std::string integrations_answer(const tenants::Enterprise& enterprise) {
    json::Writer writer;
    writer.begin_object().key("integrations").begin_object();
    for (const auto& key : tenants::integration_keys()) {
        writer.member(key, enterprise.is_enabled(key));
    }
    return writer.end_object().end_object().take();
}

std::string config_answer(const tenants::Enterprise& enterprise) {
    json::Writer writer;
    writer.begin_object()
        .member("number", enterprise.number)
        .member("name", enterprise.name)
        .key("config")
        .raw(tenants::masked_config(enterprise.integrations))
        .end_object();
    return writer.take();
}

void EnterpriseAnswers::make(Entry& entry, Pointer enterprise) {
    entry.config = enterprise->integrations.root().dump();
    entry.answers.integrations = integrations_answer(*enterprise);
    entry.answers.config = config_answer(*enterprise);
    entry.enterprise = std::move(enterprise);
}

void EnterpriseAnswers::follow(
    const std::string& number, const Pointer& enterprise, const Changed& changed
) {
    const auto known = entries_.find(number);
    if (!enterprise) {
        if (known != entries_.end()) {
            entries_.erase(known);
            changed(number, Change::customers);
        }
        return;
    }
    if (known == entries_.end()) {
        make(entries_[number], enterprise);
        return;
    }
    auto& entry = known->second;
    const auto before = entry.enterprise;
    if (before == enterprise) {
        return;
    }
    const bool has_same_config = enterprise->integrations.root().dump() == entry.config;
    const bool has_same_row = has_same_config && has_same_columns(*before, *enterprise);
    if (has_same_row) {
        entry.enterprise = enterprise;
    } else {
        make(entry, enterprise);
    }
    // Equal settings give the same plan of numbers: its address tells whether they have changed.
    if (!has_same_config || before->numbers != enterprise->numbers) {
        changed(number, Change::customers);
    } else if (!has_same_row) {
        changed(number, Change::row);
    }
}

void EnterpriseAnswers::follow_all(const std::vector<Pointer>& all, const Changed& changed) {
    std::map<std::string, Entry, std::less<>> kept;
    for (const auto& enterprise : all) {
        const auto& number = enterprise->number;
        follow(number, enterprise, changed);
        kept.insert(entries_.extract(number));
    }
    for (const auto& [number, entry] : entries_) {
        changed(number, Change::customers);
    }
    entries_ = std::move(kept);
}

const EnterpriseAnswers::Answers& EnterpriseAnswers::of(const Pointer& enterprise) {
    auto& entry = entries_[enterprise->number];
    if (entry.enterprise != enterprise) {
        make(entry, enterprise);
    }
    return entry.answers;
}

}  // namespace trunkline::integration_cache
