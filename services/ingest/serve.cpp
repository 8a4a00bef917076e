#include "serve.hpp"

#include "call_store.hpp"
#include "correlator.hpp"
#include "event_intake.hpp"
#include "event_store.hpp"
#include "gateway_delivery.hpp"
#include "housekeeping.hpp"
#include "httpc/client.hpp"
#include "pg/listener.hpp"
#include "pg/pool.hpp"
#include "routes.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {
namespace {

CorrelatorSettings correlator_settings(const Settings& settings) {
    CorrelatorSettings out;
    out.timers = settings.timers;
    out.default_timezone = settings.default_timezone;
    return out;
}

}  // namespace

asio::awaitable<void> serve(app::Process& process, const Settings& settings) {
    const auto& executor = process.executor();
    const auto postgres = app::postgres_settings(service_info(), settings.common);
    pg::Pool pool(executor, postgres);
    pg::Listener listener(executor, postgres);
    tenants::Directory directory(executor, pool, listener);
    CorrelationStore correlation(pool);
    Correlator correlator(
        executor, correlation, listener, directory, process.metrics(), correlator_settings(settings)
    );
    EventStore events(executor, pool, [&correlator](std::vector<EventPointer> stored) {
        correlator.stored(std::move(stored));
    });
    correlator.yield_to([&events] { return events.is_busy(); });
    EventIntake intake(events, directory, process.metrics());
    CallStore calls(pool);
    httpc::Client client(executor, httpc::Settings{}, process.metrics());
    GatewayDelivery gateway(client, settings.gateway_url, settings.common.internal_token);
    outbox::Worker gateway_worker(
        executor,
        pool,
        listener,
        process.metrics(),
        GatewayDelivery::worker_settings(),
        [&gateway](const outbox::Item& item) { return gateway.deliver(item); }
    );
    Housekeeping housekeeping(executor, pool, settings.keep_events_days);

    process.watch(pool);
    co_await pool.open();
    listener.start();
    directory.start();
    correlator.start();
    gateway_worker.start();
    housekeeping.start();
    co_await process.serve_until_stopped(routes(intake, calls, directory));

    const auto deadline = process.drain_deadline();
    co_await events.drain(deadline);
    co_await correlator.drain(deadline);
    co_await gateway_worker.drain(deadline);
    co_await housekeeping.stop();
    co_await directory.stop();
    co_await listener.stop();
    co_await client.close();
    co_await pool.close();
}

}  // namespace trunkline::ingest
