#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace trunkline::pg {

/// Which SQL texts one connection has prepared, and under which names. Least recently used ones
/// make room.
class StatementCache {
public:
    explicit StatementCache(std::size_t capacity) : capacity_(capacity > 0 ? capacity : 1) {}

    /// The name of a prepared text, which counts as used now.
    std::optional<std::string> find(std::string_view sql);

    /// A name that this connection has never used.
    std::string new_name();

    /// The server has prepared `sql` under `name`.
    void prepared(std::string sql, std::string name);

    /// Forgets everything; the names still wait in take_evicted().
    void clear();

    /// Names that the server should deallocate, once.
    std::vector<std::string> take_evicted();

    std::size_t size() const { return by_sql_.size(); }

private:
    struct Statement {
        std::string sql;
        std::string name;
    };

    std::size_t capacity_;
    std::uint64_t last_number_ = 0;
    std::list<Statement>
        recent_;  ///< The most recently used one in front; owns the texts that are by_sql_'s keys.
    std::unordered_map<std::string_view, std::list<Statement>::iterator> by_sql_;
    std::vector<std::string> evicted_;
};

}  // namespace trunkline::pg
