#include "serve.hpp"

#include <optional>
#include <stdexcept>

#include "call_store.hpp"
#include "correlator.hpp"
#include "durable_store.hpp"
#include "event_intake.hpp"
#include "event_store.hpp"
#include "gateway_delivery.hpp"
#include "housekeeping.hpp"
#include "httpc/client.hpp"
#include "ledger_tally.hpp"
#include "pg/listener.hpp"
#include "pg/pool.hpp"
#include "recording_handlers.hpp"
#include "routes.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {
namespace {

CorrelatorSettings correlator_settings(const Settings& settings) {
    CorrelatorSettings out;
    out.timers = settings.timers;
    out.default_timezone = settings.default_timezone;
    out.public_url = settings.common.public_url;
    return out;
}

httpc::Settings recording_client_settings(const Settings& settings) {
    httpc::Settings out;
    out.allowed_upstream_hosts = settings.allowed_upstream_hosts;
    out.allow_loopback_upstreams = settings.allow_loopback_upstreams;
    return out;
}

std::optional<recordings::LinkSigner> link_signer(const std::string& secrets_key) {
    if (secrets_key.empty()) {
        return std::nullopt;
    }
    auto signer = recordings::LinkSigner::from_secrets_key(secrets_key);
    if (!signer) {
        throw std::runtime_error(signer.error().detail);
    }
    return std::move(*signer);
}

journal::Settings journal_settings(const Settings& settings) {
    journal::Settings out;
    out.folder = journal_folder(settings, 0);
    out.max_bytes = settings.journal_max_bytes;
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
    LedgerTally ledger(executor, pool, process.metrics());
    const Admission admission(allowed_networks(settings), secret_box(settings));
    DurableStore durable(
        executor, pool, events, directory, admission, process.metrics(), journal_settings(settings)
    );
    RateLimit rate(settings.rate_limit, base::system_clock());
    RejectedEvents refused(executor, pool, process.metrics());
    EventIntake intake(
        durable,
        directory,
        EventIntake::Gate{.admission = admission, .rate = rate, .rejected = refused},
        ledger,
        process.metrics()
    );
    RejectedStore rejected(pool);
    DeadLetterStore dead_letters(pool);
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
    // Tenants' servers share neither connections nor circuits with ours.
    httpc::Client recording_client(
        executor, recording_client_settings(settings), process.metrics()
    );
    RecordingStore recording_store(pool, settings.default_timezone);
    RecordingSource recording_source(recording_client, settings.recordings_path);
    RecordingNotices recording_notices(recording_store, directory, settings.common.public_url);
    Recordings recordings{
        recording_store,
        recording_source,
        recording_notices,
        link_signer(settings.common.secrets_key)
    };

    process.readiness().add("database", [&durable] { return durable.readiness(); });
    co_await pool.open();
    co_await durable.open(net::deadline_in(std::chrono::seconds(1)));
    durable.start();
    listener.start();
    directory.start();
    correlator.start();
    gateway_worker.start();
    housekeeping.start();
    ledger.start();
    const Parts parts{
        .executor = executor,
        .settings = settings,
        .pool = pool,
        .intake = intake,
        .directory = directory,
        .calls = calls,
        .recordings = recordings,
        .rejected = rejected,
        .dead_letters = dead_letters
    };
    co_await process.serve_until_stopped(routes(parts));

    const auto deadline = process.drain_deadline();
    co_await durable.stop(deadline);
    co_await events.drain(deadline);
    co_await ledger.drain(deadline);
    co_await refused.drain(deadline);
    co_await correlator.drain(deadline);
    co_await gateway_worker.drain(deadline);
    co_await housekeeping.stop();
    co_await directory.stop();
    co_await listener.stop();
    co_await client.close();
    co_await recording_client.close();
    co_await pool.close();
}

}  // namespace trunkline::ingest
