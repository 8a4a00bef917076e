#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tenants/enterprise.hpp"

namespace trunkline::integration_cache {

/// The answers of /integrations and /config, ready to be sent, for every enterprise: the cache of
/// which the seed's figures speak. Follows the Directory; makes what is missing at once. Pure; not
/// thread-safe.
class EnterpriseAnswers {
public:
    using Pointer = std::shared_ptr<const tenants::Enterprise>;
    enum class Change {
        row,        ///< Something in the enterprise's own row.
        customers,  ///< Who its customers are depends on it: CRMs, rules of numbers, its existence.
    };
    using Changed = std::function<void(const std::string& number, Change change)>;

    /// What is kept becomes what `all` says.
    void follow_all(const std::vector<Pointer>& all, const Changed& changed);
    /// The same for one; null: it is gone.
    void follow(const std::string& number, const Pointer& enterprise, const Changed& changed);

    struct Answers {
        std::string integrations;
        std::string config;
    };
    /// Lives until the next call of anything.
    const Answers& of(const Pointer& enterprise);

    /// Entries for /integrations, for /config.
    std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        Pointer enterprise;
        std::string config;  ///< integrations_config as JSON, for comparing.
        Answers answers;
    };

    static void make(Entry& entry, Pointer enterprise);

    std::map<std::string, Entry, std::less<>> entries_;
};

std::string integrations_answer(const tenants::Enterprise& enterprise);
/// Secrets as `***`.
std::string config_answer(const tenants::Enterprise& enterprise);

}  // namespace trunkline::integration_cache
