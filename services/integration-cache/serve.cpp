#include "serve.hpp"

#include "attempt_log.hpp"
#include "crm_delivery.hpp"
#include "dispatch_janitor.hpp"
#include "dispatcher.hpp"
#include "httpc/client.hpp"
#include "name_source.hpp"
#include "outbox/worker.hpp"
#include "pg/listener.hpp"
#include "pg/pool.hpp"
#include "routes.hpp"
#include "tenants/directory.hpp"

namespace trunkline::integration_cache {

asio::awaitable<void> serve(app::Process& process, const Settings& settings) {
    const auto& executor = process.executor();
    const auto postgres = app::postgres_settings(service_info(), settings.common);
    pg::Pool pool(executor, postgres);
    pg::Listener listener(executor, postgres);
    tenants::Directory directory(executor, pool, listener);
    httpc::Client client(executor, httpc::Settings{}, process.metrics());
    DispatchStore store(pool);
    Dispatcher dispatcher(store, directory, connectors(settings.connectors), process.metrics());
    DispatchJanitor janitor(executor, store);
    NameSource names(
        executor, client, store, dispatcher.connectors(), settings.common.internal_token
    );
    directory.on_change([&names](const std::string& number) { names.cache().invalidate(number); });
    httpc::Client crm_client(executor, CrmDelivery::client_settings(), process.metrics());
    AttemptLog attempts(pool);
    CrmDelivery crm(
        crm_client,
        dispatcher.connectors(),
        attempts,
        process.metrics(),
        settings.crm_patience,
        settings.common.internal_token
    );
    outbox::Worker worker(
        executor,
        pool,
        listener,
        process.metrics(),
        CrmDelivery::worker_settings(settings.crm_patience),
        [&crm](const outbox::Item& item) { return crm.deliver(item); }
    );

    process.watch(pool);
    co_await pool.open();
    listener.start();
    directory.start();
    worker.start();
    janitor.start();
    co_await process.serve_until_stopped(routes(dispatcher, directory, names));

    co_await worker.drain(process.drain_deadline());
    co_await janitor.stop();
    co_await crm_client.close();
    co_await names.stop();
    co_await directory.stop();
    co_await listener.stop();
    co_await client.close();
    co_await pool.close();
}

}  // namespace trunkline::integration_cache
