#include "serve.hpp"

#include "bot_api.hpp"
#include "card_store.hpp"
#include "card_updates.hpp"
#include "httpc/client.hpp"
#include "names.hpp"
#include "outbox/worker.hpp"
#include "pg/listener.hpp"
#include "pg/pool.hpp"
#include "routes.hpp"
#include "sender.hpp"
#include "tenants/directory.hpp"

namespace trunkline::telegram {
namespace {

httpc::Settings client_settings() {
    httpc::Settings settings;
    settings.max_connections_per_host = 64;
    return settings;
}

}  // namespace

asio::awaitable<void> serve(app::Process& process, const Settings& settings) {
    const auto& executor = process.executor();
    const auto postgres = app::postgres_settings(service_info(), settings.common);
    pg::Pool pool(executor, postgres);
    pg::Listener listener(executor, postgres);
    tenants::Directory directory(executor, pool, listener);
    httpc::Client client(executor, client_settings(), process.metrics());
    BotApi api(client, settings.api_url);
    Names names(
        executor, client, settings.names_url, settings.common.internal_token, settings.name_budget
    );
    CardStore store(pool);
    Sender sender(executor, store, api, directory, process.metrics());
    CardUpdates updates(store, names, directory, [&sender] { sender.wake(); });
    outbox::Worker worker(
        executor,
        pool,
        listener,
        process.metrics(),
        CardUpdates::worker_settings(),
        [&updates](const outbox::Item& item) { return updates.take(item); }
    );

    process.watch(pool);
    co_await pool.open();
    listener.start();
    directory.start();
    worker.start();
    sender.start();
    co_await process.serve_until_stopped(routes(store, api, directory));

    const auto deadline = process.drain_deadline();
    co_await worker.drain(deadline);
    co_await sender.drain(deadline);
    co_await names.stop();
    co_await directory.stop();
    co_await listener.stop();
    co_await client.close();
    co_await pool.close();
}

}  // namespace trunkline::telegram
