#include "front.hpp"

#include <utility>

namespace trunkline::ingest {
namespace {

constexpr auto connect_limit = std::chrono::seconds(1);

pg::Settings postgres_of(const Settings& settings, int connections) {
    auto out = app::postgres_settings(service_info(), settings.common);
    out.pool_size = static_cast<std::size_t>(connections);
    return out;
}

journal::Settings journal_of(const Settings& settings, unsigned number) {
    journal::Settings out;
    out.folder = journal_folder(settings, number);
    out.max_bytes = settings.journal_max_bytes;
    return out;
}

}  // namespace

Front::Front(
    const asio::any_io_executor& executor,
    const Settings& settings,
    unsigned number,
    int connections,
    RateLimit& rate,
    RecentDigests& recent,
    metrics::Registry& registry,
    EventStore::OnStored on_stored
)
    : pool_(executor, postgres_of(settings, connections)),
      listener_(executor, postgres_of(settings, connections)),
      directory_(executor, pool_, listener_),
      events_(executor, pool_, recent, std::move(on_stored)),
      ledger_(executor, pool_, registry),
      admission_(allowed_networks(settings), secret_box(settings)),
      durable_(
          executor, pool_, events_, directory_, admission_, registry, journal_of(settings, number)
      ),
      refused_(executor, pool_, registry),
      rejected_(pool_),
      intake_(
          durable_,
          directory_,
          EventIntake::Gate{.admission = admission_, .rate = rate, .rejected = refused_},
          ledger_,
          registry
      ) {}

asio::awaitable<void> Front::open() {
    co_await pool_.open();
    co_await durable_.open(net::deadline_in(connect_limit));
}

void Front::start() {
    durable_.start();
    listener_.start();
    directory_.start();
    ledger_.start();
}

asio::awaitable<void> Front::drain(net::Deadline deadline) {
    co_await durable_.stop(deadline);
    co_await events_.drain(deadline);
    co_await ledger_.drain(deadline);
    co_await refused_.drain(deadline);
}

asio::awaitable<void> Front::close() {
    co_await directory_.stop();
    co_await listener_.stop();
    co_await pool_.close();
}

}  // namespace trunkline::ingest
