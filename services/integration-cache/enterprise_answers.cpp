#include "enterprise_answers.hpp"

#include <utility>

#include "json/writer.hpp"

namespace trunkline::integration_cache {
namespace {

bool has_same_config(const tenants::Enterprise& a, const tenants::Enterprise& b) {
    return a.integrations.root().dump() == b.integrations.root().dump();
}

/// Equal settings give the same plan of numbers, so its address tells whether they have changed.
bool has_same_customers(const tenants::Enterprise& a, const tenants::Enterprise& b) {
    return a.numbers == b.numbers && has_same_config(a, b);
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
            changed(number);
        }
        return;
    }
    if (known == entries_.end()) {
        make(entries_[number], enterprise);
        return;
    }
    const auto before = known->second.enterprise;
    if (before == enterprise) {
        return;
    }
    if (before->name == enterprise->name && has_same_config(*before, *enterprise)) {
        known->second.enterprise = enterprise;
    } else {
        make(known->second, enterprise);
    }
    if (!has_same_customers(*before, *enterprise)) {
        changed(number);
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
        changed(number);
    }
    entries_ = std::move(kept);
}

const EnterpriseAnswers::Answers& EnterpriseAnswers::of(const Pointer& enterprise) {
    auto& entry = entries_[enterprise->number];
    entry.answers.was_missing = entry.enterprise == nullptr;
    if (entry.enterprise != enterprise) {
        make(entry, enterprise);
    }
    return entry.answers;
}

}  // namespace trunkline::integration_cache
