#include <utility>

#include "pg/pool.hpp"
#include "pool_state.hpp"

namespace trunkline::pg {

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

asio::awaitable<base::Result<Rows>> Session::execute(
    std::string sql, Params params, std::optional<net::Deadline> deadline
) {
    std::vector<Query> queries(1);
    queries.front().sql = std::move(sql);
    queries.front().params = std::move(params);
    const auto until = state_->pool->statement_deadline(deadline);
    auto rows = co_await state_->connection->run(queries, until);
    if (!rows) {
        co_return std::unexpected(std::move(rows.error()));
    }
    co_return std::move(rows->front());
}

asio::awaitable<base::Result<std::vector<Rows>>> Session::pipeline(
    std::vector<Query> queries, std::optional<net::Deadline> deadline
) {
    const auto until = state_->pool->statement_deadline(deadline);
    auto rows = co_await state_->connection->run(queries, until);
    co_return rows;
}

asio::awaitable<base::Result<Rows>> Session::script(
    std::string sql, std::optional<net::Deadline> deadline
) {
    const auto until = state_->pool->statement_deadline(deadline);
    auto rows = co_await state_->connection->script(std::move(sql), until);
    co_return rows;
}

asio::awaitable<base::Result<>> Session::begin() {
    const auto begun = co_await execute("BEGIN");
    co_return begun ? base::Result<>() : std::unexpected(begun.error());
}

asio::awaitable<base::Result<>> Session::commit() {
    const auto until = state_->pool->statement_deadline({});
    auto committed = co_await state_->connection->commit(until);
    co_return committed;
}

asio::awaitable<base::Result<>> Session::rollback() {
    const auto undone = co_await execute("ROLLBACK");
    co_return undone ? base::Result<>() : std::unexpected(undone.error());
}

bool Session::in_transaction() const { return state_->connection->in_transaction(); }
int Session::backend_pid() const { return state_->connection->backend_pid(); }
void Session::discard() { state_->connection->spoil(); }

}  // namespace trunkline::pg
