#include "statement_cache.hpp"

#include <utility>

namespace trunkline::pg {

std::optional<std::string> StatementCache::find(std::string_view sql) {
    const auto found = by_sql_.find(sql);
    if (found == by_sql_.end()) {
        return std::nullopt;
    }
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second->name;
}

std::string StatementCache::new_name() { return "s" + std::to_string(++last_number_); }

void StatementCache::prepared(std::string sql, std::string name) {
    recent_.push_front({.sql = std::move(sql), .name = std::move(name)});
    const auto [place, is_new] = by_sql_.try_emplace(recent_.front().sql, recent_.begin());
    if (!is_new) {
        evicted_.push_back(recent_.front().name);
        recent_.pop_front();
        return;
    }
    if (recent_.size() > capacity_) {
        by_sql_.erase(recent_.back().sql);
        evicted_.push_back(std::move(recent_.back().name));
        recent_.pop_back();
    }
}

void StatementCache::clear() {
    by_sql_.clear();
    for (auto& statement : recent_) {
        evicted_.push_back(std::move(statement.name));
    }
    recent_.clear();
}

std::vector<std::string> StatementCache::take_evicted() { return std::exchange(evicted_, {}); }

}  // namespace trunkline::pg
