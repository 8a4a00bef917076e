#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ledger_delta.hpp"
#include "pg/pool.hpp"

namespace trunkline::ingest {

/// The tables of the loss ledger.
class LedgerStore {
public:
    /// By enterprise.
    using Counters = std::map<std::string, std::vector<ExchangeSequence>>;
    using Deltas = std::map<std::string, LedgerDelta>;

    /// The counters of the exchanges (enterprise and name) with their open gaps; those without a
    /// row are left out. Inside the caller's transaction, which holds the enterprises' locks.
    static asio::awaitable<base::Result<Counters>> counters(
        pg::Session& session, std::set<std::pair<std::string, std::string>> exchanges
    );

    /// The statements that bring a batch's changes into the books, one per table at the most; for
    /// the batch's transaction.
    static void add_queries(std::vector<pg::Query>& queries, const Deltas& deltas);

    /// Enterprise, exchange and hour.
    using Row = std::tuple<std::string, std::string, std::chrono::sys_time<std::chrono::hours>>;
    /// One statement that adds the figures; empty `figures` must not be passed.
    static pg::Query add_figures(const std::map<Row, LedgerFigures>& figures);

    /// Rows that are older than the books go back, and gaps that can no more be filled. Several
    /// replicas may do it at once.
    static std::vector<pg::Query> sweep_queries();
};

}  // namespace trunkline::ingest
