#include "support_log.hpp"

#include <algorithm>
#include <cctype>

namespace trunkline::ingest {
namespace {

constexpr std::size_t max_open_logs = 200;

/// The number becomes a file name, so it must be harmless as one.
bool is_safe_name(const std::string& number) {
    return !number.empty() && number.size() <= 32 &&
           std::ranges::all_of(number, [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '_';
           });
}

}  // namespace

const base::Logger& SupportLog::logger_of(const std::string& number) {
    if (loggers_.size() >= max_open_logs && !loggers_.contains(number)) {
        loggers_.clear();
    }
    const auto known = loggers_.find(number);
    if (known != loggers_.end()) {
        return known->second;
    }
    return loggers_.emplace(number, base::Logger::to_file(number, number + ".log", false))
        .first->second;
}

void SupportLog::event(const tenants::Enterprise& enterprise, const Incoming& incoming) {
    if (!enterprise.debug_log || !is_safe_name(enterprise.number)) {
        return;
    }
    const auto& logger = logger_of(enterprise.number);
    logger.info("🧪 TEST EVENT: {}", call::to_string(incoming.event.type));
    logger.info("📋 Token: {}, UniqueId: {}", incoming.token, incoming.event.unique_id);
    logger.info("📦 Full Body: {}", incoming.document.root().dump(2));
}

}  // namespace trunkline::ingest
