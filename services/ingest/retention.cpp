#include "retention.hpp"

#include <utility>
#include <vector>

namespace trunkline::ingest {

asio::awaitable<base::Result<>> sweep_refused_and_dead(pg::Pool& pool) {
    std::vector<pg::Query> queries;
    queries.push_back(
        {"DELETE FROM rejected_events WHERE received_at < now() - interval '30 days'", {}}
    );
    // The first row beyond either bound, and all that are older.
    queries.push_back(
        {"DELETE FROM rejected_events WHERE id <= (SELECT max(id) FROM ("
         "SELECT id, row_number() OVER newest AS position, "
         "sum(octet_length(body)) OVER newest AS bytes FROM rejected_events "
         "WINDOW newest AS (ORDER BY id DESC)) AS counted "
         "WHERE position > 100000 OR bytes > 268435456)",
         {}}
    );
    queries.push_back({"DELETE FROM dead_letters WHERE died_at < now() - interval '180 days'", {}});
    const auto done = co_await pool.pipeline(std::move(queries));
    if (!done) {
        co_return std::unexpected(done.error());
    }
    co_return base::Result<>{};
}

}  // namespace trunkline::ingest
