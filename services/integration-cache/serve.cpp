#include "serve.hpp"

#include <algorithm>
#include <chrono>

#include "attempt_log.hpp"
#include "base/ids.hpp"
#include "cache_keeper.hpp"
#include "crm_delivery.hpp"
#include "customer_source.hpp"
#include "customers.hpp"
#include "dispatch_janitor.hpp"
#include "dispatcher.hpp"
#include "httpc/client.hpp"
#include "outbox/worker.hpp"
#include "pg/listener.hpp"
#include "pg/pool.hpp"
#include "routes.hpp"
#include "tenants/directory.hpp"

namespace trunkline::integration_cache {
namespace {

redis::Settings redis_settings(const Settings& settings) {
    redis::Settings out;
    out.url = settings.common.redis_url;
    out.reconnect.maximum = std::chrono::milliseconds(2000);
    return out;
}

/// A connector that is back is noticed soon; a name is worth no long quarantine.
httpc::Settings look_up_client_settings() {
    httpc::Settings out;
    out.max_connections_per_host = 32;
    out.connect_timeout = std::chrono::milliseconds(1000);
    out.breaker.open_for = std::chrono::milliseconds(2000);
    return out;
}

Customers::Settings customer_settings(const Settings& settings) {
    Customers::Settings out;
    out.limits.present = settings.cache_ttl;
    out.limits.absent = settings.cache_absent_ttl;
    out.limits.failed = std::min(out.limits.failed, settings.cache_ttl);
    out.limits.entries = settings.cache_max_entries;
    out.limits.bytes = settings.cache_max_bytes;
    return out;
}

/// Without the database nothing new can be accepted or read, but what is known is still answered.
void watch_database(app::Process& process, pg::Pool& pool, const tenants::Directory& directory) {
    process.readiness().add("database", [&]() -> app::Readiness::Part {
        using State = app::Readiness::Part::State;
        if (pool.is_ready()) {
            return {};
        }
        return {directory.is_loaded() ? State::degraded : State::failed, pool.last_error()};
    });
}

}  // namespace

asio::awaitable<void> serve(app::Process& process, const Settings& settings) {
    const auto& executor = process.executor();
    const auto& internal_token = settings.common.internal_token;
    const auto postgres = app::postgres_settings(service_info(), settings.common);
    pg::Pool pool(executor, postgres);
    pg::Listener listener(executor, postgres);
    tenants::Directory directory(executor, pool, listener);
    httpc::Client client(executor, CrmDelivery::client_settings(), process.metrics());
    DispatchStore store(pool);
    Dispatcher dispatcher(store, directory, connectors(settings.connectors), process.metrics());
    DispatchJanitor janitor(executor, store);
    AttemptLog attempts(pool);
    CallRecord call_record(pool);
    OwnStore own_store(pool);
    OwnCalls own_calls(pool);
    CrmDelivery crm(
        client,
        dispatcher.connectors(),
        attempts,
        call_record,
        own_calls,
        process.metrics(),
        settings.crm_patience,
        internal_token
    );
    outbox::Worker worker(
        executor,
        pool,
        listener,
        process.metrics(),
        CrmDelivery::worker_settings(settings.crm_patience),
        [&crm](const outbox::Item& item) { return crm.deliver(item); }
    );

    // One of their own: who asks for names neither waits for deliveries nor holds them up.
    httpc::Client look_ups(executor, look_up_client_settings(), process.metrics());
    redis::Client redis(executor, redis_settings(settings));
    redis::Subscriber bell(executor, redis_settings(settings));
    SharedCache shared(redis, base::make_uuid());
    CustomerStore customer_store(pool);
    CustomerSource source(
        executor, look_ups, customer_store, own_store, dispatcher.connectors(), internal_token, {}
    );
    HitFigures figures(base::system_clock());
    EnterpriseAnswers answers;
    Customers customers(
        executor, base::system_clock(), customer_settings(settings), source, shared, figures
    );
    const CacheKeeper::Parts parts{
        directory, customers, answers, shared, customer_store, figures, redis, bell
    };
    CacheKeeper keeper(executor, parts, settings.cache_refresh);
    keeper.listen(listener);

    watch_database(process, pool, directory);
    keeper.show(process);
    co_await pool.open();
    listener.start();
    directory.start();
    worker.start();
    janitor.start();
    keeper.start();
    const LookupParts lookups{directory, answers, customers, figures};
    const OwnParts own{directory, own_store, own_calls};
    co_await process.serve_until_stopped(routes(dispatcher, lookups, keeper, own));

    co_await worker.drain(process.drain_deadline());
    co_await janitor.stop();
    co_await keeper.stop();
    co_await customers.stop();
    co_await source.stop();
    co_await directory.stop();
    co_await listener.stop();
    co_await look_ups.close();
    co_await client.close();
    co_await pool.close();
}

}  // namespace trunkline::integration_cache
