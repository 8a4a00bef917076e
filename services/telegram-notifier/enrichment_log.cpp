#include "enrichment_log.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "base/log.hpp"

namespace trunkline::telegram {
namespace {

/// The number becomes a file name, so it must be harmless as one.
bool is_safe_name(const std::string& number) {
    return !number.empty() && number.size() <= 32 &&
           std::ranges::all_of(number, [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '_';
           });
}

/// A name from a CRM makes no line of its own.
std::string one_line(std::string text) {
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    return text;
}

std::string people_of(const call::Call& call, const call::CardNames& names) {
    auto extensions = call.rang;
    extensions.insert(extensions.end(), call.talkers.begin(), call.talkers.end());
    std::ranges::sort(extensions);
    const auto repeated = std::ranges::unique(extensions);
    extensions.erase(repeated.begin(), repeated.end());
    std::string out;
    for (const auto& extension : extensions) {
        const auto found = names.managers.find(extension);
        if (found != names.managers.end() && !found->second.empty()) {
            out += ", full_name: " + found->second + " (" + extension + ")";
        }
    }
    return out;
}

}  // namespace

void log_enrichment(
    const tenants::Enterprise& enterprise, const call::Call& call, const call::CardNames& names
) {
    if (!enterprise.debug_log || !is_safe_name(enterprise.number)) {
        return;
    }
    const auto people = people_of(call, names);
    if (names.customer.empty() && people.empty()) {
        return;
    }
    const auto logger = base::Logger::to_file(enterprise.number, enterprise.number + ".log", false);
    logger.info(
        "👤 UniqueId: {}, customer_name: {}{}",
        call.unique_id,
        names.customer.empty() ? "null" : one_line(names.customer),
        one_line(people)
    );
}

}  // namespace trunkline::telegram
